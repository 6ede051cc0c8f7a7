//! `outbound_call_runs` as the dialer writes it: state, counters, and what a person asked of the run.

mod stop;
mod undialable;
mod wished;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Integer, Nullable, Text, Timestamptz};
use domain::breaker;
use domain::events::{RunCounts, RunFinished, RunProgress};
use domain::ids::{BusinessId, RunId};

pub use stop::{Stops, stop};
pub use undialable::{cancel_undialable, stalled};

use crate::{Result, StorageError, Tx, outbox};

/// Where a run stands.
#[derive(Debug, Clone, QueryableByName)]
pub struct RunState {
    #[diesel(sql_type = BigInt)]
    business_id: i64,
    #[diesel(sql_type = BigInt)]
    id: i64,
    /// `pending`, `running`, `paused`, `completed`, `failed` or `cancelled`.
    #[diesel(sql_type = Text)]
    pub status: String,
    #[diesel(sql_type = Integer)]
    total_leads: i32,
    #[diesel(sql_type = Integer)]
    queued_count: i32,
    #[diesel(sql_type = Integer)]
    in_progress_count: i32,
    #[diesel(sql_type = Integer)]
    completed_count: i32,
    #[diesel(sql_type = Integer)]
    failed_count: i32,
    #[diesel(sql_type = Integer)]
    cancelled_count: i32,
    /// Why it failed or was paused.
    #[diesel(sql_type = Nullable<Text>)]
    pub last_error: Option<String>,
    #[diesel(sql_type = diesel::sql_types::Bool)]
    cancel_requested: bool,
    /// Whether calls in the air are to be ended too.
    #[diesel(sql_type = diesel::sql_types::Bool)]
    pub hang_up_requested: bool,
    #[diesel(sql_type = diesel::sql_types::Bool)]
    pause_requested: bool,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    start_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Text)]
    language: String,
    #[diesel(sql_type = diesel::sql_types::Bool)]
    progress_waits: bool,
    #[diesel(sql_type = Text)]
    recent_outcomes: String,
    #[diesel(sql_type = diesel::sql_types::Bool)]
    has_caller_number: bool,
}

pub(crate) const COLUMNS: &str = "r.business_id, r.id, r.status, r.total_leads, r.queued_count, r.in_progress_count,
    r.completed_count, r.failed_count, r.cancelled_count, r.last_error, r.cancel_requested, r.hang_up_requested,
    r.pause_requested, r.start_at,
    (SELECT b.language FROM business b WHERE b.id = r.business_id) AS language, r.progress_waits, r.recent_outcomes,
    EXISTS (SELECT FROM business_settings b WHERE b.business_id = r.business_id AND b.caller_number IS NOT NULL)
        AS has_caller_number";

impl RunState {
    /// The tenant.
    #[must_use]
    pub const fn business(&self) -> BusinessId {
        BusinessId(self.business_id)
    }

    /// The run.
    #[must_use]
    pub const fn run(&self) -> RunId {
        RunId(self.id)
    }

    /// Its counts.
    #[must_use]
    pub const fn counts(&self) -> RunCounts {
        RunCounts {
            total_leads: self.total_leads,
            queued: self.queued_count,
            in_progress: self.in_progress_count,
            completed: self.completed_count,
            failed: self.failed_count,
            cancelled: self.cancelled_count,
        }
    }

    fn is_over(&self) -> bool {
        matches!(self.status.as_str(), "completed" | "failed" | "cancelled")
    }
}

/// Reads a run and locks it: every change of its queue happens under this lock.
fn lock(tx: &mut Tx<'_>, business: BusinessId, run: RunId) -> Result<RunState> {
    Ok(diesel::sql_query(format!(
        "SELECT {COLUMNS} FROM outbound_call_runs r WHERE r.business_id = $1 AND r.id = $2 FOR UPDATE OF r"
    ))
    .bind::<BigInt, _>(business.0)
    .bind::<BigInt, _>(run.0)
    .get_result(tx.conn)?)
}

