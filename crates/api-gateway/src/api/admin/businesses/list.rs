use actix_web::{get, web};
use domain::ids::BusinessId;
use storage::businesses;

use super::AdministeredBusiness;
use super::query::BusinessQuery;
use crate::extract::{Administrator, Params};
use crate::gateway::Gateway;
use crate::page::{Page, PageQuery};
use crate::problem::{Problem, Result};

/// Businesses
///
/// In the order in which they came, those that are suspended too.
#[utoipa::path(
    tag = "administration", operation_id = "list_businesses", params(BusinessQuery),
    responses((status = 200, description = "A page of businesses", body = Page<AdministeredBusiness>))
)]
#[get("/api/admin/businesses")]
pub(crate) async fn list(
    gateway: web::Data<Gateway>,
    _administrator: Administrator,
    query: Params<BusinessQuery>,
) -> Result<web::Json<Page<AdministeredBusiness>>> {
    let BusinessQuery { q, cursor, limit } = query.0;
    let page = PageQuery { cursor, limit };
    let (wanted, after) = (page.wanted()?, page.after_id()?.map(BusinessId));
    let name = q.unwrap_or_default().trim().to_owned();
    let rows = gateway
        .db
        .system(move |tx| Ok::<_, Problem>(businesses::listed(tx, &name, after, wanted)?))
        .await?;
    Ok(web::Json(Page::by_id(rows, wanted, |row| row.id)))
}
