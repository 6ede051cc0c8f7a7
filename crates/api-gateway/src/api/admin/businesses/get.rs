use actix_web::{HttpRequest, HttpResponse, get, web};
use domain::ids::BusinessId;

use super::{AdministeredBusiness, Recorded, show};
use crate::extract::{Administrator, Id, etag};
use crate::gateway::Gateway;
use crate::problem::Result;

/// A business
///
/// That it was looked at is put on record.
#[utoipa::path(
    tag = "administration", operation_id = "get_business",
    params(("id" = i64, Path, description = "The business")),
    responses((status = 200, description = "The business; its version is the ETag", body = AdministeredBusiness))
)]
#[get("/api/admin/businesses/{id}")]
pub(crate) async fn get(
    gateway: web::Data<Gateway>,
    administrator: Administrator,
    business: Id<BusinessId>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    let business = business.0;
    let recorded = Recorded::of(&request, administrator.user, gateway.clock.now());
    let shown = gateway
        .db
        .tenant(business, move |tx| {
            recorded.record(tx, business)?;
            show(tx)
        })
        .await?;
    Ok(HttpResponse::Ok()
        .insert_header(etag(shown.version))
        .json(shown))
}
