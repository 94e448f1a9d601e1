//! The sessions on the server, and those that the store knows.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Result, bail};
use opencode_store::Store;
use opencode_wire::api::ListSessions;

use super::finding::Finding;
use crate::journal::{self, Line};
use crate::orders::Orders;
use crate::plan::{DIRECTORIES, fleeting, lasting};

/// How often the store is swept until nothing is left to sweep.
const SWEEPS: usize = 100;

/// Sweeps, and then: every session on the server is that of one subject, and every subject has the one that it was
/// told.
pub(super) async fn one_for_each(orders: &Orders, store: &Store) -> Result<Finding> {
    let mut finding = Finding::new("one session for each subject, and none that nobody uses");
    if let Err(error) = sweep(orders, store).await {
        finding.fault(format!("{error:#}"));
    }
    let mut bound = BTreeMap::new();
    for subject in lasting()?.into_iter().chain(fleeting()?) {
        let session = store.sessions().session(&subject).await?;
        if let Some(id) = session.and_then(|session| session.upstream_id) {
            let first = bound.insert(id.as_str().to_owned(), subject.clone());
            finding.expect(first.is_none(), || format!("{id} is the session of {subject} and of {first:?}"));
        }
    }
    let alive = alive(orders, store).await?;
    for id in &alive {
        finding.expect(bound.contains_key(id), || format!("{id} is on the server, and nobody uses it"));
    }
    let journal = journal::read(&orders.journals())?;
    let (mut made, mut removed) = (BTreeSet::new(), BTreeSet::new());
    for (owner, line) in &journal {
        match line {
            Line::Made { upstream } => {
                finding.expect(made.insert(upstream), || {
                    format!("{upstream} was made twice, by {owner} as well")
                });
            }
            Line::Removing { upstream } => {
                removed.insert(upstream);
            }
            _ => {}
        }
    }
    for (id, subject) in &bound {
        let is_there = alive.contains(id) || removed.contains(id);
        finding.expect(is_there, || format!("{id} of {subject} was deleted by no worker, and is gone"));
    }
    Ok(finding)
}

async fn sweep(orders: &Orders, store: &Store) -> Result<()> {
    let (sessions, _) = orders.sessions(store)?;
    for _ in 0..SWEEPS {
        let swept = sessions.sweep().await?;
        if swept.forgotten + swept.failed == 0 {
            return Ok(());
        }
    }
    bail!("the attempts to make sessions cannot be swept")
}

async fn alive(orders: &Orders, store: &Store) -> Result<BTreeSet<String>> {
    let (_, upstream) = orders.sessions(store)?;
    let mut alive = BTreeSet::new();
    for directory in DIRECTORIES {
        let wanted = ListSessions::default().with_directory(directory).with_limit(u32::MAX);
        let listed = upstream.client().sessions().list(&wanted).await?;
        alive.extend(listed.into_iter().map(|session| session.id.as_str().to_owned()));
    }
    Ok(alive)
}
