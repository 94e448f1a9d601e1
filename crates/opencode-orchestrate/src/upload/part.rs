//! Uploads that the model sees itself.

use opencode_store::artifact::{ArtifactName, ContentSniffer, Digest};
use opencode_wire::api::PromptPart;

use super::off_thread::run;
use super::{UploadError, UploadedFile, UploadedFiles};
use crate::sandbox::{Sandbox, SandboxError};

/// What is text throughout, and read by models all the same.
const PDF: &str = "application/pdf";

impl UploadedFiles {
    /// A file as a part of a prompt, so that the model sees it without any tool: for pictures and documents. It travels
    /// with the prompt, and stays in the session.
    ///
    /// Text of any kind is sent as `text/plain`, which is what servers put into the prompt.
    ///
    /// # Errors
    ///
    /// [`Unknown`](UploadError::Unknown), [`TooLarge`](UploadError::TooLarge) when it has more than `max_bytes`,
    /// [`Changed`](UploadError::Changed) when it is not what was uploaded any more, and
    /// [`Sandbox`](UploadError::Sandbox) when it is not given out.
    ///
    /// # Cancel safety
    ///
    /// Nothing is changed.
    pub async fn part(
        &self,
        sandbox: &Sandbox,
        name: &ArtifactName,
        max_bytes: u64,
    ) -> Result<PromptPart, UploadError> {
        let file = self.file(name).ok_or_else(|| UploadError::Unknown { name: name.to_string() })?;
        if file.size > max_bytes {
            return Err(UploadError::TooLarge { file: file.original.clone(), limit: max_bytes });
        }
        let (sandbox, file) = (sandbox.clone(), file.clone());
        run(move || read(&sandbox, file)).await?
    }

    /// The files that `choose` takes as parts of a prompt, such as all pictures, in their order.
    ///
    /// # Errors
    ///
    /// As [`part`](Self::part); [`TooLargeTogether`](UploadError::TooLargeTogether) when they have more than `max_bytes`
    /// together, before any of them is read.
    ///
    /// # Cancel safety
    ///
    /// Nothing is changed.
    pub async fn parts(
        &self,
        sandbox: &Sandbox,
        max_bytes: u64,
        mut choose: impl FnMut(&UploadedFile) -> bool + Send,
    ) -> Result<Vec<PromptPart>, UploadError> {
        let chosen: Vec<_> = self.files.iter().filter(|file| choose(file)).collect();
        let mut bytes = 0_u64;
        for file in &chosen {
            bytes = bytes.saturating_add(file.size);
            if bytes > max_bytes {
                return Err(UploadError::TooLargeTogether { file: file.original.clone(), limit: max_bytes });
            }
        }
        let mut parts = Vec::with_capacity(chosen.len());
        for file in chosen {
            parts.push(self.part(sandbox, &file.name, max_bytes).await?);
        }
        Ok(parts)
    }
}

fn read(sandbox: &Sandbox, file: UploadedFile) -> Result<PromptPart, UploadError> {
    let changed = || UploadError::Changed { name: file.name.to_string() };
    let found = sandbox.file(&file.name).map_err(SandboxError::from)?;
    // So that no more is read than was said.
    if found.size() != file.size {
        return Err(changed());
    }
    let bytes = found.read().map_err(SandboxError::from)?;
    if Digest::of(&bytes) != file.digest {
        return Err(changed());
    }
    let mut sniffer = ContentSniffer::default();
    sniffer.update(&bytes);
    let is_plain = sniffer.is_text() && file.content_type != PDF;
    let content_type = if is_plain { "text/plain".to_owned() } else { file.content_type };
    Ok(PromptPart::file_bytes(file.name.as_str(), content_type, bytes))
}
