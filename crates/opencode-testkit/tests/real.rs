//! The launcher, and what the real server does with the scripted model.
//!
//! Skipped with a line on the standard error where no OpenCode is to be had; see
//! [`opencode_testkit::real`].

mod support;

use std::sync::{Arc, Mutex};

use opencode_testkit::model::{AnsweredBy, Model, ModelScript, Op, Outcome};
use opencode_testkit::real::{Phase, RealError, RealServer};
use serde_json::{Value, json};
use support::{Answer, Http};

/// A server with a model, and one stream of its events.
struct Bench {
    http: Http,
    events: Answer,
    server: RealServer,
    model: Model,
}

impl Bench {
    async fn start() -> Option<Self> {
        let model = Model::start().await;
        Self::start_with(model, &json!({})).await
    }

    async fn start_with(model: Model, config: &Value) -> Option<Self> {
        let builder = RealServer::builder().model_url(model.url()).config(config);
        let server = builder.start_or_skip().await?;
        let http = Http::new(server.port(), server.password());
        let mut events = http.open("GET", "/event", &[], None).await;
        assert_eq!(events.status, 200);
        assert_eq!(events.header("content-type"), Some("text/event-stream"));
        let first: Value = next(&mut events).await;
        assert_eq!(first["type"], "server.connected");
        Some(Self { http, events, server, model })
    }

    /// A session with a title, so that no call for one is made.
    async fn session(&self) -> String {
        let body = json!({ "title": "a test" });
        let (status, session) = self.http.json("POST", "/session", Some(body)).await;
        assert_eq!(status, 200, "{session}");
        session["id"].as_str().expect("an id").to_owned()
    }

    async fn prompt(&self, session_id: &str, text: &str) {
        let path = format!("/session/{session_id}/prompt_async");
        let body = json!({ "parts": [{ "type": "text", "text": text }] });
        let (status, answer) = self.http.json("POST", &path, Some(body)).await;
        assert_eq!(status, 204, "{answer}");
    }

    /// Reads events until one is of this type; that one is the last.
    async fn until(&mut self, event_type: &str) -> Vec<Value> {
        let mut events = Vec::new();
        loop {
            let event = next(&mut self.events).await;
            let found = event["type"] == event_type;
            events.push(event);
            if found {
                return events;
            }
        }
    }

    async fn messages(&self, session_id: &str) -> Vec<Value> {
        let path = format!("/session/{session_id}/message");
        let (status, messages) = self.http.json("GET", &path, None).await;
        assert_eq!(status, 200, "{messages}");
        messages.as_array().expect("a list").clone()
    }
}

async fn next(events: &mut Answer) -> Value {
    let data = events.next_data().await.expect("the stream goes on");
    serde_json::from_str(&data).expect("JSON in every event")
}

fn texts_of(message: &Value) -> Vec<&str> {
    let parts = message["parts"].as_array().expect("parts");
    parts.iter().filter(|part| part["type"] == "text").filter_map(|part| part["text"].as_str()).collect()
}

#[tokio::test]
async fn a_turn_runs_from_the_prompt_to_idle() {
    let Some(mut bench) = Bench::start().await else {
        return;
    };
    let session_id = bench.session().await;
    let prompt = ModelScript::new()
        .step([
            Op::reasoning("A file is wanted."),
            Op::text("I will write it."),
            Op::tool("write", json!({ "filePath": "note.txt", "content": "hello\n" })),
        ])
        .step([Op::text("It is written.").with_chars(5)])
        .to_prompt("Please write a note.");
    bench.prompt(&session_id, &prompt).await;
    let events = bench.until("session.idle").await;

    let deltas: String = events
        .iter()
        .filter(|event| event["type"] == "message.part.delta")
        .filter_map(|event| event["properties"]["delta"].as_str())
        .collect();
    assert_eq!(deltas, "A file is wanted.I will write it.It is written.");
    let note = std::fs::read_to_string(bench.server.directory().join("note.txt"));
    assert_eq!(note.expect("the file is there"), "hello\n");
    let messages = bench.messages(&session_id).await;
    assert_eq!(messages.len(), 3);
    assert_eq!(texts_of(&messages[2]), ["It is written."]);

    let requests = bench.model.requests();
    let steps: Vec<_> = requests.iter().map(|request| &request.answered_by).collect();
    assert_eq!(steps, [&AnsweredBy::Script { step: 0 }, &AnsweredBy::Script { step: 1 }]);
    assert_eq!(requests[0].session_id.as_deref(), Some(&*session_id));
    assert!(requests[0].tools.iter().any(|tool| tool == "write"));
}

