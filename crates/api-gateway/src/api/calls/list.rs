use actix_web::{get, web};
use storage::timeline::{self, Place};

use super::RecordedCallView;
use crate::extract::{Agent, Caller, Params};
use crate::gateway::Gateway;
use crate::page::{Page, PageQuery};
use crate::problem::{Problem, Result};

/// Calls
///
/// Newest first.
#[utoipa::path(
    tag = "calls", operation_id = "list_calls", params(PageQuery),
    responses((status = 200, description = "A page of calls", body = Page<RecordedCallView>))
)]
#[get("/api/calls")]
pub(crate) async fn list(
    gateway: web::Data<Gateway>,
    caller: Caller<Agent>,
    query: Params<PageQuery>,
) -> Result<web::Json<Page<RecordedCallView>>> {
    let (wanted, before) = (query.0.wanted()?, query.0.after_place()?);
    let rows = gateway
        .db
        .tenant(caller.business, move |tx| {
            Ok::<_, Problem>(timeline::calls(tx, None, before, wanted)?)
        })
        .await?;
    Ok(web::Json(Page::by_time(rows, wanted, |row| Place {
        at: row.call.created_at,
        id: row.call.id,
    })))
}
