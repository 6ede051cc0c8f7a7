use actix_web::{HttpResponse, delete, web};
use domain::ids::LeadId;
use storage::leads::{self, Change, Edit, Kept};

use crate::extract::{Admin, Caller, Id, IfMatch};
use crate::gateway::Gateway;
use crate::problem::{Code, Problem, Result};

/// Delete a lead
///
/// Nobody sees or calls it any more: it leaves the board, lists and searches, and its jobs leave the queue. Name, number,
/// notes, summary, tags and what else is said of the person are emptied for good; its number may become another lead. What
/// happened stays for the audit: calls with their transcripts until their own days are over, decisions, the history of its
/// status, and who deleted it. A number that must not be called stays so. Refused while the lead is in a call. With
/// `If-Match` only if nobody has changed it in the meantime.
#[utoipa::path(
    tag = "leads", operation_id = "delete_lead",
    params(
        ("id" = i64, Path, description = "The lead"),
        ("If-Match" = Option<String>, Header, description = "The ETag that the deletion is based on"),
    ),
    responses((status = 204, description = "Deleted"))
)]
#[delete("/api/leads/{id}")]
pub(crate) async fn delete(
    gateway: web::Data<Gateway>,
    caller: Caller<Admin>,
    lead: Id<LeadId>,
    expected: IfMatch,
) -> Result<HttpResponse> {
    let (now, by, lead) = (gateway.clock.now(), caller.user, lead.0);
    gateway
        .db
        .tenant(caller.business, move |tx| {
            leads::edit(tx, now, lead, expected.0, &Edit::default())?;
            match leads::change(tx, now, &[lead], &Change::Delete { by })?[..] {
                [] => Ok(()),
                [(_, Kept::InACall), ..] => Err(Problem::from(Code::LeadInACall)),
                _ => Err(Code::NotFound.into()),
            }
        })
        .await?;
    Ok(HttpResponse::NoContent().finish())
}
