use actix_web::{get, web};
use chrono::{DateTime, Utc};
use domain::ids::{JobId, RunId};
use serde::Serialize;
use storage::runs::{self, Job, JobCall};
use utoipa::ToSchema;

use crate::extract::{Agent, Caller, Id, Params};
use crate::gateway::Gateway;
use crate::page::{Page, PageQuery};
use crate::problem::{Problem, Result};

/// One lead in a run.
#[derive(Serialize, ToSchema)]
pub(crate) struct JobView {
    job_id: i64,
    lead_id: i64,
    /// May be empty.
    lead_name: String,
    /// `queued`, `dialing`, `calling`, `completed`, `failed` or `cancelled`.
    status: String,
    /// Calls that could have made a phone ring.
    attempts: i16,
    /// How its last call ended.
    outcome: Option<String>,
    /// Why it failed or was cancelled.
    reason: Option<String>,
    /// Not called before this; absent when it only waits for its turn.
    due_at: Option<DateTime<Utc>>,
    /// What it was put aside for until then: `retry`, `carrier`, `gap`, `daily_cap`, `in_a_call` or `calling_window`.
    deferred_by: Option<String>,
    started_at: Option<DateTime<Utc>>,
    completed_at: Option<DateTime<Utc>>,
    /// Its calls, oldest first.
    calls: Vec<JobCallView>,
}

/// A call of a job.
#[derive(Serialize, ToSchema)]
pub(crate) struct JobCallView {
    /// The carrier's id of the call, once it has one.
    call_sid: Option<String>,
    /// Where it stands, in the carrier's words.
    status: String,
    duration_seconds: Option<i32>,
    /// Who picked up.
    answered_by: Option<String>,
    /// Why it failed.
    reason: Option<String>,
    created_at: DateTime<Utc>,
    ended_at: Option<DateTime<Utc>>,
}

impl From<JobCall> for JobCallView {
    fn from(call: JobCall) -> Self {
        Self {
            call_sid: call.call_sid,
            status: call.status,
            duration_seconds: call.duration,
            answered_by: call.answered_by,
            reason: call.error_message,
            created_at: call.created_at,
            ended_at: call.ended_at,
        }
    }
}

impl From<(Job, Vec<JobCall>)> for JobView {
    fn from((job, calls): (Job, Vec<JobCall>)) -> Self {
        Self {
            job_id: job.id,
            lead_id: job.lead_id,
            lead_name: job.lead_name,
            status: job.status,
            attempts: job.attempts,
            outcome: job.outcome,
            reason: job.error_message,
            due_at: job.due_at,
            deferred_by: job.deferred_by,
            started_at: job.started_at,
            completed_at: job.completed_at,
            calls: calls.into_iter().map(JobCallView::from).collect(),
        }
    }
}

/// The jobs of a run
///
/// In the order of the queue, each with its calls and the reason where it was not called.
#[utoipa::path(
    tag = "outbound", operation_id = "run_jobs",
    params(("id" = i64, Path, description = "The run"), PageQuery),
    responses((status = 200, description = "A page of jobs", body = Page<JobView>))
)]
#[get("/api/outbound/runs/{id}/jobs")]
pub(crate) async fn jobs(
    gateway: web::Data<Gateway>,
    caller: Caller<Agent>,
    run: Id<RunId>,
    query: Params<PageQuery>,
) -> Result<web::Json<Page<JobView>>> {
    let (wanted, after) = (query.0.wanted()?, query.0.after_id()?.map(JobId));
    let rows = gateway
        .db
        .tenant(caller.business, move |tx| {
            Ok::<_, Problem>(runs::jobs(tx, run.0, after, wanted)?)
        })
        .await?;
    Ok(web::Json(Page::by_id(rows, wanted, |(job, _)| job.id)))
}
