//! The rules of businesses that have set any, evaluated for a claim.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Jsonb, Text};
use domain::gates::{CallingWindows, Spacing, day_start};
use serde::Deserialize as _;
use serde_json::Value;

use crate::{Result, Tx};

/// What a claim must know of the businesses that have set hours, a gap or a cap. The lists of spaced businesses are as
/// long as one another.
#[derive(Debug, Default)]
pub(crate) struct Rules {
    /// Businesses that must not call now.
    pub(crate) closed: HashSet<i64>,
    /// Businesses that space their calls to a person.
    pub(crate) spaced: Vec<i64>,
    /// A call that began after this keeps the next one waiting.
    pub(crate) gap_began: Vec<Option<DateTime<Utc>>>,
    /// When the day began.
    pub(crate) day_began: Vec<DateTime<Utc>>,
    /// How many calls it may hold.
    pub(crate) calls_per_day: Vec<Option<i16>>,
}

/// What one business has set.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BusinessRules<'a> {
    pub(crate) business: i64,
    pub(crate) time_zone: &'a str,
    pub(crate) calling_windows: Option<&'a Value>,
    pub(crate) min_gap_minutes: Option<i32>,
    pub(crate) max_calls_per_day: Option<i16>,
}

impl Rules {
    /// The rules in force at `now`. A business whose hours cannot be read is closed: it is safe, and its own settings page
    /// and `why` say what is wrong.
    pub(crate) fn of<'a>(
        businesses: impl Iterator<Item = BusinessRules<'a>>,
        now: DateTime<Utc>,
    ) -> Self {
        let mut rules = Self::default();
        let mut seen = HashSet::new();
        for business in businesses.filter(|business| seen.insert(business.business)) {
            if !business.may_call(now).unwrap_or(false) {
                rules.closed.insert(business.business);
                continue;
            }
            let spacing = Spacing {
                min_gap_minutes: business.min_gap_minutes,
                max_calls_per_day: business.max_calls_per_day,
            };
            if let (true, Ok(zone)) = (
                spacing != Spacing::default(),
                business.time_zone.parse::<Tz>(),
            ) {
                rules.spaced.push(business.business);
                rules.gap_began.push(spacing.gap_began(now));
                rules.day_began.push(day_start(now, zone));
                rules.calls_per_day.push(spacing.max_calls_per_day);
            }
        }
        rules
    }
}

impl BusinessRules<'_> {
    /// `None` when its zone or its hours cannot be read.
    fn may_call(&self, now: DateTime<Utc>) -> Option<bool> {
        let Some(windows) = self.calling_windows else {
            return Some(true);
        };
        let zone: Tz = self.time_zone.parse().ok()?;
        let windows = CallingWindows::deserialize(windows).ok()?;
        Some(windows.is_open(now, zone))
    }
}

/// Businesses with a waiting run that must not call now.
///
/// # Errors
/// When the statement fails.
pub(crate) fn closed(tx: &mut Tx<'_>, now: DateTime<Utc>) -> Result<Vec<i64>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = BigInt)]
        business_id: i64,
        #[diesel(sql_type = Text)]
        time_zone: String,
        #[diesel(sql_type = Jsonb)]
        calling_windows: Value,
    }
    let rows: Vec<Row> = diesel::sql_query(
        "SELECT s.business_id, b.time_zone, s.calling_windows
         FROM business_settings s JOIN business b ON b.id = s.business_id
         WHERE s.calling_windows IS NOT NULL
           AND EXISTS (SELECT FROM outbound_call_runs r
                       WHERE r.business_id = s.business_id AND r.status = 'running' AND r.queued_count > 0)",
    )
    .load(tx.conn)?;
    let rules = Rules::of(
        rows.iter().map(|row| BusinessRules {
            business: row.business_id,
            time_zone: &row.time_zone,
            calling_windows: Some(&row.calling_windows),
            min_gap_minutes: None,
            max_calls_per_day: None,
        }),
        now,
    );
    Ok(rules.closed.into_iter().collect())
}
