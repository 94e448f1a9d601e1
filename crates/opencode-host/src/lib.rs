//! Everything a product needs between itself and an OpenCode server (`opencode serve`): one import for all of it.
//!
//! ```no_run
//! # #[cfg(feature = "client")]
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use opencode_host::prelude::*;
//!
//! let client = Client::from_env()?.with_directory("/srv/projects/blue")?;
//! let session = client.sessions().create("Monads").await?;
//!
//! let mut turn = session.prompt("Explain monads in two sentences.").on_blocker(policy::reject_all).await?;
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
//! | you want to | look at |
//! |---|---|
//! | reach a server | [`Client`], [`ClientBuilder`] |
//! | talk in a session | [`SessionHandle`], [`Prompt`] |
//! | prompt once and follow the answer to its end | [`SessionHandle::prompt`], [`Turn`] |
//! | go on with a turn after a restart | [`SessionHandle::attach`] |
//! | show what happens while it happens | [`Change`], [`ChangeKind`] |
//! | answer questions and permission requests | [`PromptBuilder::on_blocker`], [`Decision`], [`policy`] |
//! | limit and stop a turn | [`Deadlines`], [`Turn::cancel`], [`PromptBuilder::cancel_token`] |
//! | know how it ended, and what it said until then | [`Outcome`], [`Ending`], [`Reply`] |
//! | see every event of a server | [`Client::listen`], [`wire::hub`] |
//! | keep sessions, turns, events and files across restarts | [`Store`], [`store`] |
//! | have turns that are prompted once and always end, whatever dies | [`orchestrate::turn::Turn`], [`Worker`], [`TurnHandle`] |
//! | let browsers follow turns | [`UiFeed`] |
//! | let any process answer what agents ask | [`BlockerPolicy`], [`Rules`], [`Answer`] |
//! | have the files that agents write, upload some, and show what you rendered from them | [`MessageArtifacts`], [`UploadedFiles`], [`Sandbox`], [`orchestrate::transform`] |
//! | have one server or many, yours or others' | [`ServerPool`], [`orchestrate::supervisor`] |
//! | put OpenCode beside other agents | [`AgentBackend`], [`OpenCodeBackend`], [`AgentEvent`] |
//! | parse, decode and follow without any IO | [`wire::sse`], [`wire::event`], [`wire::reply`], [`wire::turn`] |
//!
//! What is exported here is a selection. [`wire`] has everything.
//!
//! # Cancel safety
//!
//! Dropping a future or a [`Turn`] is allowed everywhere, and never stops what the server does: dropping detaches.
//! [`Turn::cancel`] stops. Each method says what dropping it leaves behind.
//!
//! # Features
//!
//! | feature | default | what it gives |
//! |---|---|---|
//! | `client` | yes | the HTTP client, the event hub and turns: tokio and hyper |
//! | `rustls-tls` | yes | `https://` servers, by rustls and the certificates that the operating system trusts |
//! | `ring` | yes | ring as the cryptography behind rustls |
//! | `pty` | no | `Client::connect_pty`, terminals on the server: [`wire::pty`] |
//! | `operations` | no | every operation of the server as a type, and `Client::call`: [`wire::operations`] |
//! | `orchestrate` | yes | turns that outlive their workers: [`orchestrate`] |
//! | `supervisor` | no | a local `opencode serve` that is started, watched and ended: [`orchestrate::supervisor`]; a git worktree for each session: [`orchestrate::worktree`] |
//! | `axum` | no | what browsers follow, as an answer of axum: [`orchestrate::feed`] |
//! | `store` | yes | the traits and protocols of [`store`], and the store in memory |
//! | `sqlite` | yes | the store on SQLite, bundled: one file, no server |
//! | `postgres` | no | the store on PostgreSQL, without libpq and with TLS by rustls |
//! | `fs` | yes | artifacts in a local folder |
//! | `s3` | no | artifacts in S3 or what speaks its protocol |
//!
//! Without features the types, the parser and the state machines are left, without tokio, TLS or a socket.
#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod prelude;

#[cfg(feature = "orchestrate")]
pub use opencode_orchestrate as orchestrate;
#[cfg(feature = "store")]
pub use opencode_store as store;
pub use opencode_wire as wire;

#[cfg(feature = "store")]
#[doc(inline)]
pub use opencode_store::{ArtifactPlace, Store, StoreOptions, session::Subject};

#[cfg(feature = "orchestrate")]
#[doc(inline)]
pub use opencode_orchestrate::{
    agent::{AgentBackend, AgentEvent, OpenCodeBackend},
    blocker::{Answer, BlockerPolicy},
    collect::MessageArtifacts,
    feed::UiFeed,
    pool::ServerPool,
    rules::Rules,
    sandbox::Sandbox,
    turn::{TurnHandle, TurnOutcome, TurnRunner},
    upload::UploadedFiles,
    worker::Worker,
};

#[cfg(feature = "supervisor")]
#[doc(inline)]
pub use opencode_orchestrate::supervisor::{Supervisor, SupervisorOptions};

#[doc(inline)]
pub use opencode_wire::reply::{Blocker, Change, ChangeKind, Reply, Usage};
#[doc(inline)]
pub use opencode_wire::turn::{Deadlines, Ending, FollowPolicy, Outcome};
#[cfg(feature = "client")]
#[doc(inline)]
pub use opencode_wire::{
    Client, ClientBuilder,
    api::{CreateSession, Prompt, SessionHandle},
    drive::{Decision, PromptBuilder, Turn, policy},
};
#[doc(inline)]
pub use opencode_wire::{Error, ErrorKind, Result};

#[cfg(all(doctest, feature = "client"))]
mod readme {
    //! The code of the README, compiled. Nobody but a doctest sees this.
    #![doc = include_str!("../README.md")]
}
