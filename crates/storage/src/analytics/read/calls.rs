use chrono::NaiveDate;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Date, Double, SmallInt, Text};

use super::{SpreadOf, of_days, spreads};
use crate::analytics::{Days, Scope};
use crate::{Result, TenantTx};

/// Ended calls of one direction and outcome.
#[derive(Debug, Clone, PartialEq, QueryableByName)]
pub struct CallCount {
    /// `inbound` or `outbound`.
    #[diesel(sql_type = Text)]
    pub direction: String,
    /// `reached`, `voicemail`, `busy`, `no-answer`, `failed`, `canceled` or `not_placed`.
    #[diesel(sql_type = Text)]
    pub outcome: String,
    /// Calls.
    #[diesel(sql_type = BigInt)]
    pub calls: i64,
    /// Of those that were picked up.
    #[diesel(sql_type = BigInt)]
    pub talk_seconds: i64,
    /// For how long they held their lines.
    #[diesel(sql_type = Double)]
    pub line_seconds: f64,
}

/// Which calls every read of them is asked for.
macro_rules! asked {
    ($scope:literal) => {
        concat!(
            " WHERE c.business_id = $1 AND ",
            $scope,
            " AND c.day BETWEEN $4 AND $5 AND ($6 IS NULL OR c.direction = $6) "
        )
    };
    () => {
        asked!("c.scope = $2 AND c.scope_id = $3")
    };
}
/// Placed calls, and what became of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, QueryableByName)]
pub struct Placed {
    /// Calls that the carrier took.
    #[diesel(sql_type = BigInt)]
    pub calls: i64,
    /// Those that were picked up.
    #[diesel(sql_type = BigInt)]
    pub answered: i64,
    /// Those of them that no machine is known to have picked up.
    #[diesel(sql_type = BigInt)]
    pub reached: i64,
}

/// Sums of placed calls, by outcome. It is `calls` less those that the carrier did not take.
macro_rules! placed {
    () => {
        "coalesce(sum(c.calls) FILTER (WHERE c.outcome <> 'not_placed'), 0)::bigint AS calls,
         coalesce(sum(c.calls) FILTER (WHERE c.outcome IN ('reached', 'voicemail')), 0)::bigint AS answered,
         coalesce(sum(c.calls) FILTER (WHERE c.outcome = 'reached'), 0)::bigint AS reached "
    };
}

/// The calls of the days by direction and outcome.
///
/// # Errors
/// When the statement fails.
pub fn counts(
    tx: &mut TenantTx<'_>,
    days: Days,
    scope: Scope,
    direction: Option<&str>,
) -> Result<Vec<CallCount>> {
    of_days(
        tx,
        concat!(
            "SELECT c.direction, c.outcome, sum(c.calls)::bigint AS calls, sum(c.talk_seconds)::bigint AS talk_seconds,
                    sum(c.line_seconds) AS line_seconds FROM analytics_call_days c",
            asked!(),
            "GROUP BY 1, 2 ORDER BY 1, 2"
        ),
        days,
        scope,
        direction,
    )
}

/// Placed calls by one number of the business.
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
pub struct NumberCalls {
    /// The business's number (E.164).
    #[diesel(sql_type = Text)]
    pub number: String,
    /// `inbound` or `outbound`.
    #[diesel(sql_type = Text)]
    pub direction: String,
    /// Its calls.
    #[diesel(embed)]
    pub placed: Placed,
}

/// The calls of the days by the business's number.
///
/// # Errors
/// When the statement fails.
pub fn by_number(
    tx: &mut TenantTx<'_>,
    days: Days,
    scope: Scope,
    direction: Option<&str>,
) -> Result<Vec<NumberCalls>> {
    of_days(
        tx,
        concat!(
            "SELECT c.number, c.direction, ",
            placed!(),
            "FROM analytics_call_days c",
            asked!(),
            "GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2 LIMIT 100"
        ),
        days,
        scope,
        direction,
    )
}

