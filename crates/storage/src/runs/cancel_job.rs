use chrono::{DateTime, Utc};
use diesel::prelude::*;
use domain::events::RunRequested;
use domain::ids::{JobId, RunId};

use super::Standing;
use crate::schema::{outbound_call_jobs as t, outbound_call_runs};
use crate::{Result, TenantTx, outbox};

/// What became of the wish to cancel a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JobWished {
    /// It is not called any more, from the commit on. A job that was cancelled already answers this too.
    Granted {
        /// Its run.
        run: RunId,
    },
    /// It is not in the queue; nothing was written.
    NotQueued {
        /// `dialing`, `calling`, `completed` or `failed`.
        status: String,
    },
}

/// Takes one lead out of a run's queue. The next claim reads the wish in its own transaction, so it holds from the commit
/// on; the event only makes the dialer tidy up at once.
///
/// # Errors
/// [`crate::StorageError::NotFound`] when the business has no such job.
pub fn cancel_job(tx: &mut TenantTx<'_>, now: DateTime<Utc>, job: JobId) -> Result<JobWished> {
    let business = tx.business;
    let (run, status, wished): (i64, String, bool) = t::table
        .find((business.0, job.0))
        .select((t::run_id, t::status, t::cancel_requested))
        .for_update()
        .first(tx.conn)?;
    if status == "cancelled" || (status == "queued" && wished) {
        return Ok(JobWished::Granted { run: RunId(run) });
    }
    if status != "queued" {
        return Ok(JobWished::NotQueued { status });
    }
    diesel::update(t::table.find((business.0, job.0)))
        .set(t::cancel_requested.eq(true))
        .execute(tx.conn)?;
    let standing: Standing = outbound_call_runs::table
        .find((business.0, run))
        .select(Standing::as_select())
        .first(tx.conn)?;
    let event = RunRequested {
        business_id: business,
        run_id: RunId(run),
        counts: standing.counts(),
        status: standing.status,
    };
    outbox::stage(tx, now, event)?;
    Ok(JobWished::Granted { run: RunId(run) })
}
