//! What a refusal of the carrier stops beyond its own call.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Integer, Text, Timestamptz};
use domain::ids::{BusinessId, RunId};

use super::{COLUMNS, RunState, announce, end, pause_for};
use crate::{Result, Tx};

/// How far a refusal reaches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stops {
    /// The run: its number cannot be used, or our request can never work.
    Run,
    /// Every run of the business: its account cannot call at all.
    Business,
    /// Calls of the run to numbers that begin like this (E.164): their country is not permitted.
    Destination(String),
}

/// Stops what a refusal reaches. Runs are paused as a person would, and go on when someone resumes them; jobs to a
/// destination that is not permitted fail, their attempts not spent.
///
/// # Errors
/// When a statement fails.
pub fn stop(
    tx: &mut Tx<'_>,
    business: BusinessId,
    run: RunId,
    stops: &Stops,
    reason: &str,
    now: DateTime<Utc>,
) -> Result<()> {
    match stops {
        Stops::Run => pause_for(tx, business, run, reason, now),
        Stops::Business => {
            for run in running(tx, business)? {
                pause_for(tx, business, run, reason, now)?;
            }
            Ok(())
        }
        Stops::Destination(prefix) => fail_destination(tx, business, run, prefix, reason, now),
    }
}

/// The runs of a business that have work, in the order in which runs are locked.
fn running(tx: &mut Tx<'_>, business: BusinessId) -> Result<Vec<RunId>> {
    #[derive(QueryableByName)]
    struct Run {
        #[diesel(sql_type = BigInt)]
        id: i64,
    }
    let runs: Vec<Run> = diesel::sql_query(
        "SELECT id FROM outbound_call_runs WHERE business_id = $1 AND status = 'running' ORDER BY id",
    )
    .bind::<BigInt, _>(business.0)
    .load(tx.conn)?;
    Ok(runs.into_iter().map(|run| RunId(run.id)).collect())
}

fn fail_destination(
    tx: &mut Tx<'_>,
    business: BusinessId,
    run: RunId,
    prefix: &str,
    reason: &str,
    now: DateTime<Utc>,
) -> Result<()> {
    let failed = diesel::sql_query(
        "UPDATE outbound_call_jobs j SET status = 'failed', completed_at = $5, due_at = NULL, deferred_by = NULL, outcome = 'rejected', error_message = $4
         FROM leads l
         WHERE l.tenant_id = j.business_id AND l.id = j.lead_id AND starts_with(l.phone_e164, $3)
           AND j.business_id = $1 AND j.run_id = $2 AND j.status = 'queued'",
    )
    .bind::<BigInt, _>(business.0)
    .bind::<BigInt, _>(run.0)
    .bind::<Text, _>(prefix)
    .bind::<Text, _>(reason)
    .bind::<Timestamptz, _>(now)
    .execute(tx.conn)?;
    if failed == 0 {
        return Ok(());
    }
    let state: RunState = diesel::sql_query(format!(
        "UPDATE outbound_call_runs r SET queued_count = r.queued_count - $3, failed_count = r.failed_count + $3
         WHERE r.business_id = $1 AND r.id = $2 RETURNING {COLUMNS}"
    ))
    .bind::<BigInt, _>(business.0)
    .bind::<BigInt, _>(run.0)
    .bind::<Integer, _>(i32::try_from(failed).unwrap_or(i32::MAX))
    .get_result(tx.conn)?;
    if state.status == "running" && state.queued_count == 0 && state.in_progress_count == 0 {
        end(tx, &state, "completed", None, now).map(drop)
    } else {
        announce(tx, &state, now)
    }
}
