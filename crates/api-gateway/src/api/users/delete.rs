use actix_web::{HttpResponse, delete, web};
use domain::ids::UserId;
use storage::users::Edit;

use super::change;
use crate::extract::{Admin, Caller, Id, IfMatch};
use crate::gateway::Gateway;
use crate::problem::Result;

/// Deactivate a user
///
/// They are signed out everywhere at once and may not sign in again; what they did keeps their name. An admin deactivates
/// no owner, and the last owner stays.
#[utoipa::path(
    tag = "users", operation_id = "deactivate_user",
    params(
        ("id" = i64, Path, description = "The user"),
        ("If-Match" = Option<String>, Header, description = "The ETag that this is based on"),
    ),
    responses((status = 204, description = "Deactivated, now or before"))
)]
#[delete("/api/users/{id}")]
pub(crate) async fn delete(
    gateway: web::Data<Gateway>,
    caller: Caller<Admin>,
    user: Id<UserId>,
    expected: IfMatch,
) -> Result<HttpResponse> {
    let now = gateway.clock.now();
    gateway
        .db
        .tenant(caller.business, move |tx| {
            let edit = Edit {
                is_active: Some(false),
                ..Edit::default()
            };
            change(tx, now, &caller, user.0, &expected, &edit).map(drop)
        })
        .await?;
    Ok(HttpResponse::NoContent().finish())
}
