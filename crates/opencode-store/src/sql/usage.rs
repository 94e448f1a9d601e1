//! What turns used.

use diesel::dsl::{count_star, sql};
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use diesel_async::RunQueryDsl;
use opencode_wire::reply::Usage;

use super::super::Tx;
use super::Outcome;
use crate::db::rows::number;
use crate::db::schema::{sessions, turns, usage};
use crate::reply::{StepUsage, UsageOf, dollars, nanos};

pub(super) async fn session_of(tx: &mut Tx, turn: i64) -> Outcome<i64> {
    Ok(turns::table.find(turn).select(turns::session_id).first(tx.conn()).await?)
}

pub(super) async fn write(tx: &mut Tx, turn: i64, session: i64, steps: &[StepUsage]) -> Outcome<()> {
    for step in steps {
        let used = &step.usage;
        let tokens = (
            usage::input.eq(tokens(used.input)),
            usage::output.eq(tokens(used.output)),
            usage::reasoning.eq(tokens(used.reasoning)),
            usage::cache_read.eq(tokens(used.cache_read)),
            usage::cache_write.eq(tokens(used.cache_write)),
            usage::cost_nanos.eq(nanos(used.cost)),
        );
        diesel::insert_into(usage::table)
            .values((
                usage::turn_id.eq(turn),
                usage::step_id.eq(step.step_id.as_str()),
                usage::session_id.eq(session),
                usage::upstream_session.eq(step.session_id.as_str()),
                tokens,
            ))
            .on_conflict((usage::turn_id, usage::step_id))
            .do_update()
            .set(tokens)
            .execute(tx.conn())
            .await?;
    }
    Ok(())
}

/// A count of tokens as it is stored: what no model can have counted is cut, so that no sum can overflow.
fn tokens(count: u64) -> i64 {
    const MOST: u64 = 1_000_000_000_000_000;
    i64::try_from(count.min(MOST)).unwrap_or(i64::MAX)
}

type Sums = (i64, (i64, i64, i64, i64, i64), i64);

pub(super) async fn sums(tx: &mut Tx, of: &UsageOf) -> Outcome<Usage> {
    // The sum of a 64-bit column is a decimal in one of the databases.
    let total = |column: &str| sql::<BigInt>(&format!("CAST(COALESCE(SUM({column}), 0) AS BIGINT)"));
    let query = usage::table.into_boxed().select((
        count_star(),
        (total("input"), total("output"), total("reasoning"), total("cache_read"), total("cache_write")),
        total("cost_nanos"),
    ));
    let query = match of {
        UsageOf::Turn(turn) => query.filter(usage::turn_id.eq(turn.get())),
        UsageOf::Session(session) => query.filter(usage::session_id.eq(session.get())),
        UsageOf::Record { scope, key } => query.filter(
            usage::session_id.eq_any(
                sessions::table
                    .filter(sessions::scope.eq(scope))
                    .filter(sessions::key.eq(key))
                    .select(sessions::id),
            ),
        ),
        UsageOf::Scope(scope) => query.filter(
            usage::session_id.eq_any(sessions::table.filter(sessions::scope.eq(scope)).select(sessions::id)),
        ),
    };
    let (steps, (input, output, reasoning, cache_read, cache_write), cost): Sums =
        query.first(tx.conn()).await?;
    let mut sum = Usage::default();
    sum.steps = number(steps)?;
    sum.input = number(input)?;
    sum.output = number(output)?;
    sum.reasoning = number(reasoning)?;
    sum.cache_read = number(cache_read)?;
    sum.cache_write = number(cache_write)?;
    sum.cost = dollars(cost);
    Ok(sum)
}
