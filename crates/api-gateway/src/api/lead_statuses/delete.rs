use actix_web::{HttpResponse, delete, web};
use storage::statuses;

use super::query::DeleteQuery;
use super::{board, move_leads, named, refuse_to_close_the_default};
use crate::extract::{Admin, Caller, Id, IfMatch, Params};
use crate::gateway::Gateway;
use crate::problem::{Code, Problem, Result};

/// Delete a status
///
/// Decisions and history that speak of it stay as they are. One that automation relies on is switched off instead.
/// With `If-Match` only if nobody has changed it in the meantime.
#[utoipa::path(
    tag = "leads", operation_id = "delete_lead_status",
    params(
        ("name" = String, Path, description = "The status"), DeleteQuery,
        ("If-Match" = Option<String>, Header, description = "The ETag that the deletion is based on"),
    ),
    responses((status = 204, description = "Deleted"))
)]
#[delete("/api/lead-statuses/{name}")]
pub(crate) async fn delete(
    gateway: web::Data<Gateway>,
    caller: Caller<Admin>,
    name: Id<String>,
    expected: IfMatch,
    query: Params<DeleteQuery>,
) -> Result<HttpResponse> {
    let (author, name) = ((gateway.clock.now(), caller.user), name.0);
    gateway
        .db
        .tenant(caller.business, move |tx| {
            let board = board(tx)?;
            let status = named(&board, &name)?;
            statuses::expect(tx, &name, expected.0)?;
            refuse_to_close_the_default(status)?;
            if status.is_system {
                return Err(Problem::from(Code::StatusIsSystem));
            }
            move_leads(tx, &board, &name, query.0.move_to.as_deref(), author)?;
            Ok(statuses::delete(tx, &name)?)
        })
        .await?;
    Ok(HttpResponse::NoContent().finish())
}
