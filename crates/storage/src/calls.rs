//! `call_log` as the dialer writes it: what became of an intent to dial. Every function here may be called any number of
//! times in any order; a call only ever moves forward, and the transaction that ends it also frees its lines, ends its
//! job and raises `call.completed`.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{
    BigInt, Bool, Integer, Nullable, SmallInt, Text, Timestamptz, Uuid as SqlUuid,
};
use domain::call::{AnsweredBy, CallStatus, Direction};
use domain::events::{CallCompleted, CallStarted};
use domain::ids::{AttemptId, BusinessId, CallbackId, JobId, LeadId, LockToken, RunId};
use domain::retry::RetryPolicy;
use uuid::Uuid;

use crate::run_state::{JobEnd, count_end};
use crate::{Result, StorageError, Tx, outbox};

/// What the carrier told of a call, by a callback or when asked.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// The carrier's id of the call.
    pub call_sid: String,
    /// Its status, where the report has one.
    pub status: Option<CallStatus>,
    /// Length of the conversation.
    pub duration_seconds: Option<i32>,
    /// Who picked up.
    pub answered_by: Option<AnsweredBy>,
}

/// What a report did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Applied {
    /// The call is over now: its lines are free.
    Ended(BusinessId),
    /// The call moved on, or learned something.
    Advanced,
    /// Nothing new.
    Unchanged,
}

/// A call whose fate has to be asked for.
#[derive(Debug, Clone)]
pub struct OpenCall {
    /// The tenant.
    pub business: BusinessId,
    /// The attempt.
    pub attempt: AttemptId,
    /// The carrier's id, where it is known.
    pub call_sid: Option<String>,
    /// E.164.
    pub from: String,
    /// E.164.
    pub to: String,
    /// When the intent was committed.
    pub created_at: DateTime<Utc>,
    /// How often it was asked for already.
    pub looks: i16,
}

#[derive(QueryableByName)]
struct CallRow {
    #[diesel(sql_type = BigInt)]
    business_id: i64,
    #[diesel(sql_type = BigInt)]
    id: i64,
    #[diesel(sql_type = SqlUuid)]
    attempt_id: Uuid,
    #[diesel(sql_type = BigInt)]
    lead_id: i64,
    #[diesel(sql_type = Nullable<BigInt>)]
    run_id: Option<i64>,
    #[diesel(sql_type = Nullable<BigInt>)]
    job_id: Option<i64>,
    #[diesel(sql_type = Nullable<Text>)]
    call_sid: Option<String>,
    #[diesel(sql_type = Text)]
    direction: String,
    #[diesel(sql_type = Text)]
    status: String,
    #[diesel(sql_type = Nullable<Text>)]
    answered_by: Option<String>,
    #[diesel(sql_type = Nullable<Integer>)]
    duration: Option<i32>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    lock_token: Option<Uuid>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    answered_at: Option<DateTime<Utc>>,
}

impl CallRow {
    fn business(&self) -> BusinessId {
        BusinessId(self.business_id)
    }

    fn status(&self) -> Result<CallStatus> {
        self.status
            .parse()
            .map_err(|error| StorageError::Corrupt(format!("call_log.status: {error}")))
    }

    fn is_over(&self) -> Result<bool> {
        Ok(self.status()?.is_terminal())
    }

    fn direction(&self) -> Direction {
        if self.direction == "inbound" {
            Direction::Inbound
        } else {
            Direction::Outbound
        }
    }

    fn machine_answered(&self) -> bool {
        self.answered_by.as_deref() == Some(AnsweredBy::Machine.as_str())
    }
}

fn lock(tx: &mut Tx<'_>, attempt: AttemptId) -> Result<CallRow> {
    Ok(diesel::sql_query(
        "SELECT business_id, id, attempt_id, lead_id, run_id, job_id, call_sid, direction, status, answered_by, duration,
                lock_token, answered_at
         FROM call_log WHERE attempt_id = $1 FOR UPDATE",
    )
    .bind::<SqlUuid, _>(attempt.0)
    .get_result(tx.conn)?)
}

