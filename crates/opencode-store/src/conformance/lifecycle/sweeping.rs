//! Cases about what is left on the server.

use std::sync::Arc;

use super::upstream::{Call, Create, ScriptedUpstream};
use super::{config, id};
use crate::conformance::Fixture;
use crate::conformance::race::race;
use crate::conformance::steps::{GRACE, LEASE, TICK, refused, subject};
use crate::error::ErrorKind;
use crate::session::Swept;

impl Fixture {
    /// Leaves so many sessions on the server that nobody uses, and waits until they may be swept.
    async fn orphans(&self, count: usize, upstream: &Arc<ScriptedUpstream>) {
        for _ in 0..count {
            upstream.next(Create::LoseAnswer);
            let ensured = self.sessions(0, upstream).ensure(&subject(), &config()).await;
            refused(ensured, ErrorKind::Upstream);
        }
        self.clock().advance(LEASE + GRACE + TICK);
    }
}

/// Any number of sweepers delete each session that is left once.
pub async fn racing_sweepers_delete_each_orphan_once(fixture: &Fixture) {
    let upstream = Arc::new(ScriptedUpstream::default());
    fixture.orphans(8, &upstream).await;
    let used = fixture.sessions(0, &upstream).ensure(&subject(), &config()).await.unwrap();
    let swept = race(16, |racer| {
        let sessions = fixture.sessions(racer, &upstream);
        async move { sessions.sweep().await.unwrap() }
    })
    .await;
    let deleted: usize = swept.iter().map(|swept| swept.deleted).sum();
    let forgotten: usize = swept.iter().map(|swept| swept.forgotten).sum();
    assert_eq!((deleted, forgotten, upstream.deleted().len()), (8, 8, 8));
    assert_eq!(upstream.alive(), [id(&used).clone()]);
}

/// What a server did not let us delete or look for is swept later.
pub async fn a_failed_sweep_is_repeated(fixture: &Fixture) {
    let upstream = Arc::new(ScriptedUpstream::default());
    fixture.orphans(2, &upstream).await;
    let sessions = fixture.sessions(0, &upstream);
    for call in [Call::Search, Call::Delete] {
        upstream.fail(call, true);
        let swept = sessions.sweep().await.unwrap();
        assert_eq!((swept.deleted, swept.forgotten, swept.failed), (0, 0, 2), "{call:?}");
        upstream.fail(call, false);
        fixture.clock().advance(GRACE + TICK);
    }
    // Nothing that runs in an orphan keeps it from being deleted.
    upstream.fail(Call::Abort, true);
    let swept = sessions.sweep().await.unwrap();
    assert_eq!((swept.deleted, swept.forgotten, swept.failed), (2, 2, 0));
    fixture.clock().advance(GRACE * 10);
    assert_eq!(sessions.sweep().await.unwrap(), Swept::default());
}

/// The session of a subject that was deleted is deleted on the server, also when the server has lost it.
pub async fn the_session_of_a_deleted_subject_is_swept(fixture: &Fixture) {
    let upstream = Arc::new(ScriptedUpstream::default());
    let sessions = fixture.sessions(0, &upstream);
    for lost in [false, true] {
        let subject = subject();
        let ensured = sessions.ensure(&subject, &config()).await.unwrap();
        assert!(fixture.store().sessions().delete_session(&subject).await.unwrap());
        if lost {
            upstream.lose(id(&ensured));
        }
        assert_eq!(sessions.sweep().await.unwrap().forgotten, 1);
        assert!(upstream.alive().is_empty());
        assert_eq!(sessions.sweep().await.unwrap(), Swept::default());
    }
}
