//! Conditions in the words of the partial indexes.
//!
//! A database uses a partial index only where it can see, while it plans, that the query implies the index's
//! condition. A value that is bound as a parameter is not seen then, so these conditions are text; unlike a list of
//! values or a piece of raw SQL they leave the statement one that is prepared once and kept.

use diesel::backend::Backend;
use diesel::expression::{AppearsOnTable, Expression, SelectableExpression, ValidGrouping, is_aggregate};
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::result::QueryResult;
use diesel::sql_types::Bool;

use super::schema::{blobs, blockers, turns};

macro_rules! conditions {
    ($($(#[$meta:meta])* $name:ident of $table:ident: $text:literal;)+) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, QueryId)]
        pub(crate) struct $name;

        impl Expression for $name {
            type SqlType = Bool;
        }

        impl SelectableExpression<$table::table> for $name {}
        impl AppearsOnTable<$table::table> for $name {}

        impl ValidGrouping<()> for $name {
            type IsAggregate = is_aggregate::No;
        }

        impl<DB: Backend> QueryFragment<DB> for $name {
            fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
                out.push_sql($text);
                Ok(())
            }
        }
    )+};
}

conditions! {
    /// The turn is next or runs, and was not steered into another: `opencode_turns_head`.
    IsHead of turns: "(opencode_turns.joined_to IS NULL \
        AND opencode_turns.state IN ('ready', 'claimed', 'prompting', 'running'))";
    /// Nobody has begun with the turn, and it is next: `opencode_turns_ready`.
    IsReady of turns: "opencode_turns.state = 'ready'";
    /// Somebody works on the turn: `opencode_turns_leased`.
    IsActive of turns: "opencode_turns.state IN ('claimed', 'prompting', 'running')";
    /// The turn was not steered into another, said so that a query for few turns is not given an index of many:
    /// PostgreSQL would read all of `opencode_turns_head`, which holds every turn that waits to be claimed.
    IsUnjoined of turns: "COALESCE(opencode_turns.joined_to, 0) = 0";
    /// The turn has not ended, said so that none of the indexes of turns that are worked on is read beside a better one.
    IsOpenTurn of turns: "opencode_turns.state <> 'ended'";
    /// The turn waits behind another: `opencode_turns_queued`.
    IsQueued of turns: "opencode_turns.state = 'queued'";
    /// The turn has ended and its log may be there: `opencode_turns_ended`.
    IsPrunable of turns: "(opencode_turns.state = 'ended' AND opencode_turns.pruned_to = 0)";
    /// The request waits for an answer: `opencode_blockers_open`.
    IsOpen of blockers: "opencode_blockers.state = 'open'";
    /// The request has not been dealt with.
    IsUnsettled of blockers: "opencode_blockers.state IN ('open', 'answered')";
    /// The bytes may be referred to: `opencode_blobs_live`.
    IsLive of blobs: "opencode_blobs.state = 'live'";
}
