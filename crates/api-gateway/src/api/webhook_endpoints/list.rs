use actix_web::{get, web};
use domain::ids::WebhookEndpointId;
use storage::webhook_endpoints;

use super::WebhookEndpointView;
use crate::extract::{Admin, Caller, Params};
use crate::gateway::Gateway;
use crate::page::{Page, PageQuery};
use crate::problem::{Problem, Result};

/// Webhook endpoints
///
/// Newest first.
#[utoipa::path(
    tag = "webhooks", operation_id = "list_webhook_endpoints", params(PageQuery),
    responses((status = 200, description = "A page of endpoints, without their secrets", body = Page<WebhookEndpointView>))
)]
#[get("/api/webhook-endpoints")]
pub(crate) async fn list(
    gateway: web::Data<Gateway>,
    caller: Caller<Admin>,
    query: Params<PageQuery>,
) -> Result<web::Json<Page<WebhookEndpointView>>> {
    let (wanted, before) = (
        query.0.wanted()?,
        query.0.after_id()?.map(WebhookEndpointId),
    );
    let rows = gateway
        .db
        .tenant(caller.business, move |tx| {
            Ok::<_, Problem>(webhook_endpoints::list(tx, before, wanted)?)
        })
        .await?;
    Ok(web::Json(Page::by_id(rows, wanted, |row| row.id)))
}
