use actix_web::{get, web};
use domain::ids::LeadId;
use storage::leads;
use storage::timeline::{self, Place};

use crate::api::calls::RecordedCallView;
use crate::extract::{Agent, Caller, Id, Params};
use crate::gateway::Gateway;
use crate::page::{Page, PageQuery};
use crate::problem::{Problem, Result};

/// A lead's calls
///
/// Newest first, with what was said.
#[utoipa::path(
    tag = "leads", operation_id = "lead_calls",
    params(("id" = i64, Path, description = "The lead"), PageQuery),
    responses((status = 200, description = "A page of calls", body = Page<RecordedCallView>))
)]
#[get("/api/leads/{id}/calls")]
pub(crate) async fn calls(
    gateway: web::Data<Gateway>,
    caller: Caller<Agent>,
    lead: Id<LeadId>,
    query: Params<PageQuery>,
) -> Result<web::Json<Page<RecordedCallView>>> {
    let (wanted, before) = (query.0.wanted()?, query.0.after_place()?);
    let rows = gateway
        .db
        .tenant(caller.business, move |tx| {
            leads::get(tx, lead.0)?;
            Ok::<_, Problem>(timeline::calls(tx, Some(lead.0), before, wanted)?)
        })
        .await?;
    Ok(web::Json(Page::by_time(rows, wanted, |row| Place {
        at: row.call.created_at,
        id: row.call.id,
    })))
}
