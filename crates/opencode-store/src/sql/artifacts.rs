//! Names of artifacts, and the objects that hold their bytes.

use std::time::Duration;

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use opencode_wire::model::Json;

use super::super::{Tx, dialect};
use super::Outcome;
use crate::artifact::{Artifact, ArtifactName, Blob, Digest, Expect, NewArtifact, PutEnd};
use crate::db::condition::IsLive;
use crate::db::rows::{ArtifactRow, blob as blob_of, stored};
use crate::db::schema::{artifacts, blobs};
use crate::error::{Error, ErrorKind};
use crate::millis::of;
use crate::turn::TurnId;

const LIVE: &str = "live";
const RETIRED: &str = "retired";

pub(super) async fn blob(tx: &mut Tx, digest: Digest) -> Outcome<Option<Blob>> {
    let live = blobs::table.filter(blobs::digest.eq(digest.to_string())).filter(IsLive);
    let row: Option<(String, String, i64)> = diesel::update(live)
        .set(blobs::touched_at.eq(tx.now))
        .returning((blobs::digest, blobs::object_key, blobs::size))
        .get_result(tx.conn())
        .await
        .optional()?;
    Ok(row.map(blob_of).transpose()?)
}

pub(super) async fn put(tx: &mut Tx, new: &NewArtifact, expect: Expect) -> Outcome<PutEnd> {
    // One writer of a turn's names at a time.
    if !dialect::lock_turn(tx.conn(), new.turn.get()).await? {
        return Err(Error::not_found(format!("there is no turn {}", new.turn)).with_turn(new.turn).into());
    }
    let before = row(tx, new.turn, &new.name).await?;
    check(expect, before.as_ref(), &new.name)?;
    let object_key = lock_objects(tx, new, before.as_ref()).await?;
    let trust = new.trust.as_ref().map(Json::as_str);
    if let Some(row) = &before {
        let is_same = row.digest == new.digest.to_string()
            && row.content_type == new.content_type
            && row.trust.as_deref() == trust;
        if is_same {
            let object_key = row.object_key.clone();
            return Ok(PutEnd::new(before_record(before)?, false, object_key));
        }
    }
    let digest = new.digest.to_string();
    let changes = (
        artifacts::content_type.eq(&new.content_type),
        artifacts::size.eq(stored(new.size)?),
        artifacts::digest.eq(&digest),
        artifacts::object_key.eq(&object_key),
        artifacts::trust.eq(trust),
        artifacts::revision.eq(before.as_ref().map_or(1, |row| row.revision + 1)),
        artifacts::updated_at.eq(tx.now),
    );
    if before.is_some() {
        diesel::update(artifacts::table.find((new.turn.get(), new.name.as_str())))
            .set(changes)
            .execute(tx.conn())
            .await?;
    } else {
        diesel::insert_into(artifacts::table)
            .values((
                artifacts::turn_id.eq(new.turn.get()),
                artifacts::name.eq(new.name.as_str()),
                artifacts::created_at.eq(tx.now),
                changes,
            ))
            .execute(tx.conn())
            .await?;
    }
    let after = row(tx, new.turn, &new.name).await?;
    Ok(PutEnd::new(before_record(after)?, true, object_key))
}

fn before_record(row: Option<ArtifactRow>) -> Result<Artifact, Error> {
    row.ok_or_else(|| Error::corrupt("an artifact that was just stored is not there"))?.into_record()
}

/// Locks the object that holds the bytes, and the one that loses the name, which is kept for a while. In the order of
/// their digests, as everybody does, so that no two wait for each other.
async fn lock_objects(tx: &mut Tx, new: &NewArtifact, before: Option<&ArtifactRow>) -> Outcome<String> {
    let replaced = before.filter(|row| row.digest != new.digest.to_string());
    let (first, last) = match replaced {
        Some(row) if row.digest < new.digest.to_string() => (Some(row), None),
        replaced => (None, replaced),
    };
    if let Some(row) = first {
        keep(tx, &row.object_key).await?;
    }
    let object_key = object_for(tx, new).await?;
    if let Some(row) = last {
        keep(tx, &row.object_key).await?;
    }
    Ok(object_key)
}

/// The object that holds the bytes: one that was there before, or else the one that was just uploaded.
async fn object_for(tx: &mut Tx, new: &NewArtifact) -> Outcome<String> {
    loop {
        if let Some(blob) = blob(tx, new.digest).await? {
            return Ok(blob.object_key);
        }
        let inserted = diesel::insert_into(blobs::table)
            .values((
                blobs::object_key.eq(&new.object_key),
                blobs::digest.eq(new.digest.to_string()),
                blobs::size.eq(stored(new.size)?),
                blobs::state.eq(LIVE),
                blobs::touched_at.eq(tx.now),
            ))
            .on_conflict_do_nothing()
            .execute(tx.conn())
            .await?;
        if inserted == 1 {
            return Ok(new.object_key.clone());
        }
        let is_used: i64 =
            blobs::table.filter(blobs::object_key.eq(&new.object_key)).count().get_result(tx.conn()).await?;
        if is_used > 0 {
            return Err(Error::new(ErrorKind::Conflict, "the object was used for an upload before").into());
        }
        // Somebody else has just stored the same bytes, and has committed by now.
    }
}

