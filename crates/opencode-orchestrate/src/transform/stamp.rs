//! What a stamp says, and how it is written beside the bytes.

use opencode_store::artifact::{Artifact, ArtifactName, Digest};
use opencode_store::turn::TurnId;
use opencode_wire::model::Json;
use serde::{Deserialize, Serialize};

use super::StampKeys;

/// No other use of the same key makes the same stamps.
const DOMAIN: &str = "opencode-orchestrate transform stamp 1";
/// How long a stamp may be as JSON. A real one has less than 300 bytes.
const LONGEST: usize = 1024;

/// What a stamp vouches for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Claim<'a> {
    pub(super) turn: TurnId,
    pub(super) name: &'a ArtifactName,
    pub(super) transform: &'a str,
    pub(super) version: u32,
    pub(super) source: Digest,
    pub(super) rendered: Digest,
}

impl Claim<'_> {
    /// Each part is preceded by its length, so that no two claims are written alike.
    pub(super) fn encoded(&self) -> Vec<u8> {
        let (turn, version) = (self.turn.get().to_le_bytes(), self.version.to_le_bytes());
        let (source, rendered) = (self.source.to_string(), self.rendered.to_string());
        let parts: [&[u8]; 7] = [
            DOMAIN.as_bytes(),
            &turn,
            self.name.as_str().as_bytes(),
            self.transform.as_bytes(),
            &version,
            source.as_bytes(),
            rendered.as_bytes(),
        ];
        let mut encoded = Vec::new();
        for part in parts {
            encoded.extend_from_slice(&(part.len() as u64).to_le_bytes());
            encoded.extend_from_slice(part);
        }
        encoded
    }
}

/// A stamp as it is written beside the bytes. What else it vouches for is the artifact's own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    transform: String,
    version: u32,
    source: String,
    stamp: String,
}

/// A stamp of the host, found valid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stamp {
    pub(super) transform: String,
    pub(super) version: u32,
    pub(super) source: Digest,
}

impl Stamp {
    /// Stamps a claim.
    pub(super) fn write(claim: &Claim<'_>, keys: &StampKeys) -> opencode_store::Result<Json> {
        let written = Written {
            transform: claim.transform.to_owned(),
            version: claim.version,
            source: claim.source.to_string(),
            stamp: keys.stamp(claim).to_hex().to_string(),
        };
        Json::from_value(&written).map_err(|source| {
            opencode_store::Error::new(opencode_store::ErrorKind::InvalidInput, "the stamp cannot be written")
                .with_source(source)
        })
    }

    /// The stamp of an artifact; `None` for everything that the host has not written exactly so.
    pub(super) fn read(artifact: &Artifact, keys: &StampKeys) -> Option<Self> {
        let text = artifact.trust.as_ref()?.as_str();
        // A list of the same values would be read too.
        if text.len() > LONGEST || !text.starts_with('{') {
            return None;
        }
        let Written { transform, version, source, stamp } = serde_json::from_str(text).ok()?;
        let digest: Digest = source.parse().ok()?;
        let hash = blake3::Hash::from_hex(&stamp).ok()?;
        // One digest has one spelling.
        if digest.to_string() != source || hash.to_hex().as_str() != stamp {
            return None;
        }
        let claim = Claim {
            turn: artifact.turn,
            name: &artifact.name,
            transform: &transform,
            version,
            source: digest,
            rendered: artifact.digest,
        };
        keys.verify(&claim, hash).then_some(Self { transform, version, source: digest })
    }
}
