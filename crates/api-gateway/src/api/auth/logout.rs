use actix_web::http::header::AUTHORIZATION;
use actix_web::{HttpRequest, HttpResponse, post, web};
use storage::sessions;

use crate::extract::COOKIE;
use crate::gateway::Gateway;
use crate::problem::{Problem, Result};

/// Sign out
///
/// Ends the session of the token or cookie, and takes the cookie away. An ended session stays ended.
#[utoipa::path(
    tag = "auth", operation_id = "logout",
    responses((status = 204, description = "Signed out, now or before"))
)]
#[post("/api/auth/logout")]
pub(crate) async fn logout(
    gateway: web::Data<Gateway>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    // Ending a session is all that a forged request could do here, and SameSite keeps the cookie from it.
    let bearer = request.headers().get(AUTHORIZATION).and_then(|value| {
        value
            .to_str()
            .ok()?
            .split_once(' ')
            .map(|(_, token)| token.trim().to_owned())
    });
    let token = bearer.or_else(|| {
        request
            .cookie(COOKIE)
            .map(|cookie| cookie.value().to_owned())
    });
    if let Some(token) = token {
        let hash = gateway.tokens.hash(&token);
        let now = gateway.clock.now();
        let holder = gateway
            .db
            .system(move |tx| sessions::holder(tx, &hash, now))
            .await?;
        match holder.map(|holder| holder.business) {
            Some(Some(business)) => {
                gateway
                    .db
                    .tenant(business, move |tx| {
                        Ok::<_, Problem>(sessions::close(tx, &hash)?)
                    })
                    .await?;
            }
            Some(None) => {
                gateway
                    .db
                    .system(move |tx| Ok::<_, Problem>(sessions::close(tx, &hash)?))
                    .await?;
            }
            None => {}
        }
    }
    Ok(HttpResponse::NoContent()
        .cookie(super::cookie(&gateway, None))
        .finish())
}