pub(super) async fn get(tx: &mut Tx, turn: TurnId, name: &ArtifactName) -> Outcome<Option<(Artifact, Blob)>> {
    let Some(row) = row(tx, turn, name).await? else { return Ok(None) };
    let object_key = row.object_key.clone();
    let artifact = row.into_record()?;
    let blob = Blob::new(artifact.digest, object_key, artifact.size);
    Ok(Some((artifact, blob)))
}

pub(super) async fn list(tx: &mut Tx, turn: TurnId) -> Outcome<Vec<Artifact>> {
    let rows: Vec<ArtifactRow> = artifacts::table
        .filter(artifacts::turn_id.eq(turn.get()))
        .order(artifacts::name)
        .select(ArtifactRow::as_select())
        .load(tx.conn())
        .await?;
    let mut list = rows.into_iter().map(ArtifactRow::into_record).collect::<Result<Vec<_>, _>>()?;
    // A database may order text by the rules of a language.
    list.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(list)
}

pub(super) async fn remove(tx: &mut Tx, turn: TurnId, name: &ArtifactName, expect: Expect) -> Outcome<bool> {
    if !dialect::lock_turn(tx.conn(), turn.get()).await? {
        return Ok(false);
    }
    let Some(row) = row(tx, turn, name).await? else { return Ok(false) };
    let object_key = row.object_key.clone();
    check(expect, Some(&row), name)?;
    diesel::delete(artifacts::table.find((turn.get(), name.as_str()))).execute(tx.conn()).await?;
    keep(tx, &object_key).await?;
    Ok(true)
}

/// Keeps bytes that lose a name for a while: they may come back, and whoever reads them may not be done.
async fn keep(tx: &mut Tx, object_key: &str) -> Outcome<()> {
    diesel::update(blobs::table.find(object_key))
        .set(blobs::touched_at.eq(tx.now))
        .execute(tx.conn())
        .await?;
    Ok(())
}

pub(super) async fn retire(tx: &mut Tx, unused_for: Duration, limit: i64) -> Outcome<Vec<Blob>> {
    let unused_since = tx.now.saturating_sub(of(unused_for));
    let mut unused: Vec<(String, String)> = blobs::table
        .left_join(artifacts::table)
        .filter(blobs::state.eq(LIVE))
        .filter(blobs::touched_at.le(unused_since))
        .filter(artifacts::name.nullable().is_null())
        .order(blobs::touched_at)
        .limit(limit)
        .select((blobs::digest, blobs::object_key))
        .load(tx.conn())
        .await?;
    // In the order in which names are given too.
    unused.sort();
    for (_, object_key) in unused {
        // Whoever names it in this moment touches it first.
        diesel::update(
            blobs::table
                .filter(blobs::object_key.eq(&object_key))
                .filter(blobs::state.eq(LIVE))
                .filter(blobs::touched_at.le(unused_since)),
        )
        .set(blobs::state.eq(RETIRED))
        .execute(tx.conn())
        .await?;
    }
    let rows: Vec<(String, String, i64)> = blobs::table
        .filter(blobs::state.eq(RETIRED))
        .order((blobs::touched_at, blobs::object_key))
        .limit(limit)
        .select((blobs::digest, blobs::object_key, blobs::size))
        .load(tx.conn())
        .await?;
    Ok(rows.into_iter().map(blob_of).collect::<Result<_, _>>()?)
}

pub(super) async fn forget(tx: &mut Tx, object_key: &str) -> Outcome<()> {
    diesel::delete(blobs::table.find(object_key).filter(blobs::state.eq(RETIRED))).execute(tx.conn()).await?;
    Ok(())
}

pub(super) async fn known(tx: &mut Tx, object_keys: &[String]) -> Outcome<Vec<String>> {
    Ok(blobs::table
        .filter(blobs::object_key.eq_any(object_keys))
        .select(blobs::object_key)
        .load(tx.conn())
        .await?)
}

async fn row(tx: &mut Tx, turn: TurnId, name: &ArtifactName) -> Outcome<Option<ArtifactRow>> {
    let row = artifacts::table
        .find((turn.get(), name.as_str()))
        .select(ArtifactRow::as_select())
        .first(tx.conn())
        .await;
    Ok(row.optional()?)
}

fn check(expect: Expect, row: Option<&ArtifactRow>, name: &ArtifactName) -> Result<(), Error> {
    let is_as_expected = match (expect, row) {
        (Expect::Any, _) | (Expect::Absent, None) => true,
        (Expect::Digest(digest), Some(row)) => row.digest == digest.to_string(),
        (Expect::Absent, Some(_)) | (Expect::Digest(_), None) => false,
    };
    if is_as_expected {
        return Ok(());
    }
    Err(Error::new(ErrorKind::Conflict, format!("what is stored under {name:?} is not what was expected")))
}
