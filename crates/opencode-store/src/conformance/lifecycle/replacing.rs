//! Cases about sessions that give way to others.

use std::sync::Arc;

use super::upstream::{Call, Create, ScriptedUpstream};
use super::{config, id};
use crate::conformance::Fixture;
use crate::conformance::race::race;
use crate::conformance::steps::{GRACE, LEASE, TICK, refused, subject};
use crate::error::ErrorKind;
use crate::session::{Aborted, ContextLost, SessionConfig, SessionStatus, Swept};
use crate::turn::Delivery;

/// G15, w46: any number who recreate the same session get one new one; the old one is stopped and deleted.
pub async fn g15_n02_recreating_converges(fixture: &Fixture) {
    let upstream = Arc::new(ScriptedUpstream::default());
    let old = fixture.sessions(0, &upstream).ensure(&subject(), &config()).await.unwrap();
    let all = race(64, |racer| {
        let (sessions, gone) = (fixture.sessions(racer, &upstream), old.session.clone());
        async move { sessions.recreate(&gone, &config()).await.unwrap() }
    })
    .await;
    assert_eq!((upstream.creates(), upstream.alive()), (2, vec![id(&all[0]).clone()]));
    assert!(all.iter().all(|ensured| ensured.session == all[0].session));
    assert_eq!((all[0].session.id, all[0].session.generation), (old.session.id, 2));
    let created: Vec<_> = all.iter().filter(|ensured| ensured.just_created).collect();
    assert_eq!(created.len(), 1);
    assert_eq!(created[0].context_lost, Some(ContextLost::Gone));
    assert!(all.iter().all(|ensured| ensured.just_created || ensured.context_lost.is_none()));
    assert_eq!(upstream.aborted(), [id(&old).clone()]);
    assert_eq!(upstream.deleted(), [(id(&old).clone(), config().place())]);
    fixture.clock().advance(LEASE + GRACE + TICK);
    assert_eq!(fixture.sessions(0, &upstream).sweep().await.unwrap(), Swept::default());
}

/// w46: a session that gives way to one in another directory is stopped and deleted where it was; if the server does
/// not let us, later.
pub async fn w46_a_replaced_session_is_stopped_and_deleted(fixture: &Fixture) {
    for fails in [false, true] {
        let upstream = Arc::new(ScriptedUpstream::default());
        let sessions = fixture.sessions(0, &upstream);
        let subject = subject();
        let old = sessions.ensure(&subject, &config()).await.unwrap();
        upstream.fail(Call::Delete, fails);
        let new = sessions.ensure(&subject, &SessionConfig::new("/green")).await.unwrap();
        assert_eq!((new.just_created, new.context_lost), (true, Some(ContextLost::Reconfigured)));
        assert_eq!(new.session.directory.as_deref(), Some("/green"));
        assert_eq!(upstream.aborted(), [id(&old).clone()], "what ran in it would go on spending");
        let deleted = [(id(&old).clone(), config().place())];
        assert_eq!(upstream.deleted(), &deleted[usize::from(fails)..]);
        upstream.fail(Call::Delete, false);
        assert_eq!(sessions.sweep().await.unwrap().deleted, usize::from(fails));
        assert_eq!((upstream.deleted(), upstream.alive()), (deleted.into(), vec![id(&new).clone()]));
        fixture.clock().advance(LEASE + GRACE + TICK);
        assert_eq!(sessions.sweep().await.unwrap(), Swept::default());
    }
}

/// A session that cannot be replaced stays bound.
pub async fn a_failed_replacement_changes_nothing(fixture: &Fixture) {
    let upstream = Arc::new(ScriptedUpstream::default());
    let sessions = fixture.sessions(0, &upstream);
    let subject = subject();
    let old = sessions.ensure(&subject, &config()).await.unwrap();
    upstream.next(Create::Refuse);
    refused(sessions.recreate(&old.session, &config()).await, ErrorKind::Upstream);
    let again = sessions.ensure(&subject, &config()).await.unwrap();
    assert_eq!((again.session, again.context_lost), (old.session, None));
}

/// G16: neither a crash, nor the end of the host's interest, nor a failing server is a proof that a session is gone.
pub async fn g16_a_session_is_replaced_only_on_proof(fixture: &Fixture) {
    let upstream = Arc::new(ScriptedUpstream::default());
    let sessions = fixture.sessions(0, &upstream);
    let subject = subject();
    let first = sessions.ensure(&subject, &config()).await.unwrap();
    let row = first.session.id;
    let store = fixture.store().sessions();
    for status in [SessionStatus::Crashed, SessionStatus::Active, SessionStatus::Closed] {
        assert!(store.set_status(row, 1, status).await.unwrap());
        let again = sessions.ensure(&subject, &config()).await.unwrap();
        assert_eq!((again.just_created, id(&again)), (false, id(&first)), "{status}");
    }
    for call in [Call::Abort, Call::Search, Call::Delete, Call::Permissions] {
        upstream.fail(call, true);
    }
    sessions.abort(&subject).await.unwrap();
    fixture.clock().advance(LEASE + GRACE + TICK);
    sessions.sweep().await.unwrap();
    assert_eq!(id(&sessions.ensure(&subject, &config()).await.unwrap()), id(&first));
    assert_eq!((upstream.creates(), upstream.alive()), (1, vec![id(&first).clone()]));
    // Whoever has seen the 404 says so, and the host is told what that means.
    upstream.fail(Call::Abort, false);
    upstream.lose(id(&first));
    let second = sessions.recreate(&first.session, &config()).await.unwrap();
    assert_eq!((second.just_created, second.context_lost), (true, Some(ContextLost::Gone)));
    assert!(id(&second) != id(&first));
}

/// What the host is done with stays on the server, and a late word about an older session changes nothing.
pub async fn closing_keeps_the_session(fixture: &Fixture) {
    let upstream = Arc::new(ScriptedUpstream::default());
    let sessions = fixture.sessions(0, &upstream);
    let subject = subject();
    let old = sessions.ensure(&subject, &config()).await.unwrap();
    assert!(sessions.close(&old.session).await.unwrap());
    let closed = sessions.ensure(&subject, &config()).await.unwrap();
    assert_eq!((closed.session.status, id(&closed)), (SessionStatus::Closed, id(&old)));
    sessions.recreate(&old.session, &config()).await.unwrap();
    assert!(!sessions.close(&old.session).await.unwrap());
}

/// An abort tells what came of it.
pub async fn n04_an_abort_is_reported(fixture: &Fixture) {
    let upstream = Arc::new(ScriptedUpstream::default());
    let sessions = fixture.sessions(0, &upstream);
    let subject = subject();
    assert!(matches!(sessions.abort(&subject).await.unwrap(), Aborted::NoSession));
    fixture.admit(&subject, Delivery::Queue).await;
    assert!(matches!(sessions.abort(&subject).await.unwrap(), Aborted::NoSession), "a row without a session");
    let ensured = sessions.ensure(&subject, &config()).await.unwrap();
    assert!(matches!(sessions.abort(&subject).await.unwrap(), Aborted::Confirmed));
    upstream.fail(Call::Abort, true);
    assert!(matches!(sessions.abort(&subject).await.unwrap(), Aborted::Failed(_)));
    upstream.fail(Call::Abort, false);
    upstream.lose(id(&ensured));
    assert!(matches!(sessions.abort(&subject).await.unwrap(), Aborted::Gone));
    assert_eq!(upstream.aborted(), [id(&ensured).clone()]);
}
