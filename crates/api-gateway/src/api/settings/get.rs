use actix_web::{HttpResponse, get, web};

use super::SettingsView;
use crate::extract::{Agent, Caller, etag};
use crate::gateway::Gateway;
use crate::problem::Result;

/// Settings
#[utoipa::path(
    tag = "settings", operation_id = "get_settings",
    responses((status = 200, description = "The settings; their version is the ETag", body = SettingsView))
)]
#[get("/api/settings")]
pub(crate) async fn get(
    gateway: web::Data<Gateway>,
    caller: Caller<Agent>,
) -> Result<HttpResponse> {
    let settings = gateway.db.tenant(caller.business, super::show).await?;
    Ok(HttpResponse::Ok()
        .insert_header(etag(settings.version))
        .json(settings))
}
