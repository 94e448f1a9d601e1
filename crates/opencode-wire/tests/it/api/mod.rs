//! The calls: what they send, and what they make of the answers.

#![expect(clippy::unwrap_used, reason = "a test shall fail where something is not as expected")]

mod bodies;
mod recorded;

use futures_util::TryStreamExt as _;
use opencode_testkit::server::{Fault, Permission, Script, Server, Tool};
use opencode_wire::api::{FindFiles, ListMessages, ListSessions, PermissionAnswer, Prompt, SessionHandle};
use opencode_wire::model::PermissionReply;
use opencode_wire::{Client, ErrorKind};
use serde_json::json;

async fn session(server: &Server) -> SessionHandle {
    Client::new(server.url()).unwrap().sessions().create("a test").await.unwrap()
}

#[tokio::test]
async fn a_session_lives_and_dies() {
    let server = Server::start().await;
    let session = session(&server).await;
    assert_eq!(session.info().unwrap().title, "a test");
    assert_eq!(&session.get().await.unwrap().id, session.id());
    assert!(session.children().await.unwrap().is_empty());
    assert!(session.todo().await.unwrap().is_empty());
    session.abort().await.unwrap();
    session.delete().await.unwrap();
    assert!(session.get().await.unwrap_err().is_not_found());
}

#[tokio::test]
async fn lists_are_asked_for_as_the_server_wants() {
    let server = Server::start().await;
    let created = session(&server).await;
    let sessions = created.client().sessions();
    let options = ListSessions::default()
        .with_directory("/srv/else where")
        .with_roots(true)
        .with_start(opencode_wire::model::Timestamp::from_millis(5))
        .with_search("a&b")
        .with_limit(7);
    created.client().with_directory("/srv/mine").unwrap().sessions().list(&options).await.unwrap();
    let query = server.requests().pop().unwrap().query;
    let expected = [
        ("directory", "/srv/else where"),
        ("limit", "7"),
        ("roots", "true"),
        ("search", "a&b"),
        ("start", "5"),
    ];
    assert!(query.iter().map(|(key, value)| (key.as_str(), value.as_str())).eq(expected), "{query:?}");
    assert_eq!(&sessions.list(&ListSessions::default()).await.unwrap()[0].id, created.id());
}

#[tokio::test]
async fn status_names_those_that_work() {
    let server = Server::start_with(Script::new().hold("busy")).await;
    let session = session(&server).await;
    let sessions = session.client().sessions();
    assert!(sessions.status().await.unwrap().is_empty());
    session.send_prompt_async(&"work".into()).await.unwrap();
    server.wait_for_hold("busy").await;
    assert!(!sessions.status().await.unwrap()[session.id()].is_idle());
}

#[tokio::test]
async fn a_synchronous_prompt_has_no_limit_for_its_answer() {
    let server = Server::start_with(Script::new().hold("think").text("At last.")).await;
    let session = session(&server).await;
    let prompting = {
        let session = session.clone();
        tokio::spawn(async move { session.send_prompt(&Prompt::from("think")).await })
    };
    server.wait_for_hold("think").await;
    tokio::time::pause();
    tokio::time::advance(std::time::Duration::from_secs(7200)).await;
    tokio::time::resume();
    server.release("think");
    let answer = prompting.await.unwrap().unwrap();
    assert!(answer.info.is_completed());
}

#[tokio::test]
async fn w40_messages_come_in_pages() {
    let server = Server::start().await;
    let session = session(&server).await;
    for number in 0..3 {
        session.send_prompt(&format!("question {number}").into()).await.unwrap();
    }
    let all = session.list_messages(&ListMessages::default()).await.unwrap();
    assert_eq!((all.messages.len(), all.next), (6, None));

    let newest = session.list_messages(&ListMessages::default().with_limit(4)).await.unwrap();
    assert_eq!(newest.messages, all.messages[2..]);
    let older = ListMessages::default().with_limit(4).with_before(newest.next.unwrap());
    let oldest = session.list_messages(&older).await.unwrap();
    assert_eq!(oldest.messages, all.messages[..2]);
    assert_eq!(oldest.next, None);

    let mut pages: Vec<_> = session.message_pages(4).try_collect().await.unwrap();
    pages.reverse();
    let walked: Vec<_> = pages.into_iter().flat_map(|page| page.messages).collect();
    assert_eq!(walked, all.messages);

    let bogus = ListMessages::default().with_limit(4).with_before("bogus".into());
    let error = session.list_messages(&bogus).await.unwrap_err();
    assert_eq!((error.kind(), error.server_name()), (ErrorKind::BadRequest, Some("BadRequest")));
}

#[tokio::test]
async fn messages_and_parts_are_fetched_and_deleted_one_by_one() {
    let server = Server::start().await;
    let session = session(&server).await;
    let answer = session.send_prompt(&"hello".into()).await.unwrap();
    let fetched = session.message(&answer.info.id).await.unwrap();
    assert_eq!(fetched, answer);
    session.delete_part(&answer.info.id, &fetched.parts[0].id).await.unwrap();
    assert_eq!(session.message(&answer.info.id).await.unwrap().parts.len(), fetched.parts.len() - 1);
    session.delete_message(&answer.info.id).await.unwrap();
    assert!(session.message(&answer.info.id).await.unwrap_err().is_not_found());
}

#[tokio::test]
async fn trap_14_a_form_in_a_prompt_spoils_its_page() {
    let server = Server::start().await;
    let session = session(&server).await;
    let prompt = Prompt::from("x").with_format(opencode_wire::api::OutputFormat::Text);
    session.send_prompt(&prompt).await.unwrap();
    let error = session.list_messages(&ListMessages::default()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::BadRequest);
    session.list_messages(&ListMessages::default().with_limit(1)).await.unwrap();
}

