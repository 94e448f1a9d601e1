//! Everything that is stored, and everything that was seen.

use std::collections::{BTreeMap, HashSet};

use anyhow::Result;
use opencode_store::Store;
use opencode_store::blocker::BlockerRecord;
use opencode_store::event::EventPage;
use opencode_store::reply::{StoredPart, UsageOf};
use opencode_store::session::SessionRowId;
use opencode_store::turn::{TurnFilter, TurnId, TurnRecord};
use opencode_wire::reply::Usage;
use serde_json::Value;

use crate::journal::{self, Line};
use crate::orders::Orders;
use crate::plan::{SCOPE, lasting};

/// How many rows are read at once.
const PAGE: usize = 500;

/// A turn with everything that belongs to it.
pub(super) struct TurnFacts {
    pub(super) record: TurnRecord,
    pub(super) log: EventPage,
    pub(super) parts: Vec<StoredPart>,
    pub(super) usage: Usage,
    pub(super) blockers: Vec<BlockerRecord>,
}

/// Everything that is stored, and everything that was seen.
pub(super) struct Facts {
    /// The journals, with the process of each line.
    pub(super) journal: Vec<(String, Line)>,
    pub(super) turns: BTreeMap<TurnId, TurnFacts>,
    /// What each session has used, and the turns of it in the order of their numbers.
    pub(super) sessions: BTreeMap<SessionRowId, (Usage, Vec<TurnId>)>,
    /// What the whole scope has used.
    pub(super) usage: Usage,
    /// Turns that were given another place, or may have been.
    pub(super) relaned: HashSet<TurnId>,
}

impl Facts {
    pub(super) async fn gather(orders: &Orders, store: &Store) -> Result<Self> {
        let journal = journal::read(&orders.journals())?;
        let relaned = journal.iter().filter_map(|(_, line)| match line {
            Line::Relaning { turn } => Some(*turn),
            _ => None,
        });
        let relaned = relaned.collect();
        let (mut turns, mut sessions) = (BTreeMap::new(), BTreeMap::new());
        for subject in lasting()? {
            let Some(session) = store.sessions().session(&subject).await? else { continue };
            let usage = store.replies().usage(&UsageOf::Session(session.id)).await?;
            let mut ids = Vec::new();
            for record in all_turns(store, session.id).await? {
                ids.push(record.id);
                turns.insert(record.id, TurnFacts::gather(store, record).await?);
            }
            sessions.insert(session.id, (usage, ids));
        }
        let usage = store.replies().usage(&UsageOf::Scope(SCOPE.to_owned())).await?;
        Ok(Self { journal, turns, sessions, usage, relaned })
    }

    /// How often each thing was seen.
    pub(super) fn operations(&self) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        for (_, line) in &self.journal {
            let seen = serde_json::to_value(line).unwrap_or_default();
            let mut name = seen["seen"].as_str().unwrap_or_default().to_owned();
            if let (Line::Refused { call, .. }, Value::String(kind)) = (line, &seen["kind"]) {
                name = format!("{name}: {call}, {kind}");
            }
            *counts.entry(name).or_default() += 1;
        }
        counts.insert("processes".to_owned(), self.processes());
        counts
    }

    fn processes(&self) -> usize {
        self.journal.iter().map(|(owner, _)| owner).collect::<HashSet<_>>().len()
    }
}

impl TurnFacts {
    async fn gather(store: &Store, record: TurnRecord) -> Result<Self> {
        let id = record.id;
        Ok(Self {
            record,
            log: store.events().read(id, 0, PAGE).await?,
            parts: store.replies().parts(id).await?,
            usage: store.replies().usage(&UsageOf::Turn(id)).await?,
            blockers: store.blockers().blockers(id).await?,
        })
    }
}

async fn all_turns(store: &Store, session: SessionRowId) -> Result<Vec<TurnRecord>> {
    let mut turns: Vec<TurnRecord> = Vec::new();
    loop {
        let after = turns.last().map(|turn| turn.id);
        let page = store.turns().turns(session, TurnFilter::All, after, PAGE).await?;
        if page.is_empty() {
            return Ok(turns);
        }
        turns.extend(page);
    }
}
