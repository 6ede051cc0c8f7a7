use actix_web::{get, web};
use storage::statuses;

use crate::api::view::view;
use crate::extract::{Agent, Caller};
use crate::gateway::Gateway;
use crate::problem::{Problem, Result};

view! {
    /// A column of the board.
    StatusView of statuses::Status {
        /// Stable key, never shown.
        name: String,
        /// What people see.
        label: String,
        /// `#rrggbb`.
        color: String,
        /// Its place on the board.
        order_index: i32,
        /// Automation relies on its name.
        is_system: bool,
        /// New leads start here.
        is_default: bool,
        /// Leads can stand here.
        is_active: bool,
        /// Automation never moves a lead out of it.
        is_protected: bool,
    }
}

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
    let board = gateway
        .db
        .tenant(caller.business, |tx| Ok::<_, Problem>(statuses::board(tx)?))
        .await?;
    Ok(web::Json(board.into_iter().map(StatusView::from).collect()))
}
