//! Values that block whenever they are used.

use super::UploadError;

/// A value that blocks whenever it is used, when it is dropped too: all of that happens on a thread for blocking.
#[derive(Debug)]
pub(super) struct OffThread<T: Send + 'static>(Option<T>);

impl<T: Send + 'static> OffThread<T> {
    pub(super) const fn new(value: T) -> Self {
        Self(Some(value))
    }

    /// Makes a value. If this is dropped, the value is made all the same, and dropped.
    pub(super) async fn make(
        work: impl FnOnce() -> Result<T, UploadError> + Send + 'static,
    ) -> Result<Self, UploadError> {
        run(|| work().map(Self::new)).await?
    }

    /// Uses the value. If this is dropped, the value is gone when the work is done.
    pub(super) async fn run<R: Send + 'static>(
        &mut self,
        work: impl FnOnce(&mut T) -> Result<R, UploadError> + Send + 'static,
    ) -> Result<R, UploadError> {
        let mut value = self.0.take().ok_or(UploadError::Stopped)?;
        let (used, done) = run(move || {
            let done = work(&mut value);
            (Self::new(value), done)
        })
        .await?;
        *self = used;
        done
    }

    /// Drops the value, and waits until that is done.
    pub(super) async fn discard(mut self) {
        let value = self.0.take();
        // It is dropped with the work that is not done if the runtime ends.
        let _dropped = run(move || drop(value)).await;
    }

    /// What is done with the value without blocking; `None` where work with it was dropped.
    pub(super) const fn get_mut(&mut self) -> Option<&mut T> {
        self.0.as_mut()
    }

    pub(super) fn into_inner(mut self) -> Option<T> {
        self.0.take()
    }
}

impl<T: Send + 'static> Drop for OffThread<T> {
    fn drop(&mut self) {
        let Some(value) = self.0.take() else { return };
        // Outside of a runtime nobody is kept from anything.
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn_blocking(move || drop(value));
        }
    }
}

/// Does what blocks on a thread for blocking.
pub(super) async fn run<R: Send + 'static>(
    work: impl FnOnce() -> R + Send + 'static,
) -> Result<R, UploadError> {
    tokio::task::spawn_blocking(work).await.map_err(|_| UploadError::Stopped)
}
