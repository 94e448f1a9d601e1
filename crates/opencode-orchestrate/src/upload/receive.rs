//! Taking the bytes of an upload as they come.

use std::io::Write as _;

use bytes::Bytes;
use futures_util::StreamExt as _;
use opencode_store::artifact::{ArtifactName, ContentSniffer, Digest};

use super::names::check;
use super::off_thread::OffThread;
use super::{Upload, UploadError, UploadedFile};
use crate::file_name::safe_name;
use crate::sandbox::{PendingFile, Sandbox};

/// How many bytes are written at once, unless they come in larger pieces: a thread is not worth less.
const PIECE: usize = 256 * 1024;

/// How many bytes an upload may have.
#[derive(Debug, Clone, Copy)]
pub(super) struct Room {
    /// A file.
    pub(super) file: u64,
    /// This one and those before it.
    pub(super) total: u64,
    /// How many those before it have.
    pub(super) before: u64,
}

impl Room {
    fn check(self, original: &str, size: u64) -> Result<(), UploadError> {
        let file = || original.to_owned();
        if size > self.file {
            return Err(UploadError::TooLarge { file: file(), limit: self.file });
        }
        if size > self.total.saturating_sub(self.before) {
            return Err(UploadError::TooLargeTogether { file: file(), limit: self.total });
        }
        Ok(())
    }
}

/// An upload that has arrived as a whole, and has no name yet.
#[derive(Debug)]
pub(super) struct Received {
    pub(super) original: String,
    /// The name that the host wants.
    pub(super) wanted: Option<ArtifactName>,
    hint: Option<String>,
    written: Written,
}

impl Received {
    pub(super) const fn size(&self) -> u64 {
        self.written.file.written()
    }

    pub(super) const fn file(&mut self) -> &mut PendingFile {
        &mut self.written.file
    }

    /// What is known of it under its name, and the file that is to get it.
    pub(super) fn named(self, name: ArtifactName) -> (UploadedFile, PendingFile) {
        let Written { file, hasher, sniffer } = self.written;
        let digest = Digest::from_bytes(*hasher.finalize().as_bytes());
        let content_type = sniffer.content_type(&name, self.hint.as_deref());
        (UploadedFile::new(self.original, name, file.written(), content_type, digest), file)
    }
}

/// What was written by now.
#[derive(Debug)]
struct Written {
    file: PendingFile,
    /// Boxed, because it is large, and is moved to and from threads.
    hasher: Box<blake3::Hasher>,
    sniffer: ContentSniffer,
}

impl Written {
    fn write(&mut self, bytes: &[u8]) -> Result<(), UploadError> {
        self.hasher.update(bytes);
        self.sniffer.update(bytes);
        self.file.write_all(bytes).map_err(|error| self.file.failure(error).into())
    }
}

/// Takes an upload. When it fails, or is dropped, nothing of it is left.
pub(super) async fn receive(
    sandbox: &Sandbox,
    upload: Upload<'_>,
    room: Room,
) -> Result<Received, UploadError> {
    let wanted = upload.name.as_deref().map(check).transpose()?;
    let name = match &wanted {
        Some(name) => name.clone(),
        None => check(&safe_name(&upload.original))?,
    };
    let sandbox = sandbox.clone();
    let mut written = OffThread::make(move || {
        let file = sandbox.create_file(&name)?;
        Ok(Written { file, hasher: Box::default(), sniffer: ContentSniffer::default() })
    })
    .await?;
    let Upload { original, content_type: hint, bytes, .. } = upload;
    if let Err(error) = write_all(&original, bytes, room, &mut written).await {
        written.discard().await;
        return Err(error);
    }
    let written = written.into_inner().ok_or(UploadError::Stopped)?;
    Ok(Received { original, wanted, hint, written })
}

async fn write_all(
    original: &str,
    mut bytes: impl futures_core::Stream<Item = Result<Bytes, Box<dyn std::error::Error + Send + Sync>>> + Unpin,
    room: Room,
    written: &mut OffThread<Written>,
) -> Result<(), UploadError> {
    let mut size = 0_u64;
    let mut buffer = Vec::new();
    while let Some(chunk) = bytes.next().await {
        let chunk = chunk.map_err(|source| UploadError::BrokeOff { file: original.to_owned(), source })?;
        size = size.saturating_add(chunk.len() as u64);
        room.check(original, size)?;
        let is_large = chunk.len() >= PIECE;
        if !is_large {
            buffer.extend_from_slice(&chunk);
        }
        if is_large || buffer.len() >= PIECE {
            buffer = written.run(move |written| flush(written, buffer)).await?;
        }
        if is_large {
            written.run(move |written| written.write(&chunk)).await?;
        }
    }
    written.run(move |written| flush(written, buffer)).await?;
    Ok(())
}

fn flush(written: &mut Written, mut buffer: Vec<u8>) -> Result<Vec<u8>, UploadError> {
    written.write(&buffer)?;
    buffer.clear();
    Ok(buffer)
}
