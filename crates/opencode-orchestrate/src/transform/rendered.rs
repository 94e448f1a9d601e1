//! What comes out of a transform, and how much of it may.

use std::time::Duration;

use bytes::Bytes;

/// What a transform has rendered.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rendered {
    /// All of it.
    pub bytes: Bytes,
    /// What it is, as `type/subtype`. It counts where the bytes and the name of the destination tell nothing.
    pub content_type: Option<String>,
}

impl Rendered {
    /// Bytes that tell themselves what they are, or whose name does.
    #[must_use]
    pub fn new(bytes: impl Into<Bytes>) -> Self {
        Self { bytes: bytes.into(), content_type: None }
    }

    /// Sets what it is, as `type/subtype`; nothing unless set.
    #[must_use]
    pub fn with_content_type(mut self, content_type: impl Into<String>) -> Self {
        self.content_type = Some(content_type.into());
        self
    }
}

/// How long rendering may take, and how large the result may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct RenderLimits {
    /// How long it may take.
    pub time: Duration,
    /// How many bytes the result may have.
    pub bytes: u64,
}

impl RenderLimits {
    /// Sets how long rendering may take; 30 seconds unless set.
    #[must_use]
    pub const fn with_time(mut self, time: Duration) -> Self {
        self.time = time;
        self
    }

    /// Sets how many bytes the result may have; 10 MiB unless set. The store may take fewer.
    #[must_use]
    pub const fn with_bytes(mut self, bytes: u64) -> Self {
        self.bytes = bytes;
        self
    }
}

impl Default for RenderLimits {
    fn default() -> Self {
        Self { time: Duration::from_secs(30), bytes: 10 * 1024 * 1024 }
    }
}
