use actix_web::{post, web};
use domain::ids::WhatsappSessionId;
use storage::whatsapp_sessions;

use super::WhatsappSessionView;
use crate::extract::{Agent, Caller, Id};
use crate::gateway::Gateway;
use crate::measures;
use crate::problem::{Problem, Result};

/// Close a WhatsApp session
///
/// It is summarised now, and what the customer writes later opens another. One that is closed already is answered as it is.
#[utoipa::path(
    tag = "whatsapp", operation_id = "close_whatsapp_session",
    params(("id" = i64, Path, description = "The session")),
    responses((status = 200, description = "The session as it is now", body = WhatsappSessionView))
)]
#[post("/api/whatsapp/sessions/{id}/close")]
pub(crate) async fn close(
    gateway: web::Data<Gateway>,
    caller: Caller<Agent>,
    session: Id<WhatsappSessionId>,
) -> Result<web::Json<WhatsappSessionView>> {
    let (now, id) = (gateway.clock.now(), session.0);
    let (is_closed_now, session) = gateway
        .db
        .tenant(caller.business, move |tx| {
            let is_closed_now = whatsapp_sessions::close_asked(tx, now, id)?;
            Ok::<_, Problem>((is_closed_now, whatsapp_sessions::get(tx, id)?))
        })
        .await?;
    if is_closed_now {
        measures::SESSIONS_CLOSED
            .count(&[("reason", "asked")])
            .increment(1);
    }
    Ok(web::Json(session.into()))
}
