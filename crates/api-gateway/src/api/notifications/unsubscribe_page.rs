use actix_web::{HttpResponse, get, web};
use domain::messages;
use storage::users;

use super::unsubscribe::owner;
use crate::extract::Id;
use crate::gateway::Gateway;
use crate::problem::{Problem, Result};

/// A page with the button that ends the e-mail digests
///
/// For a person who follows the link in a digest. It changes nothing by itself: programs that look at links in e-mail follow it
/// too.
#[utoipa::path(
    tag = "notifications", operation_id = "unsubscribe_page", security(()),
    params(("token" = String, Path, description = "What is signed in the link")),
    responses((status = 200, description = "The page", body = String, content_type = "text/html"))
)]
#[get("/api/notifications/unsubscribe/{token}")]
pub(crate) async fn unsubscribe_page(
    gateway: web::Data<Gateway>,
    token: Id<String>,
) -> Result<HttpResponse> {
    let (business, user) = owner(&gateway, &token.0)?;
    let language = gateway
        .db
        .tenant(business, move |tx| {
            users::get(tx, user)?;
            Ok::<_, Problem>(users::language(tx, business, Some(user))?)
        })
        .await?;
    let title = messages::text(language, "unsubscribe-title", &[]);
    let button = messages::text(language, "unsubscribe-button", &[]);
    Ok(super::page(language, &title, Some(&button)))
}
