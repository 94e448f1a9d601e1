//! Rendering a file and storing what comes out.

use opencode_store::ErrorKind;
use opencode_store::artifact::{
    Artifact, ArtifactStore, ArtifactStoreExt as _, Digest, Expect, PutOptions, Stored,
};
use opencode_store::turn::TurnId;

use super::render::Known;
use super::stamp::{Claim, Stamp};
use super::{ApplyError, Rendered, Source, Transforms};

/// How often it is looked again at what is stored when somebody else was faster.
const LOOKS: usize = 5;

/// What came of applying a transform.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Applied {
    /// What is stored now, trusted.
    pub artifact: Artifact,
    /// What was done for it.
    pub effect: Effect,
}

/// What was done to have a rendered file stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Effect {
    /// Nothing, because it was there already. The transform was not called.
    Unchanged,
    /// It was rendered and stored, where nothing was or where something was that the host had rendered earlier.
    Stored,
    /// It was rendered and stored in the place of an [`Impostor`](super::Impostor), which is gone.
    ImpostorReplaced,
}

/// What is to be done about what is under a destination.
enum Step {
    /// It is there already.
    Done(Box<Artifact>),
    Put(Expect, Effect),
}

impl Transforms {
    /// Renders a file of an agent by the first transform that applies to it, and stores the result with a stamp.
    ///
    /// Nothing is rendered when the result is there already, or when an [`Impostor`](super::Impostor) is in its place
    /// and stays there. Any number of workers may do it at the same time for one turn and one file: one artifact comes
    /// of it.
    ///
    /// # Errors
    ///
    /// As [`ApplyError`] says. What was stored under the destination is as it was then.
    ///
    /// # Cancel safety
    ///
    /// When the future is dropped, what is rendered was stored whole or not at all.
    ///
    /// # Examples
    ///
    /// See [`Transform`](super::Transform).
    pub async fn apply(
        &self,
        artifacts: &dyn ArtifactStore,
        turn: TurnId,
        source: Source,
    ) -> Result<Applied, ApplyError> {
        let Some(known) = self.applying_to(source.name()) else {
            return Err(ApplyError::NotASource { name: source.name().clone() });
        };
        let (name, digest) = (&known.destination, source.digest());
        let mut rendered: Option<Rendered> = None;
        for _ in 0..LOOKS {
            let there = artifacts.artifact(turn, name).await?;
            let (expect, effect) = match self.step(known, digest, there)? {
                Step::Done(artifact) => {
                    return Ok(Applied { artifact: *artifact, effect: Effect::Unchanged });
                }
                Step::Put(expect, effect) => (expect, effect),
            };
            let rendered = match &mut rendered {
                Some(rendered) => rendered,
                none => none.insert(known.render(source.clone()).await?),
            };
            match self.put(artifacts, turn, known, digest, rendered, expect).await {
                Ok(stored) => return Ok(Applied { artifact: stored.artifact, effect }),
                Err(error) if error.kind() == ErrorKind::Conflict => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(ApplyError::Contended { name: name.clone() })
    }

    fn step(&self, known: &Known, source: Digest, there: Option<Artifact>) -> Result<Step, ApplyError> {
        let Some(there) = there else { return Ok(Step::Put(Expect::Absent, Effect::Stored)) };
        let as_it_is = Expect::Digest(there.digest);
        if self.trusted(&there).is_some_and(|trusted| trusted.source() == source) {
            Ok(Step::Done(Box::new(there)))
        } else if self.stamp(&there).is_some() {
            Ok(Step::Put(as_it_is, Effect::Stored))
        } else if known.purges_impostors {
            Ok(Step::Put(as_it_is, Effect::ImpostorReplaced))
        } else {
            Err(ApplyError::Taken { transform: known.name.clone(), name: there.name })
        }
    }

    async fn put(
        &self,
        artifacts: &dyn ArtifactStore,
        turn: TurnId,
        known: &Known,
        source: Digest,
        rendered: &Rendered,
        expect: Expect,
    ) -> opencode_store::Result<Stored> {
        let (name, transform, version) = (&known.destination, known.name.as_str(), known.version);
        let claim = Claim { turn, name, transform, version, source, rendered: Digest::of(&rendered.bytes) };
        let trust = Stamp::write(&claim, &self.keys)?;
        let mut options = PutOptions::default().with_expect(expect).with_trust(Some(trust));
        options.content_type.clone_from(&rendered.content_type);
        artifacts.put_bytes(turn, name, options, rendered.bytes.clone()).await
    }
}
