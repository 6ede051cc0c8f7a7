use actix_web::{HttpResponse, get, web};
use storage::users;

use super::UserView;
use crate::extract::{Session, etag};
use crate::gateway::Gateway;
use crate::problem::{Problem, Result};

/// Who is signed in
#[utoipa::path(
    tag = "users", operation_id = "get_own_user",
    responses((status = 200, description = "The user of the session; their version is the ETag", body = UserView))
)]
#[get("/api/users/me")]
pub(crate) async fn me(gateway: web::Data<Gateway>, session: Session) -> Result<HttpResponse> {
    let user = gateway
        .db
        .tenant(session.business()?, move |tx| {
            Ok::<_, Problem>(users::get(tx, session.user)?)
        })
        .await?;
    Ok(HttpResponse::Ok()
        .insert_header(etag(user.version))
        .json(UserView::from(user)))
}
