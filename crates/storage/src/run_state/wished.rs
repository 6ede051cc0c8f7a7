//! Jobs that a person wants out of a queue.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Timestamptz};

use super::{RunState, announce};
use crate::{Result, Tx};

/// Cancels the queued jobs of a run that a person wants out, and counts them. The caller holds the run's lock.
pub(super) fn cancel_wished(
    tx: &mut Tx<'_>,
    mut state: RunState,
    now: DateTime<Utc>,
) -> Result<RunState> {
    let jobs = diesel::sql_query(
        "UPDATE outbound_call_jobs SET status = 'cancelled', completed_at = $3, due_at = NULL, deferred_by = NULL, error_message = 'cancelled by a person'
         WHERE business_id = $1 AND run_id = $2 AND status = 'queued' AND cancel_requested",
    )
    .bind::<BigInt, _>(state.business_id)
    .bind::<BigInt, _>(state.id)
    .bind::<Timestamptz, _>(now)
    .execute(tx.conn)?;
    if jobs == 0 {
        return Ok(state);
    }
    let jobs = i32::try_from(jobs).unwrap_or(i32::MAX);
    state.queued_count -= jobs;
    state.cancelled_count += jobs;
    diesel::sql_query(
        "UPDATE outbound_call_runs SET queued_count = queued_count - $3, cancelled_count = cancelled_count + $3
         WHERE business_id = $1 AND id = $2",
    )
    .bind::<BigInt, _>(state.business_id)
    .bind::<BigInt, _>(state.id)
    .bind::<diesel::sql_types::Integer, _>(jobs)
    .execute(tx.conn)?;
    announce(tx, &state, now)?;
    Ok(state)
}
