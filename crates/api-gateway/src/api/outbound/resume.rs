use actix_web::{post, web};
use domain::ids::RunId;
use storage::runs::Wish;

use super::{RunView, wish};
use crate::extract::{Admin, Caller, Id};
use crate::gateway::Gateway;
use crate::problem::Result;

/// Resume a run
///
/// Goes on after a pause.
#[utoipa::path(
    tag = "outbound", operation_id = "resume_run",
    params(("id" = i64, Path, description = "The run")),
    responses((status = 200, description = "The run as it is now", body = RunView))
)]
#[post("/api/outbound/runs/{id}/resume")]
pub(crate) async fn resume(
    gateway: web::Data<Gateway>,
    caller: Caller<Admin>,
    run: Id<RunId>,
) -> Result<web::Json<RunView>> {
    wish(&gateway, caller.business, run.0, Wish::Resume)
        .await
        .map(web::Json)
}
