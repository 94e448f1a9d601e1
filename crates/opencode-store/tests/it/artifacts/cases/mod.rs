//! The cases of the suite.

pub(super) mod damage;
pub(super) mod naming;
pub(super) mod races;
pub(super) mod streams;
pub(super) mod sweeps;
