//! The end of a call: its lines, its job, its run, the event.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Nullable, SmallInt, Text, Timestamptz, Uuid as SqlUuid};
use domain::call::{AnsweredBy, CallStatus};
use domain::events::CallCompleted;
use domain::ids::{JobId, LeadId, RunId};
use domain::retry::RetryPolicy;

use super::CallRow;
use crate::run_state::{JobEnd, count_end};
use crate::{Result, StorageError, Tx, outbox};

/// A call that the carrier had is over: lines, job, run, event.
pub(super) fn ended(
    tx: &mut Tx<'_>,
    call: &CallRow,
    status: CallStatus,
    now: DateTime<Utc>,
) -> Result<()> {
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
pub(super) fn retry_state(
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

pub(super) struct JobOutcome<'a> {
    pub(super) how: JobEnd,
    pub(super) outcome: &'a str,
    pub(super) error: Option<&'a str>,
    pub(super) due_at: Option<DateTime<Utc>>,
}

pub(super) fn end_job(
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

pub(super) fn free_lines(tx: &mut Tx<'_>, call: &CallRow) -> Result<()> {
    diesel::sql_query(
        "UPDATE call_slots SET attempt_id = NULL, taken_at = NULL WHERE business_id = $1 AND attempt_id = $2",
    )
    .bind::<BigInt, _>(call.business_id)
    .bind::<SqlUuid, _>(call.attempt_id)
    .execute(tx.conn)?;
    Ok(())
}