/// Placed calls to and from the leads of one list.
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
pub struct ListCalls {
    /// The list.
    #[diesel(sql_type = BigInt)]
    pub list_id: i64,
    /// What it is called.
    #[diesel(sql_type = Text)]
    pub name: String,
    /// Its calls.
    #[diesel(embed)]
    pub placed: Placed,
}

/// The calls of the days by the lead's list, whichever the scope; the 100 lists with the most calls.
///
/// # Errors
/// When the statement fails.
pub fn by_list(
    tx: &mut TenantTx<'_>,
    days: Days,
    scope: Scope,
    direction: Option<&str>,
) -> Result<Vec<ListCalls>> {
    of_days(
        tx,
        concat!(
            "SELECT s.list_id, l.name, s.calls, s.answered, s.reached FROM (SELECT c.scope_id AS list_id, ",
            placed!(),
            "FROM analytics_call_days c",
            asked!("c.scope = 'list' AND ($2 = 'all' OR ($2 = 'list' AND c.scope_id = $3))"),
            "GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 100) s
             JOIN outbound_lead_lists l ON l.business_id = $1 AND l.id = s.list_id ORDER BY 3 DESC, 1"
        ),
        days,
        scope,
        direction,
    )
}

/// Placed calls of one day.
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
pub struct DayCalls {
    /// The day.
    #[diesel(sql_type = Date)]
    pub day: NaiveDate,
    /// Calls that came in.
    #[diesel(sql_type = BigInt)]
    pub inbound: i64,
    /// Its calls.
    #[diesel(embed)]
    pub placed: Placed,
}

/// The calls of each day that had some, in order.
///
/// # Errors
/// When the statement fails.
pub fn by_day(
    tx: &mut TenantTx<'_>,
    days: Days,
    scope: Scope,
    direction: Option<&str>,
) -> Result<Vec<DayCalls>> {
    of_days(
        tx,
        concat!(
            "SELECT c.day, coalesce(sum(c.calls) FILTER (WHERE c.direction = 'inbound'), 0)::bigint AS inbound, ",
            placed!(),
            "FROM analytics_call_days c",
            asked!(),
            "GROUP BY 1 ORDER BY 1"
        ),
        days,
        scope,
        direction,
    )
}

/// Placed calls of one hour of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, QueryableByName)]
pub struct HourCalls {
    /// 1 for Monday to 7 for Sunday (ISO 8601).
    #[diesel(sql_type = SmallInt)]
    pub weekday: i16,
    /// 0 to 23, of the wall clock.
    #[diesel(sql_type = SmallInt)]
    pub hour: i16,
    /// Its calls.
    #[diesel(embed)]
    pub placed: Placed,
}

/// The calls of the days by hour and weekday, where there are some.
///
/// # Errors
/// When the statement fails.
pub fn by_hour(
    tx: &mut TenantTx<'_>,
    days: Days,
    scope: Scope,
    direction: &str,
) -> Result<Vec<HourCalls>> {
    of_days(
        tx,
        concat!(
            "SELECT extract(isodow FROM c.day)::smallint AS weekday, c.hour, sum(c.calls)::bigint AS calls,
                    sum(c.answered)::bigint AS answered, sum(c.reached)::bigint AS reached FROM analytics_call_hours c",
            asked!(),
            "GROUP BY 1, 2 ORDER BY 1, 2"
        ),
        days,
        scope,
        Some(direction),
    )
}

/// How long picked-up calls lasted, by (direction, outcome).
///
/// # Errors
/// When the statement fails.
pub fn talks(
    tx: &mut TenantTx<'_>,
    days: Days,
    scope: Scope,
    direction: Option<&str>,
) -> Result<Vec<SpreadOf>> {
    spreads(tx, days, scope, ("talk", "calls_month"), direction)
}

/// After how many outbound calls leads were reached for the first time; the places are the numbers themselves.
///
/// # Errors
/// When the statement fails.
pub fn attempts(tx: &mut TenantTx<'_>, days: Days, scope: Scope) -> Result<Vec<SpreadOf>> {
    spreads(tx, days, scope, ("attempts", "calls_month"), None)
}
