//! The rules of businesses that have set any, evaluated for a claim.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Integer, Jsonb, Nullable, SmallInt, Text};
use domain::gates::{CallingWindows, Spacing, day_start};
use serde_json::Value;

use crate::{Result, Tx};

/// What a claim must know of the businesses that have set hours, a gap or a cap. The lists of spaced businesses are as
/// long as one another.
#[derive(Debug, Default)]
pub(crate) struct Rules {
    /// Businesses that must not call now.
    pub(crate) closed: Vec<i64>,
    /// Businesses that space their calls to a person.
    pub(crate) spaced: Vec<i64>,
    /// A call that began after this keeps the next one waiting.
    pub(crate) gap_began: Vec<Option<DateTime<Utc>>>,
    /// When the day began.
    pub(crate) day_began: Vec<DateTime<Utc>>,
    /// How many calls it may hold.
    pub(crate) calls_per_day: Vec<Option<i16>>,
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = BigInt)]
    business_id: i64,
    #[diesel(sql_type = Text)]
    time_zone: String,
    #[diesel(sql_type = Nullable<Jsonb>)]
    calling_windows: Option<Value>,
    #[diesel(sql_type = Nullable<Integer>)]
    min_gap_minutes: Option<i32>,
    #[diesel(sql_type = Nullable<SmallInt>)]
    max_calls_per_day: Option<i16>,
}

/// $1 businesses, or null for all. Few have set anything, and of those only the ones with waiting work matter.
const RULES: &str = "
SELECT s.business_id, b.time_zone, s.calling_windows, s.min_gap_minutes, s.max_calls_per_day
FROM business_settings s JOIN business b ON b.id = s.business_id
WHERE (s.calling_windows IS NOT NULL OR s.min_gap_minutes IS NOT NULL OR s.max_calls_per_day IS NOT NULL)
  AND ($1 IS NULL OR s.business_id = ANY($1))
  AND EXISTS (SELECT FROM outbound_call_runs r
              WHERE r.business_id = s.business_id AND r.status = 'running' AND r.queued_count > 0)";

/// The rules in force at `now`, for the named businesses or, with `None`, for all. A business whose hours cannot be read
/// is closed: it is safe, and its own settings page and `why` say what is wrong.
///
/// # Errors
/// When the statement fails.
pub(crate) fn rules(
    tx: &mut Tx<'_>,
    businesses: Option<&[i64]>,
    now: DateTime<Utc>,
) -> Result<Rules> {
    let rows: Vec<Row> = diesel::sql_query(RULES)
        .bind::<Nullable<Array<BigInt>>, _>(businesses)
        .load(tx.conn)?;
    let mut rules = Rules::default();
    for row in rows {
        if !row.may_call(now).unwrap_or(false) {
            rules.closed.push(row.business_id);
            continue;
        }
        let spacing = Spacing {
            min_gap_minutes: row.min_gap_minutes,
            max_calls_per_day: row.max_calls_per_day,
        };
        if let (true, Ok(zone)) = (spacing != Spacing::default(), row.time_zone.parse::<Tz>()) {
            rules.spaced.push(row.business_id);
            rules.gap_began.push(spacing.gap_began(now));
            rules.day_began.push(day_start(now, zone));
            rules.calls_per_day.push(spacing.max_calls_per_day);
        }
    }
    Ok(rules)
}

impl Row {
    /// `None` when its zone or its hours cannot be read.
    fn may_call(&self, now: DateTime<Utc>) -> Option<bool> {
        let zone: Tz = self.time_zone.parse().ok()?;
        let Some(windows) = self.calling_windows.clone() else {
            return Some(true);
        };
        let windows: CallingWindows = serde_json::from_value(windows).ok()?;
        Some(windows.is_open(now, zone))
    }
}