#[tokio::test]
async fn a_command_asks_first_and_runs_when_allowed() {
    let Some(mut bench) = Bench::start().await else {
        return;
    };
    let session_id = bench.session().await;
    let command = json!({ "command": "echo ran > ran.txt", "description": "Runs" });
    let prompt = ModelScript::new()
        .step([Op::tool("bash", command)])
        .step([Op::text("It ran.")])
        .to_prompt("Please run it.");
    bench.prompt(&session_id, &prompt).await;
    let events = bench.until("permission.asked").await;
    let asked = &events.last().expect("the one looked for")["properties"];
    assert_eq!(asked["permission"], "bash");
    let file = bench.server.directory().join("ran.txt");
    assert!(!file.exists(), "it ran without permission");

    let request_id = asked["id"].as_str().expect("an id");
    let path = format!("/permission/{request_id}/reply");
    let (status, _) = bench.http.json("POST", &path, Some(json!({ "reply": "once" }))).await;
    assert_eq!(status, 200);
    bench.until("session.idle").await;
    assert_eq!(std::fs::read_to_string(file).expect("it ran"), "ran\n");
}

#[tokio::test]
async fn failures_of_the_model_are_retried_or_end_the_turn() {
    let Some(mut bench) = Bench::start().await else {
        return;
    };
    let session_id = bench.session().await;
    let prompt = ModelScript::new()
        .step([Op::status(429).times(1).with_header("retry-after-ms", "1"), Op::text("At last.")])
        .to_prompt("Please try.");
    bench.prompt(&session_id, &prompt).await;
    bench.until("session.idle").await;
    let requests = bench.model.requests();
    let outcomes: Vec<_> =
        requests.iter().map(|request| (request.attempt, request.outcome.to_string())).collect();
    assert_eq!(outcomes, [(1, "status 429".to_owned()), (2, "finished (stop)".to_owned())]);

    let prompt = ModelScript::new().step([Op::status(400)]).to_prompt("Fail.");
    bench.prompt(&session_id, &prompt).await;
    let events = bench.until("session.error").await;
    let error = &events.last().expect("the one looked for")["properties"]["error"];
    assert_eq!(error["data"]["message"], "scripted status 400", "{error}");
}

#[tokio::test]
async fn titles_and_summaries_are_answered_by_themselves() {
    let Some(mut bench) = Bench::start().await else {
        return;
    };
    let (_, session) = bench.http.json("POST", "/session", Some(json!({}))).await;
    let session_id = session["id"].as_str().expect("an id").to_owned();
    bench.model.set_title([Op::text("Found by itself")]);
    bench.model.queue(None, ModelScript::new().step([Op::text("queued")]));
    bench.prompt(&session_id, "Hello").await;
    bench.until("session.idle").await;
    let of_kind = |kind: AnsweredBy| {
        move |request: &opencode_testkit::model::RecordedRequest| request.answered_by == kind
    };
    bench.model.wait_for_request(of_kind(AnsweredBy::Title)).await;
    bench.model.wait_for_request(of_kind(AnsweredBy::Queue)).await;

    let path = format!("/session/{session_id}/summarize");
    let model = json!({ "providerID": "scripted", "modelID": "scripted-1" });
    let (status, done) = bench.http.json("POST", &path, Some(model)).await;
    assert_eq!((status, done), (200, json!(true)));
    bench.model.wait_for_request(of_kind(AnsweredBy::Summary)).await;
    let messages = bench.messages(&session_id).await;
    let summary = messages.iter().find(|message| message["info"]["summary"] == true);
    assert_eq!(texts_of(summary.expect("a summary")), ["Scripted summary of the conversation."]);
}

#[tokio::test]
async fn the_demo_shows_every_kind_of_step_and_says_what_it_is() {
    let Some(mut bench) = Bench::start_with(Model::demo().await, &Model::demo_config()).await else {
        return;
    };
    let session_id = bench.session().await;
    bench.prompt(&session_id, "Hello there!").await;
    let mut events = bench.until("permission.asked").await;
    let request_id =
        events.last().expect("the one looked for")["properties"]["id"].as_str().expect("an id").to_owned();
    let path = format!("/permission/{request_id}/reply");
    let reply = json!({ "reply": "once" });
    bench.http.json("POST", &path, Some(reply)).await;
    events.extend(bench.until("session.idle").await);
    assert!(events.iter().any(|event| event["type"] == "todo.updated"));
    let failed: Vec<_> =
        events.iter().filter(|event| event["properties"]["part"]["state"]["status"] == "error").collect();
    assert!(failed.is_empty(), "{failed:#?}");
    let file = |name: &str| std::fs::read_to_string(bench.server.directory().join(name)).expect(name);
    assert!(file("hello-there.md").starts_with("# Hello there!"));
    assert!(file("hello-there-notes.md").contains("- [x]"), "it is not edited");
    assert!(file("hello-there-facts.txt").ends_with("changed by: a patch\n"), "it is not patched");
    let messages = bench.messages(&session_id).await;
    let last = texts_of(messages.last().expect("an answer")).concat();
    assert!(last.contains("no AI answered"), "{last}");
}

