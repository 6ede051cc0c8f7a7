//! What the read models tell of days, and how fresh they are.

pub(super) mod calls;
pub(super) mod decisions;
pub(super) mod runs;
pub(super) mod status;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use diesel::deserialize::QueryableByName;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Date, Nullable, SmallInt, Text, Timestamptz};
use domain::spread::Spread;

use super::{Days, Scope};
use crate::schema::{outbound_call_runs, outbound_lead_lists, users};
use crate::{Result, StorageError, TenantTx};

/// How the figures of a business are kept.
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
pub struct Kept {
    /// The clock on which its days are told (IANA).
    #[diesel(sql_type = Text)]
    pub time_zone: String,
    /// The oldest change that is not counted yet.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub stale_since: Option<DateTime<Utc>>,
}

/// How the figures of the business are kept.
///
/// # Errors
/// When the statement fails.
pub fn kept(tx: &mut TenantTx<'_>) -> Result<Kept> {
    Ok(diesel::sql_query(
        "SELECT coalesce(s.time_zone, b.time_zone) AS time_zone,
                least((SELECT min(noted_at) FROM analytics_changes WHERE business_id = $1),
                      (SELECT min(stale_since) FROM analytics_days
                       WHERE business_id = $1 AND kind IN ('status', 'decisions', 'calls'))) AS stale_since
         FROM business b LEFT JOIN analytics_state s ON s.business_id = b.id WHERE b.id = $1",
    )
    .bind::<BigInt, _>(tx.business.0)
    .get_result(tx.conn)?)
}

/// Whether the business has what the scope names.
///
/// # Errors
/// [`StorageError::NotFound`] when it has not.
pub fn known(tx: &mut TenantTx<'_>, scope: Scope) -> Result<()> {
    let business = tx.business.0;
    let rows: i64 = match scope {
        Scope::All => return Ok(()),
        Scope::List(list) => outbound_lead_lists::table
            .find((business, list.0))
            .count()
            .get_result(tx.conn)?,
        Scope::Owner(user) => users::table
            .filter(users::business_id.eq(business))
            .filter(users::id.eq(user.0))
            .count()
            .get_result(tx.conn)?,
        Scope::Run(run) => outbound_call_runs::table
            .find((business, run.0))
            .count()
            .get_result(tx.conn)?,
    };
    if rows == 0 {
        return Err(StorageError::NotFound);
    }
    Ok(())
}

/// Rows of a read model, by a statement that takes the business ($1), the scope ($2, $3), the first and the last day ($4, $5)
/// and the one source or direction that is asked for ($6), where it is one.
fn of_days<R>(
    tx: &mut TenantTx<'_>,
    statement: &str,
    days: Days,
    scope: Scope,
    only: Option<&str>,
) -> Result<Vec<R>>
where
    R: QueryableByName<Pg> + 'static,
{
    let (kind, id) = scope.key();
    Ok(diesel::sql_query(statement)
        .bind::<BigInt, _>(tx.business.0)
        .bind::<Text, _>(kind)
        .bind::<BigInt, _>(id)
        .bind::<Date, _>(days.from)
        .bind::<Date, _>(days.to)
        .bind::<Nullable<Text>, _>(only)
        .load(tx.conn)?)
}

/// How values of one kind are spread.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpreadOf {
    /// What they are of.
    pub of: (String, String),
    /// The values.
    pub spread: Spread,
}

/// Reads spreads: whole months where they are as their days, else days.
const SPREADS: &str = "
WITH months AS MATERIALIZED (
    SELECT day FROM analytics_days
    WHERE business_id = $1 AND kind = $8 AND due_at IS NULL AND day >= $4
      AND (day + interval '1 month' - interval '1 day')::date <= $5
), rows AS (
    SELECT source, one, other, places, counts FROM analytics_spreads
    WHERE business_id = $1 AND scope = $2 AND scope_id = $3 AND what = $6 AND grain = 'month'
      AND starts_on IN (SELECT day FROM months)
    UNION ALL
    SELECT source, one, other, places, counts FROM analytics_spreads
    WHERE business_id = $1 AND scope = $2 AND scope_id = $3 AND what = $6 AND grain = 'day'
      AND starts_on BETWEEN $4 AND $5
      AND NOT date_trunc('month', starts_on::timestamp)::date IN (SELECT day FROM months)
)
SELECT CASE $6 WHEN 'stay' THEN one ELSE source END AS one, CASE $6 WHEN 'stay' THEN other ELSE one END AS other,
       u.place, sum(u.n)::bigint AS n
FROM rows r CROSS JOIN LATERAL unnest(r.places, r.counts) AS u (place, n)
WHERE $7 IS NULL OR source = $7 GROUP BY 1, 2, 3";

fn spreads(
    tx: &mut TenantTx<'_>,
    days: Days,
    scope: Scope,
    (what, month): (&str, &str),
    source: Option<&str>,
) -> Result<Vec<SpreadOf>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Text)]
        one: String,
        #[diesel(sql_type = Text)]
        other: String,
        #[diesel(sql_type = SmallInt)]
        place: i16,
        #[diesel(sql_type = BigInt)]
        n: i64,
    }
    let (kind, id) = scope.key();
    let rows: Vec<Row> = diesel::sql_query(SPREADS)
        .bind::<BigInt, _>(tx.business.0)
        .bind::<Text, _>(kind)
        .bind::<BigInt, _>(id)
        .bind::<Date, _>(days.from)
        .bind::<Date, _>(days.to)
        .bind::<Text, _>(what)
        .bind::<Nullable<Text>, _>(source)
        .bind::<Text, _>(month)
        .load(tx.conn)?;
    let mut found: BTreeMap<(String, String), Spread> = BTreeMap::new();
    for row in rows {
        let count = u64::try_from(row.n).map_err(|_| {
            StorageError::Corrupt(format!("analytics_spreads has a count of {}", row.n))
        })?;
        found
            .entry((row.one, row.other))
            .or_default()
            .add(row.place, count);
    }
    Ok(found
        .into_iter()
        .map(|(of, spread)| SpreadOf { of, spread })
        .collect())
}
