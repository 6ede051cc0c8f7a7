use actix_web::{post, web};
use serde::Serialize;
use storage::runs;
use utoipa::ToSchema;

use super::bulk_enqueue::{RunToStart, SkippedLead};
use crate::extract::{Admin, Body, Caller};
use crate::gateway::Gateway;
use crate::problem::Result;

/// What a run would do.
#[derive(Serialize, ToSchema)]
pub(crate) struct Preflight {
    /// How many leads it would call.
    would_call: i32,
    /// Who would not be called.
    skipped: Vec<SkippedLead>,
}

/// Try a run out
///
/// Judges the chosen leads as a start of the run would, and creates nothing. Gates that open by themselves (calling hours,
/// busy lines, the gap between calls) skip nobody: the run waits for them.
#[utoipa::path(
    tag = "outbound", operation_id = "preflight", request_body = RunToStart,
    responses((status = 200, description = "Who would be called and who not", body = Preflight))
)]
#[post("/api/outbound/preflight")]
pub(crate) async fn preflight(
    gateway: web::Data<Gateway>,
    caller: Caller<Admin>,
    body: Body<RunToStart>,
) -> Result<web::Json<Preflight>> {
    let business = caller.business;
    let run = body.value.into_run(caller.user);
    let (would_call, skipped) = gateway
        .db
        .tenant(business, move |tx| {
            runs::preflight(tx, business, &run.target)
        })
        .await?;
    Ok(web::Json(Preflight {
        would_call,
        skipped: skipped.into_iter().map(SkippedLead::from).collect(),
    }))
}
