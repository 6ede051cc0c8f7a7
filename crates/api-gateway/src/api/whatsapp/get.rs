use actix_web::{get, web};
use domain::ids::WhatsappSessionId;
use serde::Serialize;
use storage::{whatsapp_messages, whatsapp_sessions};
use utoipa::ToSchema;

use super::{WhatsappMessageView, WhatsappSessionView};
use crate::extract::{Agent, Caller, Id, Params};
use crate::gateway::Gateway;
use crate::page::{Page, PageQuery};
use crate::problem::{Problem, Result};

/// A session with what was written in it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WhatsappConversationView {
    #[serde(flatten)]
    session: WhatsappSessionView,
    /// The messages, oldest first.
    messages: Page<WhatsappMessageView>,
}

/// A WhatsApp session
///
/// With its messages, oldest first, which come in pages.
#[utoipa::path(
    tag = "whatsapp", operation_id = "get_whatsapp_session",
    params(("id" = i64, Path, description = "The session"), PageQuery),
    responses((status = 200, description = "The session", body = WhatsappConversationView))
)]
#[get("/api/whatsapp/sessions/{id}")]
pub(crate) async fn get(
    gateway: web::Data<Gateway>,
    caller: Caller<Agent>,
    session: Id<WhatsappSessionId>,
    query: Params<PageQuery>,
) -> Result<web::Json<WhatsappConversationView>> {
    let (wanted, after) = (query.0.wanted()?, query.0.after_id()?);
    let id = session.0;
    let (session, messages) = gateway
        .db
        .tenant(caller.business, move |tx| {
            let session = whatsapp_sessions::get(tx, id)?;
            let messages = whatsapp_messages::of_session(tx, id, after, wanted)?;
            Ok::<_, Problem>((session, messages))
        })
        .await?;
    Ok(web::Json(WhatsappConversationView {
        session: session.into(),
        messages: Page::by_id(messages, wanted, |message| message.id),
    }))
}
