use chrono::NaiveDate;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Date, Text};

use super::{SpreadOf, of_days, spreads};
use crate::analytics::{Days, Scope};
use crate::{Result, TenantTx};

/// How often leads went from one status to another by one source.
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
pub struct Transition {
    /// `auto_inbound`, `auto_outbound`, `auto_whatsapp`, `manual`, or `created`.
    #[diesel(sql_type = Text)]
    pub source: String,
    /// Empty for none.
    #[diesel(sql_type = Text)]
    pub from_status: String,
    /// Empty for none, which leads that came to be may have.
    #[diesel(sql_type = Text)]
    pub to_status: String,
    /// Changes.
    #[diesel(sql_type = BigInt)]
    pub changes: i64,
    /// Those by which a lead reached the status for the first time.
    #[diesel(sql_type = BigInt)]
    pub firsts: i64,
}

/// The changes of the days, most first.
///
/// # Errors
/// When the statement fails.
pub fn transitions(
    tx: &mut TenantTx<'_>,
    days: Days,
    scope: Scope,
    source: Option<&str>,
) -> Result<Vec<Transition>> {
    of_days(
        tx,
        "SELECT source, from_status, to_status, sum(changes)::bigint AS changes, sum(firsts)::bigint AS firsts
         FROM analytics_status_days
         WHERE business_id = $1 AND scope = $2 AND scope_id = $3 AND day BETWEEN $4 AND $5
           AND ($6 IS NULL OR source = $6)
         GROUP BY 1, 2, 3 ORDER BY 4 DESC, 1, 2, 3",
        days,
        scope,
        source,
    )
}

/// How many leads entered and left a status on a day.
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
pub struct DayMoves {
    /// The day.
    #[diesel(sql_type = Date)]
    pub day: NaiveDate,
    /// The status.
    #[diesel(sql_type = Text)]
    pub status: String,
    /// Leads that entered it, those that came to be in it included.
    #[diesel(sql_type = BigInt)]
    pub entered: i64,
    /// Leads that left it.
    #[diesel(sql_type = BigInt)]
    pub left: i64,
}

/// The moves of each day on which there were some, in order.
///
/// # Errors
/// When the statement fails.
pub fn by_day(
    tx: &mut TenantTx<'_>,
    days: Days,
    scope: Scope,
    source: Option<&str>,
) -> Result<Vec<DayMoves>> {
    of_days(
        tx,
        "SELECT day, status, sum(entered)::bigint AS entered, sum(\"left\")::bigint AS \"left\"
         FROM (SELECT day, from_status, to_status, sum(changes) AS changes FROM analytics_status_days
               WHERE business_id = $1 AND scope = $2 AND scope_id = $3 AND day BETWEEN $4 AND $5
                 AND ($6 IS NULL OR source = $6) GROUP BY 1, 2, 3) d
         CROSS JOIN LATERAL (VALUES (to_status, changes, 0), (from_status, 0, changes)) AS m (status, entered, \"left\")
         WHERE status <> '' GROUP BY 1, 2 ORDER BY 1, 2",
        days,
        scope,
        source,
    )
}

/// How long leads had been in a status when they left it for another one: by (status, next status).
///
/// # Errors
/// When the statement fails.
pub fn stays(
    tx: &mut TenantTx<'_>,
    days: Days,
    scope: Scope,
    source: Option<&str>,
) -> Result<Vec<SpreadOf>> {
    spreads(tx, days, scope, ("stay", "status_month"), source)
}
