//! What a snapshotter writes is what the reply says, and costs what has come.

use std::time::Duration;

use opencode_store::Store;
use opencode_store::reply::{PartBody, Snapshot, SnapshotPolicy, Snapshotter, UsageOf};
use opencode_store::session::Subject;
use opencode_store::turn::{Admission, ClaimRequest, Lease};
use opencode_wire::event::Event;
use opencode_wire::ids::PartId;
use opencode_wire::model::Json;
use opencode_wire::reply::Reply;
use proptest::prelude::*;
use serde_json::{Value, json};

/// Something that happens to a reply, or to its snapshots.
#[derive(Debug, Clone)]
enum Step {
    Text(usize, String),
    Replace(usize, String),
    Finish(usize),
    Remove(usize),
    Print(usize, String),
    Done(usize),
    Count,
    Write,
    Lose,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let text = || "[a-zäß€😀 ]{1,12}";
    let part = || 0..4_usize;
    let step = prop_oneof![
        4 => (part(), text()).prop_map(|(part, text)| Step::Text(part, text)),
        1 => (part(), text()).prop_map(|(part, text)| Step::Replace(part, text)),
        1 => part().prop_map(Step::Finish),
        1 => part().prop_map(Step::Remove),
        3 => (part(), text()).prop_map(|(part, text)| Step::Print(part, text)),
        1 => part().prop_map(Step::Done),
        1 => Just(Step::Count),
        3 => Just(Step::Write),
        1 => Just(Step::Lose),
    ];
    proptest::collection::vec(step, 0..40)
}

/// A reply that is told by events, as the server tells it.
struct Told {
    reply: Reply,
    snapshotter: Snapshotter,
    step: usize,
    ended: bool,
    texts: [String; 4],
    printed: [String; 4],
}

impl Told {
    fn new() -> Self {
        let reply = Reply::new("ses_1".parse().unwrap(), "msg_0".parse().unwrap());
        let snapshotter = Snapshotter::new(SnapshotPolicy::default());
        let mut told = Self {
            reply,
            snapshotter,
            step: 0,
            ended: true,
            texts: Default::default(),
            printed: Default::default(),
        };
        told.begin_step();
        told
    }

    fn begin_step(&mut self) {
        if !self.ended {
            return;
        }
        self.ended = false;
        self.step += 1;
        self.texts = Default::default();
        self.printed = Default::default();
        let info = json!({"id": self.message(), "sessionID": "ses_1", "role": "assistant", "parentID": "msg_0",
            "time": {"created": 1}});
        self.tell("message.updated", &json!({"sessionID": "ses_1", "info": info}));
    }

    fn message(&self) -> String {
        format!("msg_{:03}", self.step)
    }

    fn part_id(&self, kind: &str, part: usize) -> String {
        format!("prt_{:03}_{kind}{part}", self.step)
    }

    fn tell(&mut self, kind: &str, properties: &Value) {
        let frame = json!({"type": kind, "properties": properties}).to_string();
        for change in self.reply.apply(&Event::decode(frame.as_bytes()).unwrap()) {
            self.snapshotter.note(&change);
        }
    }

    fn tell_part(&mut self, id: &str, rest: &Value) {
        let mut part = json!({"id": id, "sessionID": "ses_1", "messageID": self.message()});
        part.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
        self.tell("message.part.updated", &json!({"sessionID": "ses_1", "part": part}));
    }

    fn text(&mut self, part: usize, delta: &str) {
        let id = self.part_id("text", part);
        if self.texts[part].is_empty() {
            self.tell_part(&id, &json!({"type": "text", "text": "", "time": {"start": 1}}));
        }
        self.texts[part].push_str(delta);
        let delta = json!({"sessionID": "ses_1", "messageID": self.message(), "partID": id, "field": "text",
            "delta": delta});
        self.tell("message.part.delta", &delta);
    }

