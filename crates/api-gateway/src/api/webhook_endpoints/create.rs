use actix_web::http::StatusCode;
use actix_web::{HttpResponse, post, web};
use chrono::TimeDelta;
use domain::ids::WebhookEndpointId;
use serde::{Deserialize, Serialize};
use storage::webhook_endpoints::{self, NewEndpoint};
use storage::webhook_secrets;
use utoipa::ToSchema;

use super::{WebhookEndpointView, check, in_order, mint_secret};
use crate::extract::{Admin, Body, Caller, Fields, IdempotencyKey, Validate};
use crate::gateway::Gateway;
use crate::once::{Answer, once};
use crate::problem::{Code, Result};

/// An endpoint to be.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "url": "https://crm.example.com/hooks/callboard", "description": "CRM", "event_types": ["status.changed", "run.finished"]
}))]
pub(crate) struct WebhookEndpointToCreate {
    /// By https, at an address of the public internet, without a user name.
    url: String,
    #[serde(default)]
    description: String,
    /// What it is told of: `call.completed`, `call.started`, `lead.suppressed`, `notification.requested`, `run.finished`,
    /// `run.progress`, `status.changed`.
    event_types: Vec<String>,
    /// Whether it is told of anything yet.
    #[serde(default = "yes")]
    is_active: bool,
}

const fn yes() -> bool {
    true
}

impl Validate for WebhookEndpointToCreate {
    /// The handler looks: where an endpoint may be is a setting of this gateway.
    fn validate(&self, _: &mut Fields) {}
}

/// An endpoint with a secret that has just been made.
#[derive(Serialize, ToSchema)]
pub(crate) struct WebhookEndpointWithSecret {
    #[serde(flatten)]
    pub(super) endpoint: WebhookEndpointView,
    /// What the receiver checks signatures with (`whsec_…`). Only this one answer has it: a request that is repeated with the
    /// same Idempotency-Key is answered without.
    pub(super) secret: Option<String>,
}

/// Create a webhook endpoint
///
/// It is told of events from now on, by signed requests as of Standard Webhooks. The answer is the only one that shows the
/// secret. A business has 20 endpoints at most.
#[utoipa::path(
    tag = "webhooks", operation_id = "create_webhook_endpoint", request_body = WebhookEndpointToCreate,
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes a repeated request make no second endpoint")),
    responses((status = 201, description = "Created", body = WebhookEndpointWithSecret))
)]
#[post("/api/webhook-endpoints")]
pub(crate) async fn create(
    gateway: web::Data<Gateway>,
    caller: Caller<Admin>,
    key: IdempotencyKey,
    body: Body<WebhookEndpointToCreate>,
) -> Result<HttpResponse> {
    let (now, business, fingerprint) = (gateway.clock.now(), caller.business, body.fingerprint);
    let wanted = body.value;
    let url = check(
        &gateway.egress,
        Some(&wanted.url),
        Some(&wanted.description),
        Some(&wanted.event_types),
    )?;
    let new = NewEndpoint {
        url: url.unwrap_or_default(),
        description: wanted.description.trim().to_owned(),
        event_types: in_order(&wanted.event_types),
        is_active: wanted.is_active,
    };
    once(&gateway, business, key, fingerprint, move |tx| {
        let made = webhook_endpoints::create(tx, now, &new, caller.user)?
            .ok_or(Code::TooManyWebhookEndpoints)?;
        let (id, secret) = (WebhookEndpointId(made.id), mint_secret());
        webhook_secrets::make_current(tx, now, id, &secret, TimeDelta::zero())?;
        let made = WebhookEndpointWithSecret {
            endpoint: made.into(),
            secret: Some(secret),
        };
        Ok(Answer::json(StatusCode::CREATED, &made)?.shown_once("secret"))
    })
    .await
}
