//! The calls about everything but sessions.

use std::collections::BTreeMap;

use opencode_testkit::model::{ModelScript, Op};
use opencode_testkit::real::SCRIPTED_MODEL;
use opencode_wire::ErrorKind;
use opencode_wire::api::FindFiles;
use opencode_wire::hub::{GapReason, Notice, Topic};
#[cfg(feature = "pty")]
use opencode_wire::pty::{Pty, PtyEvent, PtyStart};
use opencode_wire::turn::Ending;

use super::rig::{self, Rig};

#[tokio::test]
async fn the_server_says_who_it_is_and_where() {
    let Some(rig) = Rig::shared().await else { return };
    let client = rig.client();
    let health = client.health().await.unwrap();
    assert!(health.healthy);
    assert_eq!(health.version, rig.server.version());
    assert!(health.server_version().is_some_and(|version| version.major >= 1), "{health:?}");
    let directory = rig.server.directory().to_str().unwrap();
    assert_eq!(client.paths().await.unwrap().directory, directory);
    let project = client.current_project().await.unwrap();
    assert!(project.id.is_some(), "{project:?}");
    client.vcs().await.unwrap();
}

#[tokio::test]
async fn agents_providers_and_configuration_are_listed() {
    let Some(rig) = Rig::shared().await else { return };
    let client = rig.client();
    let (provider, model) = SCRIPTED_MODEL;
    let agents = client.agents().await.unwrap();
    assert!(["build", "plan", "general"].iter().all(|name| agents.iter().any(|agent| agent.name == *name)));
    let catalog = client.providers().await.unwrap();
    let scripted = catalog.all.iter().find(|known| known.id == provider).expect("the scripted provider");
    assert!(scripted.models.contains_key(model), "{scripted:?}");
    let configured = client.config_providers().await.unwrap();
    assert!(configured.providers.iter().any(|known| known.id == provider), "{configured:?}");
    let config = client.config().await.unwrap().to_value();
    assert_eq!(config["model"], format!("{provider}/{model}"));
}

#[tokio::test]
async fn files_are_listed_and_read() {
    let Some(rig) = Rig::shared().await else { return };
    let client = rig.client_in("files");
    std::fs::write(rig.server.directory().join("files/a.txt"), "alpha\n").unwrap();
    let names: Vec<_> = client.files().list("").await.unwrap().into_iter().map(|node| node.name).collect();
    assert!(names.contains(&"a.txt".to_owned()), "{names:?}");
    assert_eq!(client.files().read("a.txt").await.unwrap().content.trim(), "alpha");
    client.files().status().await.unwrap();
}

/// Searches need a program that a private server does not have: an answer or an error, but one of ours.
#[tokio::test]
async fn searches_are_answered_or_fail_in_a_known_way() {
    let Some(rig) = Rig::shared().await else { return };
    let find = rig.client().find();
    let kinds = [
        find.text("alpha").await.map(drop),
        find.files(&FindFiles::new("a")).await.map(drop),
        find.symbols("main").await.map(drop),
    ]
    .map(|result| result.map_err(|error| error.kind()));
    assert!(kinds.iter().all(|kind| matches!(kind, Ok(()) | Err(ErrorKind::Server))), "{kinds:?}");
}

/// The log of durable events goes on where one has stopped reading it.
#[tokio::test]
async fn t24_the_log_of_durable_events_is_read_from_a_number_on() {
    let Some(rig) = Rig::shared().await else { return };
    let client = rig.client_in("log");
    let session = rig::session(&client).await;
    assert_eq!(
        rig::run(&session, ModelScript::new().step([Op::text("One.")])).await.ending,
        Ending::Completed
    );
    let of_session = |records: Vec<opencode_wire::event::SyncRecord>| -> Vec<u64> {
        let ours = records.into_iter().filter(|record| record.aggregate_id.as_str() == session.id().as_str());
        ours.map(|record| record.seq.get()).collect()
    };
    let all = of_session(client.sync_history(&BTreeMap::new()).await.unwrap());
    assert!(all.len() > 3 && all.is_sorted(), "{all:?}");
    let seen = BTreeMap::from([(session.id().clone(), all[2])]);
    assert_eq!(of_session(client.sync_history(&seen).await.unwrap()), all[3..]);
}

