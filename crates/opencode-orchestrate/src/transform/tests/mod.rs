//! Transforms that do what tests want, and turns whose files they render.

mod applying;
mod failing;
mod racing;
mod set;
mod trust;

use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use opencode_store::Store;
use opencode_store::artifact::{
    Artifact, ArtifactName, ArtifactStore, ArtifactStoreExt as _, Expect, PutOptions,
};
use opencode_store::session::Subject;
use opencode_store::turn::{Admission, TurnId};
use tokio::sync::Barrier;

use super::*;

pub(super) const KEY: [u8; 32] = [1; 32];
pub(super) const OTHER_KEY: [u8; 32] = [2; 32];

/// What a transform does when it is called.
#[derive(Clone)]
pub(super) enum Doing {
    /// A page with the source in it.
    Render,
    Fail,
    Panic,
    Hang,
    /// Waits until as many are called at once.
    Meet(Arc<Barrier>),
}

/// A transform of `chart.json` to `chart.html`, with what a test says otherwise.
#[derive(Clone)]
pub(super) struct Chart {
    pub(super) name: &'static str,
    pub(super) version: u32,
    pub(super) source: ArtifactName,
    pub(super) destination: ArtifactName,
    pub(super) applies_to: Option<fn(&ArtifactName) -> bool>,
    pub(super) limits: RenderLimits,
    pub(super) purges: bool,
    pub(super) content_type: Option<&'static str>,
    pub(super) doing: Doing,
    pub(super) calls: Arc<AtomicUsize>,
}

impl Chart {
    pub(super) fn new() -> Self {
        Self {
            name: "chart",
            version: 2,
            source: name("chart.json"),
            destination: name("chart.html"),
            applies_to: None,
            limits: RenderLimits::default(),
            purges: false,
            content_type: None,
            doing: Doing::Render,
            calls: Arc::default(),
        }
    }

    pub(super) fn called(transform: &'static str, source: &str, destination: &str) -> Self {
        Self { name: transform, source: name(source), destination: name(destination), ..Self::new() }
    }

    pub(super) fn calls(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }
}

#[async_trait]
impl Transform for Chart {
    fn name(&self) -> &str {
        self.name
    }

    fn version(&self) -> u32 {
        self.version
    }

    fn source(&self) -> &ArtifactName {
        &self.source
    }

    fn destination(&self) -> &ArtifactName {
        &self.destination
    }

    fn applies_to(&self, name: &ArtifactName) -> bool {
        self.applies_to.map_or(*name == self.source, |applies_to| applies_to(name))
    }

    async fn render(&self, source: Source) -> Result<Rendered, TransformError> {
        self.calls.fetch_add(1, Ordering::SeqCst);
        match &self.doing {
            Doing::Render => {}
            Doing::Fail => return Err(TransformError::new("not a list of numbers")),
            Doing::Panic => panic!("a test shall see that this is contained"),
            Doing::Hang => pending().await,
            Doing::Meet(barrier) => _ = barrier.wait().await,
        }
        let rendered = Rendered::new([b"<h1>", &source.bytes()[..]].concat());
        Ok(Rendered { content_type: self.content_type.map(str::to_owned), ..rendered })
    }

    fn limits(&self) -> RenderLimits {
        self.limits
    }

    fn purges_impostors(&self) -> bool {
        self.purges
    }
}

pub(super) fn name(name: &str) -> ArtifactName {
    name.parse().unwrap()
}

pub(super) fn keys() -> StampKeys {
    StampKeys::new(StampKey::new(KEY))
}

pub(super) fn set(charts: &[&Chart]) -> Result<Transforms, TransformsError> {
    Transforms::new(keys(), charts.iter().map(|chart| Arc::new((*chart).clone()) as _).collect())
}

pub(super) fn only(chart: &Chart) -> Transforms {
    set(&[chart]).unwrap()
}

pub(super) fn source(bytes: &'static str) -> Source {
    Source::new(name("chart.json"), bytes)
}

/// A turn, and where its files are.
pub(super) struct Place {
    pub(super) artifacts: Arc<dyn ArtifactStore>,
    pub(super) turn: TurnId,
}

impl Place {
    pub(super) async fn new() -> Self {
        Self::of(&Store::memory()).await
    }

    pub(super) async fn of(store: &Store) -> Self {
        let prompt = serde_json::json!("Draw.").into();
        let admission = Admission::new(Subject::new("acme", "1").unwrap(), "msg_1".parse().unwrap(), prompt);
        let turn = store.turns().admit(&admission).await.unwrap().turn.id;
        Self { artifacts: store.artifacts().unwrap(), turn }
    }

    pub(super) async fn apply(
        &self,
        transforms: &Transforms,
        bytes: &'static str,
    ) -> Result<Applied, ApplyError> {
        transforms.apply(self.artifacts.as_ref(), self.turn, source(bytes)).await
    }

    /// Stores what an agent wrote, as something would that does not ask whose name it is.
    pub(super) async fn pose(&self, bytes: &'static str) -> Artifact {
        let options = PutOptions::default().with_expect(Expect::Any);
        let stored = self.artifacts.put_bytes(self.turn, &name("chart.html"), options, bytes.into()).await;
        stored.unwrap().artifact
    }

    /// What is under the destination, and what is in it.
    pub(super) async fn there(&self) -> Option<(Artifact, String)> {
        let read = self.artifacts.read_bytes(self.turn, &name("chart.html"), 1 << 20).await.unwrap();
        read.map(|(artifact, bytes)| (artifact, String::from_utf8(bytes.to_vec()).unwrap()))
    }
}
