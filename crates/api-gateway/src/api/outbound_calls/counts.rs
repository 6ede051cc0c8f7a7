use actix_web::{get, web};
use storage::runs;

use crate::api::view::view;
use crate::extract::{Agent, Caller};
use crate::gateway::Gateway;
use crate::problem::{Problem, Result};

view! {
    /// How many lines are taken and how many there are.
    LineCounts of runs::Counts {
        /// Calls in the air.
        active_total: i64,
        /// Outbound calls in the air.
        active_outbound: i64,
        /// Most calls at once.
        max_total: i64,
        /// Most outbound calls at once.
        max_outbound: i64,
    }
}

/// Lines taken now
#[utoipa::path(
    tag = "calls", operation_id = "line_counts",
    responses((status = 200, description = "The counts", body = LineCounts))
)]
#[get("/api/outbound_calls/counts")]
pub(crate) async fn counts(
    gateway: web::Data<Gateway>,
    caller: Caller<Agent>,
) -> Result<web::Json<LineCounts>> {
    let counts = gateway
        .db
        .tenant(caller.business, |tx| Ok::<_, Problem>(runs::counts(tx)?))
        .await?;
    Ok(web::Json(counts.into()))
}
