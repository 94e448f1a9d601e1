//! Files that turns produced: their bytes in an object store, their names in the database.

mod digest;
mod index;
mod name;
mod record;

pub use self::digest::Digest;
pub use self::index::ArtifactIndex;
pub use self::name::ArtifactName;
pub use self::record::{Artifact, Blob, Expect, NewArtifact, PutEnd};
