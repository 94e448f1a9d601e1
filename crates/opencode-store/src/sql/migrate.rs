//! The steps from an empty database to the present tables.

use diesel::prelude::*;
use diesel_async::{RunQueryDsl, SimpleAsyncConnection as _};

use super::super::{Tx, dialect};
use super::Outcome;
use crate::db::migrations::{CURRENT, MIGRATIONS, Migration};
use crate::db::schema::schema_versions;
use crate::error::{Error, ErrorKind};

/// Takes every step that was not taken yet, up to that version. The transaction of the caller makes it whole.
pub(super) async fn up_to(tx: &mut Tx, version: i64) -> Outcome<()> {
    dialect::lock_schema(tx.conn()).await?;
    tx.conn()
        .batch_execute(
            "CREATE TABLE IF NOT EXISTS opencode_schema (version BIGINT PRIMARY KEY NOT NULL, \
             name TEXT NOT NULL, digest TEXT NOT NULL, applied_at BIGINT NOT NULL)",
        )
        .await?;
    let taken: Vec<(i64, String)> = schema_versions::table
        .order(schema_versions::version)
        .select((schema_versions::version, schema_versions::digest))
        .load(tx.conn())
        .await?;
    check(&taken)?;
    for migration in MIGRATIONS {
        let is_taken = taken.iter().any(|(version, _)| *version == migration.version);
        if !is_taken && migration.version <= version {
            take(tx, migration).await?;
        }
    }
    Ok(())
}

/// Refuses a database that this code does not know.
pub(super) async fn check_version(tx: &mut Tx) -> Outcome<()> {
    // Asked for and not tried: a server says that a table is missing in the language of its operator.
    if !dialect::has_schema(tx.conn()).await? {
        return Ok(());
    }
    let taken: Vec<(i64, String)> = schema_versions::table
        .order(schema_versions::version)
        .select((schema_versions::version, schema_versions::digest))
        .load(tx.conn())
        .await?;
    Ok(check(&taken)?)
}

/// The version of the database, 0 for an empty one.
pub(super) async fn version(tx: &mut Tx) -> Outcome<i64> {
    let last = schema_versions::table
        .order(schema_versions::version.desc())
        .select(schema_versions::version)
        .first(tx.conn())
        .await
        .optional()?;
    Ok(last.unwrap_or_default())
}

fn check(taken: &[(i64, String)]) -> Result<(), Error> {
    for (version, digest) in taken {
        let Some(known) = MIGRATIONS.iter().find(|migration| migration.version == *version) else {
            let message = format!(
                "the tables are of version {version}, and this program knows {CURRENT}: \
                 update the program, or restore the database from before the update"
            );
            return Err(Error::new(ErrorKind::SchemaTooNew, message));
        };
        if known.digest() != *digest {
            let name = known.name;
            let message =
                format!("step {name} was taken in another form: the tables are not what they should be");
            return Err(Error::corrupt(message));
        }
    }
    Ok(())
}

async fn take(tx: &mut Tx, migration: &Migration) -> Outcome<()> {
    tx.conn().batch_execute(&migration.statements(dialect::WORDING)).await?;
    diesel::insert_into(schema_versions::table)
        .values((
            schema_versions::version.eq(migration.version),
            schema_versions::name.eq(migration.name),
            schema_versions::digest.eq(migration.digest()),
            schema_versions::applied_at.eq(tx.now),
        ))
        .execute(tx.conn())
        .await?;
    tracing::info!(
        version = migration.version,
        name = migration.name,
        "the store's tables were brought up to date"
    );
    Ok(())
}