    fn print(&mut self, part: usize, text: &str, status: &str) {
        self.printed[part].push_str(text);
        let printed = self.printed[part].clone();
        let mut state = json!({"status": status, "input": {"command": "ls"}, "metadata": {"output": printed},
            "time": {"start": 1}});
        if status == "completed" {
            state["output"] = json!(self.printed[part]);
            state["title"] = json!("ls");
        }
        let id = self.part_id("tool", part);
        self.tell_part(&id, &json!({"type": "tool", "tool": "bash", "callID": id, "state": state}));
    }

    fn happens(&mut self, step: &Step) {
        self.begin_step();
        match step {
            Step::Text(part, delta) => self.text(*part, delta),
            Step::Replace(part, text) => {
                let id = self.part_id("text", *part);
                self.texts[*part].clone_from(text);
                self.tell_part(&id, &json!({"type": "text", "text": text, "time": {"start": 1}}));
            }
            Step::Finish(part) => {
                let (id, text) = (self.part_id("text", *part), self.texts[*part].clone());
                self.tell_part(&id, &json!({"type": "text", "text": text, "time": {"start": 1, "end": 2}}));
            }
            Step::Remove(part) => {
                let id = self.part_id("text", *part);
                self.texts[*part].clear();
                let removed = json!({"sessionID": "ses_1", "messageID": self.message(), "partID": id});
                self.tell("message.part.removed", &removed);
            }
            Step::Print(part, text) => self.print(*part, text, "running"),
            Step::Done(part) => self.print(*part, "", "completed"),
            Step::Count => {
                let id = self.part_id("zend", 0);
                let tokens =
                    json!({"input": 3, "output": 5, "reasoning": 0, "cache": {"read": 0, "write": 0}});
                self.tell_part(
                    &id,
                    &json!({"type": "step-finish", "reason": "stop", "cost": 0.25, "tokens": tokens}),
                );
                self.ended = true;
            }
            Step::Write | Step::Lose => {}
        }
    }

    fn snapshot(&mut self) -> Snapshot {
        self.snapshotter.take(&self.reply, Duration::ZERO)
    }
}

async fn claimed(store: &Store) -> Lease {
    let subject = Subject::new("acme", "1").unwrap();
    let admission = Admission::new(subject, "msg_0".parse().unwrap(), Json::from_value("hello").unwrap());
    store.turns().admit(&admission).await.unwrap();
    let request = ClaimRequest::new("worker", Duration::from_secs(60));
    store.turns().claim(&request).await.unwrap().unwrap().lease
}

async fn stored(store: &Store, lease: &Lease) -> Vec<Value> {
    let parts = store.replies().parts(lease.turn).await.unwrap();
    parts.iter().map(opencode_store::reply::StoredPart::to_value).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    /// However a reply grows, and whichever snapshots are lost, what is stored in the end is what it says.
    #[test]
    fn what_is_stored_is_what_the_reply_says(steps in steps()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let store = Store::memory();
            let lease = claimed(&store).await;
            let mut told = Told::new();
            for step in steps.iter().chain(&[Step::Write]) {
                told.happens(step);
                match step {
                    Step::Write => {
                        let snapshot = told.snapshot();
                        store.replies().write_snapshot(&lease, &snapshot).await.unwrap();
                    }
                    Step::Lose => {
                        drop(told.snapshot());
                        told.snapshotter.begin_anew(&told.reply);
                    }
                    _ => {}
                }
            }
            assert_eq!(stored(&store, &lease).await, told.reply.canonical_parts());
            let used = store.replies().usage(&UsageOf::Turn(lease.turn)).await.unwrap();
            assert_eq!(used, told.reply.usage());
        });
    }
}

