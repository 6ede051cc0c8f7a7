use actix_web::{post, web};
use domain::ids::RunId;
use storage::runs::Wish;

use super::{RunView, wish};
use crate::extract::{Admin, Caller, Id};
use crate::gateway::Gateway;
use crate::problem::Result;

/// Pause a run
///
/// No further call starts; those in the air go on.
#[utoipa::path(
    tag = "outbound", operation_id = "pause_run",
    params(("id" = i64, Path, description = "The run")),
    responses((status = 200, description = "The run as it is now", body = RunView))
)]
#[post("/api/outbound/runs/{id}/pause")]
pub(crate) async fn pause(
    gateway: web::Data<Gateway>,
    caller: Caller<Admin>,
    run: Id<RunId>,
) -> Result<web::Json<RunView>> {
    wish(&gateway, caller.business, run.0, Wish::Pause)
        .await
        .map(web::Json)
}
