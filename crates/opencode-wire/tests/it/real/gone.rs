//! Sessions that are deleted.

use opencode_testkit::model::{ModelScript, Op};
use opencode_wire::reply::ChangeKind;
use opencode_wire::turn::{Ending, Loss};
use opencode_wire::{Error, ErrorKind};

use super::rig::{self, Rig};

#[tokio::test]
async fn a_prompt_to_a_session_that_is_gone_is_not_found() {
    let Some(rig) = Rig::shared().await else { return };
    let session = rig.session().await;
    session.delete().await.unwrap();
    let known = session.prompt("Anybody there?").await.unwrap_err();
    let unknown = rig.client().session(session.id().clone()).prompt("Anybody?").await.unwrap_err();
    assert_eq!([known.kind(), unknown.kind()], [ErrorKind::NotFound; 2]);
    assert_eq!(rig.requests_of(&session).len(), 0);
}

#[tokio::test]
async fn a_session_that_never_was_is_not_found() {
    let Some(rig) = Rig::shared().await else { return };
    let never = rig.client().session("ses_000000000000neverneverneve".parse().unwrap());
    let kinds = [
        never.get().await.map(drop),
        never.prompt("Hello?").await.map(drop),
        never.attach("msg_000000000000neverneverneve".parse().unwrap()).await.map(drop),
        never.todo().await.map(drop),
        never.children().await.map(drop),
    ]
    .map(|result| result.map_err(|error| error.kind()));
    assert_eq!(kinds[..3], [Err(ErrorKind::NotFound); 3], "{kinds:?}");
    assert!(!kinds.contains(&Err(ErrorKind::Decode)), "{kinds:?}");
}

/// A session that is deleted while it works goes on as a zombie: it fails to store and tries again. The turn ends,
/// and stops the zombie.
#[tokio::test]
async fn t13_a_session_deleted_while_it_works_is_lost_and_stopped() {
    let Some(rig) = Rig::shared().await else { return };
    let session = rig.session().await;
    let script = ModelScript::new().step([
        Op::text("The beginning. "),
        Op::hold("t13-deleted"),
        Op::text("The rest."),
        Op::Hang,
    ]);
    let mut turn = rig::start(&session, script).await;
    rig::until(&mut turn, |kind| matches!(kind, ChangeKind::Text { .. })).await;
    session.delete().await.unwrap();
    let outcome = rig::outcome(turn).await;
    assert_eq!(outcome.ending, Ending::Lost(Loss::SessionGone));
    assert_eq!(outcome.reply.text().trim(), "The beginning.");
    rig.model.release("t13-deleted");
    let is_idle = async {
        loop {
            let working = session.client().sessions().status().await?;
            if !working.contains_key(session.id()) {
                return Ok::<_, Error>(());
            }
            tokio::task::yield_now().await;
        }
    };
    rig::finishes("the end of the zombie", is_idle).await.unwrap();
}