/// Whoever takes a turn over in the middle may hear of a later message before it has asked for the earlier ones.
#[tokio::test]
async fn a_message_that_is_heard_of_late_is_stored_in_its_place() {
    let store = Store::memory();
    let lease = claimed(&store).await;
    let mut told = Told::new();
    for (step, text) in [(2, "The second."), (1, "The first."), (3, "The third.")] {
        (told.step, told.ended) = (step - 1, true);
        told.happens(&Step::Text(0, text.to_owned()));
        told.happens(&Step::Finish(0));
        let snapshot = told.snapshot();
        store.replies().write_snapshot(&lease, &snapshot).await.unwrap();
    }
    let stored = stored(&store, &lease).await;
    let texts: Vec<_> = stored.iter().map(|part| part["content"].as_str().unwrap()).collect();
    assert_eq!(texts, ["The first.", "The second.", "The third."]);
    assert_eq!(stored, told.reply.canonical_parts());
}

/// g17: a snapshot costs what has come, and not what there is.
#[test]
fn g17_a_snapshot_holds_what_is_new() {
    let mut told = Told::new();
    let mut bytes = 0;
    for _ in 0..1000 {
        told.text(0, "fifty-eight bytes of text that somebody may want to read.\n");
        told.print(1, "a line of output\n", "running");
        for part in told.snapshot().parts {
            bytes += match part.body {
                PartBody::Whole { body, growing } => {
                    body.as_str().len() + growing.map_or(0, |growing| growing.text.len())
                }
                PartBody::Grown { text, .. } => text.len(),
            };
        }
    }
    let said = told.texts[0].len() + told.printed[1].len();
    assert!(bytes < said + 1000, "{bytes} bytes were written of {said}");
}

/// What has ended is due at once, and what grows is due after a while.
#[test]
fn an_end_is_due_at_once() {
    let mut told = Told::new();
    told.text(0, "hello");
    let begun = Duration::from_millis(100);
    assert!(!told.snapshotter.is_due(begun));
    assert_eq!(told.snapshotter.due_at(), Some(Duration::from_millis(500)));
    assert!(told.snapshotter.is_due(Duration::from_millis(500)));
    told.happens(&Step::Finish(0));
    assert!(told.snapshotter.is_due(begun));
    let id: PartId = told.part_id("text", 0).parse().unwrap();
    let snapshot = told.snapshot();
    assert_eq!(snapshot.parts.iter().map(|part| &part.part_id).collect::<Vec<_>>(), [&id]);
    assert!(matches!(snapshot.parts[0].body, PartBody::Whole { growing: None, .. }));
    assert_eq!(told.snapshotter.due_at(), None);
    assert!(told.snapshot().is_empty());
}

/// g08: who takes over a turn may hear of its present before its past. What is stored is in reading order all the same.
#[tokio::test]
async fn g08_what_is_heard_of_late_is_stored_at_its_place() {
    let mut reply = Reply::new("ses_1".parse().unwrap(), "msg_0".parse().unwrap());
    let mut snapshotter = Snapshotter::new(SnapshotPolicy::default());
    let store = Store::memory();
    let lease = claimed(&store).await;
    for step in [3, 4, 1, 2] {
        let info = json!({ "id": format!("msg_{step}"), "sessionID": "ses_1", "role": "assistant", "parentID": "msg_0", "time": { "created": step } });
        let part = json!({ "id": format!("prt_{step}"), "sessionID": "ses_1", "messageID": format!("msg_{step}"), "type": "text", "text": format!("{step}") });
        for (kind, field, value) in
            [("message.updated", "info", info), ("message.part.updated", "part", part)]
        {
            let event = json!({ "type": kind, "properties": { "sessionID": "ses_1", field: value } });
            for change in reply.apply(&Event::decode(event.to_string().as_bytes()).unwrap()) {
                snapshotter.note(&change);
            }
        }
        let snapshot = snapshotter.take(&reply, Duration::ZERO);
        store.replies().write_snapshot(&lease, &snapshot).await.unwrap();
    }
    assert_eq!(stored(&store, &lease).await, reply.canonical_parts());
}
