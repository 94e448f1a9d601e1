//! Two workers at one file.

use std::io;
use std::time::Duration;

use bytes::Bytes;
use futures_core::stream::BoxStream;
use opencode_store::artifact::{ArtifactReader, Stored, SweptObjects};

use super::*;

/// Transforms whose renderings wait for each other, so that each worker has looked before any has stored.
fn meeting() -> (Chart, Transforms) {
    let meet = Doing::Meet(Arc::new(Barrier::new(2)));
    let chart = Chart { purges: true, doing: meet, ..Chart::new() };
    let transforms = only(&chart);
    (chart, transforms)
}

#[tokio::test]
async fn of_two_workers_at_one_file_one_stores_it_and_the_other_finds_it() {
    for (posing, effect, revision) in
        [(None, Effect::Stored, 1), (Some("<script>"), Effect::ImpostorReplaced, 2)]
    {
        let (place, (chart, transforms)) = (Place::new().await, meeting());
        if let Some(posing) = posing {
            place.pose(posing).await;
        }
        let (one, other) = tokio::join!(place.apply(&transforms, "[1]"), place.apply(&transforms, "[1]"));
        let (one, other) = (one.unwrap(), other.unwrap());
        assert_eq!(one.artifact, other.artifact);
        let mut effects = [one.effect, other.effect];
        effects.sort_by_key(|effect| *effect == Effect::Unchanged);
        assert_eq!((effects, chart.calls()), ([effect, Effect::Unchanged], 2));

        let there = place.artifacts.artifacts(place.turn).await.unwrap();
        assert_eq!(there, [one.artifact]);
        assert!(transforms.trusted(&there[0]).is_some());
        assert_eq!(there[0].revision, revision);
    }
}

#[tokio::test]
async fn of_two_workers_with_two_sources_the_last_one_is_there_and_each_rendered_once() {
    let (place, (chart, transforms)) = (Place::new().await, meeting());
    let (one, other) = tokio::join!(place.apply(&transforms, "[1]"), place.apply(&transforms, "[2]"));
    let (one, other) = (one.unwrap(), other.unwrap());
    assert_eq!((one.effect, other.effect, chart.calls()), (Effect::Stored, Effect::Stored, 2));
    let last = [one, other].into_iter().max_by_key(|applied| applied.artifact.revision).unwrap().artifact;
    let (there, _) = place.there().await.unwrap();
    assert_eq!((&there, there.revision), (&last, 2));
    assert!(transforms.trusted(&there).is_some());
}

/// Somebody who stores something else under the name just before each put, so many times.
#[derive(Debug)]
struct Disturbed {
    artifacts: Arc<dyn ArtifactStore>,
    times: AtomicUsize,
}

#[async_trait]
impl ArtifactStore for Disturbed {
    async fn put(
        &self,
        turn: TurnId,
        name: &ArtifactName,
        options: PutOptions,
        bytes: BoxStream<'static, io::Result<Bytes>>,
    ) -> opencode_store::Result<Stored> {
        let left = self.times.load(Ordering::SeqCst);
        if left > 0 {
            self.times.store(left - 1, Ordering::SeqCst);
            let other = format!("<script>{left}").into();
            self.artifacts.put_bytes(turn, name, PutOptions::default(), other).await?;
        }
        self.artifacts.put(turn, name, options, bytes).await
    }

    async fn open(
        &self,
        turn: TurnId,
        name: &ArtifactName,
    ) -> opencode_store::Result<Option<ArtifactReader>> {
        self.artifacts.open(turn, name).await
    }

    async fn artifact(&self, turn: TurnId, name: &ArtifactName) -> opencode_store::Result<Option<Artifact>> {
        self.artifacts.artifact(turn, name).await
    }

    async fn artifacts(&self, turn: TurnId) -> opencode_store::Result<Vec<Artifact>> {
        self.artifacts.artifacts(turn).await
    }

    async fn remove(
        &self,
        turn: TurnId,
        name: &ArtifactName,
        expect: Expect,
    ) -> opencode_store::Result<bool> {
        self.artifacts.remove(turn, name, expect).await
    }

    async fn sweep(&self, grace: Duration) -> opencode_store::Result<SweptObjects> {
        self.artifacts.sweep(grace).await
    }
}

impl Place {
    fn disturbed(self, times: usize) -> Self {
        let times = AtomicUsize::new(times);
        Self { artifacts: Arc::new(Disturbed { artifacts: self.artifacts, times }), turn: self.turn }
    }
}

#[tokio::test]
async fn what_comes_in_between_is_looked_at_again_and_rendered_once() {
    let chart = Chart { purges: true, ..Chart::new() };
    let place = Place::new().await.disturbed(4);
    let applied = place.apply(&only(&chart), "[1]").await.unwrap();
    assert_eq!((applied.effect, chart.calls()), (Effect::ImpostorReplaced, 1));
    assert_eq!(place.there().await.unwrap().1, "<h1>[1]");
}

#[tokio::test]
async fn an_impostor_that_comes_in_between_is_not_replaced_where_a_transform_does_not_purge() {
    let place = Place::new().await.disturbed(1);
    let error = place.apply(&only(&Chart::new()), "[1]").await.unwrap_err();
    assert!(matches!(error, ApplyError::Taken { .. }), "{error:?}");
    assert_eq!(place.there().await.unwrap().1, "<script>1");
}

#[tokio::test]
async fn whoever_comes_in_between_for_ever_is_not_waited_for() {
    let chart = Chart { purges: true, ..Chart::new() };
    let place = Place::new().await.disturbed(usize::MAX);
    let error = place.apply(&only(&chart), "[1]").await.unwrap_err();
    assert!(matches!(error, ApplyError::Contended { .. }), "{error:?}");
    assert_eq!(chart.calls(), 1);
}
