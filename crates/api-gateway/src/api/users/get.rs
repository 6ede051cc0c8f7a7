use actix_web::{HttpResponse, get, web};
use domain::ids::UserId;
use storage::users;

use super::UserView;
use crate::extract::{Agent, Caller, Id, etag};
use crate::gateway::Gateway;
use crate::problem::{Problem, Result};

/// A user
#[utoipa::path(
    tag = "users", operation_id = "get_user",
    params(("id" = i64, Path, description = "The user")),
    responses((status = 200, description = "The user; their version is the ETag", body = UserView))
)]
#[get("/api/users/{id}")]
pub(crate) async fn get(
    gateway: web::Data<Gateway>,
    caller: Caller<Agent>,
    user: Id<UserId>,
) -> Result<HttpResponse> {
    let user = gateway
        .db
        .tenant(caller.business, move |tx| {
            Ok::<_, Problem>(users::get(tx, user.0)?)
        })
        .await?;
    Ok(HttpResponse::Ok()
        .insert_header(etag(user.version))
        .json(UserView::from(user)))
}
