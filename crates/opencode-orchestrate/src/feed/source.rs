//! What is read of a store: logs, and the rows of turns that have ended.

use std::sync::Arc;

use opencode_store::blocker::BlockerState;
use opencode_store::event::{EventLog, EventPage};
use opencode_store::reply::UsageOf;
use opencode_store::turn::{TurnId, TurnRecord};
use opencode_store::wake::Watch;
use opencode_store::{Error, ErrorKind, Result, Store};

use super::picture::{OpenRequest, Picture, ShownPart};
use opencode_wire::reply::Usage;

use super::FeedEnd;
use crate::log::Growing;

/// How many events are read at once: enough to make a query cheap, few enough to keep a reader small.
const PAGE: usize = 512;

/// Where turns are read from.
#[derive(Debug, Clone)]
pub(super) struct Source {
    log: Arc<dyn EventLog>,
    store: Store,
}

impl Source {
    pub(super) fn new(store: Store) -> Self {
        Self { log: store.events(), store }
    }

    /// Reads logs from somewhere else.
    #[cfg(test)]
    pub(super) fn with_log(mut self, log: Arc<dyn EventLog>) -> Self {
        self.log = log;
        self
    }

    pub(super) fn watch(&self, turn: TurnId) -> Watch {
        self.log.watch_turn(turn)
    }

    /// The events after that number, as many as are read at once.
    pub(super) async fn read(&self, turn: TurnId, after: u64) -> Result<EventPage> {
        let page = self.log.read(turn, after, PAGE).await?;
        let has_next = match page.events.first() {
            Some(event) => event.seq == after + 1,
            None => page.last_seq <= after,
        };
        // Whoever went on here would miss events, or ask for them for ever.
        if after >= page.pruned_to && !has_next {
            let message = format!("the log of turn {turn} has a hole after event {after}");
            return Err(Error::new(ErrorKind::Corrupt, message).with_turn(turn));
        }
        Ok(page)
    }

    /// What a turn looks like whose log is gone.
    pub(super) async fn picture(&self, turn: TurnId) -> Result<Picture> {
        let record = self.record(turn).await?;
        let mut picture = Picture { attempt: record.attempt, ..Picture::default() };
        for part in self.store.replies().parts(turn).await? {
            picture.put_part(ShownPart {
                part_id: part.part_id,
                session_id: part.session_id,
                place: part.ordinal,
                body: part.body,
                growing: part.growing.map(|growing| Growing { field: growing.field, text: growing.text }),
            });
        }
        picture.usage = self.usage(turn).await?;
        for blocker in self.store.blockers().blockers(turn).await? {
            if blocker.state == BlockerState::Open {
                let request = blocker.request;
                picture.blockers.push(OpenRequest {
                    request_id: request.request_id,
                    session_id: request.session_id,
                    kind: request.kind.as_str().to_owned(),
                    request: request.payload,
                });
            }
        }
        // Whoever has said something had the prompt.
        picture.accepted = !picture.parts.is_empty() || picture.usage.steps > 0;
        Ok(picture)
    }

    /// How a turn ended, after that event.
    pub(super) async fn end(&self, turn: TurnId, seq: u64) -> Result<FeedEnd> {
        let Some(end) = self.record(turn).await?.end else {
            let message = format!("turn {turn} has ended, and it is not stored how");
            return Err(Error::new(ErrorKind::Corrupt, message).with_turn(turn));
        };
        Ok(FeedEnd { seq, kind: end.kind, message: end.message, usage: self.usage(turn).await? })
    }

    async fn record(&self, turn: TurnId) -> Result<TurnRecord> {
        let record = self.store.turns().turn(turn).await?;
        record.ok_or_else(|| {
            Error::new(ErrorKind::NotFound, format!("there is no turn {turn}")).with_turn(turn)
        })
    }

    async fn usage(&self, turn: TurnId) -> Result<Usage> {
        self.store.replies().usage(&UsageOf::Turn(turn)).await
    }
}
