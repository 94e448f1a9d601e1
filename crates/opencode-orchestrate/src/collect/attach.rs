//! Storing one file, or what is rendered from it.

use std::collections::HashMap;

use opencode_store::ErrorKind;
use opencode_store::artifact::{
    Artifact, ArtifactName, ArtifactStore, ArtifactStoreExt as _, Digest, Expect, PutOptions, Stored,
};

use super::opened::{Opened, digest, open};
use super::{CollectFrom, WhyLeftOut, Work};
use crate::sandbox::Refused;
use crate::transform::{ApplyError, Effect, Source, Transforms};

/// How often it is begun anew when somebody else was faster, in the sandbox or in the store.
const TRIES: usize = 5;

/// What became of a file.
#[derive(Debug)]
pub(super) enum Done {
    Stored(Artifact),
    Unchanged(Artifact),
    /// It is the person's own.
    PassedOver,
}

impl Done {
    pub(super) const fn artifact(&self) -> Option<&Artifact> {
        match self {
            Self::Stored(artifact) | Self::Unchanged(artifact) => Some(artifact),
            Self::PassedOver => None,
        }
    }
}

/// Stores files of a turn.
pub(super) struct Attacher<'a> {
    pub(super) artifacts: &'a dyn ArtifactStore,
    pub(super) transforms: Option<&'a Transforms>,
    pub(super) from: &'a CollectFrom<'a>,
    /// What was stored before.
    pub(super) there: HashMap<ArtifactName, Artifact>,
}

impl Attacher<'_> {
    /// Stores a file, or what is rendered from it.
    pub(super) async fn attach(&self, file: &Work) -> Result<Done, WhyLeftOut> {
        let mut there = self.there.get(&file.destination).cloned();
        for _ in 0..TRIES {
            let tried = match self.transforms.filter(|_| file.is_rendered) {
                Some(transforms) => self.render(file, transforms).await,
                None => self.store(file, there.as_ref()).await,
            };
            match tried {
                Err(WhyLeftOut::Refused(why)) if why.is_passing() => {}
                Err(WhyLeftOut::Store(error)) if error.kind() == ErrorKind::Conflict => {
                    there = self.artifacts.artifact(self.from.turn, &file.destination).await?;
                }
                done => return done,
            }
        }
        Err(WhyLeftOut::Contended)
    }

    async fn render(&self, file: &Work, transforms: &Transforms) -> Result<Done, WhyLeftOut> {
        let name = &file.candidate.name;
        let Opened::Bytes(bytes) = open(self.from.sandbox, name, &file.candidate.content, true).await? else {
            return Err(WhyLeftOut::Contended);
        };
        let source = Source::new(name.clone(), bytes);
        match transforms.apply(self.artifacts, self.from.turn, source).await {
            Ok(applied) if applied.effect == Effect::Unchanged => Ok(Done::Unchanged(applied.artifact)),
            Ok(applied) => Ok(Done::Stored(applied.artifact)),
            Err(ApplyError::Store(error)) => Err(error.into()),
            Err(error) => Err(error.into()),
        }
    }

    /// Stores a file as it is, in place of what is there: unless the host vouches for that.
    async fn store(&self, file: &Work, there: Option<&Artifact>) -> Result<Done, WhyLeftOut> {
        if there.is_some_and(|there| there.trust.is_some()) {
            return Err(WhyLeftOut::Owned);
        }
        let opened = open(self.from.sandbox, &file.candidate.name, &file.candidate.content, false).await?;
        let Some(opened) = self.unless_uploaded(file, opened).await? else { return Ok(Done::PassedOver) };
        let expect = there.map_or(Expect::Absent, |there| Expect::Digest(there.digest));
        let options = PutOptions::default().with_expect(expect);
        let (turn, name) = (self.from.turn, &file.destination);
        let stored = match opened {
            Opened::Bytes(bytes) => match there {
                Some(there) if there.digest == Digest::of(&bytes) => {
                    return Ok(Done::Unchanged(there.clone()));
                }
                _ => self.artifacts.put_bytes(turn, name, options, bytes).await,
            },
            Opened::File(file) => self.artifacts.put(turn, name, options, Box::pin(file.into_stream())).await,
        };
        match stored {
            Ok(Stored { artifact, changed: true, .. }) => Ok(Done::Stored(artifact)),
            Ok(Stored { artifact, .. }) => Ok(Done::Unchanged(artifact)),
            Err(error) => match Refused::behind(&error) {
                Some(refused) => Err(refused.why.clone().into()),
                None => Err(error.into()),
            },
        }
    }

    /// The file as it was opened, unless it is as it was uploaded.
    async fn unless_uploaded(&self, file: &Work, opened: Opened) -> Result<Option<Opened>, WhyLeftOut> {
        let (name, uploads) = (&file.candidate.name, &self.from.uploads);
        if uploads.file(name).is_none() {
            return Ok(Some(opened));
        }
        match opened {
            Opened::Bytes(bytes) if uploads.is_echo(name, &Digest::of(&bytes)) => Ok(None),
            Opened::Bytes(bytes) => Ok(Some(Opened::Bytes(bytes))),
            Opened::File(opened) => {
                if uploads.is_echo(name, &digest(*opened).await?) {
                    return Ok(None);
                }
                // It was read to its end for that.
                open(self.from.sandbox, name, &file.candidate.content, false).await.map(Some)
            }
        }
    }
}
