//! A place for artifacts that a case is run in.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use futures_util::stream::BoxStream;
use object_store::ObjectStore;
use object_store::local::LocalFileSystem;
use object_store::memory::InMemory;
use opencode_store::Result;
use opencode_store::artifact::{
    Artifact, ArtifactIndex, ArtifactStore as _, ArtifactStoreExt as _, ObjectArtifacts, PutOptions,
    S3Options, Stored,
};
use opencode_store::conformance::ManualClock;
use opencode_store::turn::TurnId;
use tempfile::TempDir;

use super::index::{WatchedIndex, index};
use super::support::{name, s3_endpoint};
use super::watched::Watched;

pub(super) const HOUR: Duration = Duration::from_secs(3600);

pub(super) struct Bench {
    pub(super) artifacts: ObjectArtifacts,
    pub(super) index: Arc<WatchedIndex>,
    pub(super) clock: ManualClock,
    pub(super) objects: Arc<Watched>,
    pub(super) turn: TurnId,
    pub(super) other_turn: TurnId,
    _folder: Option<TempDir>,
}

impl Bench {
    pub(super) async fn in_memory() -> Self {
        Self::new(Arc::new(InMemory::new()), None).await
    }

    pub(super) async fn in_folder() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let objects = LocalFileSystem::new_with_prefix(folder.path()).unwrap().with_fsync(true);
        Self::new(Arc::new(objects), Some(folder)).await
    }

    /// `None` where there is no S3.
    pub(super) async fn in_bucket() -> Option<Self> {
        let options = bucket(&s3_endpoint()?);
        Some(Self::new(options.object_store().unwrap(), None).await)
    }

    async fn new(objects: Arc<dyn ObjectStore>, folder: Option<TempDir>) -> Self {
        let (index, clock, [turn, other_turn]) = index().await;
        let objects = Arc::new(Watched::new(objects));
        let index = Arc::new(WatchedIndex::new(index, Arc::clone(&objects)));
        let artifacts = ObjectArtifacts::new(
            Arc::clone(&index) as Arc<dyn ArtifactIndex>,
            Arc::clone(&objects) as Arc<dyn ObjectStore>,
        );
        Self { artifacts, index, clock, objects, turn, other_turn, _folder: folder }
    }

    pub(super) async fn put(&self, file: &str, options: PutOptions, bytes: Bytes) -> Result<Stored> {
        self.artifacts.put_bytes(self.turn, &name(file), options, bytes).await
    }

    pub(super) async fn upload(
        &self,
        file: &str,
        bytes: BoxStream<'static, std::io::Result<Bytes>>,
    ) -> Result<Stored> {
        self.artifacts.put(self.turn, &name(file), PutOptions::default(), bytes).await
    }

    pub(super) async fn read(&self, file: &str, limit: u64) -> Result<Option<(Artifact, Bytes)>> {
        self.artifacts.read_bytes(self.turn, &name(file), limit).await
    }

    /// Lets time pass, for the index and for the objects that are there.
    pub(super) async fn wait(&self, time: Duration) {
        self.clock.advance(time);
        self.objects.age(time).await;
    }
}

/// A bucket that nobody else uses.
pub(super) fn bucket(endpoint: &str) -> S3Options {
    static NUMBER: AtomicUsize = AtomicUsize::new(0);
    let time = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos();
    let name = format!("artifacts-{time:x}-{}", NUMBER.fetch_add(1, Ordering::Relaxed));
    let host = endpoint.strip_prefix("http://").expect("an endpoint without TLS").trim_end_matches('/');
    let mut connection = TcpStream::connect(host).unwrap();
    let request =
        format!("PUT /{name} HTTP/1.1\r\nHost: {host}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    connection.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    S3Options::new(&format!("s3://{name}/some/prefix"))
        .unwrap()
        .with_endpoint(endpoint)
        .with_allow_http(true)
        .with_credentials("AKIALAB", "labsecret")
}
