//! Attempts that never became a call.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Integer, Nullable, Text};
use domain::ids::{AttemptId, LockToken};

use super::end::{JobOutcome, end_job, free_lines, retry_state};
use super::{Applied, lock};
use crate::run_state::JobEnd;
use crate::{Result, Tx};

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
        "UPDATE call_log SET status = 'failed', dial_state = $3, error_code = $4, error_message = $5, ended_at = clock_timestamp(),
                duration = 0, reconcile_at = NULL
         WHERE business_id = $1 AND id = $2",
    )
    .bind::<BigInt, _>(call.business_id)
    .bind::<BigInt, _>(call.id)
    .bind::<Text, _>(why.dial_state)
    .bind::<Nullable<Integer>, _>(why.error_code)
    .bind::<Text, _>(&why.message)
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
