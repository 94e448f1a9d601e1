//! What the benches share: streams made of nothing but a seed, races, and figures.
//!
//! A figure is a line of JSON. Ratios compare two candidates of the same run, whose rounds take turns, so that they
//! hold on any machine; absolute values do not.

// Each bench uses its share of what is here.
#![allow(dead_code, unused_imports, reason = "each bench is a crate of its own and uses a part")]

mod corpus;
#[cfg(feature = "client")]
pub(crate) mod emitter;
mod race;

pub(crate) use self::corpus::Corpus;
pub(crate) use self::race::race;
pub(crate) use opencode_testkit::bench::{Aim, Figure};
