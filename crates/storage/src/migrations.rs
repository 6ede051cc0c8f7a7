//! The schema's migrations, embedded. Applied by `callboard migrate` only, never by a server.

use std::collections::HashSet;
use std::thread;
use std::time::Duration;

use diesel::migration::MigrationSource;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Text};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use crate::{Result, StorageError};

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("../../migrations");

/// Two processes that migrate at once take turns on this advisory lock ("call" in ASCII).
const MIGRATION_LOCK: i64 = 0x6361_6c6c;
/// Between looks whether the other one has finished.
const LOOK: Duration = Duration::from_millis(200);

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
    take_turn(&mut conn)?;
    let applied = conn.run_pending_migrations(MIGRATIONS).map_err(failed)?;
    Ok(applied.iter().map(ToString::to_string).collect())
}

/// Waits for its turn, which ends with the connection. Not in the database: an index that is built while people work waits for
/// whoever has begun a statement before, and would wait for one that waits for it.
fn take_turn(conn: &mut PgConnection) -> Result<()> {
    #[derive(QueryableByName)]
    struct Turn {
        #[diesel(sql_type = Bool)]
        mine: bool,
    }
    loop {
        let turn: Turn = diesel::sql_query(format!(
            "SELECT pg_try_advisory_lock({MIGRATION_LOCK}) AS mine"
        ))
        .get_result(conn)?;
        if turn.mine {
            return Ok(());
        }
        thread::sleep(LOOK);
    }
}

/// A row of the table in which diesel notes what it has applied.
#[derive(QueryableByName)]
struct Applied {
    #[diesel(sql_type = Text)]
    version: String,
}

#[derive(QueryableByName)]
struct Known {
    #[diesel(sql_type = Bool)]
    known: bool,
}

/// The names of the migrations that are not applied yet, oldest first. Changes nothing and needs no more than to read:
/// diesel's own way of asking would make its table first, which an operator's login may not.
///
/// # Errors
/// When the database cannot be reached, or its login is neither the owner nor an operator's.
pub fn pending(url: &str) -> Result<Vec<String>> {
    let mut conn = connect(url)?;
    let Known { known } =
        diesel::sql_query("SELECT to_regclass('__diesel_schema_migrations') IS NOT NULL AS known")
            .get_result(&mut conn)?;
    let applied: Vec<Applied> = if known {
        diesel::sql_query("SELECT version FROM __diesel_schema_migrations").load(&mut conn)?
    } else {
        Vec::new()
    };
    let applied: HashSet<String> = applied.into_iter().map(|row| row.version).collect();
    let mut names: Vec<String> = MigrationSource::<Pg>::migrations(&MIGRATIONS)
        .map_err(failed)?
        .iter()
        .map(|migration| migration.name())
        .filter(|name| !applied.contains(&name.version().to_string()))
        .map(ToString::to_string)
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
