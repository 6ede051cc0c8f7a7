//! What a business has set that decides when and how it calls, as a dialer keeps it in mind. Each comes with the version of
//! the settings that it was read from; a claim serves no business whose settings are of another version by then.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, Duration, Utc};
use chrono_tz::Tz;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::serialize::{self, Output, ToSql, WriteTuple};
use diesel::sql_types::{
    Array, BigInt, Bool, Integer, Interval, Jsonb, Nullable, SmallInt, SqlType, Text, Timestamptz,
};
use domain::gates::{CallingWindows, Gate, Spacing, day_start, next_day_start};
use domain::ids::BusinessId;
use serde::Deserialize as _;
use serde_json::Value;

use crate::prepared::Prepared;
use crate::{Result, Tx};

/// When a zone that does not open in sight is looked at again.
const LOOK_AGAIN: Duration = Duration::days(1);

/// What one business has set.
#[derive(Debug, Clone)]
pub struct BusinessRules {
    business: BusinessId,
    version: i64,
    hours: Hours,
    /// Of its leads.
    zones: Vec<String>,
    spacing: Spacing,
    waits_for_beep: bool,
    ring_timeout_seconds: u16,
    time_limit_seconds: u32,
}

/// When it calls.
#[derive(Debug, Clone)]
enum Hours {
    /// At any hour, on its own clock.
    Always(Tz),
    Windows(Box<CallingWindows>, Tz),
    /// What it has set cannot be read: it is safe not to call, and its own settings page and `why` say what is wrong.
    Unreadable,
}

/// What holds now for a business that may call now.
#[derive(Debug, Clone)]
pub(crate) struct RuleNow {
    business: BusinessId,
    version: i64,
    gap_began: Option<DateTime<Utc>>,
    gap_minutes: Option<i32>,
    day: Option<(DateTime<Utc>, DateTime<Utc>)>,
    calls_per_day: Option<i16>,
    freed: Option<Vec<i16>>,
    closed_zones: Option<Closed>,
}

/// Time zones of persons in which it is too early or too late, and when they open, in the same order.
type Closed = (Vec<String>, Vec<DateTime<Utc>>);

impl BusinessRules {
    /// The business.
    #[must_use]
    pub const fn business(&self) -> BusinessId {
        self.business
    }

    pub(crate) const fn waits_for_beep(&self) -> bool {
        self.waits_for_beep
    }

    pub(crate) const fn ring_timeout_seconds(&self) -> u16 {
        self.ring_timeout_seconds
    }

    pub(crate) const fn time_limit_seconds(&self) -> u32 {
        self.time_limit_seconds
    }

    /// Whether the business may call at `now`.
    #[must_use]
    pub fn is_open(&self, now: DateTime<Utc>) -> bool {
        match &self.hours {
            Hours::Always(_) => true,
            Hours::Windows(windows, zone) => windows.is_open(now, *zone),
            Hours::Unreadable => false,
        }
    }

    /// What holds at `now`; `None` when the business must not call. `freed` are the lines that are known to be free;
    /// without, all are looked at.
    pub(crate) fn at(&self, now: DateTime<Utc>, freed: Option<Vec<i16>>) -> Option<RuleNow> {
        if !self.is_open(now) {
            return None;
        }
        let (Hours::Always(zone) | Hours::Windows(_, zone)) = &self.hours else {
            return None;
        };
        let Spacing {
            min_gap_minutes,
            max_calls_per_day,
        } = self.spacing;
        Some(RuleNow {
            business: self.business,
            version: self.version,
            gap_began: self.spacing.gap_began(now),
            gap_minutes: min_gap_minutes,
            day: max_calls_per_day.map(|_| (day_start(now, *zone), next_day_start(now, *zone))),
            calls_per_day: max_calls_per_day,
            freed,
            closed_zones: self.closed_zones(now),
        })
    }

    /// The business's clock; UTC when its settings cannot be read.
    pub(crate) const fn time_zone(&self) -> Tz {
        match &self.hours {
            Hours::Always(zone) | Hours::Windows(_, zone) => *zone,
            Hours::Unreadable => Tz::UTC,
        }
    }

    /// When `gate`, closed at `now`, opens for a person in `zone` whose last call began at `last_call`; `None` when that is
    /// not known.
    pub(crate) fn opens(
        &self,
        gate: Gate,
        now: DateTime<Utc>,
        zone: Option<&str>,
        last_call: Option<DateTime<Utc>>,
    ) -> Option<DateTime<Utc>> {
        match (gate, &self.hours) {
            (Gate::CallingWindow, Hours::Windows(windows, own)) => {
                let person = zone.map_or(Ok(*own), str::parse).ok()?;
                windows.next_common_opening(now, &[*own, person])
            }
            (Gate::Gap, _) => Some(last_call? + self.spacing.gap()?),
            (Gate::DailyCap, _) => Some(next_day_start(now, self.time_zone())),
            _ => None,
        }
    }

    /// Where a person must not be called at `now`, though the hours hold where the business is; `None` when nowhere.
    fn closed_zones(&self, now: DateTime<Utc>) -> Option<Closed> {
        let Hours::Windows(windows, own) = &self.hours else {
            return None;
        };
        let mut closed = Closed::default();
        for name in &self.zones {
            let zone = name.parse::<Tz>().ok();
            if zone.is_some_and(|zone| zone == *own || windows.is_open(now, zone)) {
                continue;
            }
            // Nobody knows what time it is in a zone that cannot be read.
            let opens = zone.and_then(|zone| windows.next_opening(now, zone));
            closed.0.push(name.clone());
            closed.1.push(opens.unwrap_or(now + LOOK_AGAIN));
        }
        (!closed.0.is_empty()).then_some(closed)
    }
}

