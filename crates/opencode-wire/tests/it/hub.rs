//! One stream for many listeners.

use opencode_testkit::server::{EventFamily, Script, Server};
use opencode_wire::Client;
use opencode_wire::event::Event;
use opencode_wire::hub::{GapReason, Listener, Notice, Topic};
use opencode_wire::turn::Ending;
use serde_json::json;

use super::support::{
    client, connections, cut_until_back, in_time, outcome, prompts, serve, server, server_of, session,
};

/// The next event, whatever is said in between.
async fn event(listener: &mut Listener) -> Event {
    in_time(async {
        loop {
            if let Notice::Event(event) = listener.next().await {
                return event;
            }
        }
    })
    .await
}

async fn live(listener: &mut Listener) {
    in_time(async { while !matches!(listener.next().await, Notice::Live) {} }).await;
}

/// A listener to a session that is listened to already.
async fn listening(client: &Client, session_id: &str) -> Listener {
    let mut listener = client.listen(Topic::Session(session_id.parse().unwrap()));
    live(&mut listener).await;
    listener
}

#[tokio::test]
async fn fifty_turns_share_one_connection_and_leave_nothing() {
    let server = server().await;
    server.default_script(Script::new().text("All ").hold("gate").more("done."));
    let client = client(&server);
    let mut following = Vec::new();
    for number in 0..50 {
        let session = client.sessions().create(format!("number {number}").as_str()).await.unwrap();
        let turn = session.prompt("Go.").await.unwrap();
        following.push(tokio::spawn(outcome(turn)));
    }
    assert_eq!((server.streams(), connections(&server), prompts(&server)), (1, 1, 50));
    for _ in 0..50 {
        server.release("gate");
    }
    for turn in following {
        let outcome = in_time(turn).await.unwrap();
        assert_eq!((outcome.ending, outcome.reply.text().as_str()), (Ending::Completed, "All done."));
    }
    server.wait_for_streams(0).await;
    assert_eq!(connections(&server), 1);
}

/// The same with a drop while all of them run: each finds its way back.
#[tokio::test]
async fn fifty_turns_survive_a_drop() {
    let server = server().await;
    server.default_script(Script::new().text("All ").hold("gate").more("done."));
    let client = client(&server);
    let mut following = Vec::new();
    for _ in 0..50 {
        let turn = client.sessions().create("one of many").await.unwrap().prompt("Go.").await.unwrap();
        following.push(tokio::spawn(outcome(turn)));
    }
    server.drop_streams();
    for _ in 0..50 {
        server.release("gate");
    }
    for turn in following {
        assert_eq!(in_time(turn).await.unwrap().reply.text(), "All done.");
    }
    server.wait_for_streams(0).await;
    assert_eq!(connections(&server), 2);
}

#[tokio::test]
async fn the_connection_goes_with_the_last_listener_and_comes_with_the_next() {
    let server = server().await;
    let client = client(&server);
    let (first, second) = (client.listen(Topic::All), client.listen(Topic::All));
    server.wait_for_streams(1).await;
    drop(first);
    let mut third = client.listen(Topic::All);
    live(&mut third).await;
    drop((second, third));
    server.wait_for_streams(0).await;
    assert_eq!(connections(&server), 1);
    let mut fourth = client.listen(Topic::All);
    live(&mut fourth).await;
    assert_eq!(connections(&server), 2);
    drop(fourth);
    server.wait_for_streams(0).await;
}

#[tokio::test]
async fn events_of_other_sessions_are_not_delivered() {
    let server = server().await;
    let (ours, theirs) = (server.create_session("ours"), server.create_session("theirs"));
    let client = client(&server);
    let mut one = listening(&client, &ours).await;
    let mut other = listening(&client, &theirs).await;
    let mut all = client.listen(Topic::All);
    live(&mut all).await;
    for session_id in [&theirs, &ours] {
        server.emit_for(session_id, "test.event", json!({"sessionID": session_id}));
    }
    server.emit("test.event", json!({}));
    assert_eq!(event(&mut one).await.session_id().unwrap().as_str(), ours);
    assert_eq!(event(&mut other).await.session_id().unwrap().as_str(), theirs);
    let mut seen = Vec::new();
    for _ in 0..3 {
        let event = event(&mut all).await;
        seen.push(event.session_id().map(|session_id| session_id.as_str().to_owned()));
    }
    assert_eq!(
        seen,
        [Some(theirs.clone()), Some(ours.clone()), None],
        "who listens to all hears all, in order"
    );
    // Nothing is left for the one: the next that it hears is the next of its own.
    server.emit_for(&theirs, "test.event", json!({"sessionID": theirs}));
    server.emit_for(&ours, "test.last", json!({"sessionID": ours}));
    assert_eq!(event(&mut one).await.kind.type_name(), "test.last");
}