/// Runs whose rows ask for something that has not been done yet: a start that is due, a pause, a resume, a cancel of the
/// run or of one job, or an end that nothing announced. At most `most`.
///
/// # Errors
/// When the statement fails.
pub fn unsettled(
    tx: &mut Tx<'_>,
    now: DateTime<Utc>,
    most: i32,
) -> Result<Vec<(BusinessId, RunId)>> {
    #[derive(QueryableByName)]
    struct Key {
        #[diesel(sql_type = BigInt)]
        business_id: i64,
        #[diesel(sql_type = BigInt)]
        id: i64,
    }
    let keys: Vec<Key> = diesel::sql_query(
        "SELECT business_id, id FROM outbound_call_runs
         WHERE status IN ('pending', 'running', 'paused')
           AND (cancel_requested
             OR (status = 'pending' AND NOT pause_requested AND (start_at IS NULL OR start_at <= $1))
             OR (status = 'running' AND (pause_requested OR (queued_count = 0 AND in_progress_count = 0)))
             OR (status = 'paused' AND NOT pause_requested)
             OR (progress_waits AND coalesce(progress_at, created_at) <= $1 - interval '2 seconds')
             OR EXISTS (SELECT FROM outbound_call_jobs j
                        WHERE j.business_id = outbound_call_runs.business_id AND j.run_id = outbound_call_runs.id
                          AND j.status = 'queued' AND j.cancel_requested))
         ORDER BY id LIMIT $2",
    )
    .bind::<Timestamptz, _>(now)
    .bind::<Integer, _>(most)
    .load(tx.conn)?;
    Ok(keys
        .into_iter()
        .map(|key| (BusinessId(key.business_id), RunId(key.id)))
        .collect())
}

/// Brings a run to the state that its row asks for: starts, pauses, resumes, cancels or completes it. `cannot_dial` is
/// why no run may start on this installation, where that is so. Answers the state after.
///
/// # Errors
/// [`crate::StorageError::NotFound`] for a run that is not there.
pub fn settle(
    tx: &mut Tx<'_>,
    business: BusinessId,
    run: RunId,
    cannot_dial: Option<&str>,
    now: DateTime<Utc>,
) -> Result<RunState> {
    let state = lock(tx, business, run)?;
    if state.is_over() {
        return Ok(state);
    }
    if state.cancel_requested {
        return end(tx, &state, "cancelled", None, now);
    }
    let state = wished::cancel_wished(tx, state, now)?;
    let started = state.start_at.is_none_or(|at| at <= now);
    let wanted = match state.status.as_str() {
        _ if state.pause_requested => "paused",
        "pending" if !started => "pending",
        _ => "running",
    };
    if wanted == "running" {
        let obstacle = cannot_dial
            .or((!state.has_caller_number)
                .then_some("No caller number configured for this business"));
        if let Some(obstacle) = obstacle {
            return end(tx, &state, "failed", Some(obstacle), now);
        }
        if state.queued_count == 0 && state.in_progress_count == 0 {
            return end(tx, &state, "completed", None, now);
        }
    }
    if wanted == state.status {
        if state.progress_waits {
            tell_progress(tx, &[run], now)?;
        }
        return Ok(state);
    }
    diesel::sql_query(
        "UPDATE outbound_call_runs
         SET status = $3, started_at = CASE WHEN $3 = 'running' THEN coalesce(started_at, $4) ELSE started_at END,
             last_error = CASE WHEN $3 = 'running' THEN NULL ELSE last_error END
         WHERE business_id = $1 AND id = $2",
    )
    .bind::<BigInt, _>(business.0)
    .bind::<BigInt, _>(run.0)
    .bind::<Text, _>(wanted)
    .bind::<Timestamptz, _>(now)
    .execute(tx.conn)?;
    let state = RunState {
        status: wanted.to_owned(),
        ..state
    };
    announce(tx, &state, now)?;
    Ok(state)
}

/// Ends a run: what is still queued is cancelled in one statement, calls in the air go on to their own end.
fn end(
    tx: &mut Tx<'_>,
    state: &RunState,
    status: &str,
    error: Option<&str>,
    now: DateTime<Utc>,
) -> Result<RunState> {
    diesel::sql_query(
        "UPDATE outbound_call_jobs SET status = 'cancelled', completed_at = $3, error_message = $4, due_at = NULL, deferred_by = NULL
         WHERE business_id = $1 AND run_id = $2 AND status = 'queued'",
    )
    .bind::<BigInt, _>(state.business_id)
    .bind::<BigInt, _>(state.id)
    .bind::<Timestamptz, _>(now)
    .bind::<Nullable<Text>, _>(error.unwrap_or("run cancelled"))
    .execute(tx.conn)?;
    diesel::sql_query(
        "UPDATE outbound_call_runs
         SET status = $3, last_error = $4, ended_at = $5, started_at = coalesce(started_at, CASE WHEN $3 = 'completed' THEN $5 END),
             cancelled_count = cancelled_count + queued_count, queued_count = 0,
             locked_by_worker = NULL, lock_ts = NULL
         WHERE business_id = $1 AND id = $2",
    )
    .bind::<BigInt, _>(state.business_id)
    .bind::<BigInt, _>(state.id)
    .bind::<Text, _>(status)
    .bind::<Nullable<Text>, _>(error)
    .bind::<Timestamptz, _>(now)
    .execute(tx.conn)?;
    let state = RunState {
        status: status.to_owned(),
        last_error: error.map(ToOwned::to_owned),
        cancelled_count: state.cancelled_count + state.queued_count,
        queued_count: 0,
        ..state.clone()
    };
    announce(tx, &state, now)?;
    outbox::stage(
        tx,
        now,
        RunFinished {
            business_id: state.business(),
            run_id: state.run(),
            status: state.status.clone(),
            counts: state.counts(),
            last_error: state.last_error.clone(),
        },
    )?;
    Ok(state)
}

