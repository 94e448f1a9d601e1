//! Putting a turn together.

use std::future::{Future, IntoFuture};
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use tokio::time::{Instant, timeout_at};
use tokio_util::sync::CancellationToken;

use super::decision::{Decider, Decision};
use super::driver::Driver;
use super::{LivePrompt, Turn};
use crate::api::{Prompt, SessionHandle};
use crate::hub::{Listener, Notice};
use crate::ids::MessageId;
use crate::model::ModelRef;
use crate::reply::{Blocker, Reply};
use crate::turn::{Deadlines, FollowPolicy, Follower};
use crate::{Error, ErrorKind, Result};

/// How long to wait for a live event stream before a prompt is given up.
const READY_WITHIN: Duration = Duration::from_secs(30);

/// A turn that is being put together; awaiting it posts the prompt, or attaches to it.
///
/// See [`SessionHandle::prompt`] and [`SessionHandle::attach`].
#[must_use = "nothing happens until it is awaited"]
pub struct PromptBuilder {
    session: SessionHandle,
    what: What,
    policy: FollowPolicy,
    ready_within: Duration,
    post_within: Option<Duration>,
    decider: Option<Decider>,
    token: Option<CancellationToken>,
}

enum What {
    Prompt(Box<Prompt>),
    Attach(MessageId),
}

impl SessionHandle {
    /// Prompts the session, and follows the turn to its end.
    ///
    /// Awaiting the builder subscribes to the server's events, waits until the stream is live, and posts the prompt
    /// once. It returns when the server has accepted it, or when it is unknown whether it has: then the turn looks for
    /// it, and never posts it again.
    ///
    /// # Errors
    ///
    /// When the session does not exist, the stream cannot be opened, or the server refuses the prompt. Then nothing
    /// was posted. What goes wrong later is part of the [outcome](Turn::outcome).
    ///
    /// # Cancel safety
    ///
    /// Dropping the future may happen before or after the prompt was posted. Give the prompt a message id of your own
    /// to [attach](Self::attach) to it in that case.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(client: opencode_wire::Client) -> Result<(), Box<dyn std::error::Error>> {
    /// use opencode_wire::reply::ChangeKind;
    ///
    /// let session = client.sessions().create("Monads").await?;
    /// let mut turn = session.prompt("Explain monads in two sentences.").await?;
    /// while let Some(change) = turn.next().await {
    ///     if let ChangeKind::Text { delta, .. } = change.kind {
    ///         print!("{delta}");
    ///     }
    /// }
    /// let reply = turn.outcome().await.into_reply()?;
    /// println!("\n{}", reply.usage());
    /// # Ok(())
    /// # }
    /// ```
    pub fn prompt(&self, prompt: impl Into<Prompt>) -> PromptBuilder {
        PromptBuilder::new(self.clone(), What::Prompt(Box::new(prompt.into())))
    }

    /// Follows a turn that has been started already, by this process or by another.
    ///
    /// `message_id` is that of the prompt. The turn may run, or may have ended long ago: its reply is rebuilt from what
    /// the server has stored. Nothing is posted.
    pub fn attach(&self, message_id: MessageId) -> PromptBuilder {
        PromptBuilder::new(self.clone(), What::Attach(message_id))
    }
}

impl PromptBuilder {
    fn new(session: SessionHandle, what: What) -> Self {
        Self {
            session,
            what,
            policy: FollowPolicy::default(),
            ready_within: READY_WITHIN,
            post_within: None,
            decider: None,
            token: None,
        }
    }

    /// Sets the time limits of the turn.
    pub fn deadlines(mut self, deadlines: Deadlines) -> Self {
        self.policy.deadlines = deadlines;
        self
    }

    /// Sets how the turn is followed.
    pub fn follow_policy(mut self, policy: FollowPolicy) -> Self {
        self.policy = policy;
        self
    }

    /// Sets how long to wait for a live event stream; 30 seconds unless set.
    pub fn ready_within(mut self, limit: Duration) -> Self {
        self.ready_within = limit;
        self
    }

    /// Sets how long posting the prompt may take, tries included. After that it is not known whether it arrives, and it
    /// is looked for. Unless set, the client's own [timeouts](crate::client::Timeouts) count.
    ///
    /// For whoever has the right to post for a limited time alone.
    pub fn post_within(mut self, limit: Duration) -> Self {
        self.post_within = Some(limit);
        self
    }

