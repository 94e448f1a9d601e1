//! What bytes are known by.

use std::fmt;
use std::str::FromStr;

use crate::error::{Error, Result};

/// The BLAKE3 digest of an artifact's bytes: 64 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Digest([u8; 32]);

impl Digest {
    /// The digest of these bytes.
    ///
    /// # Examples
    ///
    /// ```
    /// use opencode_store::artifact::Digest;
    ///
    /// let digest = Digest::of(b"monads");
    /// assert_eq!(digest.to_string().parse::<Digest>()?, digest);
    /// # Ok::<(), opencode_store::Error>(())
    /// ```
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(*blake3::hash(bytes).as_bytes())
    }

    /// Takes a digest that was computed elsewhere.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

impl FromStr for Digest {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        blake3::Hash::from_hex(text).map(|hash| Self(*hash.as_bytes())).map_err(|source| {
            Error::invalid("not a digest: it takes 64 hexadecimal digits").with_source(source)
        })
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&blake3::Hash::from_bytes(self.0).to_hex())
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Digest({self})")
    }
}
