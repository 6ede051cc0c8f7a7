use actix_web::{HttpResponse, put, web};
use serde::Deserialize;
use storage::statuses;
use utoipa::ToSchema;

use super::{StatusView, board, show, version_of};
use crate::extract::{Admin, Body, Caller, Fields, IfMatch, Validate, etag};
use crate::gateway::Gateway;
use crate::problem::{Code, Problem, Result};

/// The board from its first column to its last.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Order {
    /// The names of all statuses, those that are switched off too.
    names: Vec<String>,
}

impl Validate for Order {
    fn validate(&self, fields: &mut Fields) {
        let mut names = self.names.clone();
        names.sort_unstable();
        names.dedup();
        let once = names.len() == self.names.len();
        fields.check(once, "names", "must name each status once");
    }
}

/// Put the board in order
///
/// A conflict when the names are not all statuses that there are: somebody has added or deleted one in the meantime. With
/// `If-Match` (of the list of statuses) only if nobody has changed the board otherwise either.
#[utoipa::path(
    tag = "leads", operation_id = "order_lead_statuses", request_body = Order,
    params(("If-Match" = Option<String>, Header, description = "The ETag of the board that the order is based on")),
    responses((status = 200, description = "The statuses in their new order", body = [StatusView]))
)]
#[put("/api/lead-statuses/order")]
pub(crate) async fn order(
    gateway: web::Data<Gateway>,
    caller: Caller<Admin>,
    expected: IfMatch,
    body: Body<Order>,
) -> Result<HttpResponse> {
    let (version, board) = gateway
        .db
        .tenant(caller.business, move |tx| {
            let before = version_of(&statuses::locked_board(tx)?);
            let is_expected = expected.0.is_none_or(|version| version == before);
            if !is_expected || !statuses::reorder(tx, &body.value.names)? {
                return Err(Problem::from(Code::VersionConflict));
            }
            let board = board(tx)?;
            Ok((version_of(&board), show(tx, board)?))
        })
        .await?;
    Ok(HttpResponse::Ok().insert_header(etag(version)).json(board))
}
