//! What the benches share: streams made of nothing but a seed, races, and figures.
//!
//! A figure is a line of JSON. Ratios compare two candidates of the same run, whose rounds take turns, so that they
//! hold on any machine; absolute values do not.

mod corpus;
mod race;

pub(crate) use self::corpus::Corpus;
pub(crate) use self::race::{Figure, race};
