//! From the changes of a reply to what is written of it.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;

use opencode_wire::ids::{MessageId, PartId, SessionId};
use opencode_wire::reply::{Change, ChangeKind, Reply, ReplyPart};

use super::written::{Next, Written};
use super::{PartBody, PartWrite, Snapshot, SnapshotPolicy, StepUsage};

/// From the changes of a reply to what is written of it: when, and how little.
///
/// It is pure: it takes changes and times, and gives snapshots. Each change goes to [`note`](Self::note); when
/// [`is_due`](Self::is_due) says so, [`take`](Self::take) gives what to write. What grows costs what has come since
/// the last snapshot, not what there is.
///
/// # Examples
///
/// ```
/// # use std::time::Duration;
/// # use opencode_store::reply::{ReplyStore, SnapshotPolicy, Snapshotter};
/// # use opencode_store::turn::Lease;
/// # use opencode_wire::reply::{Change, Reply};
/// # async fn example(
/// #     store: &dyn ReplyStore, lease: &Lease, reply: &Reply, changes: Vec<Change>, elapsed: Duration,
/// # ) -> opencode_store::Result<()> {
/// let mut snapshotter = Snapshotter::new(SnapshotPolicy::default());
/// for change in &changes {
///     snapshotter.note(change);
/// }
/// if snapshotter.is_due(elapsed) {
///     let snapshot = snapshotter.take(reply, elapsed);
///     if let Err(error) = store.write_snapshot(lease, &snapshot).await {
///         snapshotter.begin_anew(reply);
///         return Err(error);
///     }
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Snapshotter {
    policy: SnapshotPolicy,
    /// What is stored of each part.
    written: HashMap<PartId, Written>,
    /// Every part that is, or may be, stored: also those of a snapshot that was lost.
    known: BTreeSet<PartId>,
    /// Parts whose beginning was not heard, and that are not written before they are whole.
    held: BTreeSet<PartId>,
    /// Parts to look at in the next snapshot.
    touched: BTreeSet<PartId>,
    /// Sessions and messages whose steps ended.
    steps: BTreeSet<(SessionId, MessageId)>,
    /// The place of each message in reading order, which is the order of their ids.
    // Invariant: the places rise with the ids.
    places: BTreeMap<MessageId, u64>,
    new_bytes: usize,
    something_ended: bool,
    last: Duration,
}

impl Snapshotter {
    /// Begins with nothing stored.
    #[must_use]
    pub fn new(policy: SnapshotPolicy) -> Self {
        Self {
            policy,
            written: HashMap::new(),
            known: BTreeSet::new(),
            held: BTreeSet::new(),
            touched: BTreeSet::new(),
            steps: BTreeSet::new(),
            places: BTreeMap::new(),
            new_bytes: 0,
            something_ended: false,
            last: Duration::ZERO,
        }
    }

    /// Takes note of a change.
    pub fn note(&mut self, change: &Change) {
        match &change.kind {
            ChangeKind::Text { part_id, delta } | ChangeKind::Reasoning { part_id, delta } => {
                self.new_bytes += delta.len();
                self.touch(part_id);
            }
            ChangeKind::PartReplaced { part_id } => {
                self.written.remove(part_id);
                self.new_bytes += 1;
                self.touch(part_id);
            }
            ChangeKind::PartAbandoned { part_id } | ChangeKind::PartRemoved { part_id } => {
                // One that comes again under the same id begins anew.
                self.written.remove(part_id);
                self.something_ended = true;
                self.touch(part_id);
            }
            ChangeKind::PartFinished { part_id } | ChangeKind::Part { part_id } => {
                self.something_ended = true;
                self.touch(part_id);
            }
            ChangeKind::Tool { part_id, status, .. } => {
                self.new_bytes += 1;
                self.something_ended |= status.is_terminal();
                self.touch(part_id);
            }
            ChangeKind::StepFinished { message_id, .. } => {
                self.something_ended = true;
                self.steps.insert((change.session_id.clone(), message_id.clone()));
            }
            _ => {}
        }
    }

    /// Whether to write now. `elapsed` is the time since the turn began, by any steady clock.
    #[must_use]
    pub fn is_due(&self, elapsed: Duration) -> bool {
        self.policy.is_due(elapsed.saturating_sub(self.last), self.new_bytes, self.something_ended)
    }

    /// When to look again, if nothing else happens until then. `None` when there is nothing to write.
    #[must_use]
    pub fn due_at(&self) -> Option<Duration> {
        (self.something_ended || self.new_bytes > 0).then(|| self.last.saturating_add(self.policy.every))
    }

