use actix_web::{get, web};

use super::{StatusView, board};
use crate::extract::{Agent, Caller};
use crate::gateway::Gateway;
use crate::problem::Result;

/// The board's columns
///
/// In board order, those that are switched off too.
#[utoipa::path(
    tag = "leads", operation_id = "list_lead_statuses",
    responses((status = 200, description = "The statuses", body = [StatusView]))
)]
#[get("/api/lead-statuses")]
pub(crate) async fn list(
    gateway: web::Data<Gateway>,
    caller: Caller<Agent>,
) -> Result<web::Json<Vec<StatusView>>> {
    let board = gateway.db.tenant(caller.business, board).await?;
    Ok(web::Json(board.into_iter().map(StatusView::from).collect()))
}