/// A disposed instance aborts its turns without a word about them, and the global stream goes on.
#[tokio::test]
async fn t25_a_disposed_directory_ends_its_turns_and_no_others() {
    let Some(rig) = Rig::shared().await else { return };
    let client = rig.client_in("disposed");
    let other = rig.client_in("kept");
    let script =
        |name: &str| ModelScript::new().step([Op::text("Begun. "), Op::hold(name), Op::text("Done.")]);
    let kept = rig::start(&rig::session(&other).await, script("dispose-kept")).await;
    let session = rig::session(&client).await;
    let mut turn = rig::start(&session, script("dispose-never")).await;
    rig::until(&mut turn, |kind| matches!(kind, opencode_wire::reply::ChangeKind::Text { .. })).await;
    let mut listener = client.listen(Topic::Session(session.id().clone()));
    client.dispose_instance().await.unwrap();
    let outcome = rig::outcome(turn).await;
    assert!(!outcome.ending.is_completed(), "{}", rig::shown(&outcome));
    assert_eq!(outcome.reply.text().trim(), "Begun.");
    let disposed = async {
        loop {
            if matches!(listener.next().await, Notice::Gap(GapReason::Disposed)) {
                return;
            }
        }
    };
    rig::finishes("the word that it was disposed", disposed).await;
    rig.model.release("dispose-kept");
    assert_eq!(rig::outcome(kept).await.ending, Ending::Completed);
    let next = rig::run(&session, ModelScript::new().step([Op::text("Again.")])).await;
    assert_eq!((next.ending, next.reply.text().as_str()), (Ending::Completed, "Again."));
}

/// Typed into, left, and found again where one has stopped reading.
#[cfg(feature = "pty")]
#[tokio::test]
async fn a_terminal_is_typed_into_and_found_again() {
    let Some(rig) = Rig::shared().await else { return };
    let client = rig.client_in("terminals");
    let made = make_terminal(&client, "/pty").await;
    let id = made["id"].as_str().unwrap();
    let mut terminal = client.connect_pty(id, PtyStart::Beginning).await.unwrap();
    terminal.send("echo fir''st\n").await.unwrap();
    printed_until(&mut terminal, "first").await;
    let position = terminal.position().expect("everything from before was said");
    terminal.close().await.unwrap();

    let mut terminal = client.connect_pty(id, PtyStart::Position(position)).await.unwrap();
    terminal.send("echo sec''ond; exit\n").await.unwrap();
    let printed = printed_until(&mut terminal, "second").await;
    assert!(!printed.contains("first"), "{printed:?}");
    while rig::finishes("the end", terminal.next()).await.unwrap().is_some() {}
    let gone = client.connect_pty(id, PtyStart::Beginning).await.unwrap_err();
    assert!(gone.is_not_found(), "{gone}");
}

/// Its terminals are others than those of the older routes.
#[cfg(feature = "pty")]
#[tokio::test]
async fn a_terminal_of_the_newer_api_is_typed_into() {
    let Some(rig) = Rig::shared().await else { return };
    let client = rig.client_in("terminals");
    let made = make_terminal(&client, "/api/pty").await;
    let id = made["data"]["id"].as_str().unwrap();
    let mut terminal = client.connect_v2_pty(id, PtyStart::Beginning).await.unwrap();
    terminal.send("echo fir''st; exit\n").await.unwrap();
    printed_until(&mut terminal, "first").await;
}

#[cfg(feature = "pty")]
async fn make_terminal(client: &opencode_wire::Client, route: &'static str) -> serde_json::Value {
    let shell = serde_json::json!({ "command": "sh" });
    client
        .request(http::Method::POST, route, &[])
        .query("location[directory]", client.directory().unwrap())
        .json(&shell)
        .send_json()
        .await
        .unwrap()
}

#[cfg(feature = "pty")]
async fn printed_until(terminal: &mut Pty, word: &str) -> String {
    let mut printed = String::new();
    while !printed.contains(word) {
        match rig::finishes("the terminal", terminal.next()).await.unwrap() {
            Some(PtyEvent::Output(text)) => printed.push_str(&text),
            Some(_) => {}
            None => panic!("the terminal ended after {printed:?}"),
        }
    }
    printed
}
