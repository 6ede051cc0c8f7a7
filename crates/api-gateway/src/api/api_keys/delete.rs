use actix_web::{HttpResponse, delete, web};
use domain::ids::ApiKeyId;
use storage::api_keys;

use crate::extract::{Admin, Caller, Id};
use crate::gateway::Gateway;
use crate::problem::{Problem, Result};

/// Revoke an API key
///
/// It opens nothing any more, at once and for good. An admin revokes no key of an owner's role.
#[utoipa::path(
    tag = "api keys", operation_id = "revoke_api_key",
    params(("id" = i64, Path, description = "The key")),
    responses((status = 204, description = "Revoked, now or before"))
)]
#[delete("/api/api-keys/{id}")]
pub(crate) async fn delete(
    gateway: web::Data<Gateway>,
    caller: Caller<Admin>,
    key: Id<ApiKeyId>,
) -> Result<HttpResponse> {
    let now = gateway.clock.now();
    gateway
        .db
        .tenant(caller.business, move |tx| {
            let known = api_keys::get(tx, key.0)?;
            caller.reach(known.role()?)?;
            Ok::<_, Problem>(api_keys::revoke(tx, now, key.0)?)
        })
        .await?;
    Ok(HttpResponse::NoContent().finish())
}
