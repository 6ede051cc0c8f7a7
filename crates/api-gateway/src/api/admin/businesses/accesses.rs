use actix_web::{get, web};
use chrono::{DateTime, Utc};
use domain::ids::BusinessId;
use storage::{administrator_accesses, businesses};

use crate::api::view::view;
use crate::extract::{Administrator, Id, Params};
use crate::gateway::Gateway;
use crate::page::{Page, PageQuery};
use crate::problem::{Problem, Result};

view! {
    /// What a system administrator asked for in the name of a business.
    AccessView of administrator_accesses::Access {
        id: i64,
        /// The administrator.
        user_id: i64,
        method: String,
        /// Without its query.
        path: String,
        at: DateTime<Utc>,
    }
}

/// Accesses to a business
///
/// What system administrators asked for in its name, newest first. Nothing of it can be changed or deleted.
#[utoipa::path(
    tag = "administration", operation_id = "list_business_accesses",
    params(("id" = i64, Path, description = "The business"), PageQuery),
    responses((status = 200, description = "A page of accesses", body = Page<AccessView>))
)]
#[get("/api/admin/businesses/{id}/accesses")]
pub(crate) async fn accesses(
    gateway: web::Data<Gateway>,
    _administrator: Administrator,
    business: Id<BusinessId>,
    query: Params<PageQuery>,
) -> Result<web::Json<Page<AccessView>>> {
    let business = business.0;
    let (wanted, before) = (query.0.wanted()?, query.0.after_id()?);
    let rows = gateway
        .db
        .tenant(business, move |tx| {
            businesses::get(tx, business)?;
            Ok::<_, Problem>(administrator_accesses::list(tx, before, wanted)?)
        })
        .await?;
    Ok(web::Json(Page::by_id(rows, wanted, |row| row.id)))
}
