use actix_web::{HttpResponse, post, web};
use storage::notifications;

use crate::extract::{Id, Session};
use crate::gateway::Gateway;
use crate::problem::{Problem, Result};

/// Mark a notification as read
///
/// The first time counts; a notification of another user is not found.
#[utoipa::path(
    tag = "notifications", operation_id = "read_notification",
    params(("id" = i64, Path, description = "The notification")),
    responses((status = 204, description = "Read, now or before"))
)]
#[post("/api/notifications/{id}/read")]
pub(crate) async fn read(
    gateway: web::Data<Gateway>,
    session: Session,
    id: Id<i64>,
) -> Result<HttpResponse> {
    let (now, user) = (gateway.clock.now(), session.user);
    gateway
        .db
        .tenant(session.business()?, move |tx| {
            Ok::<_, Problem>(notifications::mark_read(tx, now, user, id.0)?)
        })
        .await?;
    Ok(HttpResponse::NoContent().finish())
}
