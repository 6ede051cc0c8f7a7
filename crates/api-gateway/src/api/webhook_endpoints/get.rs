use actix_web::{HttpResponse, get, web};
use chrono::{DateTime, Utc};
use domain::ids::WebhookEndpointId;
use serde::Serialize;
use storage::{webhook_endpoint_changes, webhook_endpoints, webhook_secrets};
use utoipa::ToSchema;

use super::{WebhookEndpointChange, WebhookEndpointView};
use crate::extract::{Admin, Caller, Id, etag};
use crate::gateway::Gateway;
use crate::problem::{Problem, Result};

/// Changes that are shown.
const CHANGES: i64 = 20;

/// An endpoint, with what was done to it.
#[derive(Serialize, ToSchema)]
pub(crate) struct WebhookEndpointInFull {
    #[serde(flatten)]
    endpoint: WebhookEndpointView,
    /// Until when requests are signed with a secret before the current one as well; null when they are not.
    secrets_overlap_until: Option<DateTime<Utc>>,
    /// The newest 20, newest first.
    changes: Vec<WebhookEndpointChange>,
}

/// A webhook endpoint
#[utoipa::path(
    tag = "webhooks", operation_id = "get_webhook_endpoint",
    params(("id" = i64, Path, description = "The endpoint")),
    responses((status = 200, description = "The endpoint, without its secret", body = WebhookEndpointInFull))
)]
#[get("/api/webhook-endpoints/{id}")]
pub(crate) async fn get(
    gateway: web::Data<Gateway>,
    caller: Caller<Admin>,
    endpoint: Id<WebhookEndpointId>,
) -> Result<HttpResponse> {
    let (now, id) = (gateway.clock.now(), endpoint.0);
    let found = gateway
        .db
        .tenant(caller.business, move |tx| {
            let endpoint = webhook_endpoints::get(tx, id)?;
            let changes = webhook_endpoint_changes::of_endpoint(tx, id, CHANGES)?;
            Ok::<_, Problem>(WebhookEndpointInFull {
                endpoint: endpoint.into(),
                secrets_overlap_until: webhook_secrets::overlap_until(tx, now, id)?,
                changes: changes.into_iter().map(Into::into).collect(),
            })
        })
        .await?;
    Ok(HttpResponse::Ok()
        .insert_header(etag(found.endpoint.version))
        .json(found))
}
