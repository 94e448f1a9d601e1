//! Asks for sessions, moves them to another directory, and deletes some behind the store's back.

use anyhow::Result;
use fastrand::Rng;
use opencode_store::session::{Ensured, SessionConfig, SessionRecord, Subject, Upstream as _};
use opencode_wire::model::{PermissionAction, PermissionRule};

use super::{Worker, pause};
use crate::journal::Line;
use crate::plan::DIRECTORIES;

pub(super) async fn run(worker: Worker, mut chance: Rng) -> Result<()> {
    while !worker.is_stopping() {
        pause(&mut chance, 150).await;
        let subject = worker.any_subject(&mut chance).clone();
        match chance.u8(..10) {
            0 => {
                lose(&worker, &subject).await?;
            }
            1..4 => come_and_go(&worker, &mut chance).await?,
            4 => {
                let config = any_config(&mut chance);
                note(&worker, worker.sessions.ensure(&subject, &config).await)?;
            }
            _ => {
                ensure(&worker, &subject).await?;
            }
        }
    }
    Ok(())
}

/// The session of a subject, in the directory that most ask for.
pub(super) async fn ensure(worker: &Worker, subject: &Subject) -> Result<Option<SessionRecord>> {
    note(worker, worker.sessions.ensure(subject, &SessionConfig::new(DIRECTORIES[0])).await)
}

fn note(worker: &Worker, ensured: opencode_store::Result<Ensured>) -> Result<Option<SessionRecord>> {
    let Some(ensured) = worker.journal.heed("ensure", ensured)? else { return Ok(None) };
    if let (true, Some(id)) = (ensured.just_created, &ensured.session.upstream_id) {
        worker.journal.write(&Line::Made { upstream: id.as_str().to_owned() })?;
    }
    Ok(Some(ensured.session))
}

/// Deletes the session of a subject on the server, as somebody else might, and then notices.
async fn lose(worker: &Worker, subject: &Subject) -> Result<()> {
    let Some(session) = ensure(worker, subject).await? else { return Ok(()) };
    let Some(id) = &session.upstream_id else { return Ok(()) };
    worker.journal.write(&Line::Removing { upstream: id.as_str().to_owned() })?;
    if worker.upstream.delete(id, &session.place()).await.is_ok() {
        let config = SessionConfig::new(DIRECTORIES[0]);
        note(worker, worker.sessions.recreate(&session, &config).await)?;
    }
    Ok(())
}

/// Makes a session and deletes its subject, while others do the same.
async fn come_and_go(worker: &Worker, chance: &mut Rng) -> Result<()> {
    let subject = &worker.fleeting[chance.usize(..worker.fleeting.len())];
    let config = any_config(chance);
    note(worker, worker.sessions.ensure(subject, &config).await)?;
    pause(chance, 50).await;
    worker.journal.heed("delete_session", worker.store.sessions().delete_session(subject).await)?;
    Ok(())
}

fn any_config(chance: &mut Rng) -> SessionConfig {
    let directory = DIRECTORIES[chance.usize(..DIRECTORIES.len())];
    let action = if chance.bool() { PermissionAction::Deny } else { PermissionAction::Ask };
    SessionConfig::new(directory).with_permissions(vec![PermissionRule::new("bash", "*", action)])
}
