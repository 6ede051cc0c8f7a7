use actix_web::http::StatusCode;
use actix_web::{HttpResponse, post, web};
use domain::events::{Envelope, EventData as _, WebhookTest};
use domain::ids::WebhookEndpointId;
use storage::webhook_deliveries::{self, Message};
use storage::{ServiceRole, webhook_endpoints};

use super::deliveries::WebhookDelivery;
use crate::extract::{Admin, Caller, Id};
use crate::gateway::Gateway;
use crate::problem::{Code, Problem, Result};

/// Send a test event to a webhook endpoint
///
/// One event of the type `webhook.test`, whatever the endpoint is told of. It is sent in a moment; how that went, its delivery
/// tells.
#[utoipa::path(
    tag = "webhooks", operation_id = "test_webhook_endpoint",
    params(("id" = i64, Path, description = "The endpoint")),
    responses(
        (status = 202, description = "The delivery, on its way", body = WebhookDelivery),
        (status = 409, description = "`webhook_endpoint_inactive`: the endpoint is switched off",
            body = crate::problem::Document, content_type = "application/problem+json"),
    )
)]
#[post("/api/webhook-endpoints/{id}/test")]
pub(crate) async fn test(
    gateway: web::Data<Gateway>,
    caller: Caller<Admin>,
    endpoint: Id<WebhookEndpointId>,
) -> Result<HttpResponse> {
    let (now, business, id) = (gateway.clock.now(), caller.business, endpoint.0);
    let data = WebhookTest {
        business_id: business,
        endpoint_id: id,
    };
    let event = Envelope::new(ServiceRole::ApiGateway.service_name(), now, data);
    let message = Message {
        event_id: event.id,
        event_type: WebhookTest::TYPE.to_owned(),
        body: serde_json::to_string(&event).map_err(|error| Problem::internal(&error))?,
    };
    let added = gateway
        .db
        .tenant(business, move |tx| {
            if !webhook_endpoints::get(tx, id)?.is_active {
                return Err(Problem::from(Code::WebhookEndpointInactive));
            }
            Ok(webhook_deliveries::add(tx, now, id, &message)?)
        })
        .await?;
    Ok(HttpResponse::build(StatusCode::ACCEPTED).json(WebhookDelivery::from(added)))
}
