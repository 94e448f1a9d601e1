//! The calls about sessions.

use opencode_testkit::model::{ModelScript, Op};
use opencode_testkit::real::SCRIPTED_MODEL;
use opencode_wire::api::{CreateSession, ListSessions, UpdateSession};
use opencode_wire::model::{Json, ModelRef, PermissionAction, PermissionRule, Timestamp};
use opencode_wire::turn::Ending;
use serde_json::json;

use super::rig::{self, Rig};

#[tokio::test]
async fn a_session_is_made_with_everything_that_can_be_asked_for() {
    let Some(rig) = Rig::shared().await else { return };
    let client = rig.client();
    let parent = rig::session(&client).await;
    let (provider, model) = SCRIPTED_MODEL;
    let rules = vec![
        PermissionRule::new("bash", "*", PermissionAction::Deny),
        PermissionRule::new("bash", "echo *", PermissionAction::Allow),
    ];
    let options = CreateSession::default()
        .with_title("Everything")
        .with_parent_id(parent.id().clone())
        .with_permission(rules.clone())
        .with_agent("plan")
        .with_model(ModelRef::new(provider, model))
        .with_metadata(Json::from(json!({ "ticket": 7 })));
    let session = client.sessions().create(options).await.unwrap();
    let told = session.get().await.unwrap();
    assert_eq!(told.title, "Everything");
    assert_eq!(told.parent_id.as_ref(), Some(parent.id()));
    assert_eq!(told.permission, Some(rules));
    assert_eq!(told.agent.as_deref(), Some("plan"));
    assert_eq!(told.model.as_ref().map(ModelRef::model), Some(model));
    assert_eq!(told.metadata.map(|metadata| metadata.to_value()), Some(json!({ "ticket": 7 })));
    assert_eq!(told.directory, rig.server.directory().to_str().unwrap());
    let children: Vec<_> = parent.children().await.unwrap().into_iter().map(|child| child.id).collect();
    assert_eq!(children, [session.id().clone()]);
}

#[tokio::test]
async fn a_session_is_changed_listed_and_deleted() {
    let Some(rig) = Rig::shared().await else { return };
    let client = rig.client_in("listing");
    let (left, right) = (rig::session(&client).await, rig::session(&client).await);
    let now = Timestamp::from_millis(1_795_211_385_769);
    let changes = UpdateSession::default()
        .with_title("Renamed")
        .with_permission(vec![PermissionRule::new("bash", "*", PermissionAction::Allow)])
        .with_archived(now)
        .with_metadata(Json::from(json!({ "seen": true })));
    let changed = left.update(&changes).await.unwrap();
    assert_eq!((changed.title.as_str(), changed.time.archived), ("Renamed", Some(now)));
    assert_eq!(left.get().await.unwrap(), changed);

    let directory = client.directory().unwrap();
    let all = ListSessions::default().with_directory(directory);
    let listed: Vec<_> =
        client.sessions().list(&all).await.unwrap().into_iter().map(|session| session.id).collect();
    assert!(listed.contains(right.id()), "{listed:?}");
    let found = client.sessions().list(&all.clone().with_search("Renamed").with_roots(true)).await.unwrap();
    assert!(found.iter().all(|session| session.title == "Renamed"), "{found:?}");
    let first = client.sessions().list(&all.clone().with_limit(1)).await.unwrap();
    assert_eq!(first.len(), 1);
    let none = all.clone().with_start(Timestamp::from_millis(4_000_000_000_000));
    assert_eq!(client.sessions().list(&none).await.unwrap(), []);

    left.delete().await.unwrap();
    assert!(left.get().await.unwrap_err().is_not_found());
    assert!(left.delete().await.unwrap_err().is_not_found());
}

#[tokio::test]
async fn a_working_session_is_told_as_such() {
    let Some(rig) = Rig::shared().await else { return };
    let session = rig.session().await;
    let turn =
        rig::start(&session, ModelScript::new().step([Op::hold("status-held"), Op::text("Done.")])).await;
    rig.model.wait_for_hold("status-held").await;
    let working = session.client().sessions().status().await.unwrap();
    assert!(working.get(session.id()).is_some_and(|status| !status.is_idle()), "{working:?}");
    rig.model.release("status-held");
    assert_eq!(rig::outcome(turn).await.ending, Ending::Completed);
    assert!(!session.client().sessions().status().await.unwrap().contains_key(session.id()));
}

#[tokio::test]
async fn a_session_is_forked_up_to_a_message() {
    let Some(rig) = Rig::shared().await else { return };
    let session = rig.session().await;
    let first = rig::run(&session, ModelScript::new().step([Op::text("One.")])).await;
    let second = rig::run(&session, ModelScript::new().step([Op::text("Two.")])).await;
    assert_eq!([&first.ending, &second.ending], [&Ending::Completed; 2]);
    let whole = session.fork(None).await.unwrap();
    let half = session.fork(Some(second.reply.message_id())).await.unwrap();
    let count = async |handle: &opencode_wire::api::SessionHandle| {
        handle.list_messages(&opencode_wire::api::ListMessages::default()).await.unwrap().messages.len()
    };
    assert_eq!((count(&whole).await, count(&half).await), (4, 2));
    assert_eq!(session.children().await.unwrap(), [], "a copy is no child");
    let third = rig::run(&half, ModelScript::new().step([Op::text("Another two.")])).await;
    assert_eq!((third.ending, third.reply.text().as_str()), (Ending::Completed, "Another two."));
}

/// What a turn changed is told with its prompt, and only after the turn: the diff of the session stays empty.
#[tokio::test]
async fn t17_what_was_done_is_taken_back_and_done_again() {
    let Some(rig) = Rig::start(|builder| builder.git(true).snapshot(true)).await else { return };
    let session = rig.session().await;
    let before = rig::run(&session, ModelScript::new().step([Op::text("Hello.")])).await;
    assert_eq!(before.ending, Ending::Completed);
    let file = rig.server.directory().join("note.txt");
    let write = json!({ "filePath": file.to_str().unwrap(), "content": "new\n" });
    let script = ModelScript::new().step([Op::tool("write", write)]).step([Op::text("Written.")]);
    let written = rig::run(&session, script).await;
    assert_eq!(written.ending, Ending::Completed);
    assert_eq!(written.reply.files(), [file.to_str().unwrap()]);
    let message_id = written.reply.message_id();
    assert_eq!(session.diff(None).await.unwrap(), []);
    let told = async {
        loop {
            let diff = session.diff(Some(message_id)).await.unwrap();
            if !diff.is_empty() {
                return diff;
            }
        }
    };
    let diff = rig::finishes("the diff", told).await;
    assert_eq!(diff.iter().map(|file| file.file.as_deref()).collect::<Vec<_>>(), [Some("note.txt")]);

    let reverted = session.revert(message_id, None).await.unwrap();
    assert_eq!(reverted.revert.map(|revert| revert.message_id).as_ref(), Some(message_id));
    assert!(!file.exists(), "the file was not taken back");
    let restored = session.unrevert().await.unwrap();
    assert_eq!(restored.revert, None);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "new\n");

    // Taken back for good: the next prompt removes the messages.
    session.revert(message_id, None).await.unwrap();
    let next = rig::run(&session, ModelScript::new().step([Op::text("As if nothing had been.")])).await;
    assert_eq!(next.ending, Ending::Completed);
    assert!(session.message(message_id).await.unwrap_err().is_not_found());
}
