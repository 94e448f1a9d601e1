//! One statement that admits turns to sessions in which nothing is open.

use diesel::pg::Pg;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types::{Array, BigInt, Nullable, Text};
use diesel::{QueryResult, sql_types};
use diesel_async::RunQueryDsl;

use super::Tx;
use super::admissions::Waiting;
use crate::db::failure::Failure;
use crate::db::rows::{NewTurnRow, TurnRow};
use crate::error::Result;
use crate::millis::Millis;
use crate::turn::{Admission, Admitted, Payload, TurnState};

/// One statement that admits turns to sessions in which nothing is open. Each subject and each message id is in it
/// once.
#[derive(Debug, QueryId)]
pub(super) struct AdmitIdle {
    now: Millis,
    scopes: Vec<String>,
    keys: Vec<String>,
    agents: Vec<String>,
    idempotency_keys: Vec<Option<String>>,
    message_ids: Vec<String>,
    payloads: Vec<String>,
    prompts: Vec<String>,
    deliveries: Vec<String>,
    lanes: Vec<i64>,
}

/// Number and session of a turn that was admitted, and when.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stored {
    id: i64,
    session_id: i64,
    at: Millis,
}

impl AdmitIdle {
    pub(super) fn of<'a>(admissions: impl Iterator<Item = (&'a Admission, &'a Payload)>) -> Self {
        let mut all = Self {
            now: 0,
            scopes: Vec::new(),
            keys: Vec::new(),
            agents: Vec::new(),
            idempotency_keys: Vec::new(),
            message_ids: Vec::new(),
            payloads: Vec::new(),
            prompts: Vec::new(),
            deliveries: Vec::new(),
            lanes: Vec::new(),
        };
        for (admission, payload) in admissions {
            all.scopes.push(admission.subject.scope().to_owned());
            all.keys.push(admission.subject.key().to_owned());
            all.agents.push(admission.subject.agent().to_owned());
            all.idempotency_keys.push(admission.idempotency_key.clone());
            all.message_ids.push(admission.message_id.as_str().to_owned());
            all.payloads.push(payload.0.clone());
            all.prompts.push(admission.prompt.as_str().to_owned());
            all.deliveries.push(admission.delivery.as_str().to_owned());
            all.lanes.push(admission.delivery.lane());
        }
        all
    }
}

/// Runs the statement, and gives what was admitted, by message id.
pub(super) async fn admit(tx: &mut Tx, mut query: AdmitIdle) -> Result<Vec<(String, Stored)>, Failure> {
    let at = tx.now;
    query.now = at;
    let rows: Vec<(i64, i64, String)> = query.load(tx.conn()).await?;
    Ok(rows
        .into_iter()
        .map(|(id, session_id, message_id)| (message_id, Stored { id, session_id, at }))
        .collect())
}

impl Waiting {
    /// The receipt of an admission that the statement has stored.
    pub(super) fn admitted(&self, stored: Stored) -> Result<Admitted> {
        let admission = &self.admission;
        let row = NewTurnRow {
            session_id: stored.session_id,
            scope: admission.subject.scope(),
            idempotency_key: admission.idempotency_key.as_deref(),
            message_id: admission.message_id.as_str(),
            payload: &self.payload.0,
            prompt: None,
            delivery: admission.delivery.as_str(),
            lane: admission.delivery.lane(),
            state: TurnState::Ready.as_str(),
            attempt: 0,
            lease_until: 0,
            admitted_at: stored.at,
            pruned_to: 0,
        };
        let row: TurnRow = row.stored_as(stored.id);
        Ok(Admitted::new(row.into_record()?, false))
    }
}

impl Query for AdmitIdle {
    type SqlType = (BigInt, BigInt, sql_types::Text);
}

impl QueryFragment<Pg> for AdmitIdle {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        // What is looked up row by row, by a unique index, is written as a value and not as a join: a join is planned
        // as a walk through the whole table while the table is small, and the plan is kept when it is not any more.
        // Long prompts need no table of their own here: the database keeps them apart by itself.
        out.push_sql("WITH input AS (SELECT * FROM unnest(");
        out.push_bind_param::<Array<Text>, _>(&self.scopes)?;
        for texts in [&self.keys, &self.agents] {
            out.push_sql("::TEXT[], ");
            out.push_bind_param::<Array<Text>, _>(texts)?;
        }
        out.push_sql("::TEXT[], ");
        out.push_bind_param::<Array<Nullable<Text>>, _>(&self.idempotency_keys)?;
        for texts in [&self.message_ids, &self.payloads, &self.prompts, &self.deliveries] {
            out.push_sql("::TEXT[], ");
            out.push_bind_param::<Array<Text>, _>(texts)?;
        }
        out.push_sql("::TEXT[], ");
        out.push_bind_param::<Array<BigInt>, _>(&self.lanes)?;
        out.push_sql(
            "::BIGINT[]) AS given (scope, key, agent, idempotency_key, message_id, payload, prompt, delivery, lane)), \
             fresh AS MATERIALIZED (SELECT input.*, (SELECT there.id FROM opencode_sessions AS there \
                 WHERE there.scope = input.scope AND there.key = input.key AND there.agent = input.agent) AS session_id \
               FROM input WHERE (SELECT used.id FROM opencode_turns AS used \
                 WHERE used.message_id = input.message_id) IS NULL), \
             made AS (INSERT INTO opencode_sessions \
               (scope, key, agent, status, generation, mint_until, created_at, updated_at) \
               SELECT scope, key, agent, 'idle', 0, 0, ",
        );
        out.push_bind_param::<BigInt, _>(&self.now)?;
        out.push_sql(", ");
        out.push_bind_param::<BigInt, _>(&self.now)?;
        out.push_sql(
            " FROM fresh WHERE session_id IS NULL \
               ON CONFLICT DO NOTHING RETURNING id, scope, key, agent), \
             found AS (SELECT id, scope, key, agent FROM made UNION ALL \
               SELECT session_id, scope, key, agent FROM fresh WHERE session_id IS NOT NULL \
               AND (SELECT open.id FROM opencode_turns AS open WHERE open.session_id = fresh.session_id \
                 AND open.joined_to IS NULL AND open.state IN ('ready', 'claimed', 'prompting', 'running')) IS NULL \
               AND (SELECT same.id FROM opencode_turns AS same WHERE same.session_id = fresh.session_id \
                 AND same.idempotency_key = fresh.idempotency_key) IS NULL) \
             INSERT INTO opencode_turns (session_id, scope, idempotency_key, message_id, payload, prompt, \
               delivery, lane, state, attempt, lease_until, admitted_at, pruned_to) \
             SELECT found.id, fresh.scope, fresh.idempotency_key, fresh.message_id, fresh.payload, fresh.prompt, \
               fresh.delivery, fresh.lane, 'ready', 0, 0, ",
        );
        out.push_bind_param::<BigInt, _>(&self.now)?;
        out.push_sql(
            ", 0 FROM fresh JOIN found \
               ON found.scope = fresh.scope AND found.key = fresh.key AND found.agent = fresh.agent \
             ON CONFLICT DO NOTHING RETURNING id, session_id, message_id",
        );
        Ok(())
    }
}
