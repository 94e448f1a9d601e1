//! What is known of a turn that is followed, and what is next for one of its readers.

use std::sync::Arc;
use std::time::Duration;

use opencode_store::turn::TurnId;
use opencode_store::{Error, ErrorKind};
use tokio::time::Instant;

use super::batch::Batch;
use super::coalesce::coalesce;
use super::picture::Picture;
use super::ring::Ring;
use super::{FeedEnd, FeedEvent, FeedOptions};

/// What is known of a turn that is followed.
#[derive(Debug)]
pub(super) struct State {
    // Invariant: it has every event up to the end of the ring.
    picture: Picture,
    /// The picture as JSON, once somebody has asked for it.
    json: Option<Arc<str>>,
    ring: Ring,
    /// What has come last, in as few events as possible, for all readers that have everything before it: most of them.
    fresh: Option<Fresh>,
    phase: Phase,
    /// Why nothing new is known at the moment.
    outage: Option<Arc<Error>>,
    /// How often there has been an outage.
    outages: u64,
}

#[derive(Debug)]
struct Fresh {
    after: u64,
    batch: Batch,
}

#[derive(Debug)]
enum Phase {
    /// The log has not been read to its end yet.
    Reading,
    Live,
    Ended(FeedEnd),
    /// It cannot be followed, for a reason that stays.
    Refused,
    /// The task that followed it was ended from outside.
    Abandoned,
}

/// Where a reader is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    /// The number of the last event that it was given; `None` before its snapshot.
    pub(super) cursor: Option<u64>,
    /// Whether the log was seen to reach that far.
    pub(super) is_logged: bool,
    /// Of how many outages it knows.
    pub(super) outages: u64,
    /// When it was last given something; `None` before the first time.
    pub(super) given_at: Option<Instant>,
}

/// What is next for a reader.
#[derive(Debug)]
pub(super) enum Next {
    Snapshot {
        seq: u64,
        picture: Arc<str>,
        attempt: u64,
    },
    /// All that comes after its cursor, in as few events as possible.
    Batch(Batch),
    /// All that comes after its cursor.
    Events(Vec<FeedEvent>),
    /// What comes after its cursor has to be read from the log.
    Log {
        after: u64,
    },
    Reload {
        cursor: u64,
    },
    Ended(FeedEnd),
    Closed {
        cursor: u64,
    },
    Outage {
        number: u64,
        error: Arc<Error>,
    },
    Refused(Arc<Error>),
    Abandoned,
    Wait,
}

impl State {
    pub(super) fn new(options: &FeedOptions) -> Self {
        Self {
            picture: Picture::default(),
            json: None,
            ring: Ring::new(options),
            fresh: None,
            phase: Phase::Reading,
            outage: None,
            outages: 0,
        }
    }

    /// Takes the next events of the log. The outage is over.
    pub(super) fn push(&mut self, events: Vec<FeedEvent>, now: Instant) {
        self.outage = None;
        if matches!(self.phase, Phase::Live) && !events.is_empty() {
            let batch = Batch::new(coalesce(Some(self.picture.attempt), events.iter().cloned()));
            self.fresh = Some(Fresh { after: self.ring.end(), batch });
        }
        for event in events {
            if let Some(entry) = event.entry() {
                self.picture.apply(&entry);
            }
            self.ring.push(event.payload, now);
            self.json = None;
        }
    }

    /// Takes a picture of everything up to that number, whose events are gone.
    pub(super) fn replace(&mut self, picture: Picture, seq: u64) {
        self.outage = None;
        self.json = None;
        self.fresh = None;
        self.picture = picture;
        self.ring.restart(seq);
    }

    /// The log was read to its end.
    pub(super) fn caught_up(&mut self) {
        self.phase = Phase::Live;
    }

    /// The turn has ended, and its log was read to its end.
    pub(super) fn end(&mut self, end: FeedEnd) {
        self.phase = Phase::Ended(end);
    }

    /// The store could not be read. Told once as long as it lasts.
    pub(super) fn fail(&mut self, error: Error) {
        if !error.is_transient() {
            self.phase = Phase::Refused;
        } else if self.outage.is_some() {
            return;
        }
        self.outages += 1;
        self.outage = Some(Arc::new(error));
    }

    /// Nobody follows the turn any more, unless there is nothing more to follow.
    pub(super) fn abandon(&mut self) {
        if matches!(self.phase, Phase::Reading | Phase::Live) {
            self.phase = Phase::Abandoned;
        }
    }

    /// What is next for a reader.
    pub(super) fn next(&mut self, place: Place, patience: Duration) -> Next {
        if !matches!(self.phase, Phase::Live | Phase::Ended(_)) {
            return self.interruption(place);
        }
        let end = self.ring.end();
        let Some(cursor) = place.cursor else {
            let json = self.json.get_or_insert_with(|| self.picture.to_json().into());
            return Next::Snapshot { seq: end, picture: Arc::clone(json), attempt: self.picture.attempt };
        };
        if cursor > end {
            return match self.phase {
                Phase::Ended(_) => Next::Reload { cursor },
                // Another process may have read the log further than this one has.
                _ if !place.is_logged => Next::Log { after: cursor },
                _ => self.interruption(place),
            };
        }
        // Nothing waits for a reader before it has come, nor while it has something else.
        if let (Some(there_since), Some(free_since)) = (self.ring.since(cursor), place.given_at)
            && there_since.max(free_since).elapsed() > patience
        {
            return Next::Closed { cursor };
        }
        if let Some(fresh) = self.fresh.as_ref().filter(|fresh| fresh.after == cursor) {
            return Next::Batch(fresh.batch.clone());
        }
        match (self.ring.after(cursor), &self.phase) {
            (None, _) => Next::Log { after: cursor },
            (Some(events), _) if cursor < end => Next::Events(events.collect()),
            (_, Phase::Ended(end)) => Next::Ended(end.clone()),
            _ => self.interruption(place),
        }
    }

    fn interruption(&self, place: Place) -> Next {
        match (&self.outage, &self.phase) {
            (_, Phase::Abandoned) => Next::Abandoned,
            (Some(error), Phase::Refused) => Next::Refused(Arc::clone(error)),
            (Some(error), _) if place.outages < self.outages => {
                Next::Outage { number: self.outages, error: Arc::clone(error) }
            }
            _ => Next::Wait,
        }
    }
}

/// The error for one of many readers.
pub(super) fn told(turn: TurnId, error: &Arc<Error>) -> Error {
    let told = Error::new(error.kind(), format!("turn {turn} cannot be followed"));
    told.with_turn(turn).with_source(Arc::clone(error))
}

/// The error for readers of a turn that nobody reads the log of any more.
pub(super) fn abandoned(turn: TurnId) -> Error {
    let message = format!("the task that read the log of turn {turn} has ended");
    Error::new(ErrorKind::Unavailable, message).with_turn(turn)
}
