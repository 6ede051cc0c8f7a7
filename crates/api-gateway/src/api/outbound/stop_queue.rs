use actix_web::{post, web};
use domain::ids::RunId;
use serde::Deserialize;
use storage::runs::Wish;
use utoipa::ToSchema;

use super::{RunView, wish};
use crate::extract::{Admin, Body, Caller, Fields, Validate};
use crate::gateway::Gateway;
use crate::problem::Result;

/// Which run.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct QueueToStop {
    /// The run.
    run_id: i64,
}

impl Validate for QueueToStop {
    fn validate(&self, _: &mut Fields) {}
}

/// Cancel a run (older name)
#[utoipa::path(
    tag = "outbound", operation_id = "stop_queue", request_body = QueueToStop,
    responses((status = 200, description = "The run as it is now", body = RunView))
)]
#[post("/api/outbound/stop-queue")]
pub(crate) async fn stop_queue(
    gateway: web::Data<Gateway>,
    caller: Caller<Admin>,
    body: Body<QueueToStop>,
) -> Result<web::Json<RunView>> {
    let cancel = Wish::Cancel { hang_up: false };
    wish(&gateway, caller.business, RunId(body.value.run_id), cancel)
        .await
        .map(web::Json)
}
