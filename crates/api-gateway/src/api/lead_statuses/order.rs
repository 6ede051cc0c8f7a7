use actix_web::{put, web};
use serde::Deserialize;
use storage::statuses;
use utoipa::ToSchema;

use super::{StatusView, board};
use crate::extract::{Admin, Body, Caller, Fields, Validate};
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
/// A conflict when the names are not all statuses that there are: somebody has added or deleted one in the meantime.
#[utoipa::path(
    tag = "leads", operation_id = "order_lead_statuses", request_body = Order,
    responses((status = 200, description = "The statuses in their new order", body = [StatusView]))
)]
#[put("/api/lead-statuses/order")]
pub(crate) async fn order(
    gateway: web::Data<Gateway>,
    caller: Caller<Admin>,
    body: Body<Order>,
) -> Result<web::Json<Vec<StatusView>>> {
    let board = gateway
        .db
        .tenant(caller.business, move |tx| {
            if !statuses::reorder(tx, &body.value.names)? {
                return Err(Problem::from(Code::VersionConflict));
            }
            board(tx)
        })
        .await?;
    Ok(web::Json(board.into_iter().map(StatusView::from).collect()))
}
