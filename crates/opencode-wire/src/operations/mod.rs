//! Every operation of the server as a type, generated from the server's own description of its API.
//!
//! The calls of `api` are made by hand for what most programs do. Here is the rest: 182 of the
//! 188 operations of OpenCode 1.18.33, each a struct with the fields of its path, its query and its body. The table in
//! `docs/OPERATIONS.md` lists them with what covers the others, which are event streams and websockets.
//!
//! ```no_run
//! # #[cfg(feature = "client")]
//! # async fn example() -> opencode_wire::Result<()> {
//! use opencode_wire::Client;
//! use opencode_wire::operations::project::ProjectList;
//!
//! let client = Client::from_env()?;
//! for project in client.call(&ProjectList::new()).await? {
//!     println!("{} in {}", project.id, project.worktree);
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # Without IO
//!
//! An [`Operation`] knows its method, path, query and body, and reads its answer; `Client::call` (with the feature
//! `client`) sends it. A program with its own HTTP client does the same in a few lines:
//!
//! ```
//! use opencode_wire::ids::SessionId;
//! use opencode_wire::operations::Operation;
//! use opencode_wire::operations::session::{SessionDelete, SessionMessages};
//!
//! let mut operation = SessionMessages::new("ses_1".parse()?);
//! operation.limit = Some(20);
//! assert_eq!(SessionMessages::METHOD, "GET");
//! assert_eq!(operation.path()?, "/session/ses_1/message");
//! assert_eq!(operation.query().to_string(), "limit=20");
//!
//! // An id cannot reach another route.
//! let sly = SessionDelete::new(SessionId::from_wire("../global/dispose"));
//! assert_eq!(sly.path()?, "/session/..%2Fglobal%2Fdispose");
//! assert!(SessionDelete::decode(b"true")?);
//! # Ok::<(), opencode_wire::Error>(())
//! ```
//!
//! # Types
//!
//! The types of requests and answers are in [`types`], and beside the operation where only one has them. They are
//! the server's own, and more of them than [`model`](crate::model) has. Where the model has one that keeps everything
//! it is the same type: `types::Session` is [`model::Session`](crate::model::Session). Where it does not, such as
//! [`types::Part`] and [`model::Part`](crate::model::Part), they are two of the same thing: that of the model is for the
//! calls made by hand and reads more than one version of the server, and the other says what this version describes.
//!
//! - Fields that are not known are kept in `extra` and written back.
//! - Enumerations have an `Unknown` arm, and so have types that are one of several.
//! - A field that the description requires must be there; `null` is absent where a field may be missing.
//! - `Debug` shows the name of a type and nothing in it, because a request or an answer may carry a key or a prompt.
//! - A refusal is a type too: [`Error::refusal`](crate::Error::refusal) has what the server says when it answers with
//!   404, say, as one of the [`Refusal`]s that are documented for the operation.
//! - Events of streams are types too: [`types::Event`] is one of `/event`, [`types::GlobalEvent`] of `/global/event`,
//!   [`types::V2Event`] of `/api/event`, and `decode` reads one from the data of a frame. They say everything that is
//!   described and are strict about it; [`event`](crate::event) is written by hand, reads what every supported server
//!   sends on any stream, and is what a program needs that follows sessions.
//! - Structs without `new` are answers; those and requests alike are `#[non_exhaustive]`.

mod answer;
#[cfg(feature = "client")]
mod call;
mod fill;
mod location;
mod number;
mod query;
mod record;
mod refusal;
mod request;
#[rustfmt::skip]
#[allow(clippy::too_many_arguments, clippy::enum_variant_names, reason = "the server's API is as it is")]
mod requests;
mod slot;
mod stream;
#[rustfmt::skip]
#[allow(clippy::too_many_arguments, clippy::enum_variant_names, reason = "the server's API is as it is")]
pub mod types;
mod variants;
mod writer;

pub use self::location::Location;
pub use self::number::Number;
pub use self::query::Query;
pub use self::request::{Operation, Scope};
pub use self::requests::*;
pub use self::types::Refusal;
