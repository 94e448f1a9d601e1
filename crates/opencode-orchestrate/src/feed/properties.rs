//! What holds for every log: of pictures, and of events that are told in fewer.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::coalesce::coalesce;
use super::{FeedEvent, Picture};

/// One thing that a worker may tell, by numbers that a log is made of.
#[derive(Debug, Clone)]
enum Step {
    Whole { part: u8, text: String, grows: bool },
    Grow { part: u8, back: usize, more: String },
    Hole { part: u8 },
    Remove { part: u8 },
    Began { again: bool },
    Blocked(u8),
    Unblocked(u8),
    Todos(u8),
    Status { session: u8, word: u8 },
    Usage { step: u8, input: u64 },
    Child(u8),
    Failed(u8),
    Unknown(u8),
    Plain(u8),
}

fn text() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(vec!["a", "ß", "€", "𝄞", "e\u{301}", "\"\n"]), 0..4)
        .prop_map(|words| words.concat())
}

fn step() -> impl Strategy<Value = Step> {
    let few = 0..3_u8;
    prop_oneof![
        3 => (few.clone(), text(), any::<bool>())
            .prop_map(|(part, text, grows)| Step::Whole { part, text, grows }),
        8 => (few.clone(), 0..6_usize, text()).prop_map(|(part, back, more)| Step::Grow { part, back, more }),
        1 => few.clone().prop_map(|part| Step::Hole { part }),
        1 => few.clone().prop_map(|part| Step::Remove { part }),
        1 => any::<bool>().prop_map(|again| Step::Began { again }),
        2 => few.clone().prop_map(Step::Blocked),
        2 => few.clone().prop_map(Step::Unblocked),
        1 => few.clone().prop_map(Step::Todos),
        2 => (few.clone(), few.clone()).prop_map(|(session, word)| Step::Status { session, word }),
        1 => (few.clone(), 0..9_u64).prop_map(|(step, input)| Step::Usage { step, input }),
        1 => few.clone().prop_map(Step::Child),
        1 => few.clone().prop_map(Step::Failed),
        1 => few.clone().prop_map(Step::Unknown),
        1 => few.prop_map(Step::Plain),
    ]
}

/// Makes a log of steps as a worker would: what it tells of a text twice is the same both times.
fn log(steps: Vec<Step>) -> Vec<FeedEvent> {
    let mut texts: [String; 3] = Default::default();
    let mut attempt = 0;
    let payloads = steps.into_iter().map(|step| match step {
        Step::Whole { part, text, grows } => {
            texts[usize::from(part)].clone_from(&text);
            let mut entry = json!({"part": {"part_id": format!("prt_{part}"), "session_id": "ses_1",
                "place": text.len() % 2, "body": {"type": "text"}}});
            if grows {
                entry["part"]["growing"] = json!({"field": "content", "text": text});
            }
            entry
        }
        Step::Grow { part, back, more } => {
            let text = &mut texts[usize::from(part)];
            let mut at = text.len().saturating_sub(back);
            while !text.is_char_boundary(at) {
                at -= 1;
            }
            text.push_str(&more);
            grown(part, at, &text[at..])
        }
        Step::Hole { part } => grown(part, texts[usize::from(part)].len() + 1, "hole"),
        Step::Remove { part } => json!({"removed": {"part_id": format!("prt_{part}")}}),
        Step::Began { again } => {
            if !again {
                attempt += 1;
                texts = Default::default();
            }
            json!({"began": {"attempt": attempt}})
        }
        Step::Blocked(request) => {
            json!({"blocked": {"request_id": format!("per_{request}"), "session_id": "ses_1",
            "kind": "permission", "request": {}}})
        }
        Step::Unblocked(request) => json!({"unblocked": {"request_id": format!("per_{request}")}}),
        Step::Todos(many) => json!({"todos": {"session_id": "ses_1",
            "todos": vec![json!({"content": "x", "status": "pending"}); many.into()]}}),
        Step::Status { session, word } => json!({"status": {"session_id": format!("ses_{session}"),
            "status": {"type": word}}}),
        Step::Usage { step, input } => {
            json!({"step": {"step_id": format!("prt_s{step}"), "session_id": "ses_1",
            "usage": {"input": input, "output": 1, "reasoning": 0, "cache_read": 0, "cache_write": 0,
            "cost": 0.1}}})
        }
        Step::Child(child) => json!({"child": {"session_id": format!("ses_{child}"), "parent_id": "ses_0"}}),
        Step::Failed(error) => json!({"failed": {"session_id": "ses_1", "error": {"name": error}}}),
        Step::Unknown(song) => json!({"sung": {"song": song}}),
        Step::Plain(0) => json!({"accepted": {}}),
        Step::Plain(1) => json!({"gap": {}}),
        Step::Plain(_) => json!({"compacted": {"session_id": "ses_1"}}),
    });
    (1..).zip(payloads).map(|(seq, payload)| FeedEvent::new(seq, payload.to_string())).collect()
}

