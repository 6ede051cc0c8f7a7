use actix_web::{post, web};
use serde::{Deserialize, Serialize};
use storage::notifications;
use utoipa::ToSchema;

use crate::extract::{Body, Fields, Session, Validate};
use crate::gateway::Gateway;
use crate::problem::{Problem, Result};

/// How far.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReadAll {
    /// The newest notification that the user has seen: what came after it stays unread. All, when absent.
    #[serde(default)]
    up_to: Option<i64>,
}

impl Validate for ReadAll {
    fn validate(&self, _: &mut Fields) {}
}

/// How many.
#[derive(Serialize, ToSchema)]
pub(crate) struct Marked {
    /// Notifications that were unread.
    marked: usize,
}

/// Mark all notifications as read
#[utoipa::path(
    tag = "notifications", operation_id = "read_all_notifications", request_body = ReadAll,
    responses((status = 200, description = "How many were unread", body = Marked))
)]
#[post("/api/notifications/read-all")]
pub(crate) async fn read_all(
    gateway: web::Data<Gateway>,
    session: Session,
    body: Body<ReadAll>,
) -> Result<web::Json<Marked>> {
    let (now, user, up_to) = (gateway.clock.now(), session.user, body.value.up_to);
    let marked = gateway
        .db
        .tenant(session.business()?, move |tx| {
            Ok::<_, Problem>(notifications::mark_all_read(tx, now, user, up_to)?)
        })
        .await?;
    Ok(web::Json(Marked { marked }))
}
