//! What the gates see of one lead.

use std::sync::LazyLock;

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Integer, Jsonb, Nullable, SmallInt, Text, Timestamptz};
use domain::gates::{CallsToNumber, Facts, JobFacts, Lines, Spacing, day_start};
use domain::ids::{BusinessId, LeadId, RunId};
use serde_json::Value;

use super::{IN_A_CALL, LASTING, calls_since, last_call};
use crate::{Result, StorageError, Tx, carrier_pace};

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Nullable<Text>)]
    lasting: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    phone_e164: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    person_zone: Option<String>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    suppressed_since: Option<DateTime<Utc>>,
    #[diesel(sql_type = Bool)]
    in_a_call: bool,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    last_call: Option<DateTime<Utc>>,
    #[diesel(sql_type = BigInt)]
    calls_today: i64,
    #[diesel(sql_type = Nullable<Jsonb>)]
    calling_windows: Option<Value>,
    #[diesel(sql_type = Nullable<Integer>)]
    min_gap_minutes: Option<i32>,
    #[diesel(sql_type = Nullable<SmallInt>)]
    max_calls_per_day: Option<i16>,
    #[diesel(sql_type = Bool)]
    has_caller_number: bool,
    #[diesel(sql_type = BigInt)]
    outbound_open: i64,
    #[diesel(sql_type = BigInt)]
    outbound_taken: i64,
    #[diesel(sql_type = BigInt)]
    total_open: i64,
    #[diesel(sql_type = BigInt)]
    total_taken: i64,
}

/// $1 business, $2 lead, $3 when the business's day began.
static FACTS: LazyLock<String> = LazyLock::new(|| {
    format!(
        "
SELECT {LASTING} AS lasting, l.phone_e164, coalesce(l.time_zone, l.phone_zone) AS person_zone, {IN_A_CALL} AS in_a_call, ({last_call}) AS last_call,
       ({calls_today}) AS calls_today,
       (SELECT s.created_at FROM suppressions s WHERE s.business_id = l.tenant_id AND s.phone_e164 = l.phone_e164
        AND s.lifted_at IS NULL) AS suppressed_since,
       b.calling_windows, b.min_gap_minutes, b.max_calls_per_day, b.caller_number IS NOT NULL AS has_caller_number,
       n.outbound_open, n.outbound_taken, n.total_open, n.total_taken
FROM leads l
JOIN business_settings b ON b.business_id = l.tenant_id
CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE s.is_open AND s.serves_outbound) AS outbound_open,
           count(c.id) FILTER (WHERE c.direction = 'outbound') AS outbound_taken,
           count(*) FILTER (WHERE s.is_open) AS total_open, count(c.id) AS total_taken
    FROM call_slots s
    LEFT JOIN call_log c ON c.business_id = s.business_id AND c.line = s.line AND c.ended_at IS NULL
    WHERE s.business_id = l.tenant_id) n
WHERE l.tenant_id = $1 AND l.id = $2",
        last_call = last_call(),
        calls_today = calls_since("$3"),
    )
});

#[derive(QueryableByName)]
struct JobRow {
    #[diesel(sql_type = BigInt)]
    run_id: i64,
    #[diesel(sql_type = Text)]
    status: String,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    due_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Nullable<Text>)]
    deferred_by: Option<String>,
    #[diesel(sql_type = Text)]
    run_status: String,
    #[diesel(sql_type = Bool)]
    cancel_requested: bool,
    #[diesel(sql_type = Bool)]
    pause_requested: bool,
    #[diesel(sql_type = Nullable<Text>)]
    last_error: Option<String>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    start_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = SmallInt)]
    concurrency: i16,
    #[diesel(sql_type = Integer)]
    in_progress_count: i32,
}

/// The job that is next to be dialled, else one in the air, else the newest. $1 business, $2 lead, $3 run, or null for any.
const JOB: &str = "
SELECT j.run_id, j.status, j.due_at, j.deferred_by, r.status AS run_status,
       r.cancel_requested OR j.cancel_requested AS cancel_requested, r.pause_requested, r.last_error, r.start_at,
       r.concurrency, r.in_progress_count