fn grown(part: u8, at: usize, text: &str) -> Value {
    json!({"grown": {"part_id": format!("prt_{part}"), "at": at, "text": text}})
}

fn apply(picture: &mut Picture, events: &[FeedEvent]) {
    for event in events {
        if let Some(entry) = event.entry() {
            picture.apply(&entry);
        }
    }
}

fn picture(events: &[FeedEvent]) -> Picture {
    let mut picture = Picture::default();
    apply(&mut picture, events);
    picture
}

fn unknown(events: &[FeedEvent]) -> Vec<&str> {
    events.iter().filter(|event| event.entry().is_none()).map(|event| &*event.payload).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    /// Whoever comes late is told the same as whoever was there from the beginning.
    #[test]
    fn g19_a_snapshot_and_the_rest_are_the_whole(
        steps in prop::collection::vec(step(), 0..40), cut in any::<prop::sample::Index>(),
    ) {
        let log = log(steps);
        let (before, after) = log.split_at(cut.index(log.len() + 1));
        let mut late: Picture = serde_json::from_str(&picture(before).to_json()).unwrap();
        prop_assert_eq!(&late, &picture(before));
        apply(&mut late, after);
        prop_assert_eq!(late, picture(&log));
    }

    #[test]
    fn an_entry_twice_is_an_entry_once(steps in prop::collection::vec(step(), 0..40)) {
        let log = log(steps);
        let twice: Vec<_> = log.iter().flat_map(|event| [event.clone(), event.clone()]).collect();
        prop_assert_eq!(picture(&twice), picture(&log));
    }

    /// From any place on, in any number of runs, whatever the reader knows of attempts.
    #[test]
    fn g19_fewer_events_have_the_same_effect(
        steps in prop::collection::vec(step(), 0..60), cuts in prop::collection::vec(any::<prop::sample::Index>(), 2),
        knows_attempt in any::<bool>(),
    ) {
        let log = log(steps);
        let mut cuts: Vec<_> = cuts.iter().map(|cut| cut.index(log.len() + 1)).collect();
        cuts.sort_unstable();
        let (before, after) = log.split_at(cuts[0]);
        let (first, second) = after.split_at(cuts[1] - cuts[0]);
        let mut reader = picture(before);
        for run in [first, second] {
            let events = coalesce(knows_attempt.then_some(reader.attempt), run.iter().cloned());
            prop_assert!(events.len() <= run.len());
            prop_assert!(events.windows(2).all(|pair| pair[0].seq < pair[1].seq));
            prop_assert_eq!(events.last().map(|event| event.seq), run.last().map(|event| event.seq));
            prop_assert_eq!(unknown(&events), unknown(run));
            apply(&mut reader, &events);
        }
        prop_assert_eq!(reader, picture(&log));
    }

    /// A connection that breaks between any two events: whoever goes on after the cursor has missed nothing.
    #[test]
    fn g19_every_cursor_of_fewer_events_leads_on(
        steps in prop::collection::vec(step(), 1..40), start in any::<prop::sample::Index>(),
        cut in any::<prop::sample::Index>(),
    ) {
        let log = log(steps);
        let start = start.index(log.len());
        let mut reader = picture(&log[..start]);
        let events = coalesce(Some(reader.attempt), log[start..].iter().cloned());
        let read = cut.index(events.len()) + 1;
        apply(&mut reader, &events[..read]);
        let cursor = usize::try_from(events[read - 1].seq).unwrap();
        apply(&mut reader, &log[cursor..]);
        prop_assert_eq!(reader, picture(&log));
    }
}
