//! What a turn does while it is awaited: it carries out what its follower asks for, and tells it what came of it.

use std::collections::{HashSet, VecDeque};
use std::time::Duration;

use futures_util::future::BoxFuture;
use futures_util::stream::{FuturesUnordered, StreamExt as _};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::deciding::Deciding;
use super::decision::Decider;
use super::fetch::{Fetch, fetch};
use super::{Decision, answer};
use crate::api::{Prompt, SessionHandle};
use crate::hub::{GapReason, Listener, Notice};
use crate::reply::{Blocker, BlockerId, Change, ChangeKind, Changes, Snapshot};
use crate::turn::{Action, Follower, Input};
use crate::{Error, ErrorKind, Result};

/// What a task of the turn has done.
enum Done {
    Prompted(Result<()>),
    Fetched(Option<Box<Snapshot>>),
    Aborted,
    Answered(BlockerId, Result<()>),
}

/// Carries out what a follower asks for.
pub(super) struct Driver {
    pub(super) session: SessionHandle,
    pub(super) follower: Follower,
    listener: Listener,
    /// Changes that were not handed out yet.
    pub(super) pending: VecDeque<Change>,
    tasks: FuturesUnordered<BoxFuture<'static, Done>>,
    /// The instant that the follower counts from.
    origin: Instant,
    prompt: Option<Prompt>,
    /// How long the prompt may take to be posted.
    post_within: Option<Duration>,
    decider: Option<Decider>,
    /// Requests that were decided, or are being decided.
    pub(super) decided: HashSet<BlockerId>,
    /// What the decider is busy with. Not among the tasks: a person may take for ever, and the turn may end meanwhile.
    deciding: Deciding,
    pub(super) token: CancellationToken,
    cancelled: bool,
    /// Why the server refused the prompt.
    refused: Option<Error>,
    pub(super) finished: bool,
}

impl Driver {
    pub(super) fn new(
        session: SessionHandle,
        follower: Follower,
        listener: Listener,
        prompt: Option<Prompt>,
        decider: Option<Decider>,
        token: CancellationToken,
    ) -> Self {
        Self {
            session,
            follower,
            listener,
            pending: VecDeque::new(),
            tasks: FuturesUnordered::new(),
            origin: Instant::now(),
            prompt,
            post_within: None,
            decider,
            decided: HashSet::new(),
            deciding: Deciding::default(),
            token,
            cancelled: false,
            refused: None,
            finished: false,
        }
    }

    pub(super) fn post_within(mut self, limit: Option<Duration>) -> Self {
        self.post_within = limit;
        self
    }

    /// Begins on a live stream, and waits until the prompt is accepted, refused, or known to be on its way.
    pub(super) async fn begin(&mut self) -> Result<()> {
        if self.token.is_cancelled() {
            // Before the follower hears that it may: nothing is posted.
            self.cancelled = true;
            self.tell(&Input::Cancel);
        }
        self.tell(&Input::Live);
        while !self.follower.is_following() && self.refused.is_none() {
            self.step().await;
        }
        self.refused.take().map_or(Ok(()), Err)
    }

    /// Does one thing: the first that can be done.
    pub(super) async fn step(&mut self) {
        self.carry_out();
        if self.follower.is_over(self.origin.elapsed()) {
            // What is left are questions to the server or to a person: nobody needs the answers any more.
            self.tasks.clear();
            self.finished = true;
            return;
        }
        let wake_at = self.follower.wake_at().map(|at| self.origin + at);
        tokio::select! {
            biased;
            () = self.token.cancelled(), if !self.cancelled => {
                self.cancelled = true;
                self.tell(&Input::Cancel);
            }
            Some(done) = self.tasks.next() => self.take(done),
            (blocker, decision) = self.deciding.next(), if self.follower.ending().is_none() => {
                self.answer_with(blocker, decision);
            }
            notice = self.listener.next(), if self.follower.ending().is_none() => self.hear(notice),
            () = sleep_until(wake_at), if wake_at.is_some() => self.tell(&Input::Tick),
        }
    }

    /// Starts what the follower asks for.
    fn carry_out(&mut self) {
        while let Some(action) = self.follower.next_action() {
            match action {
                Action::Prompt => self.post(),
                Action::Fetch => self.fetch(),
                Action::Abort(sessions) => {
                    let session = self.session.clone();
                    self.tasks.push(Box::pin(async move {
                        answer::abort(&session, &sessions).await;
                        Done::Aborted
                    }));
                }
            }
        }
        self.decide();
    }

