use actix_web::{HttpResponse, patch, web};
use domain::ids::WebhookEndpointId;
use serde::Deserialize;
use storage::webhook_endpoints::{self, Edit};
use utoipa::ToSchema;

use super::{WebhookEndpointView, check, in_order};
use crate::extract::{Admin, Body, Caller, Fields, Id, IfMatch, Validate, etag};
use crate::gateway::Gateway;
use crate::problem::{Problem, Result};

/// What changes about an endpoint: an absent field stays.
#[derive(Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
#[schema(example = json!({ "event_types": ["status.changed"], "is_active": true }))]
pub(crate) struct WebhookEndpointChanges {
    /// By https, at an address of the public internet, without a user name.
    url: Option<String>,
    description: Option<String>,
    /// What it is told of from now on.
    event_types: Option<Vec<String>>,
    /// False tells it nothing; true, also after it was switched off by itself, starts afresh.
    is_active: Option<bool>,
}

impl Validate for WebhookEndpointChanges {
    /// The handler looks: where an endpoint may be is a setting of this gateway.
    fn validate(&self, _: &mut Fields) {}
}

/// Change a webhook endpoint
///
/// With `If-Match` only if nobody has changed it in the meantime.
#[utoipa::path(
    tag = "webhooks", operation_id = "change_webhook_endpoint", request_body = WebhookEndpointChanges,
    params(
        ("id" = i64, Path, description = "The endpoint"),
        ("If-Match" = Option<String>, Header, description = "The ETag that the change is based on"),
    ),
    responses((status = 200, description = "The endpoint as it is now", body = WebhookEndpointView))
)]
#[patch("/api/webhook-endpoints/{id}")]
pub(crate) async fn patch(
    gateway: web::Data<Gateway>,
    caller: Caller<Admin>,
    endpoint: Id<WebhookEndpointId>,
    expected: IfMatch,
    body: Body<WebhookEndpointChanges>,
) -> Result<HttpResponse> {
    let (now, id, wanted) = (gateway.clock.now(), endpoint.0, body.value);
    let url = check(
        &gateway.egress,
        wanted.url.as_deref(),
        wanted.description.as_deref(),
        wanted.event_types.as_deref(),
    )?;
    let edit = Edit {
        url,
        description: wanted.description.map(|text| text.trim().to_owned()),
        event_types: wanted.event_types.as_deref().map(in_order),
        is_active: wanted.is_active,
    };
    let changed = gateway
        .db
        .tenant(caller.business, move |tx| {
            let held = webhook_endpoints::hold(tx, id)?;
            let by = caller.user;
            Ok::<_, Problem>(webhook_endpoints::edit(
                tx, now, &held, expected.0, edit, by,
            )?)
        })
        .await?;
    Ok(HttpResponse::Ok()
        .insert_header(etag(changed.version))
        .json(WebhookEndpointView::from(changed)))
}
