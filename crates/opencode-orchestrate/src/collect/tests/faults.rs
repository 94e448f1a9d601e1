//! A store that fails, and others who are faster.

use std::collections::HashMap;
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_core::stream::BoxStream;
use opencode_store::artifact::{Artifact, ArtifactReader, Expect, Stored, SweptObjects};
use opencode_store::{Error, ErrorKind, Result};

use super::*;

/// A store that refuses some files, fails at some calls, or is slower than somebody else.
#[derive(Debug)]
pub(super) struct Flaky {
    inner: Arc<dyn ArtifactStore>,
    refused: Option<ArtifactName>,
    /// How many more calls of `put` succeed.
    puts_left: AtomicUsize,
    /// What somebody else stores first, once, under the same name.
    faster: Option<&'static str>,
    was_faster: AtomicUsize,
}

impl Flaky {
    fn over(inner: Arc<dyn ArtifactStore>) -> Self {
        Self {
            inner,
            refused: None,
            puts_left: AtomicUsize::new(usize::MAX),
            faster: None,
            was_faster: AtomicUsize::new(0),
        }
    }

    pub(super) fn refusing(inner: Arc<dyn ArtifactStore>, file: &str) -> Arc<Self> {
        Arc::new(Self { refused: Some(name(file)), ..Self::over(inner) })
    }
}

#[async_trait]
impl ArtifactStore for Flaky {
    async fn put(
        &self,
        turn: TurnId,
        name: &ArtifactName,
        options: PutOptions,
        bytes: BoxStream<'static, io::Result<Bytes>>,
    ) -> Result<Stored> {
        if self.refused.as_ref() == Some(name) {
            return Err(Error::new(ErrorKind::TooLarge, "the artifact has more than 1 bytes"));
        }
        let take = |left: usize| left.checked_sub(1);
        if self.puts_left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, take).is_err() {
            return Err(Error::new(ErrorKind::Unavailable, "the store is not there"));
        }
        let is_first = self.was_faster.fetch_add(1, Ordering::SeqCst) == 0;
        if let Some(content) = self.faster.filter(|_| is_first) {
            self.inner.put_bytes(turn, name, PutOptions::default(), content.into()).await?;
        }
        self.inner.put(turn, name, options, bytes).await
    }

    async fn open(&self, turn: TurnId, name: &ArtifactName) -> Result<Option<ArtifactReader>> {
        self.inner.open(turn, name).await
    }

    async fn artifact(&self, turn: TurnId, name: &ArtifactName) -> Result<Option<Artifact>> {
        self.inner.artifact(turn, name).await
    }

    async fn artifacts(&self, turn: TurnId) -> Result<Vec<Artifact>> {
        if self.puts_left.load(Ordering::SeqCst) == 0 {
            return Err(Error::new(ErrorKind::Unavailable, "the store is not there"));
        }
        self.inner.artifacts(turn).await
    }

    async fn remove(&self, turn: TurnId, name: &ArtifactName, expect: Expect) -> Result<bool> {
        self.inner.remove(turn, name, expect).await
    }

    async fn sweep(&self, grace: Duration) -> Result<SweptObjects> {
        self.inner.sweep(grace).await
    }
}

#[tokio::test]
async fn a_store_that_is_not_there_is_told_and_collecting_again_stores_the_rest() {
    let scene = Scene::new().await;
    for at in 0..20 {
        scene.write(&format!("{at:02}"), &at.to_string());
    }
    for puts in [0, 1, 9] {
        let puts_left = AtomicUsize::new(puts);
        let flaky = Flaky { puts_left, ..Flaky::over(Arc::clone(&scene.artifacts)) };
        let collected = MessageArtifacts::new(Arc::new(flaky)).collect(scene.from()).await;
        let trouble = collected.trouble.expect("it is told");
        assert_eq!((trouble.kind(), collected.stored.len()), (ErrorKind::Unavailable, puts), "{puts}");
        assert!(collected.left_out.is_empty(), "nothing is wrong with the files");
    }
    let collected = scene.files().collect(scene.from()).await;
    assert!(collected.trouble.is_none());
    assert_eq!(scene.stored().await.len(), 20);
}

#[tokio::test]
async fn w52_somebody_who_is_faster_is_looked_at_again() {
    for faster in ["the same", "other bytes"] {
        let scene = Scene::new().await;
        scene.write("a.md", "the same");
        let flaky = Flaky { faster: Some(faster), ..Flaky::over(Arc::clone(&scene.artifacts)) };
        let collected = MessageArtifacts::new(Arc::new(flaky)).collect(scene.from()).await;
        assert!(collected.left_out.is_empty());
        let (stored, unchanged) = (collected.stored.len(), collected.unchanged.len());
        assert_eq!((stored, unchanged), if faster == "the same" { (0, 1) } else { (1, 0) });
        assert_eq!(scene.stored().await, pairs(&[("a.md", "the same")]));
    }
}

#[tokio::test]
async fn w52_g21_many_workers_store_everything_once() {
    let home = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", home.path().join("test.db").display());
    let on_disk = Store::open(&url).await.unwrap();
    on_disk.migrate().await.unwrap();
    for store in [Store::memory(), on_disk] {
        let scene = Scene::on(&store).await;
        for at in 0..12 {
            scene.write(&format!("{at:02}.md"), &at.to_string());
        }
        scene.write("data.txt", "numbers");
        let files = scene.files().with_transforms(transforms(true));
        let workers = (0..4).map(|_| files.collect(scene.from()));
        let all = futures_util::future::join_all(workers).await;
        let mut stored: HashMap<String, usize> = HashMap::new();
        for collected in &all {
            assert!(collected.left_out.is_empty() && collected.trouble.is_none(), "{collected:?}");
            assert_eq!(collected.stored.len() + collected.unchanged.len(), 13);
            for artifact in collected.stored.iter().filter(|artifact| artifact.name.as_str() != "page.txt") {
                *stored.entry(artifact.name.to_string()).or_default() += 1;
            }
        }
        assert!(stored.len() == 12 && stored.values().all(|times| *times == 1), "{stored:?}");
        let artifacts = scene.artifacts.artifacts(scene.turn).await.unwrap();
        assert!(artifacts.len() == 13 && artifacts.iter().all(|artifact| artifact.revision == 1));
    }
}

#[tokio::test]
async fn w53_a_folder_that_is_gone_costs_what_is_in_it_alone() {
    let scene = Scene::new().await;
    scene.write("a.md", "a");
    let exchange = crate::exchange::tests::answered(vec![crate::exchange::tests::write(1, "b.md", "b")]);
    std::fs::remove_dir_all(scene.sandbox.path()).unwrap();
    let collected = scene.files().collect(scene.from().exchange(&exchange)).await;
    assert_eq!(names(&collected.stored), ["b.md"]);
}
