//! The transforms of a host.

use std::fmt;
use std::sync::Arc;

use opencode_store::artifact::{Artifact, ArtifactName};

use super::render::Known;
use super::stamp::Stamp;
use super::{StampKeys, Transform, TransformsError, Trusted, fold};

/// The transforms of a host, with the keys of their stamps. Cheap to clone.
///
/// # Examples
///
/// See [`Transform`].
#[derive(Clone)]
pub struct Transforms {
    pub(super) keys: Arc<StampKeys>,
    known: Arc<[Known]>,
}

impl Transforms {
    /// Takes transforms. Where several apply to one file, the first one renders it.
    ///
    /// # Errors
    ///
    /// When one has no valid name; when two have one name; when two render to names of which the last parts look alike;
    /// when one renders to what one of them renders from, or to what looks like that.
    pub fn new(keys: StampKeys, transforms: Vec<Arc<dyn Transform>>) -> Result<Self, TransformsError> {
        let known: Arc<[Known]> = transforms.into_iter().map(Known::new).collect();
        for (at, one) in known.iter().enumerate() {
            check_name(&one.name)?;
            for earlier in &known[..at] {
                check_beside(earlier, one)?;
            }
            for other in &*known {
                check_sources(one, other)?;
            }
        }
        Ok(Self { keys: Arc::new(keys), known })
    }

    /// Whether a name belongs to a transform, so that no file of an agent may be stored under it: one whose last part
    /// looks like that of a destination. Folders, case, width of letters, characters that are not seen, and blanks
    /// and dots at the end do not count.
    ///
    /// # Examples
    ///
    /// Where `chart.html` is rendered, `sub/Chart.HTML` and `chart.html ` are owned too.
    #[must_use]
    pub fn owns(&self, name: &ArtifactName) -> bool {
        let folded = fold::fold(name.as_str());
        self.known.iter().any(|known| known.owned == folded)
    }

    /// What a file of an agent is rendered to; `None` when no transform applies to it.
    ///
    /// A file that is rendered is not stored itself, so this is asked before [`owns`](Self::owns).
    #[must_use]
    pub fn destination_of(&self, source: &ArtifactName) -> Option<&ArtifactName> {
        self.applying_to(source).map(|known| &known.destination)
    }

    /// The artifact as one that the host has rendered: under the name of a transform that is in use, by its present
    /// version, in this turn, with these bytes, stamped with one of the keys. `None` for everything else.
    ///
    /// The bytes are those that the artifact's digest is of, which is checked while they are read.
    #[must_use]
    pub fn trusted<'a>(&'a self, artifact: &'a Artifact) -> Option<Trusted<'a>> {
        let known = self.known.iter().find(|known| known.destination == artifact.name)?;
        let stamp = self.stamp(artifact)?;
        let is_current = stamp.transform == known.name && stamp.version == known.version;
        is_current.then_some(Trusted {
            artifact,
            transform: &known.name,
            version: known.version,
            source: stamp.source,
        })
    }

    pub(super) fn applying_to(&self, source: &ArtifactName) -> Option<&Known> {
        self.known.iter().find(|known| known.applies_to(source))
    }

    pub(super) fn renders_to(&self, name: &ArtifactName) -> bool {
        self.known.iter().any(|known| known.destination == *name)
    }

    /// The stamp of whatever transform and version, if the host has made it.
    pub(super) fn stamp(&self, artifact: &Artifact) -> Option<Stamp> {
        Stamp::read(artifact, &self.keys)
    }
}

impl fmt::Debug for Transforms {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.known.iter().map(|known| known.name.as_str()).collect();
        formatter.debug_struct("Transforms").field("known", &names).finish_non_exhaustive()
    }
}

fn check_name(name: &str) -> Result<(), TransformsError> {
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if matches!(name.len(), 1..=64) && name.bytes().all(is_plain) {
        Ok(())
    } else {
        Err(TransformsError::InvalidName { name: name.to_owned() })
    }
}

fn check_beside(one: &Known, other: &Known) -> Result<(), TransformsError> {
    if one.name == other.name {
        return Err(TransformsError::SameName { name: one.name.clone() });
    }
    if one.owned == other.owned {
        let (one, destination) = (one.name.clone(), other.destination.clone());
        return Err(TransformsError::SameDestination { one, other: other.name.clone(), destination });
    }
    Ok(())
}

/// What one renders to must not be what an agent writes for the other.
fn check_sources(one: &Known, other: &Known) -> Result<(), TransformsError> {
    let source = other.transform.source();
    if fold::fold(source.as_str()) == one.owned || other.applies_to(&one.destination) {
        let (other, destination) = (other.name.clone(), one.destination.clone());
        return Err(TransformsError::DestinationIsSource { one: one.name.clone(), other, destination });
    }
    Ok(())
}
