//! The attempt to carry one turn to its end.

use std::time::Duration;

use opencode_store::session::SessionConfig;
use opencode_store::turn::{Claim, ClaimRequest, EndKind, TurnEnd, TurnFilter, TurnId, TurnRecord};
use opencode_store::{Error, ErrorKind, Result};
use opencode_wire::drive::CancellationToken;
use tokio::time::{Instant, sleep, timeout};

use super::{TurnHandle, TurnOutcome, TurnRunner};

/// How long to wait before a server or a store that failed is tried again; each time twice as long as the time before.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// How long a server that cannot be reached is tried before a turn that it does not have is given up.
const PATIENCE: Duration = Duration::from_secs(60);

/// The attempt to carry one turn to its end.
pub(super) struct Attempt<'a> {
    runner: &'a TurnRunner,
    config: &'a SessionConfig,
    admitted: TurnRecord,
    owner: String,
    /// Since when the server or the store fails.
    failing_since: Option<Instant>,
    pause: Duration,
}

/// What came of a try.
enum Tried {
    /// It is somebody else's, or not its turn yet.
    NotClaimed,
    /// It was carried as far as it goes now.
    LetGo,
    Ended(Box<TurnRecord>),
}

impl<'a> Attempt<'a> {
    pub(super) fn new(runner: &'a TurnRunner, config: &'a SessionConfig, admitted: TurnRecord) -> Self {
        let owner = format!("turn-{:016x}{:016x}", fastrand::u64(..), fastrand::u64(..));
        Self { runner, config, admitted, owner, failing_since: None, pause: FIRST_PAUSE }
    }

    pub(super) async fn run(mut self, token: CancellationToken) -> Result<TurnOutcome> {
        let store = self.runner.store();
        if self.admitted.end.is_some() {
            // It was admitted before, under the same key.
            return TurnOutcome::load(store, self.admitted).await;
        }
        let handle = TurnHandle::new(store.clone(), self.admitted.id);
        // Watched before anything is read, so that neither its turn nor its end can come in between.
        let mut watch = store.events().watch_turn(handle.id());
        let mut is_stop_requested = false;
        let lease = self.runner.options().lease;
        loop {
            if token.is_cancelled() && !is_stop_requested {
                handle.cancel().await?;
                is_stop_requested = true;
            }
            match self.carry(handle.id(), &token).await? {
                Tried::Ended(turn) => return TurnOutcome::load(store, *turn).await,
                Tried::LetGo => continue,
                Tried::NotClaimed => {}
            }
            let record = handle.record().await?;
            if record.end.is_some() {
                return TurnOutcome::load(store, record).await;
            }
            tokio::select! {
                looked = timeout(lease, watch.changed()) => if looked.is_err() {
                    self.carry_what_is_left().await?;
                },
                () = token.cancelled(), if !is_stop_requested => {}
            }
        }
    }

    /// Claims a turn and carries it as far as it goes now.
    async fn carry(&mut self, id: TurnId, token: &CancellationToken) -> Result<Tried> {
        let asked = Instant::now();
        let Some(claim) = self.claim(id).await? else { return Ok(Tried::NotClaimed) };
        // In a box, so that a turn that waits for its place is small.
        match Box::pin(self.runner.run_claimed(claim, asked, self.config, token.clone())).await {
            Ok(finished) => return Ok(Tried::Ended(Box::new(finished.turn))),
            Err(error) if error.kind() == ErrorKind::LeaseLost => {}
            Err(error) if error.is_transient() => self.wait_or_give_up(id, error, token).await?,
            Err(error) => return Err(error),
        }
        Ok(Tried::LetGo)
    }

    async fn claim(&self, id: TurnId) -> Result<Option<Claim>> {
        let request = ClaimRequest::new(&self.owner, self.runner.options().lease).only(id);
        self.runner.store().turns().claim(&request).await
    }

    /// Carries on a turn that is in the way, and that nobody has worked on for as long as a lease.
    async fn carry_what_is_left(&mut self) -> Result<()> {
        let turns = self.runner.store().turns();
        let first = turns.turns(self.admitted.session, TurnFilter::Open, None, 1).await?;
        if let Some(left) = first.first().map(|turn| turn.id).filter(|id| *id != self.admitted.id)
            && let Tried::Ended(_) = self.carry(left, &CancellationToken::new()).await?
        {
            self.failing_since = None;
        }
        Ok(())
    }

    async fn wait_or_give_up(&mut self, id: TurnId, error: Error, token: &CancellationToken) -> Result<()> {
        let since = *self.failing_since.get_or_insert_with(Instant::now);
        if since.elapsed() < PATIENCE {
            let was_cancelled = token.is_cancelled();
            tokio::select! {
                () = sleep(self.pause) => {}
                // Whoever stops it does not want to wait for the server.
                () = token.cancelled(), if !was_cancelled => {}
            }
            self.pause = (self.pause * 2).min(LONGEST_PAUSE);
            return Ok(());
        }
        let turns = self.runner.store().turns();
        match self.claim(id).await? {
            Some(claim) if claim.turn.prompted_at.is_none() => {
                let end = TurnEnd::new(EndKind::Failed, format!("the server could not be reached: {error}"));
                turns.finish(&claim.lease, &end).await?;
                Ok(())
            }
            Some(claim) => {
                turns.hand_over(&claim.lease).await?;
                Err(error)
            }
            None => Err(error),
        }
    }
}