/// The report that a stored callback makes: its raw parameters, as the carrier sent them.
///
/// # Errors
/// [`StorageError::NotFound`] when there is no such callback.
pub fn callback_parameters(
    tx: &mut Tx<'_>,
    business: BusinessId,
    callback: CallbackId,
) -> Result<(String, serde_json::Value)> {
    use crate::schema::carrier_callbacks::dsl;
    Ok(dsl::carrier_callbacks
        .filter(dsl::business_id.eq(business.0).and(dsl::id.eq(callback.0)))
        .select((dsl::kind, dsl::params))
        .first(tx.conn)?)
}

/// Takes in what the carrier says of an attempt. `look_again_at` is when it is asked if nothing more is heard.
///
/// # Errors
/// [`StorageError::NotFound`] for an attempt that is not ours.
pub fn apply_report(
    tx: &mut Tx<'_>,
    attempt: AttemptId,
    report: &Report,
    now: DateTime<Utc>,
    look_again_at: DateTime<Utc>,
) -> Result<Applied> {
    let mut call = lock(tx, attempt)?;
    let before = call.status()?;
    let learned_sid = call.call_sid.is_none();
    let learned_who = call.answered_by.is_none() && report.answered_by.is_some();
    if before.is_terminal() {
        return Ok(Applied::Unchanged);
    }
    let after = report
        .status
        .map_or(before, |reported| before.advanced_by(reported));
    if after == before && !learned_sid && !learned_who {
        return Ok(Applied::Unchanged);
    }
    call.call_sid.get_or_insert_with(|| report.call_sid.clone());
    call.answered_by = call
        .answered_by
        .or_else(|| report.answered_by.map(|who| who.as_str().to_owned()));
    call.status = after.as_str().to_owned();
    if after == CallStatus::InProgress {
        call.answered_at.get_or_insert(now);
    }
    if after.is_terminal() {
        call.duration = Some(report.duration_seconds.unwrap_or(0));
    }
    diesel::sql_query(
        "UPDATE call_log SET call_sid = $3, dial_state = 'accepted', status = $4, answered_by = $5, answered_at = $6,
                duration = $7, ended_at = CASE WHEN $8 THEN $9 END, reconcile_at = CASE WHEN NOT $8 THEN $10 END
         WHERE business_id = $1 AND id = $2",
    )
    .bind::<BigInt, _>(call.business_id)
    .bind::<BigInt, _>(call.id)
    .bind::<Nullable<Text>, _>(&call.call_sid)
    .bind::<Text, _>(&call.status)
    .bind::<Nullable<Text>, _>(&call.answered_by)
    .bind::<Nullable<Timestamptz>, _>(call.answered_at)
    .bind::<Nullable<Integer>, _>(call.duration)
    .bind::<Bool, _>(after.is_terminal())
    .bind::<Timestamptz, _>(now)
    .bind::<Timestamptz, _>(look_again_at)
    .execute(tx.conn)?;
    if learned_sid {
        started(tx, &call, now)?;
    }
    if after.is_terminal() {
        ended(tx, &call, after, now)?;
        return Ok(Applied::Ended(call.business()));
    }
    Ok(Applied::Advanced)
}

/// The first time that the carrier's id of a call is known: its job is `calling`, and everyone hears of it.
fn started(tx: &mut Tx<'_>, call: &CallRow, now: DateTime<Utc>) -> Result<()> {
    let sid = call.call_sid.clone().unwrap_or_default();
    if let Some(job) = call.job_id {
        diesel::sql_query(
            "UPDATE outbound_call_jobs SET status = 'calling', twilio_call_sid = $4, attempts = attempts + 1
             WHERE business_id = $1 AND id = $2 AND dial_lock_token = $3 AND status = 'dialing'",
        )
        .bind::<BigInt, _>(call.business_id)
        .bind::<BigInt, _>(job)
        .bind::<Nullable<SqlUuid>, _>(call.lock_token)
        .bind::<Text, _>(&sid)
        .execute(tx.conn)?;
    }
    outbox::stage(
        tx,
        now,
        CallStarted {
            business_id: call.business(),
            call_sid: sid,
            lead_id: LeadId(call.lead_id),
            run_id: call.run_id.map(RunId),
            job_id: call.job_id.map(JobId),
            direction: call.direction(),
            status: call.status.clone(),
            duration_seconds: 0,
        },
    )
}

