use actix_web::{HttpResponse, get, web};

use super::{Available, PreferencesView, show};
use crate::extract::{Session, etag};
use crate::gateway::Gateway;
use crate::problem::Result;

/// One's own notification preferences
///
/// The same as `notification_preferences` in `GET /api/settings`.
#[utoipa::path(
    tag = "notifications", operation_id = "get_notification_preferences",
    responses((status = 200, description = "The preferences; their version is the ETag", body = PreferencesView))
)]
#[get("/api/users/me/notification-preferences")]
pub(crate) async fn get(gateway: web::Data<Gateway>, session: Session) -> Result<HttpResponse> {
    let (user, available) = (session.user, Available::of(&gateway));
    let preferences = gateway
        .db
        .tenant(session.business()?, move |tx| show(tx, user, available))
        .await?;
    Ok(HttpResponse::Ok()
        .insert_header(etag(preferences.version))
        .json(preferences))
}
