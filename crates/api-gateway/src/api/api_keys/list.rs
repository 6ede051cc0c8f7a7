use actix_web::{get, web};
use domain::ids::ApiKeyId;
use storage::api_keys;

use super::ApiKeyView;
use crate::extract::{Admin, Caller, Params};
use crate::gateway::Gateway;
use crate::page::{Page, PageQuery};
use crate::problem::{Problem, Result};

/// API keys
///
/// Newest first, those that were revoked too.
#[utoipa::path(
    tag = "api keys", operation_id = "list_api_keys", params(PageQuery),
    responses((status = 200, description = "A page of keys, without their secrets", body = Page<ApiKeyView>))
)]
#[get("/api/api-keys")]
pub(crate) async fn list(
    gateway: web::Data<Gateway>,
    caller: Caller<Admin>,
    query: Params<PageQuery>,
) -> Result<web::Json<Page<ApiKeyView>>> {
    let (wanted, before) = (query.0.wanted()?, query.0.after_id()?.map(ApiKeyId));
    let rows = gateway
        .db
        .tenant(caller.business, move |tx| {
            Ok::<_, Problem>(api_keys::list(tx, before, wanted)?)
        })
        .await?;
    Ok(web::Json(Page::by_id(rows, wanted, |row| row.id)))
}