FROM outbound_call_runs r JOIN outbound_call_jobs j ON j.business_id = r.business_id AND j.run_id = r.id AND j.lead_id = $2
WHERE r.business_id = $1 AND ($3 IS NULL OR r.id = $3)
ORDER BY j.status = 'queued' DESC, j.status IN ('dialing', 'calling') DESC, r.status = 'running' DESC, r.priority DESC,
         CASE WHEN j.status = 'queued' THEN j.run_id ELSE -j.run_id END
LIMIT 1";

/// What the gates see of a lead: as the job of `run`, or, with `None`, as the one that is next. Whether the installation
/// has a public host is not in the store; the caller fills it in if it knows.
///
/// # Errors
/// [`StorageError::NotFound`] when the business has no such lead; [`StorageError::Corrupt`] when a time zone or its
/// calling hours cannot be read.
pub fn facts(
    tx: &mut Tx<'_>,
    business: BusinessId,
    lead: LeadId,
    run: Option<RunId>,
    now: DateTime<Utc>,
) -> Result<Facts> {
    let its_business = crate::businesses::get(tx, business)?;
    let time_zone = zone(&its_business.time_zone)?;
    let row: Row = diesel::sql_query(FACTS.as_str())
        .bind::<BigInt, _>(business.0)
        .bind::<BigInt, _>(lead.0)
        .bind::<Timestamptz, _>(day_start(now, time_zone))
        .get_result(tx.conn)?;
    let job: Option<JobRow> = diesel::sql_query(JOB)
        .bind::<BigInt, _>(business.0)
        .bind::<BigInt, _>(lead.0)
        .bind::<Nullable<BigInt>, _>(run.map(|run| run.0))
        .get_result(tx.conn)
        .optional()?;
    let wait = carrier_pace::wait(tx)?;
    Ok(Facts {
        carrier_wait: wait.map(|wait| TimeDelta::from_std(wait).unwrap_or(TimeDelta::MAX)),
        suspended_since: its_business.suspended_at,
        ..row.into_facts(job.map(JobFacts::from), time_zone)?
    })
}

fn zone(name: &str) -> Result<Tz> {
    name.parse()
        .map_err(|_| StorageError::Corrupt(format!("{name:?} is no time zone")))
}

impl Row {
    fn into_facts(self, job: Option<JobFacts>, time_zone: Tz) -> Result<Facts> {
        let windows = self
            .calling_windows
            .map(serde_json::from_value)
            .transpose()
            .map_err(|error| StorageError::Corrupt(format!("setting calling_windows: {error}")))?;
        Ok(Facts {
            is_deleted: self.lasting.as_deref() == Some("deleted"),
            has_number: self.phone_e164.is_some(),
            suppressed_since: self.suppressed_since,
            suspended_since: None,
            job,
            time_zone,
            person_zone: self.person_zone.as_deref().map(zone).transpose()?,
            windows,
            spacing: Spacing {
                min_gap_minutes: self.min_gap_minutes,
                max_calls_per_day: self.max_calls_per_day,
            },
            calls: CallsToNumber {
                in_the_air: self.in_a_call,
                last_at: self.last_call,
                today: self.calls_today,
            },
            outbound_lines: Lines {
                open: self.outbound_open,
                taken: self.outbound_taken,
            },
            total_lines: Lines {
                open: self.total_open,
                taken: self.total_taken,
            },
            has_caller_number: self.has_caller_number,
            has_public_host: None,
            carrier_wait: None,
        })
    }
}

impl From<JobRow> for JobFacts {
    fn from(row: JobRow) -> Self {
        Self {
            run: RunId(row.run_id),
            status: row.status,
            due_at: row.due_at,
            deferred_by: row.deferred_by,
            run_status: row.run_status,
            cancel_requested: row.cancel_requested,
            pause_requested: row.pause_requested,
            last_error: row.last_error,
            start_at: row.start_at,
            lines: Lines {
                open: row.concurrency.into(),
                taken: row.in_progress_count.into(),
            },
        }
    }
}
