use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Integer, Nullable, SmallInt, Text, Timestamptz};
use domain::ids::{JobId, RunId};
use serde::Serialize;

use crate::schema::outbound_call_runs as t;
use crate::{Result, TenantTx};

/// A run as people see it.
#[derive(Debug, Clone, PartialEq, Serialize, Queryable, Selectable)]
#[diesel(table_name = t)]
pub struct Run {
    /// Its id.
    pub id: i64,
    /// `bulk` or `direct`.
    pub kind: String,
    /// `pending`, `running`, `paused`, `completed`, `failed` or `cancelled`.
    pub status: String,
    /// Jobs waiting.
    pub queued_count: i32,
    /// Jobs with a call in the air.
    pub in_progress_count: i32,
    /// Jobs whose call took place.
    pub completed_count: i32,
    /// Jobs for which no call could be made.
    pub failed_count: i32,
    /// Jobs taken out before they were called.
    pub cancelled_count: i32,
    /// All jobs.
    pub total_leads: i32,
    /// How many jobs have left the queue at least once.
    pub cursor_position: i32,
    /// Most calls in the air at once.
    pub concurrency: i16,
    /// Higher goes first.
    pub priority: i16,
    /// A person, or the dialer with a reason, wants it paused.
    pub pause_requested: bool,
    /// A person wants it cancelled.
    pub cancel_requested: bool,
    /// Why it failed or was paused.
    pub last_error: Option<String>,
    /// The import that it calls.
    pub outbound_list_id: Option<i64>,
    /// Who asked for it.
    pub created_by_user_id: Option<i64>,
    /// Not before this.
    pub start_at: Option<DateTime<Utc>>,
    /// When it was asked for.
    pub created_at: DateTime<Utc>,
    /// When it began.
    pub started_at: Option<DateTime<Utc>>,
    /// When it was over.
    pub ended_at: Option<DateTime<Utc>>,
}

/// One run.
///
/// # Errors
/// [`crate::StorageError::NotFound`] when the business has no such run.
pub fn get(tx: &mut TenantTx<'_>, run: RunId) -> Result<Run> {
    Ok(t::table
        .filter(t::business_id.eq(tx.business.0))
        .filter(t::id.eq(run.0))
        .select(Run::as_select())
        .first(tx.conn)?)
}

/// The runs of the business, newest first: at most `most` of them with an id below `before`.
///
/// # Errors
/// When the statement fails.
pub fn page(tx: &mut TenantTx<'_>, before: Option<RunId>, most: i64) -> Result<Vec<Run>> {
    Ok(t::table
        .filter(t::business_id.eq(tx.business.0))
        .filter(t::id.lt(before.map_or(i64::MAX, |run| run.0)))
        .order(t::id.desc())
        .limit(most)
        .select(Run::as_select())
        .load(tx.conn)?)
}

/// One lead in a run.
#[derive(Debug, Clone, PartialEq, Serialize, QueryableByName)]
pub struct Job {
    /// Its id.
    #[diesel(sql_type = BigInt)]
    pub id: i64,
    /// The lead.
    #[diesel(sql_type = BigInt)]
    pub lead_id: i64,
    /// The lead's name; may be empty.
    #[diesel(sql_type = Text)]
    pub lead_name: String,
    /// `queued`, `dialing`, `calling`, `completed`, `failed` or `cancelled`.
    #[diesel(sql_type = Text)]
    pub status: String,
    /// Calls that could have made a phone ring.
    #[diesel(sql_type = SmallInt)]
    pub attempts: i16,
    /// How its last call ended.
    #[diesel(sql_type = Nullable<Text>)]
    pub outcome: Option<String>,
    /// Why it failed or was cancelled.
    #[diesel(sql_type = Nullable<Text>)]
    pub error_message: Option<String>,
    /// Not called before this.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub due_at: Option<DateTime<Utc>>,
    /// What it was put aside for until then: `retry`, `carrier`, `gap`, `daily_cap`, `in_a_call` or `calling_window`.
    #[diesel(sql_type = Nullable<Text>)]
    pub deferred_by: Option<String>,
    /// When its first call began.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub started_at: Option<DateTime<Utc>>,
    /// When it was over.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub completed_at: Option<DateTime<Utc>>,
}

