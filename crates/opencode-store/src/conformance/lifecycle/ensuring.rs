//! Cases about getting a session.

use std::sync::Arc;
use std::time::Duration;

use super::upstream::{Create, ScriptedUpstream};
use super::{config, id};
use crate::conformance::Fixture;
use crate::conformance::race::{race, soon};
use crate::conformance::steps::{GRACE, LEASE, TICK, east, mint_request, refused, subject};
use crate::error::ErrorKind;
use crate::session::{NewUpstreamSession, SessionStatus, Swept, Upstream};
use crate::turn::Delivery;

/// G15: of any number who want a subject's session, one makes it, and all get the same one.
pub async fn g15_n01_one_subject_has_one_upstream_session(fixture: &Fixture) {
    let upstream = Arc::new(ScriptedUpstream::default());
    let subject = subject().with_agent("build").unwrap();
    let all = race(64, |racer| {
        let (sessions, subject) = (fixture.sessions(racer, &upstream), subject.clone());
        async move { sessions.ensure(&subject, &config()).await.unwrap() }
    })
    .await;
    assert_eq!(upstream.creates(), 1);
    assert_eq!(upstream.alive(), [id(&all[0]).clone()]);
    assert!(all.iter().all(|ensured| ensured.session == all[0].session));
    assert_eq!(all.iter().filter(|ensured| ensured.just_created).count(), 1);
    assert!(all.iter().all(|ensured| ensured.context_lost.is_none() && !ensured.permissions_updated));
    let made = upstream.made(id(&all[0]));
    assert_eq!((made.agent.as_str(), made.title.as_deref()), ("build", Some("Blue")));
    assert_eq!(made.place.directory.as_deref(), Some("/blue"));

    let again = fixture.sessions(0, &upstream).ensure(&subject, &config()).await.unwrap();
    assert_eq!((again.just_created, &again.session), (false, &all[0].session));
    assert_eq!(upstream.creates(), 1);
}

/// G15: a minter whose process died is replaced when its lease ends, and what it had made is swept.
pub async fn g15_a_dead_minter_is_replaced(fixture: &Fixture) {
    let upstream = Arc::new(ScriptedUpstream::default());
    let subject = subject();
    let (sessions, asked) = (fixture.sessions(1, &upstream), subject.clone());
    upstream.next(Create::LoseAnswer);
    // It has made a session on the server, and never comes back from the call.
    let request = mint_request(&subject);
    fixture.begin_mint(&request).await;
    let dead = NewUpstreamSession {
        token: request.token,
        place: request.place,
        title: None,
        agent: String::new(),
        permissions: Vec::new(),
    };
    upstream.create(&dead).await.unwrap_err();
    let [orphan] = <[_; 1]>::try_from(upstream.alive()).unwrap();

    let waiting = tokio::spawn(async move { sessions.ensure(&asked, &config()).await });
    tokio::task::yield_now().await;
    assert!(!waiting.is_finished(), "somebody else is making it");
    fixture.clock().advance(LEASE + TICK);
    let ensured = soon("the replaced minter", waiting).await.unwrap().unwrap();
    assert!(ensured.just_created && id(&ensured) != &orphan);

    let sessions = fixture.sessions(0, &upstream);
    assert_eq!(sessions.sweep().await.unwrap(), Swept::default(), "it may still come back");
    fixture.clock().advance(LEASE + GRACE);
    let swept = sessions.sweep().await.unwrap();
    assert_eq!((swept.deleted, swept.forgotten, swept.failed), (1, 1, 0));
    assert_eq!(upstream.alive(), [id(&ensured).clone()]);
    assert_eq!(upstream.deleted(), [(orphan, east("/blue"))]);
}

/// G15: a minter that was slow deletes what it made, and takes what the other one made.
pub async fn g15_a_slow_minter_deletes_its_session(fixture: &Fixture) {
    let upstream = Arc::new(ScriptedUpstream::default());
    let subject = subject();
    upstream.next(Create::Hang);
    let (sessions, asked) = (fixture.sessions(0, &upstream), subject.clone());
    let slow = tokio::spawn(async move { sessions.ensure(&asked, &config()).await });
    upstream.creates_reach(1).await;
    fixture.clock().advance(LEASE + TICK);
    let fast = fixture.sessions(1, &upstream).ensure(&subject, &config()).await.unwrap();
    upstream.release();
    let slow = soon("the slow minter", slow).await.unwrap().unwrap();
    assert_eq!((slow.just_created, &slow.session), (false, &fast.session));
    assert_eq!((upstream.creates(), upstream.alive()), (2, vec![id(&fast).clone()]));
    fixture.clock().advance(LEASE + GRACE);
    assert_eq!(fixture.sessions(0, &upstream).sweep().await.unwrap(), Swept::default(), "nothing is left");
}

/// Whoever stops waiting leaves an attempt that goes on, and whose session is not lost.
pub async fn a_dropped_caller_loses_no_session(fixture: &Fixture) {
    let upstream = Arc::new(ScriptedUpstream::default());
    let sessions = fixture.sessions(0, &upstream);
    let subject = subject();
    upstream.next(Create::Hang);
    let config = config();
    tokio::select! {
        early = sessions.ensure(&subject, &config) => panic!("the server has not answered: {early:?}"),
        () = upstream.creates_reach(1) => {}
    }
    upstream.release();
    let ensured = sessions.ensure(&subject, &config).await.unwrap();
    assert!(!ensured.just_created, "the caller that made it is gone");
    assert_eq!((upstream.creates(), upstream.alive()), (1, vec![id(&ensured).clone()]));
}

/// w45: while the server is asked to make a session, everything else goes on: nothing is locked.
pub async fn w45_nothing_is_locked_while_the_server_is_asked(fixture: &Fixture) {
    let upstream = Arc::new(ScriptedUpstream::default());
    let (subject, other) = (subject(), subject());
    upstream.next(Create::Hang);
    let (sessions, asked) = (fixture.sessions(0, &upstream), subject.clone());
    let hanging = tokio::spawn(async move { sessions.ensure(&asked, &config()).await });
    upstream.creates_reach(1).await;
    let everything_else = async {
        let sessions = fixture.sessions(0, &upstream);
        assert!(sessions.ensure(&other, &config()).await.unwrap().just_created);
        let row = fixture.store().sessions().session(&subject).await.unwrap().expect("it is being made");
        assert_eq!(row.upstream_id, None);
        assert!(fixture.store().sessions().set_status(row.id, 0, SessionStatus::Idle).await.unwrap());
        let turn = fixture.admit(&subject, Delivery::Queue).await;
        let claim = fixture.claim().await.expect("it is ready");
        assert_eq!((claim.turn.id, claim.session.id), (turn.id, row.id));
        assert!(fixture.finish(&claim.lease).await.applied);
    };
    soon("everything else", everything_else).await;
    assert!(!hanging.is_finished());
    upstream.release();
    assert!(hanging.await.unwrap().unwrap().just_created);
}

/// Whoever waits too long for the attempts of others is told so.
pub async fn waiting_has_an_end(fixture: &Fixture) {
    let upstream = Arc::new(ScriptedUpstream::default());
    let subject = subject();
    fixture.begin_mint(&mint_request(&subject)).await;
    let impatient = fixture.sessions(0, &upstream).with_lease(Duration::from_millis(10));
    let refusal = soon("the end of the wait", impatient.ensure(&subject, &config())).await;
    refused(refusal, ErrorKind::Unavailable);
    assert_eq!(upstream.creates(), 0);
}
