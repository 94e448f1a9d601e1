//! What the benches share: databases, plain peers with tables of their own, loads, and figures.
//!
//! A figure is a line of JSON. Ratios compare two candidates of the same run, whose rounds take turns, so that they
//! hold on any machine; absolute values do not.

// Each bench uses its share of what is here.
#![allow(dead_code, unused_imports, reason = "each bench is a crate of its own and uses a part")]

mod load;
mod place;
mod plain;
mod steps;

pub(crate) use opencode_testkit::bench::{Aim, Figure};

pub(crate) use self::load::{Load, load, median, percentile, take_turns};
pub(crate) use self::place::{Kind, Place, run};
pub(crate) use self::plain::Plain;
pub(crate) use self::steps::{LEASE, admission, claim, claimed, completed, event, number, subject};
