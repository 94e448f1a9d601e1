//! Replies and logs over the queries.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::FutureExt as _;
use opencode_wire::reply::Usage;

use super::super::super::Database;
use super::super::{events, replies, usage};
use super::rows;
use crate::error::Result;
use crate::event::{EventLog, EventPage};
use crate::reply::{ReplyStore, Snapshot, StoredPart, UsageOf};
use crate::text::check_text;
use crate::turn::{Lease, TurnId};
use crate::wake::{Topic, Watch};

#[async_trait]
impl ReplyStore for Database {
    async fn write_snapshot(&self, lease: &Lease, snapshot: &Snapshot) -> Result<()> {
        snapshot.check()?;
        let given = Arc::new((lease.clone(), snapshot.clone()));
        self.write_repeatable(move |tx| {
            let given = Arc::clone(&given);
            async move { replies::write(tx, &given.0, &given.1).await }.boxed()
        })
        .await
    }

    async fn parts(&self, turn: TurnId) -> Result<Vec<StoredPart>> {
        self.read(move |tx| replies::read(tx, turn).boxed()).await
    }

    async fn usage(&self, of: &UsageOf) -> Result<Usage> {
        let of = of.clone();
        self.read(move |tx| async move { usage::sums(tx, &of).await }.boxed()).await
    }
}

#[async_trait]
impl EventLog for Database {
    async fn append(&self, lease: &Lease, after: u64, payloads: &[String]) -> Result<u64> {
        for payload in payloads {
            check_text("event", payload)?;
        }
        let given = Arc::new((lease.clone(), payloads.to_vec()));
        self.write_statement(move |tx| {
            let given = Arc::clone(&given);
            async move { events::append(tx, &given.0, after, &given.1).await }.boxed()
        })
        .await
    }

    async fn read(&self, turn: TurnId, after: u64, limit: usize) -> Result<EventPage> {
        Self::read(self, move |tx| events::read(tx, turn, after, rows(limit)).boxed()).await
    }

    async fn prune(&self, ended_before: Duration, limit: usize) -> Result<usize> {
        self.write(move |tx| events::prune(tx, ended_before, rows(limit)).boxed()).await
    }

    fn watch_turn(&self, turn: TurnId) -> Watch {
        self.wakes().watch(Topic::Turn(turn))
    }
}
