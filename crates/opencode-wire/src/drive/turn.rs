//! A turn that is being followed.

use std::collections::{HashSet, VecDeque};

use futures_core::Stream;
use futures_util::future::BoxFuture;
use futures_util::stream::{FuturesUnordered, StreamExt as _};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::decision::Decider;
use super::fetch::{Fetch, fetch};
use super::{Decision, answer};
use crate::api::{Prompt, SessionHandle};
use crate::hub::{GapReason, Listener, Notice};
use crate::ids::{MessageId, SessionId};
use crate::reply::{Blocker, BlockerId, Change, ChangeKind, Changes, Reply, Snapshot};
use crate::turn::{Action, Follower, Input, Outcome};
use crate::{Error, ErrorKind, Result};

/// A turn that is being followed: its changes as they come, and its outcome in the end.
///
/// Nothing happens unless [`next`](Self::next) or [`outcome`](Self::outcome) is awaited; a turn that nobody awaits for
/// a while catches up by asking the server.
///
/// # Cancel safety
///
/// Every method can be dropped and called again. Dropping the turn [detaches](Self::detach) from it: the server goes
/// on, and so does the bill. [`cancel`](Self::cancel) stops it.
pub struct Turn {
    session: SessionHandle,
    follower: Follower,
    listener: Listener,
    /// Changes that were not handed out yet.
    pending: VecDeque<Change>,
    tasks: FuturesUnordered<BoxFuture<'static, Done>>,
    /// The instant that the follower counts from.
    origin: Instant,
    prompt: Option<Prompt>,
    decider: Option<Decider>,
    /// Requests that were decided, or are being decided.
    decided: HashSet<BlockerId>,
    token: CancellationToken,
    cancelled: bool,
    /// Why the server refused the prompt.
    refused: Option<Error>,
    finished: bool,
}

/// What a task of the turn has done.
enum Done {
    Prompted(Result<()>),
    Fetched(Option<Box<Snapshot>>),
    Aborted,
    Answered(BlockerId, Result<()>),
    Decided(Box<Blocker>, Decision),
}

impl Turn {
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
            decider,
            decided: HashSet::new(),
            token,
            cancelled: false,
            refused: None,
            finished: false,
        }
    }

    /// The session that was prompted.
    #[must_use]
    pub fn session_id(&self) -> &SessionId {
        self.follower.reply().session_id()
    }

    /// The prompt's own message: with the session's id it is all that is needed to
    /// [attach](SessionHandle::attach) to the turn from elsewhere.
    #[must_use]
    pub fn message_id(&self) -> &MessageId {
        self.follower.reply().message_id()
    }

    /// The reply so far.
    #[must_use]
    pub const fn reply(&self) -> &Reply {
        self.follower.reply()
    }

    /// The next change of the reply; `None` when the turn has ended.
    ///
    /// # Cancel safety
    ///
    /// No change is lost when the future is dropped.
    pub async fn next(&mut self) -> Option<Change> {
        loop {
            if let Some(change) = self.pending.pop_front() {
                return Some(change);
            }
            if self.finished {
                return None;
            }
            self.step().await;
        }
    }

    /// Follows the turn to its end. Changes that were not taken by [`next`](Self::next) are passed over.
    ///
    /// Every ending is an outcome and none is an error: [`Outcome::into_reply`] tells completions from the rest.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future detaches from the turn.
    pub async fn outcome(mut self) -> Outcome {
        while self.next().await.is_some() {}
        self.follower.into_outcome()
    }

    /// The changes as a stream, for those who combine streams.
    pub fn into_stream(self) -> impl Stream<Item = Change> + Send {
        futures_util::stream::unfold(self, |mut turn| async move {
            turn.next().await.map(|change| (change, turn))
        })
    }

    /// Asks the turn to stop: the server is told to, in the whole session tree, and the turn ends as cancelled, with
    /// what was said until then. Takes effect while the turn is awaited.
    pub fn cancel(&mut self) {
        self.token.cancel();
    }

    /// A token that stops the turn when it is cancelled, from anywhere.
    #[must_use]
    pub fn cancel_token(&self) -> CancellationToken {
        self.token.clone()
    }

    /// Stops following, and lets the server go on. The same as dropping, said aloud.
    #[must_use = "the ids are all that is needed to attach again"]
    pub fn detach(self) -> (SessionId, MessageId) {
        (self.session_id().clone(), self.message_id().clone())
    }

    /// Answers a question or a permission request of the turn.
    ///
    /// Takes effect at once and does not need the turn to be awaited.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotFound`] when nobody asks that any more, and as [`api`](crate::api#errors) says.
    pub async fn answer(&mut self, blocker: &Blocker, decision: Decision) -> Result<()> {
        self.decided.insert(blocker.id());
        answer::send(&self.session, blocker, decision).await
    }

    /// Begins on a live stream, and waits until the prompt is accepted, refused, or known to be on its way.
    pub(super) async fn begin(&mut self) -> Result<()> {
        self.tell(&Input::Live);
        while !self.follower.is_following() && self.refused.is_none() {
            self.step().await;
        }
        self.refused.take().map_or(Ok(()), Err)
    }

    /// Does one thing: the first that can be done.
    async fn step(&mut self) {
        self.carry_out();
        if self.follower.ending().is_some() && self.tasks.is_empty() {
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
        let posted = tokio::spawn(async move { session.send_prompt_async(&prompt).await });
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
            self.tasks.push(Box::pin(async move { Done::Decided(Box::new(blocker), decision.await) }));
        }
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
            Done::Fetched(Some(snapshot)) => self.tell(&Input::Fetched(&snapshot)),
            Done::Fetched(None) => self.tell(&Input::FetchFailed),
            Done::Aborted => self.tell(&Input::Aborted),
            Done::Answered(id, Err(error)) if !error.is_not_found() => {
                // The request is open still: it can be answered by hand.
                tracing::warn!(request = %id, %error, "a request could not be answered");
                self.tell(&Input::Tick);
            }
            Done::Answered(..) => self.tell(&Input::Tick),
            Done::Decided(_, Decision::Leave) => {}
            Done::Decided(blocker, decision) => {
                let session = self.session.clone();
                self.tasks.push(Box::pin(async move {
                    let sent = answer::send_persistently(&session, &blocker, decision).await;
                    Done::Answered(blocker.id(), sent)
                }));
            }
        }
    }

    fn hear(&mut self, notice: Notice) {
        match notice {
            Notice::Live => self.tell(&Input::Live),
            Notice::Gap(reason) => {
                if reason != GapReason::Disconnected {
                    tracing::debug!(?reason, session = %self.session_id(), "events are missing");
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
            if matches!(change.kind, ChangeKind::ChildStarted { .. }) {
                self.listener.want(&change.session_id);
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

impl std::fmt::Debug for Turn {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Turn")
            .field("session_id", self.session_id())
            .field("message_id", self.message_id())
            .field("ending", &self.follower.ending())
            .finish_non_exhaustive()
    }
}