    /// Gives what to write, and takes it for stored.
    ///
    /// When it could not be stored, [`begin_anew`](Self::begin_anew) has to be called.
    pub fn take(&mut self, reply: &Reply, elapsed: Duration) -> Snapshot {
        let mut snapshot = Snapshot::default();
        self.place_messages(reply);
        for id in std::mem::take(&mut self.touched) {
            if self.is_held(reply, &id) {
                continue;
            }
            let next = match reply.part(&id).filter(|part| !part.abandoned) {
                Some(part) => Written::next(reply, part, self.written.get(&id)),
                None => Next::Remove,
            };
            match next {
                Next::Write(body, written) => snapshot.parts.extend(self.write(reply, &id, body, written)),
                Next::Nothing => {}
                Next::Remove => {
                    self.written.remove(&id);
                    if self.known.contains(&id) {
                        snapshot.removed.push(id);
                    }
                }
            }
        }
        let ended = std::mem::take(&mut self.steps);
        if !ended.is_empty() {
            let steps = reply.steps().filter(|step| ended.contains(&place(step)));
            snapshot.usage.extend(steps.filter_map(usage));
            snapshot.usage.sort_by(|one, other| one.step_id.cmp(&other.step_id));
        }
        self.new_bytes = 0;
        self.something_ended = false;
        self.last = elapsed;
        snapshot
    }

    /// Takes note of what an earlier owner of the turn has stored, so that what is not part of the reply any more is
    /// removed.
    pub fn note_stored<'a>(&mut self, parts: impl IntoIterator<Item = &'a PartId>) {
        self.known.extend(parts.into_iter().cloned());
    }

    /// Leaves what grows at the moment as it is stored until it is whole: for whoever has taken over a turn. Servers tell
    /// a text when it is whole, so of one that grows only the rest is heard.
    pub fn hold_growing(&mut self, reply: &Reply) {
        for session in reply.sessions() {
            let growing = reply.parts_of(&session.id).into_iter().filter(|part| part.is_growing());
            self.held.extend(growing.map(|part| part.part.id.clone()));
        }
    }

    /// Takes nothing for stored any more, so that the next snapshot is whole: after one that could not be stored, after
    /// a resync, and, with [`note_stored`](Self::note_stored), for whoever has taken over a turn.
    pub fn begin_anew(&mut self, reply: &Reply) {
        self.written.clear();
        self.touched.extend(self.known.iter().cloned());
        for session in reply.sessions() {
            for part in reply.parts_of(&session.id) {
                self.touch(&part.part.id);
            }
        }
        // Also those of which nothing is read: what failed and what compactions wrote was used all the same.
        self.steps.extend(reply.steps().map(place));
        self.something_ended = true;
    }

    /// Gives each new message its place. One that is heard of after those behind it, as when a turn is taken over in
    /// the middle, moves them, so that everything is written again.
    fn place_messages(&mut self, reply: &Reply) {
        let new = self.new_messages(reply);
        let is_late = new.first().zip(self.places.keys().next_back()).is_some_and(|(new, last)| new < last);
        if is_late {
            self.places.clear();
            self.begin_anew(reply);
        }
        for message in if is_late { self.new_messages(reply) } else { new } {
            self.places.insert(message, self.places.len() as u64);
        }
    }

    /// The messages that have no place yet, and of which something is to be written.
    fn new_messages(&self, reply: &Reply) -> BTreeSet<MessageId> {
        let parts = self.touched.iter().filter_map(|id| reply.part(id));
        let new = parts.map(|part| &part.part.message_id).filter(|id| !self.places.contains_key(*id));
        new.cloned().collect()
    }

    /// Whether a part is still to be left as it is stored.
    fn is_held(&mut self, reply: &Reply, id: &PartId) -> bool {
        let is_growing = || reply.part(id).is_some_and(|part| !part.abandoned && part.is_growing());
        let is_held = self.held.contains(id) && is_growing();
        if !is_held {
            self.held.remove(id);
        }
        is_held
    }

    fn touch(&mut self, id: &PartId) {
        if !self.touched.contains(id) {
            self.touched.insert(id.clone());
        }
    }

    fn write(&mut self, reply: &Reply, id: &PartId, body: PartBody, written: Written) -> Option<PartWrite> {
        let part = &reply.part(id)?.part;
        self.written.insert(id.clone(), written);
        self.known.insert(id.clone());
        let place = *self.places.get(&part.message_id)?;
        Some(PartWrite::new(id.clone(), part.session_id.clone(), place, body))
    }
}

fn place(step: &ReplyPart) -> (SessionId, MessageId) {
    (step.part.session_id.clone(), step.part.message_id.clone())
}

fn usage(step: &ReplyPart) -> Option<StepUsage> {
    Some(StepUsage::new(step.part.id.clone(), step.part.session_id.clone(), step.usage()?))
}