    /// Posts the prompt: once, ever. In a task of its own, so that dropping the turn cannot cut the request in two.
    fn post(&mut self) {
        let Some(prompt) = self.prompt.take() else { return };
        let session = self.session.clone();
        let within = self.post_within;
        let posted = tokio::spawn(async move { answer::post(&session, &prompt, within).await });
        self.tasks.push(Box::pin(async move {
            Done::Prompted(posted.await.unwrap_or_else(|_| {
                let mut error =
                    Error::new(ErrorKind::Connect, "the runtime ended while the prompt was posted");
                error.inner_mut().ambiguous = true;
                Err(error)
            }))
        }));
    }

    fn fetch(&mut self) {
        let request = Fetch::of(self.follower.reply());
        let session = self.session.clone();
        self.tasks.push(Box::pin(async move {
            let snapshot = fetch(&session, request).await;
            if let Err(error) = &snapshot {
                tracing::debug!(%error, "the server could not be asked how things are");
            }
            Done::Fetched(snapshot.ok().map(Box::new))
        }));
    }

    /// Asks the decider about requests that are new.
    fn decide(&mut self) {
        let Some(decider) = &self.decider else { return };
        let new: Vec<_> = self
            .follower
            .reply()
            .blockers()
            .filter(|blocker| !self.decided.contains(&blocker.id()))
            .cloned()
            .collect();
        for blocker in new {
            self.decided.insert(blocker.id());
            let decision = decider(blocker.clone());
            self.deciding.push(blocker, decision);
        }
    }

    fn answer_with(&mut self, blocker: Blocker, decision: Decision) {
        if decision == Decision::Leave {
            return;
        }
        let session = self.session.clone();
        self.tasks.push(Box::pin(async move {
            let sent = answer::send_persistently(&session, &blocker, decision).await;
            Done::Answered(blocker.id(), sent)
        }));
    }

    fn take(&mut self, done: Done) {
        match done {
            Done::Prompted(Ok(())) => self.tell(&Input::PromptAccepted),
            // A gateway's error may hide that the server took it, and the server's own that it stored it.
            Done::Prompted(Err(error)) if error.is_ambiguous() || error.status() >= Some(500) => {
                tracing::warn!(%error, "it is not known whether the prompt arrived: looking for it");
                self.tell(&Input::PromptUnknown);
            }
            Done::Prompted(Err(error)) => {
                self.refused = Some(error);
                self.finished = true;
            }
            Done::Fetched(Some(snapshot)) => {
                let known = self.follower.reply().sessions().len();
                self.tell(&Input::Fetched(&snapshot));
                if self.follower.reply().sessions().len() > known {
                    // Nobody listened to these sub-agents while the server was asked: ask once more.
                    self.tell(&Input::Live);
                }
            }
            Done::Fetched(None) => self.tell(&Input::FetchFailed),
            Done::Aborted => self.tell(&Input::Aborted),
            Done::Answered(id, Err(error)) if !error.is_not_found() => {
                // The request is open still: it can be answered by hand.
                tracing::warn!(request = %id, %error, "a request could not be answered");
                self.tell(&Input::Tick);
            }
            Done::Answered(..) => self.tell(&Input::Tick),
        }
    }

    fn hear(&mut self, notice: Notice) {
        match notice {
            Notice::Live => self.tell(&Input::Live),
            Notice::Gap(reason) => {
                if reason != GapReason::Disconnected {
                    tracing::debug!(?reason, session = %self.session.id(), "events are missing");
                }
                self.tell(&Input::Gap);
            }
            // The hub tries again; what is lost meanwhile is told as a gap.
            Notice::Trouble(error) => tracing::debug!(%error, "the event stream cannot be read"),
            Notice::Event(event) => self.tell(&Input::Event(&event)),
        }
    }

    fn tell(&mut self, input: &Input<'_>) {
        let now = self.origin.elapsed();
        let changes: Changes = self.follower.handle(now, input);
        for change in changes {
            match &change.kind {
                ChangeKind::ChildStarted { .. } => self.listener.want(&change.session_id),
                // Answered elsewhere: whoever is being asked here is told by the future being dropped.
                ChangeKind::Unblocked { id, .. } => self.deciding.forget(id),
                _ => {}
            }
            self.pending.push_back(change);
        }
    }
}

async fn sleep_until(at: Option<Instant>) {
    match at {
        Some(at) => tokio::time::sleep_until(at).await,
        None => std::future::pending().await,
    }
}
