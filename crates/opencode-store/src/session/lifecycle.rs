//! The protocol that gives every subject exactly one upstream session.

use std::sync::Arc;
use std::time::Duration;

use super::flights::{Flights, Part};
use super::minting::Minting;
use super::{
    ContextLost, MintClaim, MintDecision, MintRequest, SessionConfig, SessionRecord, SessionStatus,
    SessionStore, Subject, Upstream, UpstreamError, decide,
};
use crate::error::{Error, ErrorKind, Result};
use crate::token::new_token;

/// How often a waiter looks at the row when nothing wakes it up.
const LOOK_AGAIN: Duration = Duration::from_millis(250);

/// The protocol that gives every subject exactly one upstream session, under any number of tasks and processes.
///
/// A cheap handle: clone it freely.
///
/// # Cancel safety
///
/// Dropping a future of this type leaves nothing behind on the server: what has begun to make or delete a session
/// goes on in a task of its own. When the whole process ends instead, [`sweep`](Self::sweep) finds what is left.
///
/// # Examples
///
/// ```
/// # use std::sync::Arc;
/// # use opencode_store::{Store, session::{Sessions, SessionConfig, Subject, Upstream}};
/// # async fn example(store: Store, server: Arc<dyn Upstream>) -> opencode_store::Result<()> {
/// let sessions = Sessions::new(store.sessions(), server);
/// let subject = Subject::new("acme", "conversation/42")?;
/// let ensured = sessions.ensure(&subject, &SessionConfig::new("/srv/projects/blue")).await?;
/// if ensured.context_lost.is_some() {
///     // Tell the person that the agent does not remember the conversation.
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Sessions {
    pub(super) store: Arc<dyn SessionStore>,
    pub(super) upstream: Arc<dyn Upstream>,
    pub(super) lease: Duration,
    pub(super) grace: Duration,
    flights: Flights,
}

/// The session of a subject, and what had to be done for it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Ensured {
    /// The session; it has an upstream id.
    pub session: SessionRecord,
    /// Whether this very call made the upstream session. True for one caller at most.
    pub just_created: bool,
    /// Why an earlier upstream session was left, if this call left one. What the agent knew is gone then.
    pub context_lost: Option<ContextLost>,
    /// Whether this call gave the server other permission rules.
    pub permissions_updated: bool,
}

impl Ensured {
    /// A session for which nothing had to be done.
    fn found(session: SessionRecord) -> Self {
        Self { session, just_created: false, context_lost: None, permissions_updated: false }
    }
}

/// What became of a request to abort.
#[derive(Debug)]
#[non_exhaustive]
pub enum Aborted {
    /// The subject has no upstream session.
    NoSession,
    /// The server has stopped what ran.
    Confirmed,
    /// The server does not know the session.
    Gone,
    /// It is not known whether anything was stopped.
    Failed(UpstreamError),
}

impl Sessions {
    /// A protocol over a store and a server. A minter has 30 seconds, and an attempt that it did not end is swept two
    /// minutes after that.
    #[must_use]
    pub fn new(store: Arc<dyn SessionStore>, upstream: Arc<dyn Upstream>) -> Self {
        let (lease, grace) = (Duration::from_secs(30), Duration::from_secs(120));
        Self { store, upstream, lease, grace, flights: Flights::default() }
    }

    /// Sets how long a call to the server may take before the attempt counts as dead and somebody else may try.
    #[must_use]
    pub fn with_lease(mut self, lease: Duration) -> Self {
        self.lease = lease;
        self
    }

    /// Sets how long after the end of its lease an attempt is swept.
    ///
    /// It must be longer than the server may take to answer a request that its client has given up.
    #[must_use]
    pub fn with_grace(mut self, grace: Duration) -> Self {
        self.grace = grace;
        self
    }

    /// Gives the subject's session, and makes it when there is none that fits.
    ///
    /// A session that is there is taken without a network call and without a lock, unless its permission rules are
    /// not those of the configuration: then the server is told the new ones. It stays on the server that its record
    /// names, whichever the configuration names. Callers of this handle and its clones who
    /// want the same at once share what one of them asks, and its error.
    ///
    /// # Errors
    ///
    /// [`Upstream`](ErrorKind::Upstream) when the server cannot make a session; nothing is left there, or it is
    /// swept. [`Unavailable`](ErrorKind::Unavailable) when the database fails, or when other callers' attempts take
    /// longer than three leases.
    pub async fn ensure(&self, subject: &Subject, config: &SessionConfig) -> Result<Ensured> {
        self.bind(subject, config, None).await
    }

    /// Gives the subject a new session in place of one that the server does not know any more.
    ///
    /// `gone` is the session as it was when the server said so. When somebody else has replaced it since, theirs is
    /// taken, so that any number of callers get the same new session. It is made on the server that the configuration
    /// names, and the earlier one is deleted on its own.
    ///
    /// # Errors
    ///
    /// As [`ensure`](Self::ensure).
    pub async fn recreate(&self, gone: &SessionRecord, config: &SessionConfig) -> Result<Ensured> {
        self.bind(&gone.subject, config, Some(gone.generation)).await
    }

