use actix_web::{get, web};
use domain::ids::{WebhookDeliveryId, WebhookEndpointId};
use storage::webhook_deliveries::{self, Filter};
use storage::webhook_endpoints;

use super::WebhookDelivery;
use super::query::DeliveriesQuery;
use crate::extract::{Admin, Caller, Id, Params};
use crate::gateway::Gateway;
use crate::page::{Page, PageQuery};
use crate::problem::{Problem, Result};

/// Deliveries of a webhook endpoint
///
/// Newest first, of the last 30 days, without what was sent.
#[utoipa::path(
    tag = "webhooks", operation_id = "list_webhook_deliveries",
    params(("id" = i64, Path, description = "The endpoint"), DeliveriesQuery),
    responses((status = 200, description = "A page of deliveries", body = Page<WebhookDelivery>))
)]
#[get("/api/webhook-endpoints/{id}/deliveries")]
pub(crate) async fn list(
    gateway: web::Data<Gateway>,
    caller: Caller<Admin>,
    endpoint: Id<WebhookEndpointId>,
    query: Params<DeliveriesQuery>,
) -> Result<web::Json<Page<WebhookDelivery>>> {
    let DeliveriesQuery {
        status,
        event_type,
        cursor,
        limit,
    } = query.0;
    let page = PageQuery { cursor, limit };
    let (wanted, before) = (page.wanted()?, page.after_id()?.map(WebhookDeliveryId));
    let filter = Filter {
        state: status.map(|status| status.as_str().to_owned()),
        event_type,
    };
    let rows = gateway
        .db
        .tenant(caller.business, move |tx| {
            webhook_endpoints::get(tx, endpoint.0)?;
            Ok::<_, Problem>(webhook_deliveries::list(
                tx, endpoint.0, &filter, before, wanted,
            )?)
        })
        .await?;
    Ok(web::Json(Page::by_id(rows, wanted, |row| row.id)))
}
