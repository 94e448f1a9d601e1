//! Which generation of OpenCode's event streams a server speaks.

/// How a [`Server`](super::Server) reports events. The default is what OpenCode 1.18.33 does; the constructors give
/// the older generations, and the setters any mixture.
///
/// ```
/// use opencode_testkit::server::EventFamily;
///
/// let oldest = EventFamily::v1_1();
/// assert!(!oldest.event_ids && oldest.growing_text);
/// let custom = EventFamily::default().with_sync(false);
/// assert!(custom.global_stream && !custom.sync);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct EventFamily {
    /// Whether `GET /global/event` exists. Without it the path answers like any unknown one: 200 `text/html`.
    pub global_stream: bool,
    /// Whether `/global/event` carries every durable event a second time as a `sync` record.
    pub sync: bool,
    /// Whether `seq` in sync records rises per session. Some versions send 0 in every record.
    pub rising_seq: bool,
    /// Whether events carry an `id`.
    pub event_ids: bool,
    /// Whether text arrives as `message.part.updated` with growing text and a `delta` field, instead of
    /// `message.part.delta`.
    pub growing_text: bool,
}

impl EventFamily {
    /// OpenCode 1.1: growing text, no event ids, no sync records.
    #[must_use]
    pub const fn v1_1() -> Self {
        Self { global_stream: true, sync: false, rising_seq: false, event_ids: false, growing_text: true }
    }

    /// OpenCode 1.2: deltas, no event ids, no sync records.
    #[must_use]
    pub const fn v1_2() -> Self {
        Self { global_stream: true, sync: false, rising_seq: false, event_ids: false, growing_text: false }
    }

    /// OpenCode 1.14 and 1.15: sync records whose `seq` is always 0.
    #[must_use]
    pub const fn v1_14() -> Self {
        Self { global_stream: true, sync: true, rising_seq: false, event_ids: true, growing_text: false }
    }

    /// OpenCode 1.17 and later: sync records with a rising `seq`.
    #[must_use]
    pub const fn v1_18() -> Self {
        Self { global_stream: true, sync: true, rising_seq: true, event_ids: true, growing_text: false }
    }

    /// Sets [`global_stream`](Self::global_stream).
    #[must_use]
    pub const fn with_global_stream(mut self, exists: bool) -> Self {
        self.global_stream = exists;
        self
    }

    /// Sets [`sync`](Self::sync).
    #[must_use]
    pub const fn with_sync(mut self, sent: bool) -> Self {
        self.sync = sent;
        self
    }

    /// Sets [`rising_seq`](Self::rising_seq).
    #[must_use]
    pub const fn with_rising_seq(mut self, rises: bool) -> Self {
        self.rising_seq = rises;
        self
    }

    /// Sets [`event_ids`](Self::event_ids).
    #[must_use]
    pub const fn with_event_ids(mut self, sent: bool) -> Self {
        self.event_ids = sent;
        self
    }

    /// Sets [`growing_text`](Self::growing_text).
    #[must_use]
    pub const fn with_growing_text(mut self, grows: bool) -> Self {
        self.growing_text = grows;
        self
    }
}

impl Default for EventFamily {
    fn default() -> Self {
        Self::v1_18()
    }
}
