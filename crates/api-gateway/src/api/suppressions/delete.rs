use actix_web::{HttpResponse, delete, web};
use domain::ids::SuppressionId;
use storage::suppressions;

use crate::extract::{Admin, Caller, Id};
use crate::gateway::Gateway;
use crate::problem::{Problem, Result};

/// Lift a suppression
///
/// The number may be called again. Jobs that were cancelled for it stay cancelled, and a conversation that asks anew
/// suppresses it anew.
#[utoipa::path(
    tag = "suppressions", operation_id = "lift_suppression",
    params(("id" = i64, Path, description = "The suppression")),
    responses((status = 204, description = "Lifted"))
)]
#[delete("/api/suppressions/{id}")]
pub(crate) async fn delete(
    gateway: web::Data<Gateway>,
    caller: Caller<Admin>,
    suppression: Id<SuppressionId>,
) -> Result<HttpResponse> {
    let (now, user) = (gateway.clock.now(), caller.user);
    gateway
        .db
        .tenant(caller.business, move |tx| {
            Ok::<_, Problem>(suppressions::lift(tx, now, suppression.0, user)?)
        })
        .await?;
    Ok(HttpResponse::NoContent().finish())
}
