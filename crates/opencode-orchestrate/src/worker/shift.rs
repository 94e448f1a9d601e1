//! What a worker does from its beginning to its end.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use opencode_store::session::SessionConfig;
use opencode_store::turn::{Claim, ClaimRequest, Finished};
use opencode_store::{Error, ErrorKind, Result};
use opencode_wire::drive::CancellationToken;
use tokio::task::{Id, JoinError, JoinSet};
use tokio::time::{Instant, sleep, sleep_until, timeout};

use super::Worker;
use super::load::Load;

/// How long no turns are claimed after one could not be carried on; each time twice as long as the time before.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

pub(super) struct Shift<'a> {
    worker: &'a Worker,
    /// A name that no other worker has.
    owner: String,
    load: Load<Id>,
    tasks: JoinSet<Result<Finished>>,
    pause: Duration,
    resume_at: Instant,
    /// How many turns have ended here.
    ended: usize,
}

impl<'a> Shift<'a> {
    pub(super) fn new(worker: &'a Worker) -> Self {
        let owner = format!("worker-{:016x}{:016x}", fastrand::u64(..), fastrand::u64(..));
        let (pause, resume_at) = (FIRST_PAUSE, Instant::now());
        Self { worker, owner, load: Load::new(), tasks: JoinSet::new(), pause, resume_at, ended: 0 }
    }

    /// Works until it is told to stop.
    pub(super) async fn run(mut self, stop: CancellationToken) {
        self.work(&stop, None).await;
        self.drain().await;
    }

    /// Works until it is told to stop, or nothing is left that somebody could have left; says how many turns have ended.
    pub(super) async fn recover(mut self, stop: CancellationToken) -> usize {
        // By then every lease has ended that was there at the beginning and that nobody renews.
        let until = Instant::now() + self.worker.runner.lease() + Duration::from_secs(1);
        self.work(&stop, Some(until)).await;
        let ended = self.ended;
        self.drain().await;
        ended
    }

    async fn work(&mut self, stop: &CancellationToken, until: Option<Instant>) {
        // Before the first look, so that nothing is missed in between.
        let mut watch = self.worker.runner.store().turns().watch_work();
        // Nobody is woken when a lease ends.
        let look_again = self.worker.runner.lease() / 2;
        while !stop.is_cancelled() {
            let now = Instant::now();
            let has_room = self.load.len() < self.worker.options.turns;
            let is_last_look = until.is_some_and(|until| until <= now);
            if has_room
                && self.resume_at <= now
                && let Err(error) = self.fill().await
            {
                tracing::warn!(%error, "no turns could be claimed");
                self.back_off();
            }
            let is_pausing = self.resume_at > now;
            if is_last_look && self.load.len() == 0 && !is_pausing && self.worker.runner.places().has_one() {
                return;
            }
            let has_room = self.load.len() < self.worker.options.turns;
            let is_crowded = has_room && !self.worker.runner.places().has_one();
            tokio::select! {
                () = stop.cancelled() => {}
                Some(done) = self.tasks.join_next_with_id() => self.note(done),
                () = sleep_until(self.resume_at), if has_room && is_pausing => {}
                () = watch.changed(), if has_room && !is_pausing => {}
                () = self.worker.runner.places().wait_for_one(), if is_crowded => {}
                () = sleep(look_again), if has_room => {}
                () = sleep_until_some(until), if until.is_some_and(|until| until > now) => {}
            }
        }
    }

    /// Claims as many turns as there is room for.
    async fn fill(&mut self) -> Result<()> {
        while self.load.len() < self.worker.options.turns {
            // Before a turn is claimed, so that no other worker waits for it meanwhile.
            let Some(place) = self.worker.runner.places().take() else { return Ok(()) };
            let asked = Instant::now();
            let Some(claim) = self.claim().await? else { return Ok(()) };
            let config = self.configure(&claim).await?;
            let (scope, lease) = (claim.session.subject.scope().to_owned(), claim.lease.clone());
            let runner = self.worker.runner.clone();
            let task = self.tasks.spawn(async move {
                let _place = place;
                runner.run_claimed(claim, asked, &config, CancellationToken::new()).await
            });
            self.load.begin(task.id(), scope, lease);
        }
        Ok(())
    }

    /// Asks the host how the session of a turn is to be. A turn for which it panics is handed over, because another
    /// version of the host may know better.
    async fn configure(&self, claim: &Claim) -> Result<SessionConfig> {
        let configure = || (self.worker.configure)(claim);
        match catch_unwind(AssertUnwindSafe(configure)) {
            Ok(config) => Ok(config),
            Err(_) => {
                self.worker.runner.store().turns().hand_over(&claim.lease).await?;
                let message = "the host panicked when it was asked for the configuration of a session";
                Err(Error::new(ErrorKind::InvalidConfig, message).with_turn(claim.turn.id))
            }
        }
    }

    async fn claim(&self) -> Result<Option<Claim>> {
        let runner = &self.worker.runner;
        for left_out in self.load.rounds(self.worker.options.turns_per_scope) {
            let request = ClaimRequest::new(&self.owner, runner.lease()).without_scopes(left_out);
            if let Some(claim) = runner.store().turns().claim(&request).await? {
                return Ok(Some(claim));
            }
        }
        Ok(None)
    }

    fn note(&mut self, done: Result<(Id, Result<Finished>), JoinError>) {
        match done {
            Ok((task, Ok(_))) => {
                self.load.end(&task);
                self.ended += 1;
                self.pause = FIRST_PAUSE;
            }
            Ok((task, Err(error))) => {
                self.load.end(&task);
                self.complain(&error);
            }
            Err(error) => {
                self.load.end(&error.id());
                tracing::error!(%error, "a turn was broken off; it is claimed again when its lease has ended");
            }
        }
    }

    fn complain(&mut self, error: &Error) {
        tracing::warn!(error = error as &dyn std::error::Error, "a turn could not be carried on");
        // A turn that somebody else has is theirs. Whatever else it was would most likely happen again at once.
        if error.kind() != ErrorKind::LeaseLost {
            self.back_off();
        }
    }

    fn back_off(&mut self) {
        if Instant::now() < self.resume_at {
            // Many turns that fail at once fail for one reason.
            return;
        }
        self.resume_at = Instant::now() + self.pause;
        self.pause = (self.pause * 2).min(LONGEST_PAUSE);
    }

    /// Goes on with what is at work for a while, and hands the rest over.
    async fn drain(mut self) {
        let drain = self.worker.options.drain;
        let ends = async {
            while let Some(done) = self.tasks.join_next_with_id().await {
                self.note(done);
            }
        };
        if timeout(drain, ends).await.is_ok() {
            return;
        }
        // Nobody writes any more under the leases that are given back.
        self.tasks.shutdown().await;
        for lease in self.load.into_leases() {
            let turn = lease.turn;
            if self.worker.runner.may_be_posting(turn).await {
                // The request goes on by itself, and whoever took the turn now would not find the prompt yet.
                continue;
            }
            if let Err(error) = self.worker.runner.store().turns().hand_over(&lease).await {
                tracing::warn!(%turn, %error, "a turn could not be handed over; its lease ends by itself");
            }
        }
    }
}

async fn sleep_until_some(at: Option<Instant>) {
    match at {
        Some(at) => sleep_until(at).await,
        None => std::future::pending().await,
    }
}
