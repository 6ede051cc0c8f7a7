//! `outbound_call_runs` and `outbound_call_jobs` as people ask for them and look at them. Everything that happens to a
//! run after it was asked for is the dialer's.

mod cancel_job;
mod preflight;
mod read;
mod request;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use domain::events::{RunCounts, RunRequested};
use domain::ids::{BusinessId, RunId};

pub use cancel_job::{JobWished, cancel_job};
pub use preflight::{Preflight, preflight};
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
    let its_run = t::table
        .filter(t::business_id.eq(business.0))
        .filter(t::id.eq(run.0));
    let now_is: Standing = its_run
        .select(Standing::as_select())
        .for_update()
        .first(tx.conn)?;
    let is_over = matches!(now_is.status.as_str(), "completed" | "failed" | "cancelled");
    if is_over && !now_is.has_calls_to_end(wish) {
        return Ok(Wished::Over {
            status: now_is.status,
        });
    }
    match wish {
        Wish::Pause | Wish::Resume if now_is.cancel_requested => {
            return Ok(Wished::BeingCancelled);
        }
        Wish::Pause | Wish::Resume => {
            diesel::update(its_run)
                .set(t::pause_requested.eq(wish == Wish::Pause))
                .execute(tx.conn)?;
        }
        Wish::Cancel { hang_up } => {
            diesel::update(its_run)
                .set((
                    t::cancel_requested.eq(true),
                    t::hang_up_requested.eq(hang_up || now_is.hang_up_requested),
                ))
                .execute(tx.conn)?;
        }
    }
    let event = RunRequested {
        business_id: business,
        run_id: run,
        counts: now_is.counts(),
        status: now_is.status,
    };
    outbox::stage(tx, now, event)?;
    Ok(Wished::Granted)
}

/// Where a run stands when a wish arrives.
#[derive(Queryable, Selectable)]
#[diesel(table_name = t)]
struct Standing {
    status: String,
    cancel_requested: bool,
    hang_up_requested: bool,
    total_leads: i32,
    queued_count: i32,
    in_progress_count: i32,
    completed_count: i32,
    failed_count: i32,
    cancelled_count: i32,
}

impl Standing {
    /// A cancelled run may still have calls in the air, which a second cancel may hang up.
    fn has_calls_to_end(&self, wish: Wish) -> bool {
        matches!(wish, Wish::Cancel { hang_up: true })
            && self.status == "cancelled"
            && self.in_progress_count > 0
            && !self.hang_up_requested
    }

    const fn counts(&self) -> RunCounts {
        RunCounts {
            total_leads: self.total_leads,
            queued: self.queued_count,
            in_progress: self.in_progress_count,
            completed: self.completed_count,
            failed: self.failed_count,
            cancelled: self.cancelled_count,
        }
    }
}
