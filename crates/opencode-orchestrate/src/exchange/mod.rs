//! One turn as the server has stored it, and the files that its tools wrote.
//!
//! Which messages belong to a turn is told by its prompt's id, by parentage and by compactions, never by text or
//! position: that is decided by [`Reply`], which an [`Exchange`] is a finished view of.

mod artifacts;
pub(crate) mod attached;
mod calls;
pub(crate) mod changes;
mod data_url;
mod dropped;
mod fields;
mod look;
mod options;
mod path;
#[cfg(test)]
pub(crate) mod tests;

use std::collections::HashMap;

use opencode_wire::Result;
use opencode_wire::api::SessionHandle;
use opencode_wire::ids::{MessageId, SessionId};
use opencode_wire::model::{Json, Message, MessageError, StoredMessage};
use opencode_wire::reply::{Reply, Usage};

pub use self::artifacts::{FileOrigin, ToolArtifacts, ToolFile};
pub use self::dropped::{DropReason, Dropped};
pub use self::options::{MAX_FILE_BYTES, ToolArtifactsOptions};
use crate::sandbox::Sandbox;

/// One turn as the server has stored it: its prompt, and everything that answers it.
///
/// Everything is computed when it is asked for, and asking changes and tells nothing.
///
/// # Examples
///
/// ```no_run
/// # async fn example(session: opencode_wire::api::SessionHandle) -> opencode_wire::Result<()> {
/// use opencode_orchestrate::exchange::{Exchange, ToolArtifactsOptions};
///
/// let exchange = Exchange::fetch(&session, &"msg_1fb1e2e3d001abc".parse()?).await?;
/// println!("{} ({})", exchange.text(), exchange.usage());
/// let artifacts = exchange.tool_artifacts(&ToolArtifactsOptions::default());
/// for file in &artifacts.files {
///     println!("{}: {} bytes", file.path, file.content.len());
/// }
/// for dropped in &artifacts.dropped {
///     println!("{dropped}");
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Exchange {
    reply: Reply,
}

impl Exchange {
    /// Takes the messages of a session, and those of its sub-agents' if there are any, in any order. Those that belong
    /// to other turns are passed over.
    ///
    /// `message_id` is that of the prompt.
    #[must_use]
    pub fn new(session_id: SessionId, message_id: MessageId, messages: Vec<StoredMessage>) -> Self {
        let mut reply = Reply::new(session_id, message_id);
        for exchange in by_session(messages) {
            reply.settle(&exchange);
        }
        Self { reply }
    }

    /// Fetches the turn of a prompt, with those of its sub-agents, as far as the server has stored it: pages of messages
    /// from the newest to the prompt, and none before it.
    ///
    /// # Errors
    ///
    /// As [`SessionHandle::stored_reply`] says. That the prompt is not there is none: then
    /// [`Reply::is_accepted`] of [`reply`](Self::reply) is false.
    ///
    /// # Cancel safety
    ///
    /// It only reads.
    pub async fn fetch(session: &SessionHandle, message_id: &MessageId) -> Result<Self> {
        session.stored_reply(message_id).await.map(Self::from)
    }

    /// Everything that is known about the turn.
    #[must_use]
    pub const fn reply(&self) -> &Reply {
        &self.reply
    }

    /// The answer's text: of all steps of the prompted session, joined by blank lines.
    #[must_use]
    pub fn text(&self) -> String {
        self.reply.text()
    }

    /// What the model thought, joined by blank lines.
    #[must_use]
    pub fn reasoning(&self) -> String {
        self.reply.reasoning()
    }

    /// What the turn used, in all its sessions, each step once.
    #[must_use]
    pub fn usage(&self) -> Usage {
        self.reply.usage()
    }

    /// How the turn failed, if its last step did.
    #[must_use]
    pub fn error(&self) -> Option<&MessageError> {
        self.reply.last_message()?.error.as_ref()
    }

    /// Why the last step ended: `stop`, `tool-calls`, `length`, `content-filter`, `unknown` and others.
    #[must_use]
    pub fn finish(&self) -> Option<&str> {
        self.reply.last_message()?.finish.as_deref()
    }

    /// The answer to a prompt that asked for structured output.
    #[must_use]
    pub fn structured(&self) -> Option<&Json> {
        self.reply.structured()
    }

    /// The messages of the answer in the prompted session, oldest first: one for each step.
    #[must_use]
    pub fn messages(&self) -> Vec<&Message> {
        self.reply.messages()
    }

    /// The files that completed calls wrote or returned, as the calls say them, and those that were left out; of
    /// sub-agents too.
    ///
    /// What `write` wrote is all in its call. What `edit` and `apply_patch` changed is said to be left out, unless
    /// `write` wrote it later; a file that was removed or moved is not there any more. What commands of a shell did is
    /// not known here.
    ///
    /// What calls returned, such as pictures, is there when it came with the call. The attachments of `read` are what
    /// the agent has looked at and no products of the turn: they are left out unsaid.
    #[must_use]
    pub fn tool_artifacts(&self, options: &ToolArtifactsOptions) -> ToolArtifacts {
        artifacts::collect(&self.reply, options)
    }

    /// The same, with what is in the files now, read through the sandbox in which the agent worked.
    ///
    /// What is there is what was written last, whether by a tool, a formatter or a command of a shell. A file that is
    /// not there, or may not be read, is as a `write` said it, and else left out with the reason. It blocks for as long
    /// as the disk takes.
    #[must_use]
    pub fn tool_artifacts_in(&self, sandbox: &Sandbox, options: &ToolArtifactsOptions) -> ToolArtifacts {
        artifacts::collect_in(&self.reply, options, |path| look::look(sandbox, path))
    }
}

/// What tools have changed and no call says in full.
pub(crate) fn dropped(reply: &Reply) -> Vec<Dropped> {
    if reply.tools().next().is_none() {
        return Vec::new();
    }
    let mut all = Vec::new();
    for file in changes::changed_files(reply) {
        if let Err(reason) = file.said() {
            dropped::add(&mut all, &file.session_id, &file.message_id, reason, file.shown);
        }
    }
    all
}

impl From<Reply> for Exchange {
    /// A reply that has ended, such as that of an [`Outcome`](opencode_wire::turn::Outcome).
    fn from(reply: Reply) -> Self {
        Self { reply }
    }
}

/// The messages of each session in the order in which they were made, and sessions in that of their first messages: a
/// sub-agent begins after what has started it.
fn by_session(mut messages: Vec<StoredMessage>) -> Vec<opencode_wire::reply::Exchange> {
    messages.sort_by(|one, other| {
        (one.info.time.created, &one.info.id).cmp(&(other.info.time.created, &other.info.id))
    });
    let mut exchanges: Vec<opencode_wire::reply::Exchange> = Vec::new();
    let mut places: HashMap<SessionId, usize> = HashMap::new();
    for message in messages {
        let session_id = &message.info.session_id;
        let place = *places.entry(session_id.clone()).or_insert_with(|| {
            let session_id = session_id.clone();
            exchanges.push(opencode_wire::reply::Exchange { session_id, messages: Vec::new() });
            exchanges.len() - 1
        });
        exchanges[place].messages.push(message);
    }
    exchanges
}
