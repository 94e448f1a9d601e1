//! Locks of sessions. Whoever has waited for one looks at the clock again: what ends, begins or is leased after the wait
//! does so now, and not when the wait began.

use super::super::{Tx, dialect};
use super::Outcome;
use crate::session::Subject;

/// Locks a session. Whatever moves a turn from one state to another holds this lock.
pub(super) async fn lock_session(tx: &mut Tx, session: i64) -> Outcome<()> {
    dialect::lock_session(tx.conn(), session).await?;
    tx.look_at_the_clock();
    Ok(())
}

/// Locks the session of a turn, if there is such a turn.
pub(super) async fn lock_session_of(tx: &mut Tx, turn: i64) -> Outcome<()> {
    dialect::lock_session_of(tx.conn(), turn).await?;
    tx.look_at_the_clock();
    Ok(())
}

/// Locks a session unless somebody else has locked it.
pub(super) async fn try_lock_session(tx: &mut Tx, session: i64) -> Outcome<bool> {
    let is_locked = dialect::try_lock_session(tx.conn(), session).await?;
    tx.look_at_the_clock();
    Ok(is_locked)
}

/// Locks the session of a subject, if there is one.
pub(super) async fn lock_subject(tx: &mut Tx, subject: &Subject) -> Outcome<Option<i64>> {
    let session = dialect::lock_subject(tx.conn(), subject).await?;
    tx.look_at_the_clock();
    Ok(session)
}
