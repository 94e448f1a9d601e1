//! How a snapshot changes what is stored of a reply.

use super::state::State;
use super::table::TurnRow;
use crate::error::{Error, ErrorKind, Result};
use crate::reply::{PartBody, PartWrite, Snapshot, StoredPart};
use crate::turn::Lease;

/// A change that is known to be possible.
enum Change<'a> {
    Replace(&'a PartWrite, StoredPart),
    Append(&'a PartWrite, &'a str),
}

impl State {
    pub(super) fn write_snapshot(&mut self, lease: &Lease, snapshot: &Snapshot) -> Result<()> {
        snapshot.check()?;
        let row = self.held(lease)?;
        let changes = snapshot.parts.iter().map(|part| change(row, part)).collect::<Result<Vec<_>>>();
        let changes = changes.map_err(|error| error.with_turn(lease.turn))?;
        // Nothing is refused from here on, so that the snapshot is written whole.
        let Some(row) = self.turns.get_mut(lease.turn) else { return Err(Error::lease_lost(lease.turn)) };
        for change in changes {
            match change {
                Change::Replace(write, part) => {
                    row.parts.insert(write.part_id.clone(), part);
                }
                Change::Append(write, text) => {
                    let Some(part) = row.parts.get_mut(&write.part_id) else { continue };
                    part.ordinal = write.ordinal;
                    if let Some(growing) = &mut part.growing {
                        growing.text.push_str(text);
                    }
                }
            }
        }
        for part in &snapshot.removed {
            row.parts.remove(part);
        }
        for step in &snapshot.usage {
            row.steps.insert(step.step_id.clone(), step.clone());
        }
        Ok(())
    }
}

fn change<'a>(row: &TurnRow, write: &'a PartWrite) -> Result<Change<'a>> {
    match &write.body {
        PartBody::Whole { body, growing } => {
            let (part_id, session_id) = (write.part_id.clone(), write.session_id.clone());
            let part = StoredPart::new(part_id, session_id, write.ordinal, body.clone(), growing.clone());
            Ok(Change::Replace(write, part))
        }
        PartBody::Grown { at, text } => {
            let growing = row.parts.get(&write.part_id).and_then(|part| part.growing.as_ref());
            let growing = growing.ok_or_else(|| conflict("a part that does not grow here was to grow"))?;
            Ok(Change::Append(write, beyond(&growing.text, *at, text)?))
        }
    }
}

/// What of a text is not stored yet. What is stored already must be the same.
fn beyond<'a>(stored: &str, at: u64, text: &'a str) -> Result<&'a str> {
    let known = usize::try_from(at).ok().and_then(|at| stored.as_bytes().get(at..));
    let known = known.ok_or_else(|| conflict("a part was to grow behind its end"))?;
    let overlap = known.len().min(text.len());
    let is_same = known[..overlap] == text.as_bytes()[..overlap];
    let rest = if is_same { text.get(overlap..) } else { None };
    rest.ok_or_else(|| conflict("a part was to grow by something else than what it grew by"))
}

fn conflict(message: &str) -> Error {
    Error::new(ErrorKind::Conflict, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_that_is_written_twice_is_stored_once() {
        assert_eq!(beyond("abc", 3, "de").unwrap(), "de");
        assert_eq!(beyond("abc", 1, "bcde").unwrap(), "de");
        assert_eq!(beyond("abc", 0, "ab").unwrap(), "");
        assert_eq!(beyond("aé", 1, "éx").unwrap(), "x");
    }

    #[test]
    fn a_hole_or_another_text_is_a_conflict() {
        for (at, text) in [(4, "x"), (u64::MAX, "x"), (2, "x"), (1, "bx")] {
            assert_eq!(beyond("abc", at, text).unwrap_err().kind(), ErrorKind::Conflict);
        }
        // In the middle of a character.
        assert_eq!(beyond("aé", 2, "x").unwrap_err().kind(), ErrorKind::Conflict);
    }
}
