//! Cases about permission rules that change.

use std::sync::Arc;

use opencode_wire::model::{PermissionAction, PermissionRule};

use super::upstream::{Call, ScriptedUpstream};
use super::{config, id};
use crate::conformance::Fixture;
use crate::conformance::steps::{refused, subject};
use crate::error::ErrorKind;
use crate::session::{ContextLost, SessionConfig};

/// A configuration that is another one in its permission rules alone.
fn stricter() -> SessionConfig {
    config().with_permissions(vec![PermissionRule::new("bash", "*", PermissionAction::Deny)])
}

/// w58: a session that is used again gets the permission rules that are wanted now, once.
pub async fn w58_permissions_are_brought_up_to_date_once(fixture: &Fixture) {
    let upstream = Arc::new(ScriptedUpstream::default());
    let sessions = fixture.sessions(0, &upstream);
    let subject = subject();
    let first = sessions.ensure(&subject, &config()).await.unwrap();
    assert_eq!(upstream.permission_calls(), 0, "it was made with its rules");
    for updated in [true, false, false] {
        let again = fixture.sessions(1, &upstream).ensure(&subject, &stricter()).await.unwrap();
        assert_eq!(
            (again.permissions_updated, again.just_created, again.context_lost),
            (updated, false, None)
        );
        assert_eq!(id(&again), id(&first));
        assert_eq!(again.session.fingerprint, Some(stricter().fingerprint("")));
    }
    assert_eq!(upstream.permission_calls(), 1);
    assert_eq!(upstream.made(id(&first)).permissions, stricter().permissions);
    let stored = fixture.store().sessions().session(&subject).await.unwrap().unwrap();
    assert_eq!(stored.fingerprint, Some(stricter().fingerprint("")));
}

/// Rules that the server did not take are not noted as taken, and are tried again.
pub async fn refused_permissions_are_tried_again(fixture: &Fixture) {
    let upstream = Arc::new(ScriptedUpstream::default());
    let sessions = fixture.sessions(0, &upstream);
    let subject = subject();
    let first = sessions.ensure(&subject, &config()).await.unwrap();
    upstream.fail(Call::Permissions, true);
    refused(sessions.ensure(&subject, &stricter()).await, ErrorKind::Upstream);
    upstream.fail(Call::Permissions, false);
    let again = sessions.ensure(&subject, &stricter()).await.unwrap();
    assert_eq!((again.permissions_updated, id(&again)), (true, id(&first)));
}

/// G16: a session that turns out to be gone when its rules change is replaced, and the host is told.
pub async fn g16_a_session_gone_on_reconciling_is_replaced(fixture: &Fixture) {
    let upstream = Arc::new(ScriptedUpstream::default());
    let sessions = fixture.sessions(0, &upstream);
    let subject = subject();
    let first = sessions.ensure(&subject, &config()).await.unwrap();
    upstream.lose(id(&first));
    let second = sessions.ensure(&subject, &stricter()).await.unwrap();
    assert_eq!((second.just_created, second.context_lost), (true, Some(ContextLost::Gone)));
    assert_eq!(second.session.generation, 2);
    assert_eq!(upstream.made(id(&second)).permissions, stricter().permissions);
}
