//! Taking bytes as they come.

use std::io;

use bytes::{Bytes, BytesMut};
use futures_core::stream::BoxStream;
use futures_util::StreamExt as _;
use object_store::ObjectStore;

use super::held::Held;
use super::multipart::Multipart;
use crate::artifact::{ContentSniffer, Digest};
use crate::error::{Error, ErrorKind, Result};

/// How many bytes are held in memory: what has more is uploaded in parts of this size.
const PART: usize = 8 * 1024 * 1024;

/// Bytes that were received.
#[derive(Debug)]
pub(super) struct Received {
    pub(super) held: Held,
    pub(super) digest: Digest,
    pub(super) size: u64,
    pub(super) sniffer: ContentSniffer,
}

/// Takes bytes until they end. When it fails, nothing of them is left; when it is dropped, what is left is aborted or
/// swept.
pub(super) async fn receive(
    objects: &dyn ObjectStore,
    bytes: BoxStream<'static, io::Result<Bytes>>,
    max_bytes: u64,
) -> Result<Received> {
    let mut receiver = Receiver {
        objects,
        max_bytes,
        buffer: BytesMut::new(),
        upload: None,
        hasher: blake3::Hasher::new(),
        size: 0,
        sniffer: ContentSniffer::default(),
    };
    let taken = receiver.take_all(bytes).await;
    let Receiver { buffer, upload, hasher, size, sniffer, .. } = receiver;
    let held = match (upload, taken) {
        (None, taken) => taken.map(|()| Held::Memory(buffer.freeze()))?,
        (Some(upload), Ok(())) => Held::Object(end(upload, buffer.freeze()).await?),
        (Some(upload), Err(error)) => {
            upload.abort().await;
            return Err(error);
        }
    };
    Ok(Received { held, digest: Digest::from_bytes(*hasher.finalize().as_bytes()), size, sniffer })
}

async fn end(mut upload: Multipart, last: Bytes) -> Result<object_store::path::Path> {
    match upload.part(last).await {
        Ok(()) => upload.complete().await,
        Err(error) => {
            upload.abort().await;
            Err(error)
        }
    }
}

struct Receiver<'a> {
    objects: &'a dyn ObjectStore,
    max_bytes: u64,
    /// Never more than a part, and never empty once there is an upload.
    buffer: BytesMut,
    upload: Option<Multipart>,
    hasher: blake3::Hasher,
    size: u64,
    sniffer: ContentSniffer,
}

impl Receiver<'_> {
    async fn take_all(&mut self, mut bytes: BoxStream<'static, io::Result<Bytes>>) -> Result<()> {
        while let Some(chunk) = bytes.next().await {
            let chunk = chunk.map_err(|source| {
                Error::invalid("the bytes that were to be stored could not be read").with_source(source)
            })?;
            self.size += chunk.len() as u64;
            if self.size > self.max_bytes {
                let message = format!("the artifact has more than {} bytes", self.max_bytes);
                return Err(Error::new(ErrorKind::TooLarge, message));
            }
            self.hasher.update(&chunk);
            self.sniffer.update(&chunk);
            self.keep(chunk).await?;
        }
        Ok(())
    }

    /// Appends to the buffer. A full one is uploaded when it is known not to be the last.
    async fn keep(&mut self, mut chunk: Bytes) -> Result<()> {
        while !chunk.is_empty() {
            if self.buffer.len() == PART {
                let mut upload = match self.upload.take() {
                    Some(upload) => upload,
                    None => Multipart::begin(self.objects).await?,
                };
                let part = self.buffer.split().freeze();
                let uploaded = upload.part(part).await;
                self.upload = Some(upload);
                uploaded?;
            }
            let room = PART - self.buffer.len();
            self.buffer.extend_from_slice(&chunk.split_to(room.min(chunk.len())));
        }
        Ok(())
    }
}
