//! A prompt from where the server's events are heard to where it is followed.

use opencode_store::turn::{Renewal, TurnState};
use opencode_store::{Error, ErrorKind, Result};
use opencode_wire::api::Prompt;
use opencode_wire::drive::PromptBuilder;
use tokio::time::Instant;

use super::super::course::Came;
use super::super::trouble::refused;
use super::Carrier;

impl Carrier<'_> {
    pub(super) async fn subscribe(&mut self) -> Result<Came> {
        let token = self.tools.token;
        let prompt = match Prompt::from_json(&self.tools.claim.prompt) {
            Ok(prompt) => prompt.with_message_id(self.tools.claim.turn.message_id.clone()),
            Err(error) => return Ok(refused("what was admitted is no prompt", &error)),
        };
        let session = tokio::select! {
            session = self.reach() => session?,
            // Nothing was posted, and nobody waits for a place any more.
            () = token.cancelled() => return Ok(Came::Done),
        };
        let builder = match session {
            Ok(session) => self.set_up(session.prompt(prompt)),
            Err(unreachable) => return Ok(unreachable),
        };
        Ok(match builder.live().await {
            Ok(live) => {
                self.live = Some(live);
                Came::Done
            }
            Err(error) => self.cannot(error),
        })
    }

    /// Notes that the prompt is about to be posted, with enough time left for it.
    pub(super) async fn note(&mut self) -> Result<Came> {
        let turns = self.tools.runner.store().turns();
        if self.term.is_short() {
            let asked = Instant::now();
            let lease = std::slice::from_ref(&self.tools.claim.lease);
            match turns.renew(lease, self.term.lease()).await?.as_slice() {
                [Renewal::Renewed { .. }] => self.term.renewed(asked),
                _ => return Err(self.lost()),
            }
        }
        if turns.advance(&self.tools.claim.lease, TurnState::Prompting).await?.stop.is_some() {
            // Asked for before anybody listened.
            self.tools.token.cancel();
        }
        Ok(Came::Done)
    }

    pub(super) async fn post(&mut self) -> Came {
        let Some(live) = self.live.take() else { return Came::Unreachable };
        // Whoever has stood still since it was noted must not post any more: somebody else may have the turn, has not
        // found the prompt, and posts it.
        if !self.term.may_post() {
            self.trouble = Some(self.lost());
            return Came::Unreachable;
        }
        self.is_under_way = true;
        match live.start().await {
            Ok(turn) => {
                self.turn = Some(turn);
                Came::Done
            }
            // It was refused, or has never left.
            Err(error) => {
                self.is_under_way = false;
                self.cannot(error)
            }
        }
    }

    pub(super) async fn attach(&mut self) -> Result<Came> {
        if self.session.upstream_id.is_none() {
            return Ok(Came::NoSession);
        }
        let builder = match self.reach().await? {
            Ok(session) => self.set_up(session.attach(self.tools.claim.turn.message_id.clone())),
            Err(unreachable) => return Ok(unreachable),
        };
        Ok(match builder.await {
            Ok(turn) => {
                self.turn = Some(turn);
                Came::Done
            }
            Err(error) => self.cannot(error),
        })
    }

    fn lost(&self) -> Error {
        Error::new(ErrorKind::LeaseLost, "the turn is somebody else's by now")
            .with_turn(self.tools.claim.turn.id)
    }

    pub(super) fn set_up(&self, builder: PromptBuilder) -> PromptBuilder {
        let policy = self.broker.relax(self.tools.runner.options().follow);
        let builder = builder.follow_policy(policy).post_within(self.term.post_within());
        builder.cancel_token(self.tools.token.clone()).on_blocker(self.broker.decider())
    }
}
