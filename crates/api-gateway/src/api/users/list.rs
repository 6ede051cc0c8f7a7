use actix_web::{get, web};
use domain::ids::UserId;
use storage::users;

use super::UserView;
use crate::extract::{Agent, Caller, Params};
use crate::gateway::Gateway;
use crate::page::{Page, PageQuery};
use crate::problem::{Problem, Result};

/// Users
///
/// The people of the business in the order in which they came, those who were deactivated too.
#[utoipa::path(
    tag = "users", operation_id = "list_users", params(PageQuery),
    responses((status = 200, description = "A page of users", body = Page<UserView>))
)]
#[get("/api/users")]
pub(crate) async fn list(
    gateway: web::Data<Gateway>,
    caller: Caller<Agent>,
    query: Params<PageQuery>,
) -> Result<web::Json<Page<UserView>>> {
    let (wanted, after) = (query.0.wanted()?, query.0.after_id()?.map(UserId));
    let rows = gateway
        .db
        .tenant(caller.business, move |tx| {
            Ok::<_, Problem>(users::list(tx, after, wanted)?)
        })
        .await?;
    Ok(web::Json(Page::by_id(rows, wanted, |row| row.id)))
}
