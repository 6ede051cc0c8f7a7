use actix_web::{HttpRequest, HttpResponse, post, web};

use crate::extract::OwnPage;
use crate::gateway::Gateway;
use crate::problem::Result;

/// Sign out
///
/// Ends the session of the access token or cookie with all its tokens, and takes the cookie away. An ended session stays
/// ended.
#[utoipa::path(
    tag = "auth", operation_id = "logout",
    responses((status = 204, description = "Signed out, now or before"))
)]
#[post("/api/auth/logout")]
pub(crate) async fn logout(
    gateway: web::Data<Gateway>,
    _page: OwnPage,
    request: HttpRequest,
) -> Result<HttpResponse> {
    super::end_presented(&gateway, &request).await?;
    Ok(HttpResponse::NoContent()
        .cookie(super::cookie(&gateway, None))
        .finish())
}
