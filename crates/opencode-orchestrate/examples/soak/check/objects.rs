//! The bytes of artifacts: those that have a name, and those that have none.

use std::collections::BTreeSet;
use std::time::Duration;

use anyhow::{Result, bail};
use opencode_store::Store;
use opencode_store::artifact::{ArtifactStoreExt as _, Digest};

use super::facts::Facts;
use super::finding::Finding;
use crate::journal::Line;
use crate::orders::Orders;
use crate::places;
use crate::plan::{OBJECT_GRACE, VERSIONS, content};

/// How many bytes an artifact may have.
const LIMIT: u64 = 1 << 20;
/// How many rounds of sweeps there are at most.
const ROUNDS: usize = 20;

/// Every artifact that was stored is there, and holds one of the contents that its turn makes.
pub(super) async fn readable(facts: &Facts, store: &Store) -> Result<Finding> {
    let mut finding = Finding::new("every artifact is there, and whole");
    let artifacts = store.artifacts()?;
    let (mut stored, mut dropped) = (BTreeSet::new(), BTreeSet::new());
    for (_, line) in &facts.journal {
        match line {
            Line::Put { turn, name } => stored.insert((*turn, name.clone())),
            Line::Dropping { turn, name } => dropped.insert((*turn, name.clone())),
            _ => false,
        };
    }
    for turn in facts.turns.keys() {
        let possible: Vec<Digest> =
            (0..VERSIONS).map(|version| Digest::of(content(*turn, version).as_bytes())).collect();
        for artifact in artifacts.artifacts(*turn).await? {
            stored.remove(&(*turn, artifact.name.to_string()));
            finding.expect(possible.contains(&artifact.digest), || format!("turn {turn}: {artifact:?}"));
            let read = artifacts.read_bytes(*turn, &artifact.name, LIMIT).await;
            finding.expect(matches!(read, Ok(Some(_))), || format!("turn {turn}: {artifact:?}: {read:?}"));
        }
    }
    for (turn, name) in stored.difference(&dropped) {
        finding.fault(format!("{name} of turn {turn} was stored, and is gone"));
    }
    Ok(finding)
}

/// Sweeps, and then: every file is one that an artifact names.
pub(super) async fn none_without_a_name(orders: &Orders, facts: &Facts, store: &Store) -> Result<Finding> {
    let mut finding = Finding::new("no object without a name is older than the grace");
    let folder = orders.artifacts();
    let mut named = BTreeSet::new();
    for turn in facts.turns.keys() {
        for artifact in store.artifacts()?.artifacts(*turn).await? {
            // Nobody works any more, so it is there.
            if let Some((_, blob)) = store.artifact_index().artifact(*turn, &artifact.name).await? {
                named.insert(folder.join(blob.object_key));
            }
        }
    }
    // The place of the bytes has a time of its own, which no clock of ours changes.
    places::age(&folder, OBJECT_GRACE + Duration::from_secs(3600))?;
    if let Err(error) = sweep(store).await {
        finding.fault(format!("{error:#}"));
    }
    let files: BTreeSet<_> = places::files(&folder)?.into_iter().collect();
    for file in &files {
        finding.expect(named.contains(file), || format!("{} has no name", file.display()));
    }
    for file in named.difference(&files) {
        finding.fault(format!("{} has a name, and is gone", file.display()));
    }
    Ok(finding)
}

/// Sweeps until a whole round has found nothing.
async fn sweep(store: &Store) -> Result<()> {
    let artifacts = store.artifacts()?;
    // The first round begins anywhere, and ends where the next one begins.
    for round in 0..ROUNDS {
        let mut deleted = 0;
        loop {
            let swept = artifacts.sweep(OBJECT_GRACE).await?;
            deleted += swept.deleted;
            if !swept.more {
                break;
            }
        }
        if round > 0 && deleted == 0 {
            return Ok(());
        }
    }
    bail!("the objects cannot be swept")
}
