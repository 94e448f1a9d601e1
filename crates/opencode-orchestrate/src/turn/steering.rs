//! Turns that join a running one.

use opencode_store::session::SessionConfig;
use opencode_store::turn::{Claim, Finished, TurnFilter, TurnRecord};
use opencode_store::{ErrorKind, Result};
use tokio::task::JoinSet;

use super::TurnRunner;

/// How many turns of a session are looked at in one step.
const PAGE: usize = 256;

/// Turns that join a running one. They have its session, and go on by themselves when it ends.
#[derive(Default)]
pub(super) struct Steering {
    joined: JoinSet<Result<Finished>>,
}

impl Steering {
    /// Takes the turns that are to be steered into the running one.
    pub(super) async fn take(
        &mut self,
        runner: &TurnRunner,
        head: &Claim,
        config: &SessionConfig,
    ) -> Result<()> {
        if head.turn.joined_to.is_some() {
            return Ok(());
        }
        match runner.store().turns().take_steers(&head.lease).await {
            Ok(claims) => claims.into_iter().for_each(|claim| self.join(runner, claim, config)),
            Err(error) if error.kind() == ErrorKind::LeaseLost => return Err(error),
            // It is looked for again the next time that the lease is renewed.
            Err(error) => tracing::warn!(%error, "it could not be looked for turns to join"),
        }
        Ok(())
    }

    /// Goes on with those that an earlier owner had taken: they came with the turn that they have joined.
    pub(super) async fn take_over(
        &mut self,
        runner: &TurnRunner,
        head: &Claim,
        config: &SessionConfig,
    ) -> Result<()> {
        let mut after = None;
        loop {
            let turns = runner.store().turns();
            let open = turns.turns(head.turn.session, TurnFilter::Open, after, PAGE).await?;
            after = open.last().map(|turn| turn.id);
            let is_last = open.len() < PAGE;
            for turn in open.into_iter().filter(|turn| turn.joined_to == Some(head.turn.id)) {
                if let Some(claim) = claim_of(runner, head, turn).await? {
                    self.join(runner, claim, config);
                }
            }
            if is_last {
                return Ok(());
            }
        }
    }

    fn join(&mut self, runner: &TurnRunner, claim: Claim, config: &SessionConfig) {
        let (runner, config) = (runner.clone(), config.clone());
        self.joined.spawn(runner.run_joined(claim, config));
    }

    /// Whether any has joined that is still worked on here.
    pub(super) fn has_joined(&self) -> bool {
        !self.joined.is_empty()
    }

    /// Waits until those that have joined have ended, too, or are somebody else's.
    pub(super) async fn finish(mut self) {
        while let Some(done) = self.joined.join_next().await {
            match done {
                Ok(Ok(_)) => {}
                Ok(Err(error)) => {
                    tracing::debug!(
                        error = &error as &dyn std::error::Error,
                        "a turn that had joined is left to others"
                    );
                }
                Err(error) => tracing::error!(%error, "a turn that had joined was broken off"),
            }
        }
    }
}

/// What is needed to work on a turn that came with another.
async fn claim_of(runner: &TurnRunner, head: &Claim, turn: TurnRecord) -> Result<Option<Claim>> {
    let (Some(lease), Some(prompt)) = (turn.lease(), runner.store().turns().prompt(turn.id).await?) else {
        return Ok(None);
    };
    let last_seq = runner.store().events().read(turn.id, 0, 0).await?.last_seq;
    Ok(Some(Claim::new(lease, turn, head.session.clone(), prompt, last_seq)))
}