/// A call that the carrier had is over: lines, job, run, event.
fn ended(tx: &mut Tx<'_>, call: &CallRow, status: CallStatus, now: DateTime<Utc>) -> Result<()> {
    free_lines(tx, call)?;
    outbox::stage(
        tx,
        now,
        CallCompleted {
            business_id: call.business(),
            call_sid: call.call_sid.clone().unwrap_or_default(),
            lead_id: LeadId(call.lead_id),
            run_id: call.run_id.map(RunId),
            job_id: call.job_id.map(JobId),
            direction: call.direction(),
            status,
            duration_seconds: call.duration.unwrap_or(0),
            answered_by: call.answered_by.as_deref().map(AnsweredBy::from_carrier),
            recording: None,
            ended_at: now,
        },
    )?;
    let (Some(run), Some(job)) = (call.run_id, call.job_id) else {
        return Ok(());
    };
    let machine = call.machine_answered();
    let outcome = if status == CallStatus::Completed && machine {
        "voicemail"
    } else {
        status.as_str()
    };
    let (attempts, policy, live) = retry_state(tx, call.business_id, run, job)?;
    let again = policy
        .next_call(status, machine, attempts, now)
        .filter(|_| live);
    let how = match status {
        _ if again.is_some() => JobEnd::Requeued,
        CallStatus::Failed => JobEnd::Failed,
        CallStatus::Canceled => JobEnd::Cancelled,
        _ => JobEnd::Completed,
    };
    end_job(
        tx,
        call,
        &JobOutcome {
            how,
            outcome,
            error: None,
            due_at: again,
        },
        now,
    )
}

/// How often the job was called, its run's retry policy (else the business's), and whether the run still dials. Locks
/// the run: a job must not go back into the queue of a run that is being cancelled.
fn retry_state(
    tx: &mut Tx<'_>,
    business: i64,
    run: i64,
    job: i64,
) -> Result<(i16, RetryPolicy, bool)> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = SmallInt)]
        attempts: i16,
        #[diesel(sql_type = diesel::sql_types::Jsonb)]
        policy: serde_json::Value,
        #[diesel(sql_type = Bool)]
        live: bool,
    }
    let row: Row = diesel::sql_query(
        "SELECT j.attempts, coalesce(r.retry_policy, b.retry_policy) AS policy,
                r.status IN ('running', 'paused') AND NOT r.cancel_requested AS live
         FROM outbound_call_jobs j
         JOIN outbound_call_runs r ON r.business_id = j.business_id AND r.id = j.run_id
         JOIN business_settings b ON b.business_id = j.business_id
         WHERE j.business_id = $1 AND j.run_id = $2 AND j.id = $3
         FOR UPDATE OF r",
    )
    .bind::<BigInt, _>(business)
    .bind::<BigInt, _>(run)
    .bind::<BigInt, _>(job)
    .get_result(tx.conn)?;
    let policy = serde_json::from_value(row.policy)
        .map_err(|error| StorageError::Corrupt(format!("retry_policy: {error}")))?;
    Ok((row.attempts, policy, row.live))
}

struct JobOutcome<'a> {
    how: JobEnd,
    outcome: &'a str,
    error: Option<&'a str>,
    due_at: Option<DateTime<Utc>>,
}

