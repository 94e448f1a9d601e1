//! The queries. They are written once and compiled twice, as a module of each database: `super` is `sqlite` in one
//! and `postgres` in the other, with a `Tx` and a `dialect` of its own. What cannot be written alike is in `dialect`.

mod admission;
mod artifacts;
mod blockers;
mod claims;
mod doctor;
mod events;
mod finish;
mod lanes;
mod leases;
mod locks;

mod migrate;
mod mints;
mod replies;
mod sessions;
mod stops;
mod turns;
mod usage;

mod impls;

pub(super) use self::admission::admit;
use crate::db::failure::Failure;

/// What a query body gives.
type Outcome<T> = Result<T, Failure>;
