//! Cases about servers and databases that fail.

use std::sync::Arc;
use std::time::Duration;

use super::flaky::{Failure, FlakySessions};
use super::upstream::{Create, ScriptedUpstream};
use super::{config, id};
use crate::conformance::Fixture;
use crate::conformance::race::soon;
use crate::conformance::steps::{GRACE, LEASE, TICK, refused, subject};
use crate::error::ErrorKind;
use crate::session::{Sessions, Swept, Upstream};

impl Fixture {
    /// The protocol on a store that fails to bind sessions.
    fn flaky_sessions(&self, upstream: &Arc<ScriptedUpstream>, failures: Vec<Failure>) -> Sessions {
        let store = FlakySessions::new(self.store().sessions(), failures);
        let upstream: Arc<dyn Upstream> = Arc::<ScriptedUpstream>::clone(upstream);
        Sessions::new(Arc::new(store), upstream).with_lease(LEASE).with_grace(GRACE)
    }
}

/// A server that refuses leaves nothing, and the next caller may try at once.
pub async fn a_refusal_leaves_nothing(fixture: &Fixture) {
    let upstream = Arc::new(ScriptedUpstream::default());
    let sessions = fixture.sessions(0, &upstream);
    let subject = subject();
    upstream.next(Create::Refuse);
    refused(sessions.ensure(&subject, &config()).await, ErrorKind::Upstream);
    assert!(sessions.ensure(&subject, &config()).await.unwrap().just_created);
    fixture.clock().advance(LEASE + GRACE + TICK);
    assert_eq!(sessions.sweep().await.unwrap(), Swept::default());
}

/// A session whose making was not answered is found by its token, and deleted; another one is made meanwhile.
pub async fn a_lost_answer_is_swept(fixture: &Fixture) {
    let upstream = Arc::new(ScriptedUpstream::default());
    let sessions = fixture.sessions(0, &upstream);
    let subject = subject();
    upstream.next(Create::LoseAnswer);
    refused(sessions.ensure(&subject, &config()).await, ErrorKind::Upstream);
    let [orphan] = <[_; 1]>::try_from(upstream.alive()).unwrap();
    let ensured = sessions.ensure(&subject, &config()).await.unwrap();
    fixture.clock().advance(LEASE + GRACE + TICK);
    let swept = sessions.sweep().await.unwrap();
    assert_eq!((swept.deleted, swept.forgotten, swept.failed), (1, 1, 0));
    assert_eq!(upstream.deleted(), [(orphan, config().place())]);
    assert_eq!(upstream.alive(), [id(&ensured).clone()]);
}

/// A server that does not answer within the lease counts as one that may have made a session.
pub async fn a_server_that_hangs_is_given_up(fixture: &Fixture) {
    let upstream = Arc::new(ScriptedUpstream::default());
    let sessions = fixture.sessions(0, &upstream).with_lease(Duration::from_millis(20));
    let subject = subject();
    upstream.next(Create::Hang);
    let given_up = soon("the end of the lease", sessions.ensure(&subject, &config())).await;
    refused(given_up, ErrorKind::Upstream);
    let ensured = fixture.sessions(0, &upstream).ensure(&subject, &config()).await.unwrap();
    fixture.clock().advance(LEASE + GRACE + TICK);
    let swept = sessions.sweep().await.unwrap();
    assert_eq!((swept.deleted, swept.forgotten, swept.failed), (0, 1, 0), "it was looked for");
    assert_eq!(upstream.alive(), [id(&ensured).clone()]);
}

/// w44: a database that fails for a moment, before or after it has stored, loses no session.
pub async fn w44_a_moment_without_a_database_loses_no_session(fixture: &Fixture) {
    for failure in [Failure::Before(ErrorKind::Unavailable), Failure::After(ErrorKind::Unavailable)] {
        let upstream = Arc::new(ScriptedUpstream::default());
        let sessions = fixture.flaky_sessions(&upstream, vec![failure]);
        let subject = subject();
        let ensured = soon("the session", sessions.ensure(&subject, &config())).await.unwrap();
        assert!(ensured.just_created);
        assert_eq!((ensured.session.generation, upstream.alive()), (1, vec![id(&ensured).clone()]));
        fixture.clock().advance(LEASE + GRACE + TICK);
        assert_eq!(sessions.sweep().await.unwrap(), Swept::default());
    }
}

/// w44: a session that could not be bound is swept, and one that was bound after all is used.
pub async fn w44_n03_a_failing_database_leaves_no_orphan(fixture: &Fixture) {
    for failure in [Failure::Before(ErrorKind::Full), Failure::After(ErrorKind::Full)] {
        let upstream = Arc::new(ScriptedUpstream::default());
        let sessions = fixture.flaky_sessions(&upstream, vec![failure]);
        let subject = subject();
        refused(sessions.ensure(&subject, &config()).await, ErrorKind::Full);
        let [made] = <[_; 1]>::try_from(upstream.alive()).unwrap();
        fixture.clock().advance(LEASE + TICK);
        let ensured = sessions.ensure(&subject, &config()).await.unwrap();
        let was_bound = failure == Failure::After(ErrorKind::Full);
        assert_eq!((ensured.just_created, id(&ensured) == &made), (!was_bound, was_bound));
        fixture.clock().advance(LEASE + GRACE);
        assert_eq!(sessions.sweep().await.unwrap().deleted, usize::from(!was_bound));
        assert_eq!(upstream.alive(), [id(&ensured).clone()]);
    }
}
