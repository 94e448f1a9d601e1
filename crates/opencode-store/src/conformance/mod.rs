//! The suite that every implementation of the traits of this crate must pass.
//!
//! A case is a function that takes a [`Fixture`], and panics when the store does not keep what the traits promise:
//! every row of their tables of races, with real tasks that begin at once, and every documented result and error.
//! Leases and grace run on a [`ManualClock`], so that no case sleeps.
//!
//! [`conformance_tests!`](crate::conformance_tests) makes a test of every case. It needs two dev-dependencies:
//! `opencode-store` with the feature `conformance`, and `tokio` with `macros` and `rt-multi-thread`.
//! Each case gets an empty store of its own, and the tests run at once: a database that is shared needs a schema, a
//! file or a prefix for each.
//!
//! # Examples
//!
//! ```
//! use std::sync::Arc;
//!
//! use opencode_store::Store;
//! use opencode_store::conformance::{Fixture, ManualClock};
//! # #[derive(Debug)] struct MyBackend;
//! # impl MyBackend {
//! #     async fn empty(_: Arc<dyn opencode_wire::ids::Clock>) -> Store { unreachable!() }
//! # }
//!
//! async fn my_store() -> Fixture {
//!     let clock = ManualClock::default();
//!     let store: Store = MyBackend::empty(Arc::new(clock.clone())).await;
//!     Fixture::new(store, clock)
//! }
//!
//! opencode_store::conformance_tests!(my_store);
//! # fn main() {}
//! ```

#![expect(clippy::unwrap_used, reason = "a case that cannot go on has failed, and says where")]
#![expect(clippy::missing_panics_doc, reason = "to panic is what a failed case does")]

pub mod admission;
pub mod artifacts;
pub mod blockers;
mod cases;
pub mod claims;
mod clock;
pub mod ending;
pub mod events;
mod fixture;
pub mod lanes;
pub mod leases;
mod race;
pub mod replies;
pub mod sessions;
mod steps;
pub mod tails;
pub mod usage;

pub use self::clock::ManualClock;
pub use self::fixture::Fixture;
