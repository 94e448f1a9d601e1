//! A set of uploads that arrive one after the other.

use super::commit::commit;
use super::off_thread::{OffThread, run};
use super::receive::{Received, Room, receive};
use super::{Upload, UploadError, UploadLimits, UploadedFiles};
use crate::sandbox::Sandbox;

/// A set of uploads that arrive one after the other, and get their names together by [`commit`](Self::commit). Dropped
/// without, it leaves nothing behind.
///
/// # Examples
///
/// ```no_run
/// # use bytes::Bytes;
/// # use opencode_orchestrate::{sandbox::Sandbox, upload::{PendingUploads, Upload, UploadError, UploadLimits}};
/// # struct Field;
/// # impl Field {
/// #     fn file_name(&self) -> String { String::new() }
/// #     fn into_stream(self) -> impl futures_core::Stream<Item = std::io::Result<Bytes>> + Send {
/// #         futures_util::stream::empty()
/// #     }
/// # }
/// # struct Form;
/// # impl Form { async fn next_field(&mut self) -> Option<Field> { None } }
/// # async fn example(sandbox: Sandbox, mut form: Form) -> Result<(), UploadError> {
/// let mut uploads = PendingUploads::new(&sandbox, &UploadLimits::default());
/// while let Some(field) = form.next_field().await {
///     uploads.add(Upload::new(field.file_name(), field.into_stream())).await?;
/// }
/// let files = uploads.commit().await?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct PendingUploads {
    sandbox: Sandbox,
    limits: UploadLimits,
    received: OffThread<Vec<Received>>,
    /// How many there are, and how many bytes they have.
    count: usize,
    bytes: u64,
}

impl PendingUploads {
    /// A set without files. Nothing is written yet.
    #[must_use]
    pub fn new(sandbox: &Sandbox, limits: &UploadLimits) -> Self {
        let (sandbox, limits) = (sandbox.clone(), limits.clone());
        Self { sandbox, limits, received: OffThread::new(Vec::new()), count: 0, bytes: 0 }
    }

    /// Takes one more, into a file that has no name yet.
    ///
    /// # Errors
    ///
    /// What is wrong with it, or the limit that it is above. Nothing of it is left then, and those before it are as they
    /// were: the host may go on without it.
    ///
    /// # Cancel safety
    ///
    /// The same as after an error.
    pub async fn add(&mut self, upload: Upload<'_>) -> Result<(), UploadError> {
        if self.count >= self.limits.max_files {
            return Err(UploadError::TooMany { file: upload.original, limit: self.limits.max_files });
        }
        if self.count == 0 {
            self.sweep().await?;
        }
        let room = Room {
            file: self.limits.max_file_bytes.min(self.sandbox.max_file_bytes()),
            total: self.limits.max_total_bytes,
            before: self.bytes,
        };
        let received = receive(&self.sandbox, upload, room).await?;
        self.count += 1;
        self.bytes += received.size();
        self.received.get_mut().ok_or(UploadError::Stopped)?.push(received);
        Ok(())
    }

    /// Gives all of them their names, in place of what has them. The bytes are on the disk then.
    ///
    /// # Errors
    ///
    /// [`NameTaken`](UploadError::NameTaken), and what is wrong with the sandbox: a folder has one of the names, or the
    /// folder of the sandbox is not at its path any more. The files that were not there before are gone then; what was
    /// replaced before the operating system, or an agent at the same moment, broke it off stays replaced.
    ///
    /// # Cancel safety
    ///
    /// Dropped before it is done, it leaves things as after an error.
    pub async fn commit(self) -> Result<UploadedFiles, UploadError> {
        let Self { sandbox, received, count, .. } = self;
        if count == 0 {
            return Ok(UploadedFiles::default());
        }
        let received = received.into_inner().ok_or(UploadError::Stopped)?;
        let committed = OffThread::make(move || commit(&sandbox, received)).await?;
        let files = committed.into_inner().ok_or(UploadError::Stopped)?.keep();
        Ok(UploadedFiles { files })
    }

    /// Takes away what has arrived, and waits until it is gone.
    pub(super) async fn discard(self) {
        self.received.discard().await;
    }

    /// Makes room by what others have left. What cannot be taken away now is tried the next time.
    async fn sweep(&self) -> Result<(), UploadError> {
        let sandbox = self.sandbox.clone();
        let _swept = run(move || sandbox.sweep()).await?;
        Ok(())
    }
}
