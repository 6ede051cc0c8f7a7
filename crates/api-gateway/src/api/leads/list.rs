use actix_web::{get, web};
use storage::leads;

use super::LeadView;
use super::query::LeadQuery;
use crate::extract::{Agent, Caller, Params};
use crate::gateway::Gateway;
use crate::page::Page;
use crate::problem::Result;

/// Leads
///
/// In the order of the board: by the newest conversation, or when they came while there was none. Filters hold together. A
/// search for one or two letters ends after 32,000 leads: its page may then hold fewer than `limit`, even none, while
/// `next_cursor` goes on.
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
    let (filter, page) = (query.0.filter()?, query.0.page());
    let (most, after) = (page.most()?, page.after_place()?);
    let found = leads::newest(&gateway.db, caller.business, filter, after, most).await?;
    Ok(web::Json(Page::up_to(found.leads, found.next)))
}
