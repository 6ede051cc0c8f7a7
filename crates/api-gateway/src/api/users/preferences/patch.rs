use actix_web::{HttpResponse, patch, web};

use super::{Available, PreferencesChanges, PreferencesView, show};
use crate::extract::{Body, Fields, IfMatch, Session, Validate, etag};
use crate::gateway::Gateway;
use crate::problem::Result;

impl Validate for PreferencesChanges {
    fn validate(&self, fields: &mut Fields) {
        self.check(fields, "");
    }
}

/// Change one's own notification preferences
///
/// With `If-Match` only if they have not been changed in the meantime. They hold from the next change of a status on; what waits
/// to be pushed or mailed heeds the new quiet hours, and goes nowhere where that is switched off.
#[utoipa::path(
    tag = "notifications", operation_id = "change_notification_preferences", request_body = PreferencesChanges,
    params(("If-Match" = Option<String>, Header, description = "The ETag that the change is based on")),
    responses((status = 200, description = "The preferences as they are now", body = PreferencesView))
)]
#[patch("/api/users/me/notification-preferences")]
pub(crate) async fn patch(
    gateway: web::Data<Gateway>,
    session: Session,
    expected: IfMatch,
    body: Body<PreferencesChanges>,
) -> Result<HttpResponse> {
    let (now, user, available) = (gateway.clock.now(), session.user, Available::of(&gateway));
    let preferences = gateway
        .db
        .tenant(session.business()?, move |tx| {
            let changes = body.value;
            changes.apply(tx, now, user, expected.0, (available, ""))?;
            show(tx, user, available)
        })
        .await?;
    Ok(HttpResponse::Ok()
        .insert_header(etag(preferences.version))
        .json(preferences))
}
