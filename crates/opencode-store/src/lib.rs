//! Sessions, turns, events and artifacts of an OpenCode host that survive: in SQLite, PostgreSQL or memory, with their
//! files in a folder or a bucket.
//!
//! ```
//! # #[cfg(feature = "sqlite")]
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use std::time::Duration;
//!
//! use opencode_store::Store;
//! use opencode_store::session::Subject;
//! use opencode_store::turn::{Admission, ClaimRequest, EndKind, TurnEnd, TurnState};
//! use opencode_wire::model::Json;
//!
//! # let folder = tempfile::tempdir()?;
//! # let url = format!("sqlite://{}", folder.path().join("app.db").display());
//! let store = Store::open(&url).await?;
//! store.migrate().await?;
//!
//! // Somewhere a prompt comes in. It is stored before anything is sent, and once, however often it comes.
//! let subject = Subject::new("acme", "conversation/42")?;
//! let prompt = Json::from_value("Explain monads in two sentences.")?;
//! let admission = Admission::new(subject, "msg_0001".parse()?, prompt).with_idempotency_key("request-7f3a");
//! let receipt = store.turns().admit(&admission).await?;
//!
//! // A worker, in this process or another, takes it, and nobody else does.
//! let request = ClaimRequest::new("worker-1", Duration::from_secs(60));
//! let claim = store.turns().claim(&request).await?.ok_or("nothing to do")?;
//! assert_eq!(claim.turn.id, receipt.turn.id);
//! store.turns().advance(&claim.lease, TurnState::Prompting).await?;
//! store.events().append(&claim.lease, claim.last_seq, &["{\"text\":\"A monad\"}".to_owned()]).await?;
//! let end = TurnEnd::new(EndKind::Completed, "completed");
//! assert!(store.turns().finish(&claim.lease, &end).await?.applied);
//! # Ok(())
//! # }
//! # #[cfg(not(feature = "sqlite"))]
//! # fn main() {}
//! ```
//!
//! # Overview
//!
//! | you want to | look at |
//! |---|---|
//! | open a store, and see what is wrong with it | [`Store`], [`StoreOptions`], [`Store::doctor`] |
//! | have one upstream session for each of your records | [`session::Sessions`], [`session::Upstream`] |
//! | admit prompts, and work on them with any number of workers | [`turn::TurnStore`] |
//! | keep what a turn says while it says it | [`reply::Snapshotter`], [`reply::ReplyStore`] |
//! | let browsers follow a turn from any place | [`event::EventLog`], [`event::Tail`] |
//! | ask people, and let any process take their answers | [`blocker::BlockerStore`] |
//! | keep the files of a turn | [`artifact::ArtifactStore`], [`ArtifactPlace`] |
//! | keep nothing for longer than it is of use | [`Store::clear`], [`Retention`], [`session::Sessions::sweep`] |
//! | know how a backend works, and what it promises | [`sqlite`], [`postgres`], [`memory`] |
//! | see the tables | [`guide::schema`] |
//! | use tables of your own | [`guide::own_tables`], [`Backend`], [`conformance`] |
//!
//! The traits are what a database has to do, race by race. Every implementation passes one suite, and yours can too.
//!
//! # Cancel safety
//!
//! Every future may be dropped at any time. What it had asked of the database is done whole or not at all, and no
//! transaction stays open. Because it may not be known which of the two, every call can be repeated.
//!
//! # Errors
//!
//! One [`Error`], whose [`kind`](Error::kind) says what to do: [`is_transient`](Error::is_transient) ones may be
//! repeated as they are. No error contains a password, a prompt or an answer.
//!
//! # Features
//!
//! | feature | default | what it gives |
//! |---|---|---|
//! | `sqlite` | yes | SQLite, bundled: one file, no server |
//! | `postgres` | no | PostgreSQL, without libpq and with TLS by rustls |
//! | `fs` | yes | artifacts in a local folder |
//! | `s3` | no | artifacts in S3 or what speaks its protocol, over hyper, without reqwest |
//! | `ring` | yes | ring as the cryptography behind rustls, where something needs rustls |
//! | `conformance` | no | the suite that every implementation of the traits must pass |
//!
//! Without features the traits, the protocols and the store in memory are left.
#![cfg_attr(docsrs, feature(doc_cfg))]
#![cfg_attr(
    all(feature = "sqlite", feature = "postgres"),
    expect(clippy::duplicate_mod, reason = "each query is written once, and checked against each database")
)]

pub mod artifact;
pub mod blocker;
#[cfg(feature = "conformance")]
pub mod conformance;
#[cfg(feature = "__sql")]
mod db;
pub mod doctor;
mod error;
pub mod event;
pub mod guide;
pub mod memory;
mod millis;
#[cfg(feature = "postgres")]
pub mod postgres;
pub mod reply;
mod row_id;
pub mod session;
#[cfg(feature = "sqlite")]
pub mod sqlite;
mod store;
mod text;
mod token;
pub mod turn;
pub mod wake;

pub use self::error::{Error, ErrorKind, Result};
pub(crate) use self::row_id::row_id;
pub use self::store::{ArtifactPlace, Backend, Cleared, Retention, Store, StoreOptions};

#[cfg(all(doctest, feature = "sqlite"))]
mod readme {
    //! The code of the README, compiled. Nobody but a doctest sees this.
    #![doc = include_str!("../README.md")]
}
