//! How an id lies in memory: inline up to forty bytes, so that decoding an event allocates for none of its ids.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use arrayvec::ArrayString;

/// The longest id that needs no allocation. The server's own have thirty bytes; call ids of providers have up to forty.
const INLINE: usize = 40;

/// Invariant: `Heap` is used only for text longer than [`INLINE`], so equal text has equal representation.
#[derive(Clone)]
pub(super) enum Repr {
    Inline(ArrayString<INLINE>),
    Heap(Arc<str>),
}

impl Repr {
    pub(super) fn new(text: &str) -> Self {
        ArrayString::from(text).map_or_else(|_| Self::Heap(Arc::from(text)), Self::Inline)
    }

    pub(super) fn as_str(&self) -> &str {
        match self {
            Self::Inline(text) => text,
            Self::Heap(text) => text,
        }
    }
}

impl PartialEq for Repr {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for Repr {}

impl PartialOrd for Repr {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Repr {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.as_str().cmp(other.as_str())
    }
}

impl Hash for Repr {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
    }
}

/// Reads an id from a string without an intermediate allocation.
pub(super) struct ReprVisitor;

impl serde::de::Visitor<'_> for ReprVisitor {
    type Value = Repr;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an id")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Repr, E> {
        Ok(Repr::new(text))
    }
}
