//! An object store that is watched, and that does what a test wants to happen.

use std::collections::HashMap;
use std::fmt;
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use futures_util::stream::BoxStream;
use futures_util::{StreamExt as _, TryStreamExt as _};
use object_store::path::Path;
use object_store::{
    CopyOptions, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore,
    PutMultipartOptions, PutOptions, PutPayload, PutResult, Result, UploadPart,
};

#[derive(Debug)]
pub(super) struct Watched {
    inner: Arc<dyn ObjectStore>,
    /// How much older than they are some objects are said to be.
    older: Arc<Mutex<HashMap<Path, Duration>>>,
    /// What the next write fails with.
    fail: Mutex<Option<io::ErrorKind>>,
    /// What cannot be deleted.
    pub(super) stuck: Arc<Mutex<Option<Path>>>,
    /// How many uploads in parts have begun and not ended.
    pub(super) open: Arc<AtomicUsize>,
    /// The largest number of bytes that was written at once.
    pub(super) largest: Arc<AtomicUsize>,
    /// How many bytes were written.
    pub(super) written: Arc<AtomicUsize>,
}

impl Watched {
    pub(super) fn new(inner: Arc<dyn ObjectStore>) -> Self {
        Self {
            inner,
            older: Arc::default(),
            fail: Mutex::default(),
            stuck: Arc::default(),
            open: Arc::default(),
            largest: Arc::default(),
            written: Arc::default(),
        }
    }

    /// What there is, by key.
    pub(super) async fn keys(&self) -> Vec<String> {
        let mut keys: Vec<String> =
            self.inner.list(None).map_ok(|object| object.location.to_string()).try_collect().await.unwrap();
        keys.sort();
        keys
    }

    /// Makes everything that is there older.
    pub(super) async fn age(&self, by: Duration) {
        for key in self.keys().await {
            *self.older.lock().unwrap().entry(Path::from(key)).or_default() += by;
        }
    }

    /// Waits until every upload in parts was completed or aborted.
    pub(super) async fn settled(&self) {
        let settling = async {
            while self.open.load(Ordering::SeqCst) > 0 {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), settling).await.expect("an upload was left open");
    }

    pub(super) fn fail_next_write(&self, kind: io::ErrorKind) {
        *self.fail.lock().unwrap() = Some(kind);
    }

    fn write(&self, size: usize) -> Result<()> {
        count(&self.largest, &self.written, size);
        match self.fail.lock().unwrap().take() {
            Some(kind) => {
                Err(object_store::Error::Generic { store: "watched", source: io::Error::from(kind).into() })
            }
            None => Ok(()),
        }
    }
}

fn fault(kind: io::ErrorKind) -> object_store::Error {
    object_store::Error::Generic { store: "watched", source: io::Error::from(kind).into() }
}

fn count(largest: &AtomicUsize, written: &AtomicUsize, size: usize) {
    largest.fetch_max(size, Ordering::SeqCst);
    written.fetch_add(size, Ordering::SeqCst);
}

fn aged(older: &Mutex<HashMap<Path, Duration>>, mut object: ObjectMeta) -> ObjectMeta {
    if let Some(by) = older.lock().unwrap().get(&object.location) {
        object.last_modified -= *by;
    }
    object
}

impl fmt::Display for Watched {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.inner, formatter)
    }
}

#[async_trait]
impl ObjectStore for Watched {
    async fn put_opts(&self, to: &Path, bytes: PutPayload, options: PutOptions) -> Result<PutResult> {
        self.write(bytes.content_length())?;
        self.inner.put_opts(to, bytes, options).await
    }

    async fn put_multipart_opts(
        &self,
        to: &Path,
        options: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        self.write(0)?;
        let inner = self.inner.put_multipart_opts(to, options).await?;
        let (largest, written) = (Arc::clone(&self.largest), Arc::clone(&self.written));
        self.open.fetch_add(1, Ordering::SeqCst);
        Ok(Box::new(WatchedUpload { inner, largest, written, open: Arc::clone(&self.open) }))
    }

    async fn get_opts(&self, from: &Path, options: GetOptions) -> Result<GetResult> {
        self.inner.get_opts(from, options).await
    }

    fn delete_stream(&self, paths: BoxStream<'static, Result<Path>>) -> BoxStream<'static, Result<Path>> {
        let stuck = Arc::clone(&self.stuck);
        let paths = paths.map(move |path| match path {
            Ok(path) if stuck.lock().unwrap().as_ref() == Some(&path) => {
                Err(fault(io::ErrorKind::PermissionDenied))
            }
            path => path,
        });
        self.inner.delete_stream(paths.boxed())
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        let older = Arc::clone(&self.older);
        self.inner.list(prefix).map_ok(move |object| aged(&older, object)).boxed()
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.inner.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.inner.copy_opts(from, to, options).await
    }
}

#[derive(Debug)]
struct WatchedUpload {
    inner: Box<dyn MultipartUpload>,
    open: Arc<AtomicUsize>,
    largest: Arc<AtomicUsize>,
    written: Arc<AtomicUsize>,
}

#[async_trait]
impl MultipartUpload for WatchedUpload {
    fn put_part(&mut self, bytes: PutPayload) -> UploadPart {
        count(&self.largest, &self.written, bytes.content_length());
        self.inner.put_part(bytes)
    }

    async fn complete(&mut self) -> Result<PutResult> {
        let completed = self.inner.complete().await?;
        self.open.fetch_sub(1, Ordering::SeqCst);
        Ok(completed)
    }

    async fn abort(&mut self) -> Result<()> {
        self.inner.abort().await?;
        self.open.fetch_sub(1, Ordering::SeqCst);
        Ok(())
    }
}
