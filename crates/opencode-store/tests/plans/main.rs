//! Whether the statements that are run again and again find their rows by an index, in each database.
//!
//! What is asked about is what was really sent: a recorder sits on every connection of this process.

#![expect(clippy::unwrap_used, reason = "a test shall fail where something is not as expected")]

mod life;
mod postgres;
mod recorder;
mod sqlite;
