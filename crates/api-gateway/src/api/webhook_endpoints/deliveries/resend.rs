use actix_web::http::StatusCode;
use actix_web::{HttpResponse, post, web};
use domain::ids::{WebhookDeliveryId, WebhookEndpointId};
use storage::{webhook_deliveries, webhook_endpoints};

use super::WebhookDelivery;
use crate::extract::{Admin, Caller, Ids};
use crate::gateway::Gateway;
use crate::problem::{Code, Problem, Result};

/// Send a delivery again
///
/// At once, and from the start of the schedule, whatever became of it before. The receiver gets the same `webhook-id`.
#[utoipa::path(
    tag = "webhooks", operation_id = "resend_webhook_delivery",
    params(
        ("id" = i64, Path, description = "The endpoint"),
        ("delivery" = i64, Path, description = "The delivery"),
    ),
    responses(
        (status = 202, description = "The delivery, on its way", body = WebhookDelivery),
        (status = 409, description = "`webhook_endpoint_inactive`: the endpoint is switched off",
            body = crate::problem::Document, content_type = "application/problem+json"),
    )
)]
#[post("/api/webhook-endpoints/{id}/deliveries/{delivery}/resend")]
pub(crate) async fn resend(
    gateway: web::Data<Gateway>,
    caller: Caller<Admin>,
    ids: Ids<WebhookEndpointId, WebhookDeliveryId>,
) -> Result<HttpResponse> {
    let (now, Ids(endpoint, id)) = (gateway.clock.now(), ids);
    let resent = gateway
        .db
        .tenant(caller.business, move |tx| {
            let is_active = webhook_endpoints::get(tx, endpoint)?.is_active;
            webhook_deliveries::get(tx, endpoint, id)?;
            if !is_active {
                return Err(Problem::from(Code::WebhookEndpointInactive));
            }
            Ok(webhook_deliveries::resend(tx, now, endpoint, id)?)
        })
        .await?;
    Ok(HttpResponse::build(StatusCode::ACCEPTED).json(WebhookDelivery::from(resent)))
}
