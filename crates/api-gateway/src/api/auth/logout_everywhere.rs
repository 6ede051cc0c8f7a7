use actix_web::{HttpResponse, post, web};
use storage::sessions;

use crate::extract::Session;
use crate::gateway::Gateway;
use crate::problem::Result;

/// Sign out everywhere
///
/// Ends every session of the user with all its tokens, this one too, and takes the cookie away.
#[utoipa::path(
    tag = "auth", operation_id = "logout_everywhere",
    responses((status = 204, description = "Signed out on every device"))
)]
#[post("/api/auth/logout-everywhere")]
pub(crate) async fn logout_everywhere(
    gateway: web::Data<Gateway>,
    session: Session,
) -> Result<HttpResponse> {
    let user = session.user;
    super::among_sessions(&gateway, session.business, move |tx| {
        sessions::close_all(tx, user, None)
    })
    .await?;
    Ok(HttpResponse::NoContent()
        .cookie(super::cookie(&gateway, None))
        .finish())
}
