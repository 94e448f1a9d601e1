//! Sweeps, as every host does now and then.

use anyhow::Result;
use fastrand::Rng;

use super::{Worker, pause};
use crate::journal::Line;
use crate::plan::OBJECT_GRACE;

pub(super) async fn run(worker: Worker, mut chance: Rng) -> Result<()> {
    let artifacts = worker.store.artifacts()?;
    while !worker.is_stopping() {
        pause(&mut chance, 1500).await;
        if let Some(swept) = worker.journal.heed("sweep", worker.sessions.sweep().await)? {
            worker.journal.write(&Line::Swept { count: swept.deleted })?;
        }
        if let Some(swept) = worker.journal.heed("sweep", artifacts.sweep(OBJECT_GRACE).await)? {
            worker.journal.write(&Line::Swept { count: swept.deleted })?;
        }
    }
    Ok(())
}
