use actix_web::{get, web};
use domain::ids::{WebhookDeliveryId, WebhookEndpointId};
use serde::Serialize;
use storage::webhook_deliveries;
use utoipa::ToSchema;

use super::WebhookDelivery;
use crate::extract::{Admin, Caller, Ids};
use crate::gateway::Gateway;
use crate::problem::{Problem, Result};

/// A delivery, with what is sent.
#[derive(Serialize, ToSchema)]
pub(crate) struct WebhookDeliveryInFull {
    #[serde(flatten)]
    delivery: WebhookDelivery,
    /// The body of the request, as it is sent and signed: a CloudEvents document.
    body: String,
}

/// A delivery of a webhook endpoint
#[utoipa::path(
    tag = "webhooks", operation_id = "get_webhook_delivery",
    params(
        ("id" = i64, Path, description = "The endpoint"),
        ("delivery" = i64, Path, description = "The delivery"),
    ),
    responses((status = 200, description = "The delivery", body = WebhookDeliveryInFull))
)]
#[get("/api/webhook-endpoints/{id}/deliveries/{delivery}")]
pub(crate) async fn get(
    gateway: web::Data<Gateway>,
    caller: Caller<Admin>,
    ids: Ids<WebhookEndpointId, WebhookDeliveryId>,
) -> Result<web::Json<WebhookDeliveryInFull>> {
    let Ids(endpoint, id) = ids;
    let (delivery, body) = gateway
        .db
        .tenant(caller.business, move |tx| {
            Ok::<_, Problem>(webhook_deliveries::get(tx, endpoint, id)?)
        })
        .await?;
    Ok(web::Json(WebhookDeliveryInFull {
        delivery: delivery.into(),
        body,
    }))
}
