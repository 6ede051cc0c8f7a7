//! The pen of the read models: status-engine's worker and an operator's rebuild, one at a time for each business.

mod calls;
mod decisions;
mod mark;
mod spreads;
mod status;

use chrono::NaiveDate;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Date, Integer, Text};
use domain::ids::BusinessId;

use crate::{Db, Result, StorageError, TenantTx, Tx};

/// Whether days wait for their time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Haste {
    /// What takes long is done seldom, so that no business takes more than a twentieth of a processor; what another one
    /// works on is left to it.
    WhenDue,
    /// Everything that is stale, now.
    AtOnce,
}

/// How much was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Computed {
    /// Days and months.
    pub days: u32,
    /// Whether nothing is left to do for now.
    pub is_done: bool,
}

/// A day that is to be computed.
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
struct Due {
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Date)]
    day: NaiveDate,
}

#[derive(QueryableByName)]
struct Zone {
    #[diesel(sql_type = Text)]
    time_zone: String,
}

/// The condition that a time is on day $2 of the clock $3. The day itself decides, which a clock that is set back at midnight
/// begins twice; the times around it are for the index.
macro_rules! on_day {
    ($at:expr) => {
        concat!(
            $at,
            " >= ($2::timestamp AT TIME ZONE $3) - interval '3 hours' AND ",
            $at,
            " < (($2 + 1)::timestamp AT TIME ZONE $3) + interval '3 hours' AND (",
            $at,
            " AT TIME ZONE $3)::date = $2"
        )
    };
}
pub(crate) use decisions::decided_at;
pub(super) use decisions::{ON_DAY, SOURCE};
pub(super) use on_day;

/// Whose days are to be marked or computed, at most `most` businesses.
///
/// # Errors
/// When the statement fails.
pub fn businesses_due(tx: &mut Tx<'_>, most: i32) -> Result<Vec<BusinessId>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = BigInt)]
        business_id: i64,
    }
    let rows: Vec<Row> = diesel::sql_query("SELECT business_id FROM analytics_businesses_due($1)")
        .bind::<Integer, _>(most)
        .load(tx.conn)?;
    Ok(rows
        .into_iter()
        .map(|row| BusinessId(row.business_id))
        .collect())
}

/// Marks every day of the business, so that all are computed anew.
///
/// # Errors
/// When a statement fails.
pub fn everything(tx: &mut TenantTx<'_>) -> Result<()> {
    if let Some(zone) = lock(tx, Haste::AtOnce)? {
        mark::everything(tx, &zone)?;
    }
    Ok(())
}

/// How many days and months are stale.
///
/// # Errors
/// When the statement fails.
pub fn stale_days(tx: &mut TenantTx<'_>) -> Result<i64> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = BigInt)]
        days: i64,
    }
    let row: Row = diesel::sql_query(
        "SELECT count(*) AS days FROM analytics_days WHERE business_id = $1 AND due_at IS NOT NULL",
    )
    .bind::<BigInt, _>(tx.business.0)
    .get_result(tx.conn)?;
    Ok(row.days)
}

/// Computes what is stale, `most` days at most, each in a transaction of its own.
///
/// # Errors
/// When a statement fails; what was computed before stays.
pub async fn refresh(
    db: &Db,
    business: BusinessId,
    haste: Haste,
    most: u32,
) -> Result<Computed, StorageError> {
    while db
        .tenant(business, move |tx| match lock(tx, haste)? {
            Some(zone) => mark::marked(tx, &zone),
            None => Ok(false),
        })
        .await?
    {}
    for days in 0..most {
        let is_done = !db
            .tenant(business, move |tx| compute_next(tx, haste))
            .await?;
        if is_done {
            return Ok(Computed { days, is_done });
        }
    }
    Ok(Computed {
        days: most,
        is_done: false,
    })
}

