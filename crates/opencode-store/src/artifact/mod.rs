//! Files that turns produced: their bytes in an object store, their names in the database.
//!
//! [`ArtifactStore`] is what a host uses, [`ObjectArtifacts`] is the one that this crate brings. Everything that an
//! agent wrote is hostile: serve it with [`Artifact::headers`].
#![doc = include_str!("../docs/artifacts.md")]

mod content_type;
mod digest;
mod disposition;
mod ext;
mod index;
mod name;
mod objects;
mod put;
mod reader;
mod record;
mod serving;
mod store;
mod text_check;

pub use self::content_type::ContentSniffer;
pub use self::digest::Digest;
pub use self::ext::ArtifactStoreExt;
pub use self::index::ArtifactIndex;
pub use self::name::ArtifactName;
pub use self::objects::ObjectArtifacts;
#[cfg(feature = "s3")]
pub use self::objects::S3Options;
pub use self::put::{PutOptions, Stored};
pub use self::reader::ArtifactReader;
pub use self::record::{Artifact, Blob, Expect, NewArtifact, PutEnd};
pub use self::serving::{ServingHeaders, Show};
pub use self::store::{ArtifactStore, SweptObjects};