    /// Stops whatever runs in the subject's session. Best effort: what came of it is told, and nothing is stored.
    ///
    /// # Errors
    ///
    /// Only when the database fails.
    pub async fn abort(&self, subject: &Subject) -> Result<Aborted> {
        let Some(session) = self.store.session(subject).await? else { return Ok(Aborted::NoSession) };
        let Some(id) = &session.upstream_id else { return Ok(Aborted::NoSession) };
        Ok(match self.upstream.abort(id, &session.place()).await {
            Ok(()) => Aborted::Confirmed,
            Err(error) if error.is_gone() => Aborted::Gone,
            Err(error) => Aborted::Failed(error),
        })
    }

    /// Notes that the host is done with a session. It stays on the server, and the next turn opens it again.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub async fn close(&self, session: &SessionRecord) -> Result<bool> {
        self.store.set_status(session.id, session.generation, SessionStatus::Closed).await
    }

    async fn bind(&self, subject: &Subject, config: &SessionConfig, gone: Option<u64>) -> Result<Ensured> {
        match self.flights.part(subject, (config.clone(), gone)).await {
            Part::Told(session) => Ok(Ensured::found(session?)),
            Part::Alone => self.ask(subject, config, gone).await,
            Part::Lead(flight) => {
                let ensured = self.ask(subject, config, gone).await;
                flight.tell(ensured.as_ref().map(|ensured| &ensured.session));
                ensured
            }
        }
    }

    /// Gets the session, whoever else wants it.
    async fn ask(&self, subject: &Subject, config: &SessionConfig, gone: Option<u64>) -> Result<Ensured> {
        let mut replacing = gone;
        loop {
            let (session, minted) = self.bound(subject, config, replacing).await?;
            let mut ensured = Ensured::found(session);
            if let Some(context_lost) = minted {
                (ensured.just_created, ensured.context_lost) = (true, context_lost);
            }
            if self.reconcile(&mut ensured, config).await? {
                return Ok(ensured);
            }
            // The server does not know the session whose rules were to change.
            replacing = Some(ensured.session.generation);
        }
    }

    /// The session, and, when this call made it, what was lost by that.
    async fn bound(
        &self,
        subject: &Subject,
        config: &SessionConfig,
        replacing: Option<u64>,
    ) -> Result<(SessionRecord, Option<Option<ContextLost>>)> {
        let fingerprint = config.fingerprint(subject.agent());
        let mut request =
            MintRequest::new(subject.clone(), fingerprint, "", self.lease).with_place(config.place());
        request.replacing = replacing;
        let deadline = tokio::time::Instant::now() + self.lease * 3;
        let mut watch = None;
        loop {
            // The common case is a read, and so is most of what a crowd of waiters does.
            if let Some(session) = self.store.session(subject).await? {
                if decide(&session, None, &request, 0) == MintDecision::Bound {
                    return Ok((session, None));
                }
                // Before it is asked who is at it, so that the end of an attempt cannot be missed.
                watch.get_or_insert_with(|| self.store.watch_session(session.id));
            }
            request.token = new_token()?;
            let taken = match self.store.begin_mint(&request).await? {
                MintClaim::Bound(session) => return Ok((session, None)),
                MintClaim::Claimed(mint) => {
                    let lost = mint.context_lost;
                    match Minting::start(self, mint, config.clone()).await? {
                        Some(session) => return Ok((session, Some(lost))),
                        None => continue,
                    }
                }
                MintClaim::Taken { session, .. } => session,
            };
            if tokio::time::Instant::now() >= deadline {
                let message = "somebody else's attempt to make the session takes too long";
                return Err(Error::new(ErrorKind::Unavailable, message));
            }
            match &mut watch {
                Some(watch) => drop(tokio::time::timeout(LOOK_AGAIN, watch.changed()).await),
                // The attempt may have ended before the watch begins: look once more.
                None => watch = Some(self.store.watch_session(taken)),
            }
        }
    }

    /// Tells the server the permission rules if it has others. `false` when it does not know the session.
    async fn reconcile(&self, ensured: &mut Ensured, config: &SessionConfig) -> Result<bool> {
        let session = &mut ensured.session;
        let place = session.place();
        let wanted = config.fingerprint(session.subject.agent());
        let (Some(id), Some(bound)) = (&session.upstream_id, &mut session.fingerprint) else {
            return Err(Error::corrupt("the session is bound and has no upstream id"));
        };
        if bound.permissions == wanted.permissions {
            return Ok(true);
        }
        match self.upstream.set_permissions(id, &place, &config.permissions).await {
            Ok(()) => {}
            Err(error) if error.is_gone() => return Ok(false),
            Err(error) => {
                let message = "the permission rules of the session could not be changed";
                return Err(Error::new(ErrorKind::Upstream, message).with_source(error));
            }
        }
        // A session that was replaced in between has its own rules, which its minter has set.
        self.store.set_permissions(session.id, session.generation, &wanted.permissions).await?;
        bound.permissions = wanted.permissions;
        ensured.permissions_updated = true;
        Ok(true)
    }
}
