//! What a turn has left its files in.

use jiff::Timestamp;
use opencode_store::turn::TurnId;
use opencode_wire::reply::Reply;

use crate::exchange::Exchange;
use crate::sandbox::Sandbox;
use crate::upload::UploadedFiles;

/// What a turn has left its files in: what its tools say, and its folder.
#[derive(Debug, Clone)]
#[must_use]
pub struct CollectFrom<'a> {
    pub(super) turn: TurnId,
    pub(super) reply: Option<&'a Reply>,
    pub(super) sandbox: Option<&'a Sandbox>,
    pub(super) directory: Option<&'a str>,
    pub(super) since: Option<Timestamp>,
    pub(super) uploads: UploadedFiles,
}

impl<'a> CollectFrom<'a> {
    /// Nothing yet, for the turn that gets the artifacts.
    pub fn new(turn: TurnId) -> Self {
        Self {
            turn,
            reply: None,
            sandbox: None,
            directory: None,
            since: None,
            uploads: UploadedFiles::default(),
        }
    }

    /// What the tools of the turn say.
    pub const fn exchange(self, exchange: &'a Exchange) -> Self {
        self.reply(exchange.reply())
    }

    pub(crate) const fn reply(mut self, reply: &'a Reply) -> Self {
        self.reply = Some(reply);
        self
    }

    /// The folder in which the agent worked.
    pub const fn sandbox(mut self, sandbox: &'a Sandbox) -> Self {
        self.sandbox = Some(sandbox);
        self
    }

    /// The path of that folder, where it cannot be looked into: files that tools say in full get their names relative
    /// to it.
    pub const fn directory(mut self, directory: &'a str) -> Self {
        self.directory = Some(directory);
        self
    }

    /// When the turn began: what did not change since then is left alone, except where a tool says that it wrote it.
    pub const fn since(mut self, time: Timestamp) -> Self {
        self.since = Some(time);
        self
    }

    /// What was uploaded for the turn: it is left out as long as the agent has not changed it.
    pub fn uploads(mut self, uploads: UploadedFiles) -> Self {
        self.uploads = uploads;
        self
    }
}
