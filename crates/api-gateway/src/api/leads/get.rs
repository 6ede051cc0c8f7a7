use actix_web::{HttpResponse, get, web};
use domain::ids::LeadId;
use storage::leads;

use super::LeadView;
use crate::extract::{Agent, Caller, Id, etag};
use crate::gateway::Gateway;
use crate::problem::Result;

/// A lead
#[utoipa::path(
    tag = "leads", operation_id = "get_lead",
    params(("id" = i64, Path, description = "The lead")),
    responses((status = 200, description = "The lead; its version is the ETag", body = LeadView))
)]
#[get("/api/leads/{id}")]
pub(crate) async fn get(
    gateway: web::Data<Gateway>,
    caller: Caller<Agent>,
    lead: Id<LeadId>,
) -> Result<HttpResponse> {
    let lead = gateway
        .db
        .read(caller.business, move |tx| leads::get(tx, lead.0))
        .await?;
    Ok(HttpResponse::Ok()
        .insert_header(etag(lead.version))
        .json(LeadView::from(lead)))
}
