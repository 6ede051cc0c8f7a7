use actix_web::{get, web};
use domain::ids::RunId;
use storage::runs;

use super::RunView;
use crate::extract::{Agent, Caller, Params};
use crate::gateway::Gateway;
use crate::page::{Page, PageQuery};
use crate::problem::{Problem, Result};

/// Runs
///
/// Newest first.
#[utoipa::path(
    tag = "outbound", operation_id = "list_runs", params(PageQuery),
    responses((status = 200, description = "A page of runs", body = Page<RunView>))
)]
#[get("/api/outbound/runs")]
pub(crate) async fn list(
    gateway: web::Data<Gateway>,
    caller: Caller<Agent>,
    query: Params<PageQuery>,
) -> Result<web::Json<Page<RunView>>> {
    let (wanted, before) = (query.0.wanted()?, query.0.after_id()?.map(RunId));
    let rows = gateway
        .db
        .tenant(caller.business, move |tx| {
            Ok::<_, Problem>(runs::page(tx, before, wanted)?)
        })
        .await?;
    Ok(web::Json(Page::by_id(rows, wanted, |row| row.id)))
}
