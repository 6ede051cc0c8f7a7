//! Bulk calling runs.

pub(crate) mod bulk_enqueue;
pub(crate) mod cancel;
pub(crate) mod get;
pub(crate) mod jobs;
pub(crate) mod list;
pub(crate) mod pause;
pub(crate) mod preflight;
pub(crate) mod resume;
pub(crate) mod stop_queue;

use chrono::{DateTime, Utc};
use domain::ids::{BusinessId, RunId};
use serde::Serialize;
use storage::runs::{self, Run, Wish, Wished};
use utoipa::ToSchema;

use crate::gateway::Gateway;
use crate::problem::{Code, Problem, Result};

/// A run.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RunView {
    run_id: i64,
    /// `bulk` or `direct`.
    kind: String,
    /// `pending`, `running`, `paused`, `completed`, `failed` or `cancelled`.
    status: String,
    /// Jobs waiting.
    queued: i32,
    /// Jobs with a call in the air.
    in_progress: i32,
    /// Jobs whose call took place.
    completed: i32,
    /// Jobs for which no call could be made.
    failed: i32,
    /// Jobs taken out before they were called.
    cancelled: i32,
    total_leads: i32,
    /// How many jobs have left the queue at least once.
    cursor_position: i32,
    /// Most calls in the air at once.
    concurrency: i16,
    /// Higher goes first among the runs of the business.
    priority: i16,
    /// A pause is asked for, or holds.
    pause_requested: bool,
    /// A cancel is asked for, or done.
    cancel_requested: bool,
    /// Why it failed or was paused.
    last_error: Option<String>,
    /// The import that it calls.
    outbound_list_id: Option<i64>,
    created_by_user_id: Option<i64>,
    /// Not before this.
    start_at: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
    started_at: Option<DateTime<Utc>>,
    ended_at: Option<DateTime<Utc>>,
}

impl From<Run> for RunView {
    fn from(run: Run) -> Self {
        Self {
            run_id: run.id,
            kind: run.kind,
            status: run.status,
            queued: run.queued_count,
            in_progress: run.in_progress_count,
            completed: run.completed_count,
            failed: run.failed_count,
            cancelled: run.cancelled_count,
            total_leads: run.total_leads,
            cursor_position: run.cursor_position,
            concurrency: run.concurrency,
            priority: run.priority,
            pause_requested: run.pause_requested,
            cancel_requested: run.cancel_requested,
            last_error: run.last_error,
            outbound_list_id: run.outbound_list_id,
            created_by_user_id: run.created_by_user_id,
            start_at: run.start_at,
            created_at: run.created_at,
            started_at: run.started_at,
            ended_at: run.ended_at,
        }
    }
}

/// Writes down what a person wants of a run, and answers the run as it is now.
async fn wish(gateway: &Gateway, business: BusinessId, run: RunId, wish: Wish) -> Result<RunView> {
    let now = gateway.clock.now();
    let run = gateway
        .db
        .tenant(business, move |tx| {
            match runs::wish(tx, business, now, run, wish)? {
                Wished::Granted => {}
                // To cancel what was cancelled is no mistake: two people may press the button.
                Wished::Over { status }
                    if status == "cancelled" && matches!(wish, Wish::Cancel { .. }) => {}
                Wished::Over { status } => {
                    return Err(
                        Problem::from(Code::RunIsOver).detail(format!("its status is {status}"))
                    );
                }
                Wished::BeingCancelled => return Err(Code::RunIsBeingCancelled.into()),
            }
            Ok(runs::get(tx, run)?)
        })
        .await?;
    tracing::info!(
        business_id = business.0,
        run_id = run.id,
        ?wish,
        "a run was asked for something"
    );
    Ok(run.into())
}
