//! What a turn leaves in the trace: the names that are documented, and nothing private.

use std::fmt::Write as _;
use std::sync::{Arc, Mutex};

use opencode_orchestrate::turn::Turn;
use opencode_store::session::Subject;
use opencode_testkit::server::{Fault, Script, Tool};
use opencode_wire::Client;
use opencode_wire::drive::CancellationToken;
use serde_json::json;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::DefaultGuard;
use tracing::{Dispatch, Event, Metadata, Subscriber};

use super::rig::Rig;

/// Writes down each span and event with its fields.
#[derive(Clone, Default)]
struct Recorder(Arc<Mutex<Vec<String>>>);

impl Recorder {
    fn names(&self) -> Vec<String> {
        let lines = self.0.lock().unwrap();
        let names = lines.iter().map(|line| line.split(' ').next().unwrap_or_default().to_owned());
        names.filter(|name| name.starts_with("opencode.") && name != "opencode.request").collect()
    }

    fn all(&self) -> String {
        self.0.lock().unwrap().join("\n")
    }

    fn write(&self, metadata: &Metadata<'_>, fields: impl FnOnce(&mut Fields)) {
        let mut line = Fields(metadata.name().to_owned());
        fields(&mut line);
        self.0.lock().unwrap().push(line.0);
    }
}

struct Fields(String);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        write!(self.0, " {}={value:?}", field.name()).unwrap();
    }
}

impl Subscriber for Recorder {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("opencode_")
    }

    fn new_span(&self, attributes: &Attributes<'_>) -> Id {
        self.write(attributes.metadata(), |fields| attributes.record(fields));
        Id::from_u64(1)
    }

    fn event(&self, event: &Event<'_>) {
        self.write(event.metadata(), |fields| event.record(fields));
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
async fn w41_a_turn_is_told_under_the_documented_names() {
    let (recorder, _guard) = listen();
    let rig = Rig::start().await;
    rig.server.script(Script::new().text("Hello."));
    rig.turn("A private prompt.").directory("/srv/private").run(CancellationToken::new()).await.unwrap();
    assert_eq!(
        recorder.names(),
        [
            "opencode.turn.started",
            "opencode.session.created",
            "opencode.stream.completed",
            "opencode.turn.finished",
            "opencode.metrics",
        ]
    );
    let all = recorder.all();
    assert!(all.contains("opencode.request method"), "{all}");
    assert!(all.contains("status=\"completed\""), "{all}");
    assert!(all.contains("monotonic_counter.opencode.turns=1"), "{all}");
    for private in ["A private prompt", "/srv/private", "Hello."] {
        assert!(!all.contains(private), "{private} is in the trace: {all}");
    }
}

#[tokio::test]
async fn what_goes_wrong_is_told_under_the_documented_names() {
    let (recorder, _guard) = listen();
    let rig = Rig::start().await;
    rig.server.script(Script::new().text("Half of ").hold("half").more("it."));
    let running = rig.turn("Go.").run(CancellationToken::new());
    let breaking = async {
        rig.server.wait_for_hold("half").await;
        rig.server.drop_streams();
        rig.server.wait_for_requests("GET", "/global/event", 2).await;
        rig.server.release("half");
    };
    let (outcome, ()) = tokio::join!(running, breaking);
    outcome.unwrap();
    assert!(recorder.names().contains(&"opencode.stream.interrupted".to_owned()), "{:?}", recorder.names());

    rig.server.fault(Fault::on("POST", "/session/:id/prompt_async").status(404));
    rig.server.script(Script::new().provider_error(429, "slow down"));
    rig.turn("Go.").run(CancellationToken::new()).await.unwrap();
    let names = recorder.names();
    for name in ["opencode.session.recreated", "opencode.response.upstream_error"] {
        assert!(names.contains(&name.to_owned()), "{name} is not in {names:?}");
    }
    assert!(recorder.all().contains("status_code=429"), "{}", recorder.all());
}

/// N-16, W-54: files of a patch whose contents nobody was given are counted, once.
#[tokio::test]
async fn n16_files_of_a_patch_that_are_not_kept_are_told_once() {
    let (recorder, _guard) = listen();
    let rig = Rig::start().await;
    let patch = |file: &str| {
        let files = json!([{ "filePath": format!("/srv/{file}"), "relativePath": file, "type": "add" }]);
        Tool::new("apply_patch")
            .input(json!({ "patchText": "*** Begin Patch" }))
            .metadata(json!({ "files": files }))
            .output("done")
    };
    let script = Script::new().tool(patch("a.txt")).tool(patch("b.txt")).tool(patch("a.txt"));
    rig.server.script(script.next_step().text("Patched."));
    let client = Client::new(rig.server.url()).unwrap();
    let subject = Subject::new("acme", "conversation/42").unwrap();
    Turn::new(&rig.store, &client, &subject, "Go.").run(CancellationToken::new()).await.unwrap();
    let dropped =
        recorder.names().into_iter().filter(|name| name == "opencode.apply_patch.artifacts_dropped");
    assert_eq!(dropped.count(), 1, "{:?}", recorder.names());
    assert!(recorder.all().contains("file_count=2"), "{}", recorder.all());
}
