//! What is collected of a turn.
#![cfg(unix)]

mod budget;
mod faults;
mod limits;
mod properties;
mod table;
mod told;

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use opencode_store::Store;
use opencode_store::artifact::{ArtifactName, ArtifactStore, ArtifactStoreExt as _, PutOptions};
use opencode_store::session::Subject;
use opencode_store::turn::{Admission, TurnId};
use serde_json::json;
use tempfile::TempDir;

use super::{CollectFrom, Collected, MessageArtifacts};
use crate::sandbox::{Sandbox, SandboxOptions};
use crate::transform::{Rendered, Source, StampKey, StampKeys, Transform, TransformError, Transforms};

/// How many bytes a file has at most.
const LIMIT: u64 = 100;

/// A turn, its folder, and where its artifacts are.
struct Scene {
    home: TempDir,
    sandbox: Sandbox,
    turn: TurnId,
    artifacts: Arc<dyn ArtifactStore>,
}

impl Scene {
    async fn new() -> Self {
        Self::on(&Store::memory()).await
    }

    async fn on(store: &Store) -> Self {
        let home = tempfile::tempdir().unwrap();
        let options = SandboxOptions::default().with_max_file_bytes(LIMIT);
        let sandbox = Sandbox::create_with(home.path().join("box"), &options).unwrap();
        let subject = Subject::new("acme", "1").unwrap();
        let admission = Admission::new(subject, "msg_1".parse().unwrap(), json!("Go.").into());
        let turn = store.turns().admit(&admission).await.unwrap().turn.id;
        Self { home, sandbox, turn, artifacts: store.artifacts().unwrap() }
    }

    fn files(&self) -> MessageArtifacts {
        MessageArtifacts::new(Arc::clone(&self.artifacts))
    }

    fn from(&self) -> CollectFrom<'_> {
        CollectFrom::new(self.turn).sandbox(&self.sandbox)
    }

    fn write(&self, file: &str, content: &str) {
        let path = self.sandbox.path().join(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }

    /// Something that is stored already.
    async fn put(&self, file: &str, content: &'static str, options: PutOptions) {
        let bytes = Bytes::from_static(content.as_bytes());
        self.artifacts.put_bytes(self.turn, &name(file), options, bytes).await.unwrap();
    }

    /// What is stored: names and contents.
    async fn stored(&self) -> Vec<(String, String)> {
        let mut all = Vec::new();
        for artifact in self.artifacts.artifacts(self.turn).await.unwrap() {
            let read = self.artifacts.read_bytes(self.turn, &artifact.name, 1 << 20).await.unwrap();
            let content = String::from_utf8(read.unwrap().1.to_vec()).unwrap();
            all.push((artifact.name.to_string(), content));
        }
        all
    }
}

fn name(text: &str) -> ArtifactName {
    text.parse().unwrap()
}

fn pairs(all: &[(&str, &str)]) -> Vec<(String, String)> {
    all.iter().map(|(name, content)| ((*name).to_owned(), (*content).to_owned())).collect()
}

/// Names and reasons.
fn left_out(collected: &Collected) -> Vec<String> {
    let all = collected.left_out.iter();
    all.map(|left_out| format!("{}: {}", left_out.name, left_out.why)).collect()
}

fn names(artifacts: &[opencode_store::artifact::Artifact]) -> Vec<&str> {
    artifacts.iter().map(|artifact| artifact.name.as_str()).collect()
}

/// Renders one file to another, unless it says not to.
struct Upper {
    source: ArtifactName,
    destination: ArtifactName,
    purges: bool,
}

#[async_trait]
impl Transform for Upper {
    fn name(&self) -> &str {
        "upper"
    }

    fn version(&self) -> u32 {
        1
    }

    fn source(&self) -> &ArtifactName {
        &self.source
    }

    fn destination(&self) -> &ArtifactName {
        &self.destination
    }

    async fn render(&self, source: Source) -> Result<Rendered, TransformError> {
        let text = String::from_utf8_lossy(source.bytes()).to_uppercase();
        if text.contains("BROKEN") {
            Err(TransformError::new("it is broken"))
        } else {
            Ok(Rendered::new(text))
        }
    }

    fn purges_impostors(&self) -> bool {
        self.purges
    }
}

/// `data.txt` becomes `page.txt`.
fn transforms(purges: bool) -> Transforms {
    let upper = Upper { source: name("data.txt"), destination: name("page.txt"), purges };
    Transforms::new(StampKeys::new(StampKey::new([7; 32])), vec![Arc::new(upper)]).unwrap()
}