/// Takes the lock of the business, and answers the clock of its days. None when another one holds it and there is no haste.
fn lock(tx: &mut TenantTx<'_>, haste: Haste) -> Result<Option<String>> {
    diesel::sql_query(
        "SELECT set_config('statement_timeout', '10min', true), set_config('lock_timeout', '2min', true)",
    )
    .execute(tx.conn)?;
    diesel::sql_query(
        "INSERT INTO analytics_state (business_id, time_zone) SELECT id, time_zone FROM business WHERE id = $1
         ON CONFLICT DO NOTHING",
    )
    .bind::<BigInt, _>(tx.business.0)
    .execute(tx.conn)?;
    let wait = match haste {
        Haste::WhenDue => "SKIP LOCKED",
        Haste::AtOnce => "",
    };
    let held: Option<Zone> = diesel::sql_query(format!(
        "SELECT time_zone FROM analytics_state WHERE business_id = $1 FOR UPDATE {wait}"
    ))
    .bind::<BigInt, _>(tx.business.0)
    .get_result(tx.conn)
    .optional()?;
    Ok(held.map(|held| held.time_zone))
}

/// Computes the newest day that is stale; answers whether there was one.
fn compute_next(tx: &mut TenantTx<'_>, haste: Haste) -> Result<bool> {
    let Some(zone) = lock(tx, haste)? else {
        return Ok(false);
    };
    // Months last: a day makes its month stale.
    let due: Option<Due> = diesel::sql_query(
        "SELECT kind, day FROM analytics_days
         WHERE business_id = $1 AND due_at IS NOT NULL AND ($2 OR due_at <= now())
         ORDER BY kind LIKE '%month', day DESC LIMIT 1",
    )
    .bind::<BigInt, _>(tx.business.0)
    .bind::<Bool, _>(haste == Haste::AtOnce)
    .get_result(tx.conn)
    .optional()?;
    let Some(due) = due else {
        return Ok(false);
    };
    compute(tx, &due, &zone)?;
    Ok(true)
}

/// Computes one day or month. The mark goes first: what commits from now on leaves a note of its own.
fn compute(tx: &mut TenantTx<'_>, due: &Due, zone: &str) -> Result<()> {
    let business = tx.business.0;
    diesel::sql_query(
        "UPDATE analytics_days SET due_at = NULL, stale_since = NULL
         WHERE business_id = $1 AND kind = $2 AND day = $3",
    )
    .bind::<BigInt, _>(business)
    .bind::<Text, _>(&due.kind)
    .bind::<Date, _>(due.day)
    .execute(tx.conn)?;
    match due.kind.as_str() {
        "status" => status::compute(tx, due.day, zone)?,
        "decisions" => decisions::compute(tx, due.day, zone)?,
        "calls" => calls::compute(tx, due.day, zone)?,
        "status_month" => spreads::month(tx, due.day, &["stay"])?,
        "calls_month" => spreads::month(tx, due.day, &["talk", "attempts"])?,
        kind => {
            return Err(StorageError::Corrupt(format!(
                "analytics_days.kind: {kind:?}"
            )));
        }
    }
    diesel::sql_query(
        "UPDATE analytics_days
         SET took_ms = least(extract(epoch FROM clock_timestamp() - now()) * 1000, 600000)::int
         WHERE business_id = $1 AND kind = $2 AND day = $3",
    )
    .bind::<BigInt, _>(business)
    .bind::<Text, _>(&due.kind)
    .bind::<Date, _>(due.day)
    .execute(tx.conn)?;
    Ok(())
}

/// Runs statements that each begin with `$1` the business, `$2` the day and `$3` its clock.
fn run(tx: &mut TenantTx<'_>, day: NaiveDate, zone: &str, statement: &str) -> Result<()> {
    diesel::sql_query(statement)
        .bind::<BigInt, _>(tx.business.0)
        .bind::<Date, _>(day)
        .bind::<Text, _>(zone)
        .execute(tx.conn)?;
    Ok(())
}

/// Takes out what was computed of a day.
fn clear(tx: &mut TenantTx<'_>, table: &str, day: NaiveDate) -> Result<()> {
    diesel::sql_query(format!(
        "DELETE FROM {table} WHERE business_id = $1 AND day = $2"
    ))
    .bind::<BigInt, _>(tx.business.0)
    .bind::<Date, _>(day)
    .execute(tx.conn)?;
    Ok(())
}

/// Where a number of seconds lies among the places of [`domain::spread`].
fn place_of(seconds: &str) -> String {
    let growth = domain::spread::GROWTH;
    format!(
        "CASE WHEN {seconds} < 1 THEN 0 ELSE floor(ln({seconds}) / ln({growth}::float8)) + 1 END::smallint"
    )
}
