use actix_web::{get, web};
use domain::ids::RunId;
use storage::runs;

use super::RunView;
use crate::extract::{Agent, Caller, Id};
use crate::gateway::Gateway;
use crate::problem::{Problem, Result};

/// A run
#[utoipa::path(
    tag = "outbound", operation_id = "get_run",
    params(("id" = i64, Path, description = "The run")),
    responses((status = 200, description = "The run", body = RunView))
)]
#[get("/api/outbound/runs/{id}")]
pub(crate) async fn get(
    gateway: web::Data<Gateway>,
    caller: Caller<Agent>,
    run: Id<RunId>,
) -> Result<web::Json<RunView>> {
    let run = gateway
        .db
        .tenant(caller.business, move |tx| {
            Ok::<_, Problem>(runs::get(tx, run.0)?)
        })
        .await?;
    Ok(web::Json(run.into()))
}