/// A call of a job.
#[derive(Debug, Clone, PartialEq, Serialize, QueryableByName)]
pub struct JobCall {
    /// The job.
    #[diesel(sql_type = BigInt)]
    pub job_id: i64,
    /// The carrier's id of the call, once it has one.
    #[diesel(sql_type = Nullable<Text>)]
    pub call_sid: Option<String>,
    /// Where it stands, in the carrier's words.
    #[diesel(sql_type = Text)]
    pub status: String,
    /// Length in seconds.
    #[diesel(sql_type = Nullable<Integer>)]
    pub duration: Option<i32>,
    /// Who picked up.
    #[diesel(sql_type = Nullable<Text>)]
    pub answered_by: Option<String>,
    /// Why it failed.
    #[diesel(sql_type = Nullable<Text>)]
    pub error_message: Option<String>,
    /// When it began.
    #[diesel(sql_type = Timestamptz)]
    pub created_at: DateTime<Utc>,
    /// When it ended.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub ended_at: Option<DateTime<Utc>>,
}

/// The jobs of a run in the order of the queue, each with its calls: at most `most` of them with an id above `after`.
///
/// # Errors
/// [`crate::StorageError::NotFound`] when the business has no such run.
pub fn jobs(
    tx: &mut TenantTx<'_>,
    run: RunId,
    after: Option<JobId>,
    most: i64,
) -> Result<Vec<(Job, Vec<JobCall>)>> {
    get(tx, run)?;
    let jobs: Vec<Job> = diesel::sql_query(
        "SELECT j.id, j.lead_id, l.full_name AS lead_name, j.status, j.attempts, j.outcome, j.error_message, j.due_at,
                j.deferred_by, j.started_at, j.completed_at
         FROM outbound_call_jobs j JOIN leads l ON l.tenant_id = j.business_id AND l.id = j.lead_id
         WHERE j.business_id = $1 AND j.run_id = $2 AND j.id > $3 ORDER BY j.id LIMIT $4",
    )
    .bind::<BigInt, _>(tx.business.0)
    .bind::<BigInt, _>(run.0)
    .bind::<BigInt, _>(after.map_or(0, |job| job.0))
    .bind::<BigInt, _>(most)
    .load(tx.conn)?;
    let (ids, leads): (Vec<i64>, Vec<i64>) = jobs.iter().map(|job| (job.id, job.lead_id)).unzip();
    let mut calls: Vec<JobCall> = diesel::sql_query(
        "SELECT job_id, call_sid, status, duration, answered_by, error_message, created_at, ended_at
         FROM call_log WHERE business_id = $1 AND lead_id = ANY ($3) AND job_id = ANY ($2)
         ORDER BY job_id, created_at, id",
    )
    .bind::<BigInt, _>(tx.business.0)
    .bind::<Array<BigInt>, _>(ids)
    .bind::<Array<BigInt>, _>(leads)
    .load(tx.conn)?;
    Ok(jobs
        .into_iter()
        .map(|job| {
            let (own, rest) = calls.drain(..).partition(|call| call.job_id == job.id);
            calls = rest;
            (job, own)
        })
        .collect())
}

/// How many lines of a business are taken and how many it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, QueryableByName)]
pub struct Counts {
    /// Calls in the air.
    #[diesel(sql_type = BigInt)]
    pub active_total: i64,
    /// Outbound calls in the air.
    #[diesel(sql_type = BigInt)]
    pub active_outbound: i64,
    /// Most calls at once.
    #[diesel(sql_type = BigInt)]
    pub max_total: i64,
    /// Most outbound calls at once.
    #[diesel(sql_type = BigInt)]
    pub max_outbound: i64,
}

/// The lines of the business now.
///
/// # Errors
/// When the statement fails.
pub fn counts(tx: &mut TenantTx<'_>) -> Result<Counts> {
    Ok(diesel::sql_query(
        "SELECT count(c.id) AS active_total, count(c.id) FILTER (WHERE c.direction = 'outbound') AS active_outbound,
                count(*) FILTER (WHERE s.is_open) AS max_total,
                count(*) FILTER (WHERE s.is_open AND s.serves_outbound) AS max_outbound
         FROM call_slots s
         LEFT JOIN call_log c ON c.business_id = s.business_id AND c.line = s.line AND c.ended_at IS NULL
         WHERE s.business_id = $1",
    )
    .bind::<BigInt, _>(tx.business.0)
    .get_result(tx.conn)?)
}