/// How a job left the air.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum JobEnd {
    Completed,
    Failed,
    Cancelled,
    Requeued,
}

impl JobEnd {
    /// The status that the job has from then on.
    pub(crate) const fn job_status(self) -> &'static str {
        match self {
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::Requeued => "queued",
        }
    }
}

/// Pauses a run if what its last calls came to says so. It forgets them: once a person has looked and resumed it, it has a
/// new chance.
///
/// # Errors
/// When a statement fails.
pub fn trip_over(
    tx: &mut Tx<'_>,
    business: BusinessId,
    run: RunId,
    now: DateTime<Utc>,
) -> Result<()> {
    let state = lock(tx, business, run)?;
    let Some(trip) = breaker::judge(&state.recent_outcomes) else {
        return Ok(());
    };
    diesel::sql_query(
        "UPDATE outbound_call_runs SET recent_outcomes = '' WHERE business_id = $1 AND id = $2",
    )
    .bind::<BigInt, _>(business.0)
    .bind::<BigInt, _>(run.0)
    .execute(tx.conn)?;
    let language = state
        .language
        .parse()
        .map_err(|_| StorageError::Corrupt(format!("language {:?}", state.language)))?;
    pause_for(tx, business, run, &trip.message(language), now)
}

/// Pauses a run for `reason`, as a person would: it goes on when someone resumes it.
///
/// # Errors
/// When the statement fails.
pub fn pause_for(
    tx: &mut Tx<'_>,
    business: BusinessId,
    run: RunId,
    reason: &str,
    now: DateTime<Utc>,
) -> Result<()> {
    let state = lock(tx, business, run)?;
    if state.status != "running" {
        return Ok(());
    }
    diesel::sql_query(
        "UPDATE outbound_call_runs SET status = 'paused', pause_requested = true, last_error = $3
         WHERE business_id = $1 AND id = $2",
    )
    .bind::<BigInt, _>(business.0)
    .bind::<BigInt, _>(run.0)
    .bind::<Text, _>(reason)
    .execute(tx.conn)?;
    announce(
        tx,
        &RunState {
            status: "paused".to_owned(),
            ..state
        },
        now,
    )
}

/// Tells how far runs are whose counters have changed since that was told last; those that another replica is at work on
/// are left for later.
///
/// # Errors
/// When the statement fails.
pub fn tell_progress(tx: &mut Tx<'_>, runs: &[RunId], now: DateTime<Utc>) -> Result<()> {
    let ids: Vec<i64> = runs.iter().map(|run| run.0).collect();
    let told: Vec<RunState> = diesel::sql_query(format!(
        "UPDATE outbound_call_runs r SET progress_waits = false, progress_at = $2
         WHERE r.id IN (SELECT w.id FROM outbound_call_runs w WHERE w.id = ANY($1) AND w.progress_waits
                        ORDER BY w.id FOR UPDATE SKIP LOCKED)
         RETURNING {COLUMNS}"
    ))
    .bind::<Array<BigInt>, _>(&ids)
    .bind::<Timestamptz, _>(now)
    .load(tx.conn)?;
    for run in told.iter().filter(|run| !run.is_over()) {
        announce(tx, run, now)?;
    }
    Ok(())
}

fn announce(tx: &mut Tx<'_>, state: &RunState, now: DateTime<Utc>) -> Result<()> {
    outbox::stage(
        tx,
        now,
        RunProgress {
            business_id: state.business(),
            run_id: state.run(),
            status: state.status.clone(),
            counts: state.counts(),
        },
    )
}
