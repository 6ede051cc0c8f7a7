use actix_web::{HttpResponse, get, web};

use super::{StatusView, board, show, version_of};
use crate::extract::{Agent, Caller, etag};
use crate::gateway::Gateway;
use crate::problem::Result;

/// The board's columns
///
/// In board order, those that are switched off too, each with the number of its leads. The ETag is of the columns, not of
/// the leads.
#[utoipa::path(
    tag = "leads", operation_id = "list_lead_statuses",
    responses((status = 200, description = "The statuses", body = [StatusView]))
)]
#[get("/api/lead-statuses")]
pub(crate) async fn list(
    gateway: web::Data<Gateway>,
    caller: Caller<Agent>,
) -> Result<HttpResponse> {
    let (version, board) = gateway
        .db
        .read(caller.business, |tx| {
            let board = board(tx)?;
            Ok((version_of(&board), show(tx, board)?))
        })
        .await?;
    Ok(HttpResponse::Ok().insert_header(etag(version)).json(board))
}
