//! What a request leaves in the trace.

use std::fmt::Write as _;
use std::sync::{Arc, Mutex};

use opencode_testkit::server::{Fault, Server};
use opencode_wire::Client;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::DefaultGuard;
use tracing::{Dispatch, Event, Metadata, Subscriber};

/// Writes down each span and event of this crate with its fields.
#[derive(Clone, Default)]
struct Recorder(Arc<Mutex<Vec<String>>>);

impl Recorder {
    fn record(&self, kind: &str, metadata: &Metadata<'_>, fields: impl FnOnce(&mut Fields)) {
        if metadata.target().starts_with("opencode_wire") {
            let mut line = Fields(format!("{kind} {}", metadata.name()));
            fields(&mut line);
            self.0.lock().unwrap().push(line.0);
        }
    }

    fn take(&self) -> String {
        std::mem::take(&mut *self.0.lock().unwrap()).join("\n")
    }
}

struct Fields(String);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        // A duration is never the same twice.
        if field.name() == "duration_ms" {
            self.0.push_str(" duration_ms");
        } else {
            write!(self.0, " {}={value:?}", field.name()).unwrap();
        }
    }
}

impl Subscriber for Recorder {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, attributes: &Attributes<'_>) -> Id {
        self.record("span", attributes.metadata(), |fields| attributes.record(fields));
        Id::from_u64(1)
    }

    fn event(&self, event: &Event<'_>) {
        self.record("event", event.metadata(), |fields| event.record(fields));
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

/// Begins to write down what this thread leaves in the trace, until what it gives is dropped.
///
/// There are two subscribers: with a single one, a place in the code that a thread without a subscriber comes to first is
/// taken to be of interest to nobody.
fn listen() -> (Recorder, (DefaultGuard, Dispatch)) {
    let (recorder, other) = (Recorder::default(), Dispatch::new(Recorder::default()));
    (recorder.clone(), (tracing::subscriber::set_default(recorder), other))
}

#[tokio::test]
async fn t_r35_a_trace_names_the_route_and_nothing_private() {
    let (recorder, _guard) = listen();
    let server = Server::start().await;
    let session_id = server.create_session("x");
    let client = Client::builder()
        .base_url(format!("{}?auth_token=geheim", server.url()))
        .directory("/srv/private")
        .build()
        .unwrap();

    client.sessions().create("private").await.unwrap();
    insta::assert_snapshot!(recorder.take(), @r#"
    span request method=POST path="/session"
    event opencode.request method=POST path="/session" status=200 duration_ms
    "#);
    client.questions().list().await.unwrap();
    insta::assert_snapshot!(recorder.take(), @r#"
    span request method=GET path="/question"
    event opencode.request method=GET path="/question" status=200 duration_ms
    "#);
    client.session(session_id.parse().unwrap()).message(&"msg_none".parse().unwrap()).await.unwrap_err();
    insta::assert_snapshot!(recorder.take(), @r#"
    span request method=GET path="/session/:session_id/message/:message_id"
    event opencode.request method=GET path="/session/:session_id/message/:message_id" status=404 duration_ms error=NotFound
    "#);
}

#[tokio::test]
async fn every_try_and_every_stream_leaves_an_event() {
    let (recorder, _guard) = listen();
    let server = Server::start().await;
    let client = Client::new(server.url()).unwrap();

    server.fault(Fault::on("GET", "/global/health").status(503).retry_after(0));
    client.health().await.unwrap();
    insta::assert_snapshot!(recorder.take(), @r#"
    span request method=GET path="/global/health"
    event opencode.request method=GET path="/global/health" status=503 duration_ms error=Server
    event opencode.request method=GET path="/global/health" status=200 duration_ms
    "#);
    client.request(http::Method::GET, "/event", &[]).send_stream().await.unwrap();
    insta::assert_snapshot!(recorder.take(), @r#"
    span request method=GET path="/event"
    event opencode.request method=GET path="/event" status=200 duration_ms
    "#);
}

/// Once, however many connections learn it.
#[tokio::test]
async fn a_version_that_was_not_tried_is_told_once() {
    let server = Server::builder().version("99.0.0").start().await;
    let (recorder, _guard) = listen();
    let client = Client::new(server.url()).unwrap();
    for _ in 0..2 {
        client.server_info().await.unwrap();
    }
    let told = recorder.take();
    let told: Vec<_> = told.lines().filter(|line| line.contains("unproven")).collect();
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].contains("99.0.0") && told[0].contains("the newest that was tried"), "{told:?}");
}
