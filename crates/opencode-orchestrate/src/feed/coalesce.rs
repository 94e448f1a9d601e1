//! A run of events in as few as possible, for a reader that is behind.

use std::collections::HashMap;

use super::FeedEvent;
use super::subject::Subject;
use super::told::Told;
use crate::log::Entry;

/// Puts a run of events into as few as possible that have the same effect.
///
/// What is told of one subject is in one event, at the place of the first that told of it. So when an event has been
/// read, everything that was logged before the first one of the next has been told, or is void: the number before that
/// one is its cursor.
///
/// `attempt` is the attempt that the reader has been told of, if that is known: what a later one voids is left out.
pub(super) fn coalesce(attempt: Option<u64>, events: impl IntoIterator<Item = FeedEvent>) -> Vec<FeedEvent> {
    let mut run = Run { attempt, slots: Vec::new(), latest: HashMap::new() };
    let mut last = 0;
    for event in events {
        last = event.seq;
        run.push(event);
    }
    run.finish(last)
}

struct Run {
    attempt: Option<u64>,
    /// `None` where it was voided.
    slots: Vec<Option<Slot>>,
    /// Where the subject was told of last.
    latest: HashMap<Subject, usize>,
}

struct Slot {
    /// The number of the first event that went into it.
    first: u64,
    told: Told,
}

impl Run {
    fn push(&mut self, event: FeedEvent) {
        let entry = event.entry();
        if let Some(Entry::Began { attempt }) = entry {
            self.begin(attempt);
        }
        let subject = entry.as_ref().and_then(Subject::of);
        let mut told = Told::logged(event.payload, entry);
        if let Some(subject) = subject {
            let Some(apart) = self.absorb(&subject, told) else { return };
            told = apart;
            self.latest.insert(subject, self.slots.len());
        }
        self.slots.push(Some(Slot { first: event.seq, told }));
    }

    /// Puts it into what was told of the subject before, or gives it back if it has to be told apart.
    fn absorb(&mut self, subject: &Subject, told: Told) -> Option<Told> {
        let slot = self.latest.get(subject).and_then(|at| self.slots[*at].as_mut());
        match slot {
            Some(slot) => slot.told.absorb(told),
            None => Some(told),
        }
    }

    fn begin(&mut self, attempt: u64) {
        if self.attempt.is_some_and(|known| attempt <= known) {
            return;
        }
        let is_later = self.attempt.is_some();
        self.attempt = Some(attempt);
        let slots = &mut self.slots;
        self.latest.retain(|subject, _| !subject.is_voided());
        if is_later {
            for slot in slots {
                slot.take_if(|slot| slot.told.is_voided());
            }
        }
    }

    fn finish(self, last: u64) -> Vec<FeedEvent> {
        let mut slots: Vec<_> = self.slots.into_iter().flatten().collect();
        let mut seq = last;
        let mut events: Vec<_> = std::iter::from_fn(|| {
            let slot = slots.pop()?;
            let event = FeedEvent::new(seq, slot.told.into_payload());
            seq = slot.first - 1;
            Some(event)
        })
        .collect();
        events.reverse();
        events
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn coalesced(attempt: Option<u64>, after: u64, payloads: &[serde_json::Value]) -> Vec<(u64, String)> {
        let events =
            (after + 1..).zip(payloads).map(|(seq, payload)| FeedEvent::new(seq, payload.to_string()));
        coalesce(attempt, events).into_iter().map(|event| (event.seq, event.payload.to_string())).collect()
    }

    fn grown(id: &str, at: usize, text: &str) -> serde_json::Value {
        json!({"grown": {"part_id": id, "at": at, "text": text}})
    }

    fn part(id: &str, text: &str) -> serde_json::Value {
        json!({"part": {"part_id": id, "session_id": "s", "place": 0, "body": {},
            "growing": {"field": "content", "text": text}}})
    }

    /// The same fields in the order in which an entry writes them.
    fn entry(value: &serde_json::Value) -> String {
        Entry::parse(&value.to_string()).unwrap().to_payload()
    }

    #[test]
    fn g19_growths_are_one_larger_growth() {
        let growths = [grown("a", 0, "Gr"), grown("a", 2, "ü"), grown("a", 2, "üß"), grown("a", 6, " dich")];
        assert_eq!(coalesced(None, 10, &growths), [(14, entry(&grown("a", 0, "Grüß dich")))]);
        let apart = [grown("a", 0, "Gr"), grown("a", 7, "hole")];
        assert_eq!(coalesced(None, 0, &apart).len(), 2);
    }

    /// Two parts that grow in turns: whoever has read the first of the two events resumes before the second.
    #[test]
    fn g19_a_cursor_never_skips_what_was_not_told() {
        let growths = [grown("a", 0, "A"), grown("b", 0, "B"), grown("a", 1, "A"), grown("b", 1, "B")];
        let expected = [(1, entry(&grown("a", 0, "AA"))), (4, entry(&grown("b", 0, "BB")))];
        assert_eq!(coalesced(None, 0, &growths), expected);
    }

    #[test]
    fn what_is_superseded_is_not_told() {
        let status = |word: &str| json!({"status": {"session_id": "s", "status": {"type": word}}});
        let events =
            [grown("a", 4, "x"), part("a", "whole"), grown("a", 5, "!"), status("busy"), status("idle")];
        let expected = [(3, entry(&part("a", "whole!"))), (5, status("idle").to_string())];
        assert_eq!(coalesced(None, 0, &events), expected);
        let removed = json!({"removed": {"part_id": "a"}});
        assert_eq!(coalesced(None, 0, &[part("a", ""), removed.clone()]), [(2, removed.to_string())]);
    }

    #[test]
    fn what_a_take_over_voids_is_not_told_and_its_usage_is() {
        let began = |attempt: u64| json!({"began": {"attempt": attempt}});
        let compacted = json!({"compacted": {"session_id": "s"}});
        let events = [grown("a", 0, "old"), compacted.clone(), began(2), part("a", "new")];
        let expected =
            [(2, compacted.to_string()), (3, began(2).to_string()), (4, part("a", "new").to_string())];
        assert_eq!(coalesced(Some(1), 0, &events), expected);
        assert_eq!(
            coalesced(None, 0, &events).len(),
            4,
            "it may be told for the second time, and void nothing"
        );
        assert_eq!(coalesced(Some(2), 0, &[grown("a", 0, "x"), began(2), grown("a", 1, "y")]).len(), 2);
    }

    #[test]
    fn what_a_later_version_tells_is_passed_on_word_by_word() {
        let payloads = ["{\"sung\": {\"n\":1.0}}", "{\"sung\": {\"n\":1.0}}", "not even JSON"];
        let events = (1..).zip(payloads).map(|(seq, payload)| FeedEvent::new(seq, payload));
        let told: Vec<_> =
            coalesce(None, events).into_iter().map(|event| (event.seq, event.payload)).collect();
        assert_eq!(told, [(1, payloads[0].into()), (2, payloads[1].into()), (3, payloads[2].into())]);
    }
}