#[tokio::test]
async fn a_session_of_another_directory_is_heard_on_the_same_connection() {
    let server = server().await;
    server.default_script(Script::new().text("There."));
    let client = client(&server);
    // Keeps the connection, however long a busy machine takes between the two.
    let _kept = client.listen(Topic::All);
    let mut texts = Vec::new();
    for directory in ["/srv/elsewhere", "/srv/project"] {
        let there = client.with_directory(directory).unwrap();
        let session = there.sessions().create("there").await.unwrap();
        // The handle is of another directory: the turn finds out by itself.
        let turn = client.session(session.id().clone()).prompt("Go.").await.unwrap();
        texts.push(outcome(turn).await.reply.text());
    }
    assert_eq!(texts, ["There.", "There."]);
    assert_eq!(connections(&server), 1);
}

#[tokio::test]
async fn a_disposed_directory_is_a_gap_for_its_own_listeners_only() {
    let server = server().await;
    let client = client(&server);
    let (here, there) =
        (client.with_directory("/srv/here").unwrap(), client.with_directory("/srv/there").unwrap());
    let mut heard = here.sessions().create("here").await.unwrap().listen();
    let other = there.sessions().create("there").await.unwrap();
    let mut unheard = other.listen();
    live(&mut heard).await;
    live(&mut unheard).await;
    here.dispose_instance().await.unwrap();
    in_time(async { while !matches!(heard.next().await, Notice::Gap(GapReason::Disposed)) {} }).await;
    live(&mut heard).await;
    server.emit_for(other.id().as_str(), "test.event", json!({"sessionID": other.id().as_str()}));
    assert!(matches!(in_time(unheard.next()).await, Notice::Event(_)), "no gap comes before it");
}

/// What is disposed for the whole server is told with a directory that is none.
#[tokio::test]
async fn a_disposed_server_is_a_gap_for_everybody() {
    let server = server().await;
    let session = client(&server).sessions().create("a test").await.unwrap();
    let mut listener = session.listen();
    live(&mut listener).await;
    let disposed = json!({"directory": "global", "payload": {"type": "global.disposed", "properties": {}}});
    server.emit_raw(format!("data: {disposed}\n\n"));
    assert!(matches!(in_time(listener.next()).await, Notice::Gap(GapReason::Disposed)));
    assert!(matches!(in_time(listener.next()).await, Notice::Live));
}

/// A client that is kept in a static outlives the runtimes of a program's tests.
#[test]
fn a_client_outlives_the_runtime_that_it_was_used_in_first() {
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let servers = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let server = servers.block_on(serve(Script::new().text("One.")));
    let client = client(&server);
    let (first, second) = (runtime(), runtime());
    let mut kept = first.block_on(async {
        let mut listener = client.listen(Topic::All);
        live(&mut listener).await;
        listener
    });
    drop(first);
    let text = second.block_on(async {
        let session = client.sessions().create("a test").await.unwrap();
        outcome(session.prompt("Go.").await.unwrap()).await.reply.text()
    });
    assert_eq!(text, "One.");
    second.block_on(in_time(async {
        while !matches!(kept.next().await, Notice::Gap(GapReason::Disconnected)) {}
        live(&mut kept).await;
    }));
}

#[tokio::test]
async fn a_listener_that_is_dropped_in_the_middle_leaves_the_others_alone() {
    let server = serve(Script::new().text("Half ").hold("gate").more("and half.")).await;
    let session = session(&server).await;
    let listeners: Vec<_> = (0..10).map(|_| session.listen()).collect();
    let turn = session.prompt("Go.").await.unwrap();
    server.wait_for_hold("gate").await;
    drop(listeners);
    server.release("gate");
    assert_eq!(outcome(turn).await.reply.text(), "Half and half.");
    assert_eq!(connections(&server), 1);
    server.wait_for_streams(0).await;
}

/// The connections of a server without a global stream go as well.
#[tokio::test]
async fn streams_of_directories_leave_nothing() {
    let server: Server = server_of(EventFamily::v1_2().with_global_stream(false)).await;
    let client = client(&server);
    let mut listeners = Vec::new();
    for directory in ["/srv/one", "/srv/two"] {
        let mut listener = client.with_directory(directory).unwrap().listen(Topic::All);
        live(&mut listener).await;
        listeners.push(listener);
    }
    assert_eq!(server.streams(), 2);
    listeners.pop();
    server.wait_for_streams(1).await;
    drop(listeners);
    server.wait_for_streams(0).await;
}

/// Whoever comes when the stream is broken hears that it is live when it is, and not before.
#[tokio::test]
async fn a_listener_that_comes_while_the_stream_is_down_waits() {
    let server = server().await;
    let client = client(&server);
    let mut early = client.listen(Topic::All);
    live(&mut early).await;
    cut_until_back(&server);
    server.wait_for_hold("back").await;
    let mut late = client.listen(Topic::All);
    let session_id = server.create_session("made meanwhile");
    server.release("back");
    in_time(async {
        loop {
            match late.next().await {
                Notice::Live => break,
                Notice::Event(event) => assert_eq!(event.kind.type_name(), "server.connected"),
                notice => panic!("it has missed nothing that it listened to: {notice:?}"),
            }
        }
    })
    .await;
    server.emit_for(&session_id, "test.event", json!({"sessionID": session_id}));
    while event(&mut late).await.kind.type_name() != "test.event" {}
    in_time(async { while !matches!(early.next().await, Notice::Gap(GapReason::Disconnected)) {} }).await;
}