#[tokio::test]
async fn a_killed_server_comes_back_on_its_port_with_its_data() {
    let Some(mut bench) = Bench::start().await else {
        return;
    };
    let session_id = bench.session().await;
    let prompt = ModelScript::new().step([Op::text("half"), Op::hold("for ever")]).to_prompt("Please begin.");
    bench.prompt(&session_id, &prompt).await;
    bench.model.wait_for_hold("for ever").await;
    let server = &bench.server;
    let first_pid = server.pid().expect("it runs");
    server.kill().await;
    assert_eq!(server.pid(), None);
    let refused = tokio::net::TcpStream::connect(("127.0.0.1", server.port())).await;
    assert!(refused.is_err(), "somebody still listens");
    bench.model.wait_for_request(|request| request.outcome == Outcome::ClientClosed).await;
    while bench.events.next_data().await.is_some() {}

    bench.server.restart().await.expect("a restart");
    assert_ne!(bench.server.pid(), Some(first_pid));
    let messages = bench.messages(&session_id).await;
    assert_eq!(messages.len(), 2);
    assert!(messages[1]["info"]["time"]["completed"].is_null());

    let second_pid = bench.server.pid().expect("it runs");
    bench.server.restart().await.expect("a restart of a running server");
    assert_ne!(bench.server.pid(), Some(second_pid));
    assert_eq!(bench.messages(&session_id).await.len(), 2);
}

#[tokio::test]
async fn a_port_that_somebody_has_taken_is_told_from_other_failures() {
    let Some(server) = RealServer::builder().start_or_skip().await else {
        return;
    };
    server.terminate().await;
    assert_eq!(server.pid(), None);
    let taken = std::net::TcpListener::bind(("127.0.0.1", server.port())).expect("it is free");
    let error = server.restart().await.expect_err("the port is taken");
    assert!(matches!(error, RealError::NoPort { .. }), "{error:?}");
    drop(taken);
    server.restart().await.expect("the port is free again");
}

#[tokio::test]
async fn somebodys_own_configuration_is_used_and_left_alone() {
    let own = tempfile::tempdir().expect("a directory");
    let config = own.path().join("opencode");
    std::fs::create_dir_all(config.join("node_modules")).expect("directories");
    // The server adds the first line by itself to a file without it.
    let settings = r#"{"$schema":"https://opencode.ai/config.json","username":"somebody",
        "autoupdate":false,"share":"disabled"}"#;
    std::fs::write(config.join("opencode.json"), settings).expect("a file");
    let lock = r#"{"packages":{"":{"dependencies":{"@opencode-ai/plugin":"*"}}}}"#;
    std::fs::write(config.join("package-lock.json"), lock).expect("a file");
    let mut builder = RealServer::builder().own_configuration(true).env("OPENCODE_DISABLE_MODELS_FETCH", "1");
    // The home of whoever runs this test stays out of it.
    for name in ["HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME"] {
        builder = builder.env(name, own.path().to_str().expect("a plain path"));
    }
    let Some(server) = builder.start_or_skip().await else {
        return;
    };
    let http = Http::new(server.port(), server.password());
    let (status, seen) = http.json("GET", "/config", None).await;
    assert_eq!((status, seen["username"].as_str()), (200, Some("somebody")));
    drop(server);
    let after = std::fs::read_to_string(config.join("opencode.json"));
    assert_eq!(after.expect("it is still there"), settings);
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn what_a_command_left_running_ends_with_the_server() {
    let Some(mut bench) = Bench::start().await else {
        return;
    };
    let session_id = bench.session().await;
    let command = "echo $$ > pid.tmp; mv pid.tmp pid.txt; echo started; sleep 1000";
    let prompt = ModelScript::new()
        .step([Op::tool("bash", json!({ "command": command, "description": "Waits" }))])
        .to_prompt("Please wait.");
    bench.prompt(&session_id, &prompt).await;
    let events = bench.until("permission.asked").await;
    let request_id = &events.last().expect("the one looked for")["properties"]["id"];
    let path = format!("/permission/{}/reply", request_id.as_str().expect("an id"));
    bench.http.json("POST", &path, Some(json!({ "reply": "once" }))).await;
    let pid_file = bench.server.directory().join("pid.txt");
    while !pid_file.exists() {
        next(&mut bench.events).await;
    }
    let pid = std::fs::read_to_string(&pid_file).expect("a number");
    // Empty for a dead process whose parent has not asked about it yet.
    let command_line = format!("/proc/{}/cmdline", pid.trim());
    let runs = || std::fs::read(&command_line).is_ok_and(|line| !line.is_empty());
    bench.server.kill().await;
    assert!(runs(), "a killed server is known to leave its commands behind");
    drop(bench.server);
    assert!(!runs(), "the command goes on without its server");
}

