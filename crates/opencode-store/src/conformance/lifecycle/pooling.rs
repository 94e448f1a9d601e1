//! Cases about sessions on several servers.

use std::sync::Arc;

use opencode_wire::model::{PermissionAction, PermissionRule};

use super::upstream::{Call, Create, ScriptedUpstream};
use super::{config, id};
use crate::conformance::Fixture;
use crate::conformance::steps::{GRACE, LEASE, TICK, east, refused, subject, west};
use crate::error::ErrorKind;
use crate::session::{Aborted, ContextLost, SessionConfig, Swept};

/// The same session, if it were made anew.
fn on(server: &str) -> SessionConfig {
    config().with_server(server)
}

/// A session is used where it is, whichever server new ones are made on by now: another server does not know it, and
/// what it says would be taken for proof.
pub async fn a_session_is_asked_about_on_its_own_server(fixture: &Fixture) {
    let upstream = Arc::new(ScriptedUpstream::default());
    let sessions = fixture.sessions(0, &upstream);
    let subject = subject();
    let first = sessions.ensure(&subject, &on("east")).await.unwrap();
    assert_eq!(upstream.made(id(&first)).place, east("/blue"));
    let stricter = vec![PermissionRule::new("bash", "*", PermissionAction::Deny)];
    for other in [on("west"), config(), on("west").with_permissions(stricter.clone())] {
        let again = fixture.sessions(1, &upstream).ensure(&subject, &other).await.unwrap();
        assert_eq!((again.just_created, again.context_lost, id(&again)), (false, None, id(&first)));
        assert_eq!(again.session.server.as_deref(), Some("east"));
    }
    assert_eq!(upstream.made(id(&first)).permissions, stricter);
    assert!(matches!(sessions.abort(&subject).await.unwrap(), Aborted::Confirmed));
    assert_eq!((upstream.creates(), upstream.aborted()), (1, vec![id(&first).clone()]));
}

/// A session that gives way to one on another server is stopped and deleted on its own; if that does not let us, later.
pub async fn a_session_that_moves_is_deleted_where_it_was(fixture: &Fixture) {
    for fails in [false, true] {
        let upstream = Arc::new(ScriptedUpstream::default());
        let sessions = fixture.sessions(0, &upstream);
        let subject = subject();
        let old = sessions.ensure(&subject, &on("east")).await.unwrap();
        upstream.fail(Call::Delete, fails);
        let new = sessions.recreate(&old.session, &on("west")).await.unwrap();
        assert_eq!((new.just_created, new.context_lost), (true, Some(ContextLost::Gone)));
        assert_eq!((new.session.place(), upstream.made(id(&new)).place), (west("/blue"), west("/blue")));
        assert_eq!(upstream.aborted(), [id(&old).clone()]);
        upstream.fail(Call::Delete, false);
        assert_eq!(sessions.sweep().await.unwrap().deleted, usize::from(fails));
        assert_eq!(upstream.deleted(), [(id(&old).clone(), east("/blue"))]);
        assert_eq!(upstream.alive(), [id(&new).clone()]);
        assert_eq!(sessions.sweep().await.unwrap(), Swept::default());
    }
}

/// What an attempt has left is looked for on its server, when others have made the session on another one since.
pub async fn what_an_attempt_left_is_swept_on_its_server(fixture: &Fixture) {
    let upstream = Arc::new(ScriptedUpstream::default());
    let sessions = fixture.sessions(0, &upstream);
    let subject = subject();
    upstream.next(Create::LoseAnswer);
    refused(sessions.ensure(&subject, &on("east")).await, ErrorKind::Upstream);
    let [orphan] = <[_; 1]>::try_from(upstream.alive()).unwrap();
    let ensured = sessions.ensure(&subject, &on("west")).await.unwrap();
    fixture.clock().advance(LEASE + GRACE + TICK);
    let swept = sessions.sweep().await.unwrap();
    assert_eq!((swept.deleted, swept.forgotten, swept.failed), (1, 1, 0));
    assert_eq!(upstream.deleted(), [(orphan, east("/blue"))]);
    assert_eq!((upstream.alive(), ensured.session.place()), (vec![id(&ensured).clone()], west("/blue")));
}