impl RuleNow {
    pub(crate) const fn gap_began(&self) -> Option<DateTime<Utc>> {
        self.gap_began
    }

    pub(crate) fn day_began(&self) -> Option<DateTime<Utc>> {
        self.day.map(|(began, _)| began)
    }

    pub(crate) const fn calls_per_day(&self) -> Option<i16> {
        self.calls_per_day
    }

    pub(crate) fn closed_zones(&self) -> Option<&Vec<String>> {
        self.closed_zones.as_ref().map(|(names, _)| names)
    }
}

/// `turn_rule`.
#[derive(Debug, Clone, Copy, SqlType, diesel::query_builder::QueryId)]
#[diesel(postgres_type(name = "turn_rule"))]
pub(crate) struct TurnRule;

/// One value of it.
#[derive(Debug)]
pub(crate) struct TurnRuleRow(pub(crate) RuleNow);

impl ToSql<TurnRule, Pg> for TurnRuleRow {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        let rule = &self.0;
        let gap = rule
            .gap_minutes
            .map(|minutes| Duration::minutes(minutes.into()));
        WriteTuple::<(
            BigInt,
            BigInt,
            Nullable<Timestamptz>,
            Nullable<Interval>,
            Nullable<Timestamptz>,
            Nullable<Timestamptz>,
            Nullable<SmallInt>,
            Nullable<Array<SmallInt>>,
            Nullable<Array<Text>>,
            Nullable<Array<Timestamptz>>,
        )>::write_tuple(
            &(
                rule.business.0,
                rule.version,
                rule.gap_began,
                gap,
                rule.day_began(),
                rule.day.map(|(_, ends)| ends),
                rule.calls_per_day,
                rule.freed.as_deref(),
                rule.closed_zones(),
                rule.closed_zones.as_ref().map(|(_, open_at)| open_at),
            ),
            &mut out.reborrow(),
        )
    }
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = BigInt)]
    business_id: i64,
    #[diesel(sql_type = BigInt)]
    version: i64,
    #[diesel(sql_type = Text)]
    time_zone: String,
    #[diesel(sql_type = Nullable<Jsonb>)]
    calling_windows: Option<Value>,
    #[diesel(sql_type = Array<Text>)]
    lead_zones: Vec<String>,
    #[diesel(sql_type = Nullable<Integer>)]
    min_gap_minutes: Option<i32>,
    #[diesel(sql_type = Nullable<SmallInt>)]
    max_calls_per_day: Option<i16>,
    #[diesel(sql_type = Bool)]
    waits_for_beep: bool,
    #[diesel(sql_type = SmallInt)]
    ring_timeout_seconds: i16,
    #[diesel(sql_type = Integer)]
    time_limit_seconds: i32,
}

impl From<Row> for BusinessRules {
    fn from(row: Row) -> Self {
        let hours = match (row.time_zone.parse::<Tz>(), row.calling_windows) {
            (Ok(zone), None) => Hours::Always(zone),
            (Ok(zone), Some(windows)) => CallingWindows::deserialize(windows)
                .map_or(Hours::Unreadable, |windows| {
                    Hours::Windows(Box::new(windows), zone)
                }),
            (Err(_), _) => Hours::Unreadable,
        };
        Self {
            business: BusinessId(row.business_id),
            version: row.version,
            hours,
            zones: row.lead_zones,
            spacing: Spacing {
                min_gap_minutes: row.min_gap_minutes,
                max_calls_per_day: row.max_calls_per_day,
            },
            waits_for_beep: row.waits_for_beep,
            ring_timeout_seconds: row.ring_timeout_seconds.unsigned_abs(),
            time_limit_seconds: row.time_limit_seconds.unsigned_abs(),
        }
    }
}

const RULES: &str = "
SELECT s.business_id, s.version, b.time_zone, s.calling_windows, s.lead_zones, s.min_gap_minutes, s.max_calls_per_day,
       s.voicemail ->> 'action' = 'leave_message' AS waits_for_beep, s.ring_timeout_seconds, s.time_limit_seconds
FROM business_settings s JOIN business b ON b.id = s.business_id";

/// The rules of `businesses`.
///
/// # Errors
/// When the statement fails.
pub fn rules(
    tx: &mut Tx<'_>,
    businesses: &[BusinessId],
) -> Result<HashMap<BusinessId, Arc<BusinessRules>>> {
    if businesses.is_empty() {
        return Ok(HashMap::new());
    }
    let ids: Vec<i64> = businesses.iter().map(|business| business.0).collect();
    let query = diesel::sql_query(format!("{RULES} WHERE s.business_id = ANY($1)"))
        .bind::<Array<BigInt>, _>(ids);
    let rows: Vec<Row> = Prepared(query).load(tx.conn)?;
    Ok(rows
        .into_iter()
        .map(|row| (BusinessId(row.business_id), Arc::new(row.into())))
        .collect())
}

/// Businesses with a waiting run that must not call now.
///
/// # Errors
/// When the statement fails.
pub(crate) fn closed(tx: &mut Tx<'_>, now: DateTime<Utc>) -> Result<Vec<i64>> {
    let rows: Vec<Row> = diesel::sql_query(format!(
        "{RULES} WHERE s.calling_windows IS NOT NULL
           AND EXISTS (SELECT FROM outbound_call_runs r
                       WHERE r.business_id = s.business_id AND r.status = 'running' AND r.queued_count > 0)"
    ))
    .load(tx.conn)?;
    Ok(rows
        .into_iter()
        .map(BusinessRules::from)
        .filter(|rules| !rules.is_open(now))
        .map(|rules| rules.business.0)
        .collect())
}
