use actix_web::{get, web};
use domain::ids::{LeadId, WhatsappSessionId};
use storage::{leads, whatsapp_sessions};

use super::WhatsappSessionView;
use super::query::SessionQuery;
use crate::extract::{Agent, Caller, Params};
use crate::gateway::Gateway;
use crate::page::{Page, PageQuery};
use crate::problem::{Problem, Result};

/// WhatsApp sessions
///
/// Newest first, of one lead or of all.
#[utoipa::path(
    tag = "whatsapp", operation_id = "list_whatsapp_sessions", params(SessionQuery),
    responses((status = 200, description = "A page of sessions", body = Page<WhatsappSessionView>))
)]
#[get("/api/whatsapp/sessions")]
pub(crate) async fn list(
    gateway: web::Data<Gateway>,
    caller: Caller<Agent>,
    query: Params<SessionQuery>,
) -> Result<web::Json<Page<WhatsappSessionView>>> {
    let SessionQuery {
        lead_id,
        cursor,
        limit,
    } = query.0;
    let page = PageQuery { cursor, limit };
    let (wanted, before) = (page.wanted()?, page.after_id()?.map(WhatsappSessionId));
    let lead = lead_id.map(LeadId);
    let rows = gateway
        .db
        .tenant(caller.business, move |tx| {
            if let Some(lead) = lead {
                leads::get(tx, lead)?;
            }
            Ok::<_, Problem>(whatsapp_sessions::page(tx, lead, before, wanted)?)
        })
        .await?;
    Ok(web::Json(Page::by_id(rows, wanted, |row| row.id)))
}
