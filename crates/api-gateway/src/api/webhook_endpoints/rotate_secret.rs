use actix_web::http::StatusCode;
use actix_web::{HttpResponse, post, web};
use chrono::TimeDelta;
use domain::ids::WebhookEndpointId;
use serde::Deserialize;
use storage::webhook_endpoint_changes::{self, Kind};
use storage::{webhook_endpoints, webhook_secrets};
use utoipa::ToSchema;

use super::create::WebhookEndpointWithSecret;
use super::mint_secret;
use crate::extract::{Admin, Body, Caller, Fields, Id, IdempotencyKey, Validate};
use crate::gateway::Gateway;
use crate::once::{Answer, once};
use crate::problem::Result;

/// The longest overlap, in hours: a week.
const LONGEST_OVERLAP: u16 = 168;

/// How the old secret ends.
#[derive(Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
#[schema(example = json!({ "overlap_hours": 24 }))]
pub(crate) struct SecretRotation {
    /// For how long requests are signed with the old secret as well. 0 when somebody else has it: then every secret before the
    /// new one ends at once.
    #[schema(minimum = 0, maximum = 168, default = 24)]
    overlap_hours: u16,
}

impl Default for SecretRotation {
    fn default() -> Self {
        Self { overlap_hours: 24 }
    }
}

impl Validate for SecretRotation {
    fn validate(&self, fields: &mut Fields) {
        let is_short_enough = self.overlap_hours <= LONGEST_OVERLAP;
        let message = format!("must be 0 to {LONGEST_OVERLAP}");
        fields.check(is_short_enough, "overlap_hours", &message);
    }
}

/// Rotate the secret of a webhook endpoint
///
/// Requests carry a signature of each secret that is valid, the newest first, until the overlap is over. The answer is the only
/// one that shows the new secret.
#[utoipa::path(
    tag = "webhooks", operation_id = "rotate_webhook_secret", request_body = SecretRotation,
    params(
        ("id" = i64, Path, description = "The endpoint"),
        ("Idempotency-Key" = Option<String>, Header, description = "Makes a repeated request make no second secret"),
    ),
    responses((status = 200, description = "The endpoint with its new secret", body = WebhookEndpointWithSecret))
)]
#[post("/api/webhook-endpoints/{id}/rotate-secret")]
pub(crate) async fn rotate_secret(
    gateway: web::Data<Gateway>,
    caller: Caller<Admin>,
    endpoint: Id<WebhookEndpointId>,
    key: IdempotencyKey,
    body: Body<SecretRotation>,
) -> Result<HttpResponse> {
    let (now, business, fingerprint) = (gateway.clock.now(), caller.business, body.fingerprint);
    let overlap = TimeDelta::hours(body.value.overlap_hours.into());
    once(&gateway, business, key, fingerprint, move |tx| {
        let held = webhook_endpoints::hold(tx, endpoint.0)?;
        let secret = mint_secret();
        webhook_secrets::make_current(tx, now, endpoint.0, &secret, overlap)?;
        webhook_endpoint_changes::add(tx, now, endpoint.0, Kind::SecretRotated, caller.user)?;
        let rotated = WebhookEndpointWithSecret {
            endpoint: held.into(),
            secret: Some(secret),
        };
        Ok(Answer::json(StatusCode::OK, &rotated)?.shown_once("secret"))
    })
    .await
}
