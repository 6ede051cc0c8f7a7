//! Leads that may not or cannot be called any more.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Integer, Timestamptz};
use domain::ids::BusinessId;

use super::{COLUMNS, RunState, announce, end};
use crate::{Result, Tx, gates};

const CANCEL_UNDIALABLE: &str = "
UPDATE outbound_call_jobs j
SET status = 'cancelled', completed_at = $3, due_at = NULL, deferred_by = NULL,
    error_message = CASE WHEN l.deleted_at IS NOT NULL THEN 'lead was deleted'
                         WHEN l.phone_e164 IS NULL THEN 'lead has no phone number'
                         ELSE 'number is suppressed' END
FROM leads l
WHERE l.tenant_id = j.business_id AND l.id = j.lead_id
  AND j.business_id = $1 AND j.run_id = $2 AND j.status = 'queued'
  AND (l.deleted_at IS NOT NULL OR l.phone_e164 IS NULL OR EXISTS (
      SELECT FROM suppressions s
      WHERE s.business_id = j.business_id AND s.phone_e164 = l.phone_e164 AND s.lifted_at IS NULL))";

/// Takes every queued job out of the business's runs whose lead may not or cannot be called any more (suppressed,
/// deleted, without a number), and ends runs that have nothing left. Answers how many jobs.
///
/// # Errors
/// When a statement fails.
pub fn cancel_undialable(
    tx: &mut Tx<'_>,
    business: BusinessId,
    now: DateTime<Utc>,
) -> Result<usize> {
    #[derive(QueryableByName)]
    struct Run {
        #[diesel(sql_type = BigInt)]
        id: i64,
    }
    // Runs first, then jobs: the lock order of every change of a queue.
    let runs: Vec<Run> = diesel::sql_query(
        "SELECT id FROM outbound_call_runs WHERE business_id = $1 AND status IN ('pending', 'running', 'paused')
         ORDER BY id FOR UPDATE",
    )
    .bind::<BigInt, _>(business.0)
    .load(tx.conn)?;
    let mut cancelled = 0;
    for Run { id } in runs {
        let jobs = diesel::sql_query(CANCEL_UNDIALABLE)
            .bind::<BigInt, _>(business.0)
            .bind::<BigInt, _>(id)
            .bind::<Timestamptz, _>(now)
            .execute(tx.conn)?;
        if jobs == 0 {
            continue;
        }
        let state: RunState = diesel::sql_query(format!(
            "UPDATE outbound_call_runs r SET queued_count = r.queued_count - $3, cancelled_count = r.cancelled_count + $3
             WHERE r.business_id = $1 AND r.id = $2 RETURNING {COLUMNS}"
        ))
        .bind::<BigInt, _>(business.0)
        .bind::<BigInt, _>(id)
        .bind::<Integer, _>(i32::try_from(jobs).unwrap_or(i32::MAX))
        .get_result(tx.conn)?;
        if state.status == "running" && state.queued_count == 0 && state.in_progress_count == 0 {
            end(tx, &state, "completed", None, now)?;
        } else {
            announce(tx, &state, now)?;
        }
        cancelled += jobs;
    }
    Ok(cancelled)
}

/// Businesses with a run that waits, within calling hours, while none of its calls is in the air: worth a look for leads
/// that cannot be called.
///
/// # Errors
/// When the statement fails.
pub fn stalled(tx: &mut Tx<'_>, now: DateTime<Utc>) -> Result<Vec<BusinessId>> {
    #[derive(QueryableByName)]
    struct Key {
        #[diesel(sql_type = BigInt)]
        business_id: i64,
    }
    let closed = gates::closed(tx, now)?;
    let keys: Vec<Key> = diesel::sql_query(
        "SELECT DISTINCT business_id FROM outbound_call_runs
         WHERE status = 'running' AND queued_count > 0 AND in_progress_count = 0 AND business_id <> ALL($1)",
    )
    .bind::<Array<BigInt>, _>(closed)
    .load(tx.conn)?;
    Ok(keys
        .into_iter()
        .map(|key| BusinessId(key.business_id))
        .collect())
}
