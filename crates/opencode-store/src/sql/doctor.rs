//! Whether what is stored fits together.

use diesel::dsl::{count_star, exists, not};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::super::Tx;
use super::{Outcome, migrate};
use crate::db::migrations::CURRENT;
use crate::db::schema::{mints, turns};
use crate::doctor::Diagnosis;

/// How long after its time an attempt should have been swept: one day.
const UNSWEPT: i64 = 24 * 60 * 60 * 1000;

pub(super) async fn look(tx: &mut Tx) -> Outcome<Diagnosis> {
    let mut diagnosis = Diagnosis::default();
    let version = migrate::version(tx).await?;
    if version != CURRENT {
        diagnosis.broken(format!(
            "the tables are of version {version} and should be of {CURRENT}: run `migrate()`"
        ));
        return Ok(diagnosis);
    }
    diagnosis.fine(format!("the tables are of version {version}"));
    look_at_queues(tx, &mut diagnosis).await?;
    look_at_leases(tx, &mut diagnosis).await?;
    look_at_mints(tx, &mut diagnosis).await?;
    Ok(diagnosis)
}

async fn look_at_queues(tx: &mut Tx, diagnosis: &mut Diagnosis) -> Outcome<()> {
    let head = diesel::alias!(turns as head);
    let heads = head
        .filter(head.field(turns::session_id).eq(turns::session_id))
        .filter(head.field(turns::state).eq_any(super::lanes::HEAD));
    let stuck: i64 = turns::table
        .filter(turns::state.eq("queued"))
        .filter(not(exists(heads)))
        .select(count_star())
        .first(tx.conn())
        .await?;
    if stuck > 0 {
        diagnosis.broken(format!(
            "{stuck} turns wait behind nothing: this should be impossible, please report it"
        ));
    } else {
        diagnosis.fine("every turn that waits, waits behind another");
    }
    Ok(())
}

async fn look_at_leases(tx: &mut Tx, diagnosis: &mut Diagnosis) -> Outcome<()> {
    let now = tx.now;
    let lapsed: i64 = turns::table
        .filter(turns::state.eq_any(super::lanes::ACTIVE))
        .filter(turns::lease_until.lt(now))
        .select(count_star())
        .first(tx.conn())
        .await?;
    if lapsed > 0 {
        diagnosis
            .warn(format!("{lapsed} turns were left by their workers and wait for another: is one running?"));
    } else {
        diagnosis.fine("no turn was left by its worker");
    }
    Ok(())
}

async fn look_at_mints(tx: &mut Tx, diagnosis: &mut Diagnosis) -> Outcome<()> {
    let unswept: i64 =
        mints::table.filter(mints::due_at.lt(tx.now - UNSWEPT)).select(count_star()).first(tx.conn()).await?;
    if unswept > 0 {
        diagnosis.warn(format!(
            "{unswept} attempts to make a session wait to be swept since a day: call `Sessions::sweep` now and then"
        ));
    } else {
        diagnosis.fine("no attempt to make a session waits to be swept");
    }
    Ok(())
}