fn end_job(
    tx: &mut Tx<'_>,
    call: &CallRow,
    end: &JobOutcome<'_>,
    now: DateTime<Utc>,
) -> Result<()> {
    let (Some(run), Some(job)) = (call.run_id, call.job_id) else {
        return Ok(());
    };
    let status = match end.how {
        JobEnd::Completed => "completed",
        JobEnd::Failed => "failed",
        JobEnd::Cancelled => "cancelled",
        JobEnd::Requeued => "queued",
    };
    let ended = diesel::sql_query(
        "UPDATE outbound_call_jobs
         SET status = $4, outcome = $5, error_message = $6, due_at = coalesce($7, due_at), dial_lock_token = NULL,
             locked_by_worker = NULL, lock_ts = NULL, completed_at = CASE WHEN $4 <> 'queued' THEN $8 END
         WHERE business_id = $1 AND id = $2 AND dial_lock_token = $3 AND status IN ('dialing', 'calling')",
    )
    .bind::<BigInt, _>(call.business_id)
    .bind::<BigInt, _>(job)
    .bind::<Nullable<SqlUuid>, _>(call.lock_token)
    .bind::<Text, _>(status)
    .bind::<Text, _>(end.outcome)
    .bind::<Nullable<Text>, _>(end.error)
    .bind::<Nullable<Timestamptz>, _>(end.due_at)
    .bind::<Timestamptz, _>(now)
    .execute(tx.conn)?;
    if ended == 1 {
        count_end(tx, call.business(), RunId(run), end.how, now)
    } else {
        Ok(())
    }
}

fn free_lines(tx: &mut Tx<'_>, call: &CallRow) -> Result<()> {
    diesel::sql_query(
        "UPDATE call_slots SET attempt_id = NULL, taken_at = NULL WHERE business_id = $1 AND attempt_id = $2",
    )
    .bind::<BigInt, _>(call.business_id)
    .bind::<SqlUuid, _>(call.attempt_id)
    .execute(tx.conn)?;
    Ok(())
}

/// Why an attempt never became a call.
#[derive(Debug, Clone)]
pub struct NeverCalled {
    /// `rejected` when the carrier refused the create, `absent` when it has no such call.
    pub dial_state: &'static str,
    /// The carrier's error code, where it gave one.
    pub error_code: Option<i32>,
    /// For the job and the operator; nothing personal.
    pub message: String,
    /// When the job is queued again, its attempt not spent; `None` ends it as failed.
    pub try_again_at: Option<DateTime<Utc>>,
}

/// Records that no phone rang and none will: a definitive rejection, or the carrier's own answer that it has no such
/// call. Frees the lines. Only the holder of `token` may.
///
/// # Errors
/// [`StorageError::NotFound`] for an attempt that is not ours.
pub fn record_never_called(
    tx: &mut Tx<'_>,
    attempt: AttemptId,
    token: Option<LockToken>,
    why: &NeverCalled,
    now: DateTime<Utc>,
) -> Result<Applied> {
    let call = lock(tx, attempt)?;
    let held = token.is_none_or(|token| call.lock_token == Some(token.0));
    if !held || call.call_sid.is_some() || call.is_over()? {
        return Ok(Applied::Unchanged);
    }
    diesel::sql_query(
        "UPDATE call_log SET status = 'failed', dial_state = $3, error_code = $4, error_message = $5, ended_at = $6,
                duration = 0, reconcile_at = NULL
         WHERE business_id = $1 AND id = $2",
    )
    .bind::<BigInt, _>(call.business_id)
    .bind::<BigInt, _>(call.id)
    .bind::<Text, _>(why.dial_state)
    .bind::<Nullable<Integer>, _>(why.error_code)
    .bind::<Text, _>(&why.message)
    .bind::<Timestamptz, _>(now)
    .execute(tx.conn)?;
    free_lines(tx, &call)?;
    let live = match (call.run_id, call.job_id) {
        (Some(run), Some(job)) => retry_state(tx, call.business_id, run, job)?.2,
        _ => false,
    };
    let how = match why.try_again_at {
        Some(_) if live => JobEnd::Requeued,
        Some(_) => JobEnd::Cancelled,
        None => JobEnd::Failed,
    };
    let due_at = why.try_again_at.filter(|_| live);
    let outcome = JobOutcome {
        how,
        outcome: why.dial_state,
        error: Some(&why.message),
        due_at,
    };
    end_job(tx, &call, &outcome, now)?;
    Ok(Applied::Ended(call.business()))
}

