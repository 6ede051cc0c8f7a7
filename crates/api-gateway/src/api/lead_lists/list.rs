use actix_web::{get, web};
use chrono::{DateTime, Utc};
use domain::ids::ListId;
use storage::lists;

use crate::api::view::view;
use crate::extract::{Agent, Caller, Params};
use crate::gateway::Gateway;
use crate::page::{Page, PageQuery};
use crate::problem::{Problem, Result};

view! {
    /// An import of leads.
    LeadList of lists::List {
        id: i64,
        name: String,
        /// How many leads are in it now.
        lead_count: i64,
        created_by_user_id: Option<i64>,
        created_at: DateTime<Utc>,
    }
}

/// Lead lists
///
/// Newest first.
#[utoipa::path(
    tag = "leads", operation_id = "list_lead_lists", params(PageQuery),
    responses((status = 200, description = "A page of lists", body = Page<LeadList>))
)]
#[get("/api/lead-lists")]
pub(crate) async fn list(
    gateway: web::Data<Gateway>,
    caller: Caller<Agent>,
    query: Params<PageQuery>,
) -> Result<web::Json<Page<LeadList>>> {
    let (wanted, before) = (query.0.wanted()?, query.0.after_id()?.map(ListId));
    let rows = gateway
        .db
        .tenant(caller.business, move |tx| {
            Ok::<_, Problem>(lists::page(tx, before, wanted)?)
        })
        .await?;
    Ok(web::Json(Page::by_id(rows, wanted, |row| row.id)))
}