    /// Sets who answers questions and permission requests, of sub-agents too.
    ///
    /// Called once for each request, while the turn is awaited; the turn goes on meanwhile. The future is dropped when
    /// the request is answered elsewhere or the turn ends. Without a decider, requests stay open: they are told as
    /// [`ChangeKind::Blocked`](crate::reply::ChangeKind::Blocked), and answered by [`Turn::answer`].
    pub fn on_blocker<F, D>(mut self, decide: F) -> Self
    where
        F: Fn(Blocker) -> D + Send + Sync + 'static,
        D: Future<Output = Decision> + Send + 'static,
    {
        self.decider =
            Some(Arc::new(move |blocker| -> BoxFuture<'static, Decision> { Box::pin(decide(blocker)) }));
        self
    }

    /// Sets a token that stops the turn when it is cancelled.
    pub fn cancel_token(mut self, token: CancellationToken) -> Self {
        self.token = Some(token);
        self
    }

    /// Sets the model that answers.
    pub fn model(mut self, model: ModelRef) -> Self {
        if let What::Prompt(prompt) = &mut self.what {
            prompt.model = Some(model);
        }
        self
    }

    /// Sets the agent that answers.
    pub fn agent(mut self, agent: impl Into<String>) -> Self {
        if let What::Prompt(prompt) = &mut self.what {
            prompt.agent = Some(agent.into());
        }
        self
    }

    /// Waits until the server's events are heard, and posts nothing yet.
    ///
    /// For whoever has to note down that the prompt is about to be posted: [`LivePrompt::start`] posts it.
    ///
    /// # Errors
    ///
    /// When the session does not exist, or the stream cannot be opened in time.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future leaves nothing behind.
    pub async fn live(self) -> Result<LivePrompt> {
        let Self { session, what, policy, ready_within, post_within, decider, token } = self;
        // The session's directory decides which requests and statuses are about it; and a session that is gone is
        // better noticed before anything is posted.
        let session = session.located().await?;
        let token = token.unwrap_or_default();
        let mut listener = session.listen();
        tokio::select! {
            biased;
            // A turn that is stopped before it began ends at once, and nothing is posted.
            () = token.cancelled() => {}
            live = ready(&mut listener, ready_within) => live?,
        }
        let (message_id, prompt) = match what {
            What::Attach(message_id) => (message_id, None),
            What::Prompt(mut prompt) => {
                if prompt.no_reply == Some(true) {
                    return Err(Error::new(
                        ErrorKind::InvalidConfig,
                        "a prompt with `no_reply` gets no answer to follow: send it with `send_prompt`",
                    ));
                }
                // Only now that the stream is live is the server's time known, on which ids are minted.
                let message_id = prompt.message_id.get_or_insert_with(|| session.mint_message_id()).clone();
                (message_id, Some(*prompt))
            }
        };
        let reply = Reply::new(session.id().clone(), message_id);
        let follower = match prompt {
            Some(_) => Follower::new(reply, policy),
            None => Follower::attach(reply, policy),
        };
        let driver = Driver::new(session, follower, listener, prompt, decider, token);
        Ok(LivePrompt::new(driver.post_within(post_within)))
    }
}

/// Waits until the event stream is live.
async fn ready(listener: &mut Listener, within: Duration) -> Result<()> {
    let deadline = Instant::now() + within;
    let mut trouble: Option<Arc<Error>> = None;
    loop {
        match timeout_at(deadline, listener.next()).await {
            Ok(Notice::Live) => return Ok(()),
            Ok(Notice::Trouble(error)) if !error.is_retryable() && error.kind() != ErrorKind::Server => {
                return Err(error.duplicate());
            }
            Ok(Notice::Trouble(error)) => trouble = Some(error),
            Ok(_) => {}
            Err(_) => {
                let late = || Error::new(ErrorKind::Timeout, "the event stream did not become live in time");
                return Err(trouble.map_or_else(late, |error| error.duplicate()));
            }
        }
    }
}

impl IntoFuture for PromptBuilder {
    type Output = Result<Turn>;
    type IntoFuture = BoxFuture<'static, Result<Turn>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async { self.live().await?.start().await })
    }
}

impl std::fmt::Debug for PromptBuilder {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("PromptBuilder").field("session", &self.session).finish_non_exhaustive()
    }
}