#[tokio::test]
async fn permissions_are_answered() {
    let ask = || Tool::new("bash").ask(Permission::new("bash", "ls"));
    let server = Server::start_with(Script::new().tool(ask()).tool(ask())).await;
    let session = session(&server).await;
    let permissions = session.client().permissions();
    session.send_prompt_async(&"go".into()).await.unwrap();
    server.wait_for_blocker().await;
    let asked = permissions.list().await.unwrap();
    assert_eq!((&asked[0].session_id, asked[0].permission.as_str()), (session.id(), "bash"));
    permissions.reply(session.id(), &asked[0].id, PermissionReply::Once).await.unwrap();
    let again = permissions.reply(session.id(), &asked[0].id, PermissionReply::Once).await.unwrap_err();
    assert_eq!(again.server_name(), Some("PermissionNotFoundError"));

    server.wait_for_blocker().await;
    let asked = permissions.list().await.unwrap();
    permissions.reply(session.id(), &asked[0].id, PermissionAnswer::reject_because("no")).await.unwrap();
    let bodies: Vec<_> =
        server.requests_to("POST", "/permission/:id/reply").into_iter().map(|request| request.body).collect();
    assert_eq!(bodies[0], json!({"reply": "once"}));
    assert_eq!(bodies[2], json!({"reply": "reject", "message": "no"}));
}

#[tokio::test]
async fn permissions_are_answered_by_the_old_route_where_there_is_no_other() {
    let server =
        Server::start_with(Script::new().tool(Tool::new("bash").ask(Permission::new("bash", "ls")))).await;
    let session = session(&server).await;
    let permissions = session.client().permissions();
    session.send_prompt_async(&"go".into()).await.unwrap();
    server.wait_for_blocker().await;
    let asked = permissions.list().await.unwrap().remove(0);

    server.fault(Fault::on("POST", "/permission/:id/reply").answer(200, "<!doctype html>").always());
    let refusal = PermissionAnswer::reject_because("not today");
    let error = permissions.reply(session.id(), &asked.id, refusal).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported, "a message must not get lost");
    permissions.reply(session.id(), &asked.id, PermissionAnswer::always()).await.unwrap();
    let old = server.requests_to("POST", "/session/:id/permissions/:id");
    assert_eq!(old.len(), 1);
    assert_eq!(old[0].body, json!({"response": "always"}));
    server.wait_for_idle(session.id().as_str()).await;
}

#[tokio::test]
async fn questions_are_answered_and_refused() {
    let questions =
        json!([{"question": "Which?", "header": "Q", "options": [{"label": "a", "description": ""}]}]);
    let server = Server::start_with(Script::new().question(questions.clone()).question(questions)).await;
    let session = session(&server).await;
    let open = session.client().questions();
    session.send_prompt_async(&"go".into()).await.unwrap();
    server.wait_for_blocker().await;
    let asked = open.list().await.unwrap().remove(0);
    assert_eq!(asked.questions[0].options[0].label, "a");
    open.reply(&asked.id, &[vec!["a".to_owned()]]).await.unwrap();
    assert_eq!(server.requests().pop().unwrap().body, json!({"answers": [["a"]]}));
    server.wait_for_blocker().await;
    let asked = open.list().await.unwrap().remove(0);
    open.reject(&asked.id).await.unwrap();
    assert_eq!(open.reject(&asked.id).await.unwrap_err().server_name(), Some("QuestionNotFoundError"));
}

#[tokio::test]
async fn files_are_listed_read_and_found() {
    let server = Server::start().await;
    server.put_file("src/main.rs", "fn main() {}\n");
    let client = Client::new(server.url()).unwrap();
    assert!(!client.files().list(".").await.unwrap().is_empty());
    assert_eq!(client.files().read("src/main.rs").await.unwrap().content.trim_end(), "fn main() {}");
    client.files().status().await.unwrap();
    assert_eq!(client.find().files(&FindFiles::new("main")).await.unwrap(), ["src/main.rs"]);
    assert_eq!(client.find().text("main").await.unwrap()[0].path.text, "src/main.rs");
    client.find().symbols("main").await.unwrap();
}

#[tokio::test]
async fn what_is_configured_can_be_read() {
    let server = Server::start().await;
    let client = Client::new(server.url()).unwrap().with_directory("/srv/blue").unwrap();
    assert!(client.agents().await.unwrap().iter().any(|agent| agent.name == "build"));
    assert!(client.commands().await.unwrap().iter().any(|command| command.name == "init"));
    assert_eq!(client.providers().await.unwrap().connected, ["test"]);
    assert_eq!(client.config_providers().await.unwrap().default["test"], "test-1");
    assert!(client.config().await.unwrap().as_str().contains("test/test-1"));
    assert_eq!(client.paths().await.unwrap().directory, "/srv/blue");
    assert_eq!(client.current_project().await.unwrap().worktree, "/srv/blue");
}

#[tokio::test]
async fn the_log_is_read_after_a_number() {
    let server = Server::start().await;
    let session = session(&server).await;
    session.send_prompt(&"hello".into()).await.unwrap();
    let all = session.client().sync_history(&Default::default()).await.unwrap();
    let seen = [(session.id().clone(), all[all.len() - 2].seq.get())].into();
    let rest = session.client().sync_history(&seen).await.unwrap();
    assert_eq!(rest, all[all.len() - 1..]);
    session.client().dispose_instance().await.unwrap();
}
