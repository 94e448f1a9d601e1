//! Types, SSE parser, reply and client for the OpenCode server: the wire, and nothing above it.
//!
//! The crate has two halves. The first does no IO: bytes, events and instants go in, values come out. The second,
//! behind the feature `client`, carries out what the first decides.
//!
//! ```no_run
//! # #[cfg(feature = "client")]
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use opencode_wire::Client;
//! use opencode_wire::reply::ChangeKind;
//!
//! let client = Client::from_env()?;
//! let session = client.sessions().create("Monads").await?;
//! let mut turn = session.prompt("Explain monads in two sentences.").await?;
//! while let Some(change) = turn.next().await {
//!     if let ChangeKind::Text { delta, .. } = change.kind {
//!         print!("{delta}");
//!     }
//! }
//! let reply = turn.outcome().await.into_reply()?;
//! println!("\n{}", reply.usage());
//! # Ok(())
//! # }
//! ```
//!
//! # Overview
//!
//! | module | what it does | half |
//! |---|---|---|
//! | [`sse`] | bytes to frames, by the rules of server-sent events | sans-IO |
//! | [`event`] | frames to events, and a cheap look at what a frame is about | sans-IO |
//! | [`ids`] | identifiers, and how new ones are minted on the server's clock | sans-IO |
//! | [`model`] | sessions, messages, parts, tool calls, questions, permissions | sans-IO |
//! | [`reply`] | what a turn has said and done so far, and each change of it | sans-IO |
//! | [`turn`] | when to prompt, when to ask the server, when a turn has ended, and how | sans-IO |
//! | `operations` | every operation of the server as a type, generated from its own description | `operations` |
//! | `client` | requests: connections, credentials, time limits, retries of reads | `client` |
//! | `api` | the calls that people use | `client` |
//! | `hub` | one event stream for any number of listeners | `client` |
//! | `drive` | a turn from its prompt to its outcome | `client` |
//! | `pty` | terminals on the server, over WebSocket | `pty` |
//!
//! # Cancel safety
//!
//! Every future and stream may be dropped at any time, and each says what that leaves behind. Dropping a request
//! closes its connection and nothing else; dropping a turn detaches from it. The server goes on in both cases, and
//! stops only when it is told to.
//!
//! # Features
//!
//! | feature | default | what it gives |
//! |---|---|---|
//! | `client` | yes | the HTTP client, the event hub and turns: tokio and hyper |
//! | `rustls-tls` | yes | `https://` servers, by rustls and the certificates that the operating system trusts |
//! | `ring` | yes | ring as the cryptography behind rustls |
//! | `pty` | no | `Client::connect_pty`: terminals on the server, over WebSocket |
//! | `operations` | no | every operation of the server as a type; with `client`, `Client::call` sends them |
//!
//! Without features the sans-IO half is left. Nothing below it needs an operating system, so it is fit for
//! `wasm32-unknown-unknown`; there the program brings a [`Clock`](ids::Clock) of its own.
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "client")]
pub mod api;
#[cfg(feature = "client")]
pub mod client;
#[cfg(any(feature = "client", feature = "operations"))]
mod decode;
#[cfg(feature = "client")]
pub mod drive;
#[cfg(any(feature = "client", feature = "operations"))]
mod encode;
mod error;
pub mod event;
mod field_name;
#[cfg(feature = "client")]
pub mod hub;
pub mod ids;
pub mod model;
#[cfg(feature = "operations")]
pub mod operations;
#[cfg(feature = "pty")]
pub mod pty;
pub mod reply;
#[cfg(any(feature = "client", feature = "operations"))]
mod route;
pub mod sse;
mod surrogate;
pub mod turn;
#[cfg(any(feature = "client", feature = "operations"))]
mod unquoted;

#[cfg(feature = "client")]
pub use self::client::{Client, ClientBuilder};
pub use self::error::{Error, ErrorKind, Result};

#[cfg(all(doctest, feature = "client"))]
mod readme {
    //! The code of the README, compiled. Nobody but a doctest sees this.
    #![doc = include_str!("../README.md")]
}
