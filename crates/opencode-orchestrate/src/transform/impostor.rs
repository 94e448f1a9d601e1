//! What is in the place of something that the host renders.

use opencode_store::artifact::{Artifact, ArtifactName};

use super::Transforms;

/// An artifact under the destination of a transform that the host has not rendered: it was stored before the transform
/// came, or by something that does not ask [`Transforms::owns`], or its stamp is of a key that is not in use any more.
///
/// It is never trusted. A transform that [purges](super::Transform::purges_impostors) replaces it, in the one step that
/// stores what takes its place; nothing removes it without that. What the host has rendered by another version of a
/// transform is no impostor.
#[derive(Debug, Clone, Copy)]
pub struct Impostor<'a> {
    artifact: &'a Artifact,
}

impl<'a> Impostor<'a> {
    /// The artifact as an impostor; `None` when no transform renders to its name, or when the host has rendered it.
    #[must_use]
    pub fn of(artifact: &'a Artifact, transforms: &Transforms) -> Option<Self> {
        let is_impostor = transforms.renders_to(&artifact.name) && transforms.stamp(artifact).is_none();
        is_impostor.then_some(Self { artifact })
    }

    /// What it is called.
    #[must_use]
    pub const fn name(&self) -> &'a ArtifactName {
        &self.artifact.name
    }

    /// The artifact.
    #[must_use]
    pub const fn artifact(&self) -> &'a Artifact {
        self.artifact
    }
}
