use actix_web::{post, web};
use domain::ids::JobId;
use serde::Serialize;
use storage::runs::{self, JobWished};
use utoipa::ToSchema;

use crate::extract::{Agent, Caller, Id};
use crate::gateway::Gateway;
use crate::problem::{Code, Problem, Result};

/// A job that is not called any more.
#[derive(Serialize, ToSchema)]
pub(crate) struct JobCancelled {
    job_id: i64,
    run_id: i64,
    cancel_requested: bool,
}

/// Cancel one queued job
///
/// The lead is not called in this run any more; the others are. A call that is in the air goes on: then the job is not in
/// the queue, and this is 409.
#[utoipa::path(
    tag = "outbound", operation_id = "cancel_job",
    params(("job_id" = i64, Path, description = "The job")),
    responses((status = 200, description = "It holds from now on", body = JobCancelled))
)]
#[post("/api/outbound_calls/jobs/{job_id}/cancel")]
pub(crate) async fn cancel_job(
    gateway: web::Data<Gateway>,
    caller: Caller<Agent>,
    job: Id<JobId>,
) -> Result<web::Json<JobCancelled>> {
    let (now, job) = (gateway.clock.now(), job.0);
    let run = gateway
        .db
        .tenant(caller.business, move |tx| {
            match runs::cancel_job(tx, now, job)? {
                JobWished::Granted { run } => Ok(run),
                JobWished::NotQueued { status } => {
                    Err(Problem::from(Code::JobNotQueued).detail(format!("its status is {status}")))
                }
            }
        })
        .await?;
    tracing::info!(
        business_id = caller.business.0,
        run_id = run.0,
        job_id = job.0,
        "a job is to be cancelled"
    );
    Ok(web::Json(JobCancelled {
        job_id: job.0,
        run_id: run.0,
        cancel_requested: true,
    }))
}
