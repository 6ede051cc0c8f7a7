//! `outbound_call_runs` and `outbound_call_jobs` as people ask for them and look at them. Everything that happens to a
//! run after it was asked for is the dialer's.

mod read;
mod request;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use domain::events::{RunCounts, RunRequested};
use domain::ids::{BusinessId, RunId};

pub use read::{Counts, Job, JobCall, Run, counts, get, jobs, page};
pub use request::{Kind, NewRun, Requested, SkipReason, Skipped, Target, request};

use crate::schema::outbound_call_runs as t;
use crate::{Result, Tx, outbox};

/// What a person wants of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wish {
    /// No further call starts; those in the air go on.
    Pause,
    /// Goes on after a pause.
    Resume,
    /// No further call starts, ever.
    Cancel {
        /// Also ends the calls in the air.
        hang_up: bool,
    },
}

/// What became of a wish.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wished {
    /// It holds from the commit on.
    Granted,
    /// The run is over; nothing was written.
    Over {
        /// `completed`, `failed` or `cancelled`.
        status: String,
    },
    /// A cancelled run cannot be resumed or paused; nothing was written.
    BeingCancelled,
}

/// Writes down what a person wants of a run. The next claim of a job reads it in its own transaction, so it holds from
/// the commit on; the event only makes the dialer tidy up at once.
///
/// # Errors
/// [`crate::StorageError::NotFound`] when the business has no such run.
pub fn wish(
    tx: &mut Tx<'_>,
    business: BusinessId,
    now: DateTime<Utc>,
    run: RunId,
    wish: Wish,
) -> Result<Wished> {
    type Row = (String, bool, bool, i32, i32, i32, i32, i32, i32);
    let its_run = t::table
        .filter(t::business_id.eq(business.0))
        .filter(t::id.eq(run.0));
    let (
        status,
        cancel_requested,
        hang_up_requested,
        total_leads,
        queued,
        in_progress,
        completed,
        failed,
        cancelled,
    ): Row = its_run
        .select((
            t::status,
            t::cancel_requested,
            t::hang_up_requested,
            t::total_leads,
            t::queued_count,
            t::in_progress_count,
            t::completed_count,
            t::failed_count,
            t::cancelled_count,
        ))
        .for_update()
        .first(tx.conn)?;
    // A cancelled run may still have calls in the air, which a second cancel may hang up.
    let ends_calls = matches!(wish, Wish::Cancel { hang_up: true })
        && status == "cancelled"
        && in_progress > 0
        && !hang_up_requested;
    if matches!(status.as_str(), "completed" | "failed" | "cancelled") && !ends_calls {
        return Ok(Wished::Over { status });
    }
    match wish {
        Wish::Pause | Wish::Resume if cancel_requested => return Ok(Wished::BeingCancelled),
        Wish::Pause => {
            diesel::update(its_run)
                .set(t::pause_requested.eq(true))
                .execute(tx.conn)?;
        }
        Wish::Resume => {
            diesel::update(its_run)
                .set(t::pause_requested.eq(false))
                .execute(tx.conn)?;
        }
        Wish::Cancel { hang_up } => {
            diesel::update(its_run)
                .set((
                    t::cancel_requested.eq(true),
                    t::hang_up_requested.eq(hang_up || hang_up_requested),
                ))
                .execute(tx.conn)?;
        }
    }
    let counts = RunCounts {
        total_leads,
        queued,
        in_progress,
        completed,
        failed,
        cancelled,
    };
    outbox::stage(
        tx,
        now,
        RunRequested {
            business_id: business,
            run_id: run,
            status,
            counts,
        },
    )?;
    Ok(Wished::Granted)
}
