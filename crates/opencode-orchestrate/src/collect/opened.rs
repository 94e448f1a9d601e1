//! The bytes of a file, in memory or as a stream.

use bytes::Bytes;
use futures_util::StreamExt as _;
use opencode_store::artifact::{ArtifactName, Digest};

use super::WhyLeftOut;
use super::candidate::Content;
use crate::sandbox::{Refusal, Refused, Sandbox, SandboxFile};

/// Up to how many bytes a file is read at once.
const SMALL: u64 = 1024 * 1024;

/// The bytes of a file.
#[derive(Debug)]
pub(super) enum Opened {
    Bytes(Bytes),
    /// One that is too large to be held.
    File(Box<SandboxFile>),
}

/// Opens a file, and reads it if it is small.
pub(super) async fn open(
    sandbox: Option<&Sandbox>,
    name: &ArtifactName,
    content: &Content,
    all_at_once: bool,
) -> Result<Opened, WhyLeftOut> {
    let sandbox = match (content, sandbox) {
        (Content::Said(bytes), _) => return Ok(Opened::Bytes(bytes.clone())),
        (Content::InSandbox, Some(sandbox)) => sandbox.clone(),
        (Content::InSandbox, None) => return Err(Refusal::NotThere.into()),
    };
    let name = name.clone();
    let opened = tokio::task::spawn_blocking(move || {
        let file = sandbox.file(&name)?;
        if all_at_once || file.size() <= SMALL {
            return file.read().map(Opened::Bytes);
        }
        Ok(Opened::File(Box::new(file)))
    });
    let opened: Result<Opened, Refused> = opened.await.map_err(|_| Refusal::Io(std::io::ErrorKind::Other))?;
    Ok(opened.map_err(|refused| refused.why)?)
}

/// What the bytes of a file are known by.
pub(super) async fn digest(file: SandboxFile) -> Result<Digest, WhyLeftOut> {
    let mut hasher = blake3::Hasher::new();
    let mut stream = file.into_stream();
    while let Some(piece) = stream.next().await {
        let refusal = |error: std::io::Error| {
            Refused::behind(&error).map_or(Refusal::Io(error.kind()), |refused| refused.why.clone())
        };
        hasher.update(&piece.map_err(refusal)?);
    }
    Ok(Digest::from_bytes(*hasher.finalize().as_bytes()))
}
