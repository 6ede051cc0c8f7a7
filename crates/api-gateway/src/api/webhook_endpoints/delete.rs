use actix_web::{HttpResponse, delete, web};
use domain::ids::WebhookEndpointId;
use storage::webhook_endpoints;

use crate::extract::{Admin, Caller, Id};
use crate::gateway::Gateway;
use crate::problem::{Problem, Result};

/// Delete a webhook endpoint
///
/// With its secrets and the log of its deliveries; what waits for it is not sent any more. To keep them, switch it off instead
/// (`is_active: false`).
#[utoipa::path(
    tag = "webhooks", operation_id = "delete_webhook_endpoint",
    params(("id" = i64, Path, description = "The endpoint")),
    responses((status = 204, description = "Deleted"))
)]
#[delete("/api/webhook-endpoints/{id}")]
pub(crate) async fn delete(
    gateway: web::Data<Gateway>,
    caller: Caller<Admin>,
    endpoint: Id<WebhookEndpointId>,
) -> Result<HttpResponse> {
    let now = gateway.clock.now();
    gateway
        .db
        .tenant(caller.business, move |tx| {
            Ok::<_, Problem>(webhook_endpoints::delete(tx, now, endpoint.0, caller.user)?)
        })
        .await?;
    Ok(HttpResponse::NoContent().finish())
}
