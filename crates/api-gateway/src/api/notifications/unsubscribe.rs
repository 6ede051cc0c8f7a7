use actix_web::{HttpResponse, post, web};
use domain::ids::{BusinessId, UserId};
use domain::messages;
use domain::notifications::{Email, unsubscribe as link};
use storage::{notification_preferences, users};

use crate::extract::Id;
use crate::gateway::Gateway;
use crate::problem::{Code, Problem, Result};

/// Whose link it is.
pub(super) fn owner(gateway: &Gateway, token: &str) -> Result<(BusinessId, UserId)> {
    let text = gateway.tokens.unsign(link::PURPOSE, token);
    text.and_then(link::read).ok_or_else(|| {
        Problem::from(Code::NotFound)
            .detail("this link is not a valid one; change your notification preferences instead")
    })
}

/// End the e-mail digests of a user
///
/// What the link in each digest leads to, also for mail programs that do it by one click (RFC 8058). Whoever has the letter may do
/// it, signed in or not; it can be done twice.
#[utoipa::path(
    tag = "notifications", operation_id = "unsubscribe", security(()),
    params(("token" = String, Path, description = "What is signed in the link")),
    responses((status = 200, description = "No more digests; a page that says so", body = String, content_type = "text/html"))
)]
#[post("/api/notifications/unsubscribe/{token}")]
pub(crate) async fn unsubscribe(
    gateway: web::Data<Gateway>,
    token: Id<String>,
) -> Result<HttpResponse> {
    let (business, user) = owner(&gateway, &token.0)?;
    let now = gateway.clock.now();
    let language = gateway
        .db
        .tenant(business, move |tx| {
            users::get(tx, user)?;
            notification_preferences::change(tx, now, user, None, false, |preferences| {
                preferences.email = Email::Off;
                Ok::<_, Problem>(())
            })?;
            Ok::<_, Problem>(users::language(tx, business, Some(user))?)
        })
        .await?;
    let says = messages::text(language, "unsubscribe-done", &[]);
    Ok(super::page(language, &says, None))
}