#[tokio::test]
async fn servers_side_by_side_have_ports_passwords_and_homes_of_their_own() {
    let first = RealServer::builder().start_or_skip();
    let second = RealServer::builder().git(true).start_or_skip();
    let (Some(first), Some(second)) = tokio::join!(first, second) else {
        return;
    };
    assert_ne!(first.port(), second.port());
    assert_ne!(first.password(), second.password());
    let stranger = Http::new(first.port(), second.password());
    let (status, _) = stranger.json("GET", "/global/health", None).await;
    assert_eq!(status, 401);
    let (directory, git) = (first.directory().to_path_buf(), second.directory().join(".git"));
    assert!(directory.is_dir() && git.is_dir());
    drop((first, second));
    assert!(!directory.exists() && !git.exists(), "files were left behind");
}

#[tokio::test]
async fn the_way_to_a_server_is_told() {
    let phases = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&phases);
    let builder =
        RealServer::builder().without_password().on_phase(move |phase| seen.lock().unwrap().push(phase));
    let Some(server) = builder.start_or_skip().await else {
        return;
    };
    let phases = std::mem::take(&mut *phases.lock().unwrap());
    assert!(matches!(&phases[0], Phase::Starting { port, .. } if *port == server.port()));
    assert!(matches!(&phases[1], Phase::WaitingForHealth { url } if url == server.url()));
    assert!(matches!(&phases[2], Phase::Ready { version, .. } if version == server.version()));
    assert!(server.output().contains("listening on"), "{}", server.output());
    let (status, _) = Http::new(server.port(), None).json("GET", "/global/health", None).await;
    assert_eq!(status, 200);
}

#[cfg(unix)]
mod without_the_real_one {
    use std::time::Duration;

    use opencode_testkit::real::Binary;

    use super::*;

    fn pretender(script: &str) -> (tempfile::TempDir, Binary) {
        use std::os::unix::fs::PermissionsExt;
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("opencode");
        std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).expect("a file");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("rights");
        (directory, Binary::at(path))
    }

    #[tokio::test]
    async fn a_server_that_ends_early_leaves_its_last_words() {
        let (_files, binary) = pretender("echo 'no database' >&2; exit 3");
        let error = RealServer::builder().binary(binary).start().await;
        let error = error.expect_err("it cannot be ready");
        assert!(matches!(&error, RealError::Ended { status, .. } if status.code() == Some(3)));
        assert_eq!(error.output().map(str::trim), Some("no database"));
    }

    #[tokio::test]
    async fn a_port_that_is_always_taken_is_given_up() {
        let (files, binary) =
            pretender("echo tried >> \"$0.log\"; echo 'Unexpected error ServeError'; exit 1");
        let error = RealServer::builder().binary(binary).start().await;
        assert!(matches!(error, Err(RealError::NoPort { .. })), "{error:?}");
        let tries = std::fs::read_to_string(files.path().join("opencode.log"));
        assert_eq!(tries.expect("a log").lines().count(), 3);
    }

    #[tokio::test]
    async fn a_server_that_says_it_listens_and_does_not_is_given_up() {
        let (_files, binary) =
            pretender("echo 'opencode server listening on http://127.0.0.1:1'; exec sleep 1000");
        let builder = RealServer::builder().binary(binary);
        let error = builder.ready_within(Duration::from_millis(200)).start().await;
        assert!(
            matches!(&error, Err(RealError::NotReady { missing, .. }) if missing.contains("health")),
            "{error:?}"
        );
    }

    #[tokio::test]
    async fn a_program_that_is_not_there_is_named() {
        let builder = RealServer::builder().binary(Binary::at("/nowhere/opencode"));
        let error = builder.start().await.expect_err("there is no such file");
        assert_eq!(error.to_string(), "/nowhere/opencode could not be started");
    }
}
