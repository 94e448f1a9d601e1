//! What is stored of turns that a real server was recorded with.

use std::collections::BTreeMap;
use std::time::Duration;

use opencode_store::reply::{Snapshot, SnapshotPolicy, Snapshotter};
use opencode_testkit::fixtures::{self, Fixture};
use opencode_wire::event::{Event, EventKind};
use opencode_wire::ids::{MessageId, PartId, SessionId};
use opencode_wire::reply::{Reply, Usage};

/// The steps that are stored, each once, however often it is written.
#[derive(Default)]
struct Steps(BTreeMap<PartId, Usage>);

impl Steps {
    fn write(&mut self, snapshot: Snapshot) {
        self.0.extend(snapshot.usage.into_iter().map(|step| (step.step_id, step.usage)));
    }

    fn sum(&self) -> Usage {
        rounded(self.0.values().copied().sum())
    }
}

fn events(fixture: &Fixture) -> Vec<Event> {
    fixture.data().unwrap().iter().map(|frame| Event::decode(frame.as_bytes()).unwrap()).collect()
}

fn prompts(events: &[Event]) -> Vec<(SessionId, MessageId)> {
    let mut prompts = Vec::new();
    for event in events {
        if let EventKind::MessageUpdated(told) = &event.kind
            && told.info.role.as_str() == "user"
        {
            let prompt = (told.info.session_id.clone(), told.info.id.clone());
            if !prompts.contains(&prompt) {
                prompts.push(prompt);
            }
        }
    }
    prompts
}

/// With the cost in billionths: the last bit of a sum depends on its order.
fn rounded(mut usage: Usage) -> Usage {
    usage.cost = (usage.cost * 1e9).round();
    usage
}

/// Whether it is written at each change, at the end, or anew by whoever takes over, what is stored of a turn's usage is
/// what the turn used: the steps of sub-agents, of tries that failed and of compactions too.
#[test]
fn what_is_stored_of_usage_is_what_each_recorded_turn_used() {
    let (mut turns, mut used) = (0, 0);
    for fixture in Fixture::load_all(fixtures::recordings()).unwrap() {
        if !fixture.name().ends_with(".event") {
            continue;
        }
        let events = events(&fixture);
        for (session_id, prompt) in prompts(&events) {
            let mut reply = Reply::new(session_id, prompt);
            let [mut often, mut late, mut anew] =
                [(); 3].map(|()| Snapshotter::new(SnapshotPolicy::default()));
            let [mut ever, mut at_each, mut at_the_end] = [(); 3].map(|()| Steps::default());
            for event in &events {
                for change in reply.apply(event) {
                    often.note(&change);
                    late.note(&change);
                    at_each.write(often.take(&reply, Duration::ZERO));
                }
                ever.0.extend(reply.steps().map(|step| (step.part.id.clone(), step.usage().unwrap())));
            }
            // What was used stays used when somebody takes the messages back.
            assert_eq!(at_each.sum(), ever.sum(), "{}", fixture.name());
            at_the_end.write(late.take(&reply, Duration::ZERO));
            assert_eq!(at_the_end.sum(), rounded(reply.usage()), "{}", fixture.name());
            anew.begin_anew(&reply);
            let mut taken_over = Steps::default();
            taken_over.write(anew.take(&reply, Duration::ZERO));
            assert_eq!(taken_over.sum(), rounded(reply.usage()), "{}", fixture.name());
            turns += 1;
            used += usize::from(reply.usage().input > 0);
        }
    }
    assert!(turns > 40 && used > 20, "{turns} turns, of which {used} used something");
}
