use actix_web::{HttpResponse, get, web};

use super::SettingsView;
use crate::api::users::preferences::Available;
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
    let (user, available) = (caller.user, Available::of(&gateway));
    let settings = gateway
        .db
        .tenant(caller.business, move |tx| super::show(tx, user, available))
        .await?;
    Ok(HttpResponse::Ok()
        .insert_header(etag(settings.version))
        .json(settings))
}
