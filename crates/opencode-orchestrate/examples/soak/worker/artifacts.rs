//! Makes artifacts, replaces them and drops them.

use anyhow::Result;
use bytes::Bytes;
use fastrand::Rng;
use opencode_store::artifact::{ArtifactName, ArtifactStoreExt as _, Expect, PutOptions};
use opencode_store::turn::TurnId;

use super::Worker;
use crate::journal::Line;
use crate::plan::{VERSIONS, content};

/// Stores an artifact of a turn, and sometimes drops one.
pub(super) async fn make(worker: &Worker, turn: TurnId, chance: &mut Rng) -> Result<()> {
    let artifacts = worker.store.artifacts()?;
    let name: ArtifactName = format!("out/{}.txt", chance.u8(..2)).parse()?;
    if chance.u8(..8) == 0 {
        worker.journal.write(&Line::Dropping { turn, name: name.to_string() })?;
        worker.journal.heed("remove", artifacts.remove(turn, &name, Expect::Any).await)?;
        return Ok(());
    }
    let bytes = Bytes::from(content(turn, chance.u64(..VERSIONS)));
    let stored = artifacts.put_bytes(turn, &name, PutOptions::default(), bytes).await;
    if worker.journal.heed("put", stored)?.is_some() {
        worker.journal.write(&Line::Put { turn, name: name.to_string() })?;
    }
    Ok(())
}