/// Records that nobody knows whether the carrier has the call. It keeps its lines and is never dialled again; the
/// carrier is asked from `look_at` on.
///
/// # Errors
/// When the statement fails.
pub fn record_unknown(
    tx: &mut Tx<'_>,
    attempt: AttemptId,
    token: LockToken,
    reason: &str,
    look_at: DateTime<Utc>,
) -> Result<()> {
    diesel::sql_query(
        "UPDATE call_log SET dial_state = 'unknown', error_message = $3, reconcile_at = $4
         WHERE attempt_id = $1 AND lock_token = $2 AND dial_state = 'planned' AND ended_at IS NULL",
    )
    .bind::<SqlUuid, _>(attempt.0)
    .bind::<SqlUuid, _>(token.0)
    .bind::<Text, _>(reason)
    .bind::<Timestamptz, _>(look_at)
    .execute(tx.conn)?;
    Ok(())
}

/// Calls in the air that the carrier should be asked about now, at most `most`. They are asked about again at
/// `next_look` (the carrier knows the call) or `next_search` (it is not known whether it does), and by nobody before.
/// An intent whose worker vanished is unknown from here on.
///
/// # Errors
/// When the statement fails.
pub fn claim_reconciliation(
    tx: &mut Tx<'_>,
    now: DateTime<Utc>,
    next_look: DateTime<Utc>,
    next_search: DateTime<Utc>,
    most: i32,
) -> Result<Vec<OpenCall>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = BigInt)]
        business_id: i64,
        #[diesel(sql_type = SqlUuid)]
        attempt_id: Uuid,
        #[diesel(sql_type = Nullable<Text>)]
        call_sid: Option<String>,
        #[diesel(sql_type = Text)]
        from_number: String,
        #[diesel(sql_type = Text)]
        to_number: String,
        #[diesel(sql_type = Timestamptz)]
        created_at: DateTime<Utc>,
        #[diesel(sql_type = SmallInt)]
        reconcile_count: i16,
    }
    let rows: Vec<Row> = diesel::sql_query(
        "UPDATE call_log c
         SET reconcile_at = CASE WHEN c.call_sid IS NULL THEN $4 ELSE $2 END, reconcile_count = least(c.reconcile_count + 1, 30000),
             dial_state = CASE c.dial_state WHEN 'planned' THEN 'unknown' ELSE c.dial_state END
         WHERE (c.business_id, c.id) IN (
             SELECT business_id, id FROM call_log WHERE ended_at IS NULL AND reconcile_at <= $1
             ORDER BY reconcile_at LIMIT $3 FOR UPDATE SKIP LOCKED)
         RETURNING business_id, attempt_id, call_sid, from_number, to_number, created_at, reconcile_count",
    )
    .bind::<Timestamptz, _>(now)
    .bind::<Timestamptz, _>(next_look)
    .bind::<Integer, _>(most)
    .bind::<Timestamptz, _>(next_search)
    .load(tx.conn)?;
    Ok(rows
        .into_iter()
        .map(|row| OpenCall {
            business: BusinessId(row.business_id),
            attempt: AttemptId(row.attempt_id),
            call_sid: row.call_sid,
            from: row.from_number,
            to: row.to_number,
            created_at: row.created_at,
            looks: row.reconcile_count,
        })
        .collect())
}

/// Whether one of our calls has this id of the carrier's already.
///
/// # Errors
/// When the statement fails.
pub fn sid_is_known(tx: &mut Tx<'_>, sid: &str) -> Result<bool> {
    use crate::schema::call_log::dsl;
    Ok(diesel::select(diesel::dsl::exists(
        dsl::call_log.filter(dsl::call_sid.eq(sid)),
    ))
    .get_result(tx.conn)?)
}

/// The carrier's ids of a run's calls in the air, with whether each was answered: what to hang up.
///
/// # Errors
/// When the statement fails.
pub fn in_the_air(
    tx: &mut Tx<'_>,
    business: BusinessId,
    run: RunId,
) -> Result<Vec<(String, bool)>> {
    use crate::schema::call_log::dsl;
    let calls: Vec<(Option<String>, String)> = dsl::call_log
        .filter(
            dsl::business_id
                .eq(business.0)
                .and(dsl::run_id.eq(run.0))
                .and(dsl::ended_at.is_null()),
        )
        .select((dsl::call_sid, dsl::status))
        .load(tx.conn)?;
    Ok(calls
        .into_iter()
        .filter_map(|(sid, status)| Some((sid?, status == CallStatus::InProgress.as_str())))
        .collect())
}
