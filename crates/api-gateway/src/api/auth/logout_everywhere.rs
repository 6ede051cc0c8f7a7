use actix_web::{HttpResponse, post, web};
use storage::sessions;

use crate::extract::Session;
use crate::gateway::Gateway;
use crate::problem::{Problem, Result};

/// Sign out everywhere
///
/// Ends every session of the user, this one too, and takes the cookie away.
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
    match session.business {
        Some(business) => {
            gateway
                .db
                .tenant(business, move |tx| {
                    Ok::<_, Problem>(sessions::close_all(tx, user, None)?)
                })
                .await?;
        }
        None => {
            gateway
                .db
                .system(move |tx| Ok::<_, Problem>(sessions::close_all(tx, user, None)?))
                .await?;
        }
    }
    Ok(HttpResponse::NoContent()
        .cookie(super::cookie(&gateway, None))
        .finish())
}
