use actix_web::{get, web};
use storage::timeline;

use super::RecordedCallView;
use crate::extract::{Agent, Caller, Sid};
use crate::gateway::Gateway;
use crate::problem::{Problem, Result};

/// A call
#[utoipa::path(
    tag = "calls", operation_id = "get_call",
    params(("sid" = String, Path, description = "The carrier's id of the call")),
    responses((status = 200, description = "The call", body = RecordedCallView))
)]
#[get("/api/calls/{sid}")]
pub(crate) async fn get(
    gateway: web::Data<Gateway>,
    caller: Caller<Agent>,
    sid: Sid,
) -> Result<web::Json<RecordedCallView>> {
    let call = gateway
        .db
        .tenant(caller.business, move |tx| {
            Ok::<_, Problem>(timeline::call(tx, &sid.0)?)
        })
        .await?;
    Ok(web::Json(call.into()))
}
