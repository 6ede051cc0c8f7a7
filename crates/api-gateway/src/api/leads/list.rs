use actix_web::{get, web};
use domain::ids::{LeadId, ListId};
use storage::leads::{self, Filter};

use super::LeadView;
use super::query::LeadQuery;
use crate::extract::{Agent, Caller, Params};
use crate::gateway::Gateway;
use crate::page::{Page, PageQuery};
use crate::problem::{Problem, Result};

/// Leads
///
/// Newest first.
#[utoipa::path(
    tag = "leads", operation_id = "list_leads", params(LeadQuery),
    responses((status = 200, description = "A page of leads", body = Page<LeadView>))
)]
#[get("/api/leads")]
pub(crate) async fn list(
    gateway: web::Data<Gateway>,
    caller: Caller<Agent>,
    query: Params<LeadQuery>,
) -> Result<web::Json<Page<LeadView>>> {
    let LeadQuery {
        status,
        list_id,
        q,
        cursor,
        limit,
    } = query.0;
    let page = PageQuery { cursor, limit };
    let (wanted, before) = (page.wanted()?, page.after_id()?.map(LeadId));
    let filter = Filter {
        status,
        list: list_id.map(ListId),
        q,
    };
    let rows = gateway
        .db
        .tenant(caller.business, move |tx| {
            Ok::<_, Problem>(leads::page(tx, &filter, before, wanted)?)
        })
        .await?;
    Ok(web::Json(Page::by_id(rows, wanted, |row| row.id)))
}
