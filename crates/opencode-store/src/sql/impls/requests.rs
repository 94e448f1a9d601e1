//! Questions and permission requests over the queries.

use async_trait::async_trait;
use futures_util::FutureExt as _;
use opencode_wire::model::Json;

use super::super::super::Database;
use super::super::blockers;
use super::rows;
use crate::blocker::{Answered, BlockerRecord, BlockerState, BlockerStore, NewBlocker, OpenIn};
use crate::error::Result;
use crate::text::{check_key, check_text};
use crate::turn::{Lease, TurnId};

#[async_trait]
impl BlockerStore for Database {
    async fn ask(&self, lease: &Lease, request: &NewBlocker) -> Result<BlockerRecord> {
        request.check()?;
        let (lease, request) = (lease.clone(), request.clone());
        self.write(move |tx| async move { blockers::ask(tx, &lease, &request).await }.boxed()).await
    }

    async fn answer(&self, turn: TurnId, request_id: &str, answer: &Json, by: &str) -> Result<Answered> {
        check_key("one who answers", by)?;
        check_key("request id", request_id)?;
        check_text("answer", answer.as_str())?;
        let (request_id, answer, by) = (request_id.to_owned(), answer.clone(), by.to_owned());
        self.write(move |tx| {
            async move { blockers::answer(tx, turn, &request_id, &answer, &by).await }.boxed()
        })
        .await
    }

    async fn settle(&self, lease: &Lease, request_id: &str, end: BlockerState) -> Result<bool> {
        let (lease, request_id) = (lease.clone(), request_id.to_owned());
        self.write(move |tx| async move { blockers::settle(tx, &lease, &request_id, end).await }.boxed())
            .await
    }

    async fn blockers(&self, turn: TurnId) -> Result<Vec<BlockerRecord>> {
        self.read(move |tx| blockers::of_turn(tx, turn).boxed()).await
    }

    async fn open_blockers(&self, within: &OpenIn, limit: usize) -> Result<Vec<BlockerRecord>> {
        let within = within.clone();
        self.read(move |tx| async move { blockers::open(tx, &within, rows(limit)).await }.boxed()).await
    }
}
