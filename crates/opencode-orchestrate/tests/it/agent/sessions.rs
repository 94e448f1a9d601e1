//! The session of a subject: one, verified, and made anew only when it is gone.

use futures_util::future::join_all;
use opencode_orchestrate::agent::{AgentError, SessionRequest};
use opencode_store::session::ContextLost;
use opencode_testkit::server::{Fault, Script};
use opencode_wire::Client;
use opencode_wire::ids::SessionId;

use super::Rig;
use super::screen::Screen;
use crate::support::subject;

fn wanted() -> SessionRequest {
    SessionRequest::new(subject()).with_directory("/srv/worktrees/chat-7").with_title("Chat 7")
}

#[tokio::test]
async fn many_at_once_get_one_session_in_its_directory() {
    let rig = Rig::start().await;
    let wanted = wanted();
    let sessions = join_all((0..16).map(|_| rig.agent.ensure_session(&wanted))).await;
    let ids: Vec<String> = sessions.into_iter().map(|session| session.unwrap().id).collect();
    assert!(ids.iter().all(|id| *id == ids[0]));
    assert_eq!(rig.server.requests_to("POST", "/session").len(), 1);
    let made = rig.server.session(&ids[0]).unwrap();
    assert_eq!((&made["directory"], &made["title"]), (&"/srv/worktrees/chat-7".into(), &"Chat 7".into()));
}

/// B-10: an id that the server does not know is noticed before anything is asked of it, and the host is told.
#[tokio::test]
async fn b10_g16_a_session_that_is_gone_is_noticed_and_made_anew() {
    let rig = Rig::start().await;
    let wanted = wanted();
    let first = rig.agent.ensure_session(&wanted).await.unwrap();
    assert_eq!(first.context_lost, None);
    assert_eq!(rig.agent.ensure_session(&wanted).await.unwrap().id, first.id);
    let client = Client::new(rig.server.url()).unwrap();
    client.session(SessionId::from_wire(&first.id)).delete().await.unwrap();
    let second = rig.agent.ensure_session(&wanted).await.unwrap();
    assert_eq!((second.context_lost, second.generation), (Some(ContextLost::Gone), 2));
    assert_ne!(second.id, first.id);

    // Once more, between the two calls.
    rig.server.default_script(Script::new().text("Who are you?"));
    client.session(SessionId::from_wire(&second.id)).delete().await.unwrap();
    let outcome = rig.agent.prompt(&second, "Go on.".into(), Screen::new().sink()).await.unwrap();
    assert!(outcome.is_ok() && outcome.context_lost);
}

/// A server that does not answer proves nothing.
#[tokio::test]
async fn g16_a_session_is_not_given_up_for_a_server_that_fails() {
    let rig = Rig::start().await;
    let wanted = wanted();
    let first = rig.agent.ensure_session(&wanted).await.unwrap();
    rig.server.fault(Fault::on("GET", "/session/:id").status(500).times(100));
    let error = rig.agent.ensure_session(&wanted).await.unwrap_err();
    assert!(matches!(error, AgentError::Unreachable(_)), "{error:?}");
    rig.server.clear_faults();
    assert_eq!(rig.agent.ensure_session(&wanted).await.unwrap().id, first.id);
}

#[tokio::test]
async fn the_commands_of_the_agent_can_be_shown() {
    let rig = Rig::start().await;
    let session = rig.agent.ensure_session(&wanted()).await.unwrap();
    let commands = rig.agent.commands(&session).await.unwrap();
    assert!(commands.iter().any(|command| command.name == "init"), "{commands:?}");
}
