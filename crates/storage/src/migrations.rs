//! The schema's migrations, embedded. Applied by `callboard migrate` only, never by a server.

use diesel::prelude::*;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use crate::{Result, StorageError};

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("../../migrations");

/// Two processes that migrate at once take turns on this advisory lock ("call" in ASCII).
const MIGRATION_LOCK: i64 = 0x6361_6c6c;

fn connect(url: &str) -> Result<PgConnection> {
    PgConnection::establish(url).map_err(|error| StorageError::Unavailable(Box::new(error)))
}

fn failed(error: Box<dyn std::error::Error + Send + Sync>) -> StorageError {
    StorageError::Corrupt(format!("migration: {error}"))
}

/// Applies what is pending, as the owner of the tables; answers the names of what it applied. Safe to run twice and
/// from two places at once.
///
/// # Errors
/// When the database cannot be reached or a migration fails; the failed one is rolled back.
pub fn apply(url: &str) -> Result<Vec<String>> {
    let mut conn = connect(url)?;
    diesel::sql_query(format!("SELECT pg_advisory_lock({MIGRATION_LOCK})")).execute(&mut conn)?;
    let applied = conn.run_pending_migrations(MIGRATIONS).map_err(failed)?;
    Ok(applied.iter().map(ToString::to_string).collect())
}

/// The names of the migrations that are not applied yet, oldest first. Changes nothing.
///
/// # Errors
/// When the database cannot be reached.
pub fn pending(url: &str) -> Result<Vec<String>> {
    let mut conn = connect(url)?;
    let known =
        diesel::sql_query("SELECT 1 FROM pg_tables WHERE tablename = '__diesel_schema_migrations'")
            .execute(&mut conn)?;
    let migrations = if known == 0 {
        diesel::migration::MigrationSource::<diesel::pg::Pg>::migrations(&MIGRATIONS)
    } else {
        conn.pending_migrations(MIGRATIONS)
    }
    .map_err(failed)?;
    let mut names: Vec<String> = migrations
        .iter()
        .map(|migration| migration.name().to_string())
        .collect();
    names.sort_unstable();
    Ok(names)
}

/// Takes every migration back, newest first: for tests of the way down.
///
/// # Errors
/// When the database cannot be reached or a migration fails.
pub fn revert_all(url: &str) -> Result<usize> {
    let mut conn = connect(url)?;
    let reverted = conn.revert_all_migrations(MIGRATIONS).map_err(failed)?;
    Ok(reverted.len())
}
