//! Cases about the names of artifacts, and the objects that hold their bytes.

mod names;
mod objects;
mod putting;
mod sweeping;

pub use self::names::*;
pub use self::objects::*;
pub use self::putting::*;
pub use self::sweeping::*;

use super::Fixture;
use super::steps::{subject, unique};
use crate::artifact::{Artifact, ArtifactName, Digest, Expect, NewArtifact, PutEnd};
use crate::turn::{Delivery, TurnId};

fn name(text: &str) -> ArtifactName {
    text.parse().unwrap()
}

/// An artifact with these bytes, uploaded as an object of its own.
fn artifact(turn: TurnId, called: &str, bytes: &str) -> NewArtifact {
    let size = u64::try_from(bytes.len()).unwrap();
    NewArtifact::new(turn, name(called), "text/plain", size, Digest::of(bytes.as_bytes()), unique("object"))
}

impl Fixture {
    async fn turn_with_files(&self) -> TurnId {
        self.admit(&subject(), Delivery::Queue).await.id
    }

    async fn put(&self, artifact: &NewArtifact) -> PutEnd {
        self.store().artifact_index().put_artifact(artifact, Expect::Any).await.unwrap()
    }

    async fn named(&self, turn: TurnId, called: &str) -> Option<Artifact> {
        let found = self.other().artifact_index().artifact(turn, &name(called)).await.unwrap();
        found.map(|(artifact, _)| artifact)
    }
}
