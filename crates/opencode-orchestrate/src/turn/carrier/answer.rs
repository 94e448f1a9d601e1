//! The answer of a turn, while it is followed, and where it is broken off.

use opencode_store::session::SessionStatus;
use opencode_store::{Error, ErrorKind, Result};
use opencode_wire::api::Prompt;
use opencode_wire::turn::{Ending, Loss};

use super::super::course::{Came, Course};
use super::super::following::{Followed, follow};
use super::super::{BrokenOff, ending};
use super::Carrier;
use crate::trace;

/// By how many claims an answer may be gone on with that was broken off again and again.
const MOST_CLAIMS: u64 = 8;

impl Carrier<'_> {
    pub(super) async fn follow(&mut self, course: &Course) -> Result<Came> {
        let Some(turn) = self.turn.take() else { return Ok(Came::Unreachable) };
        // Apart, because it is watched while everything else is at work.
        let server = self.server.take();
        let followed = follow(self, turn, server.as_ref()).await?;
        let Followed::Over(mut followed) = followed else { return Ok(self.lost_server().await) };
        let (outcome, recorder) = followed.as_mut();
        self.server = server;
        trace::stream_ended(self.tools.claim, outcome, self.began);
        if course.may_go_on() && outcome.ending == Ending::Lost(Loss::Abandoned) && self.words().is_some() {
            recorder.finish(&outcome.reply).await?;
            return Ok(Came::BrokenOff);
        }
        let end = ending::of(outcome, course.posts(), self.broker.expired().as_ref());
        if let (Some(listener), true) = (self.tools.runner.listener(self.tools.claim.turn.id), end.is_some())
        {
            listener.ended(&outcome.reply);
        }
        if end.is_none() {
            self.trouble = Some(Error::new(ErrorKind::Upstream, outcome.ending.to_string()));
        }
        self.followed = Some(followed);
        Ok(Came::Over { end: end.map(Box::new) })
    }

    /// The server is gone, and with it whatever ran there. Whoever claims the turn next has another one, which has the
    /// session still.
    async fn lost_server(&mut self) -> Came {
        // Nothing can arrive any more.
        self.is_under_way = false;
        trace::server_lost(self.tools.claim);
        let (session, sessions) = (&self.session, self.tools.runner.store().sessions());
        let crashed = sessions.set_status(session.id, session.generation, SessionStatus::Crashed);
        if let Err(error) = crashed.await {
            tracing::warn!(turn = %self.tools.claim.turn.id, %error, "it could not be noted that a session's server is gone");
        }
        if let Some(hooks) = &self.tools.hooks {
            hooks.note_server_lost();
        }
        let message = "the server that the turn ran on is gone";
        self.trouble = Some(Error::new(ErrorKind::Upstream, message));
        Came::Over { end: None }
    }

    /// What the agent is told to go on, if it is to.
    pub(super) fn words(&self) -> Option<&str> {
        match &self.tools.runner.options().broken_off {
            BrokenOff::GoOn(words) if self.tools.claim.lease.attempt < MOST_CLAIMS => Some(words),
            _ => None,
        }
    }

    /// Lets the agent go on with an answer that was broken off. What it is told becomes part of the same message, so
    /// that the rest of the answer belongs to the same turn.
    pub(super) async fn go_on(&mut self) -> Result<Came> {
        let (Some(words), Ok(mut prompt)) = (self.words(), Prompt::from_json(&self.tools.claim.prompt))
        else {
            return Ok(Came::Unreachable);
        };
        prompt.parts = vec![words.into()];
        let prompt = prompt.with_message_id(self.tools.claim.turn.message_id.clone());
        let builder = match self.reach().await? {
            Ok(session) => self.set_up(session.prompt(prompt)),
            Err(unreachable) => return Ok(unreachable),
        };
        Ok(match builder.live().await {
            Ok(live) => {
                self.live = Some(live);
                self.post().await
            }
            Err(error) => self.cannot(error),
        })
    }
}
