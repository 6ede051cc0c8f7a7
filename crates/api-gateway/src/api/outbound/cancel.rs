use actix_web::{post, web};
use domain::ids::RunId;
use serde::Deserialize;
use storage::runs::Wish;
use utoipa::ToSchema;

use super::{RunView, wish};
use crate::extract::{Admin, Body, Caller, Fields, Id, Validate};
use crate::gateway::Gateway;
use crate::problem::Result;

/// How a run is cancelled.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Cancellation {
    /// Also ends the calls in the air.
    #[serde(default)]
    hang_up: bool,
}

impl Validate for Cancellation {
    fn validate(&self, _: &mut Fields) {}
}

/// Cancel a run
///
/// No further call starts and the queued jobs become cancelled. With `hang_up` the calls in the air end, too.
#[utoipa::path(
    tag = "outbound", operation_id = "cancel_run",
    params(("id" = i64, Path, description = "The run")),
    request_body(content = Option<Cancellation>, description = "Optional"),
    responses((status = 200, description = "The run as it is now", body = RunView))
)]
#[post("/api/outbound/runs/{id}/cancel")]
pub(crate) async fn cancel(
    gateway: web::Data<Gateway>,
    caller: Caller<Admin>,
    run: Id<RunId>,
    body: Body<Cancellation>,
) -> Result<web::Json<RunView>> {
    let cancel = Wish::Cancel {
        hang_up: body.value.hang_up,
    };
    wish(&gateway, caller.business, run.0, cancel)
        .await
        .map(web::Json)
}
