use actix_web::{get, web};
use chrono::{DateTime, Utc};
use domain::messages::Language;
use serde::{Deserialize, Serialize};
use storage::notifications::{self, Notification};
use utoipa::ToSchema;

use crate::extract::{AcceptLanguage, Params, Session};
use crate::gateway::Gateway;
use crate::page::{Page, PageQuery};
use crate::problem::{Problem, Result};

/// Which notifications.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct BellQuery {
    /// Only those that are not read.
    #[serde(default)]
    #[param(default = false)]
    unread: bool,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// Items of the page.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u8>,
}

/// A page of a bell.
#[derive(Serialize, ToSchema)]
pub(crate) struct Bell {
    #[serde(flatten)]
    page: Page<NotificationView>,
    /// Unread notifications on all pages, counted up to 1,000.
    unread_count: i64,
}

/// A notification.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct NotificationView {
    id: i64,
    lead_id: Option<i64>,
    /// One line.
    #[schema(example = "Dana Levi: Meeting set")]
    title: String,
    /// The text.
    #[schema(example = "Dana Levi, New → Meeting set, outgoing call, confidence 91%")]
    body: String,
    /// Where a click leads, relative to the console.
    #[schema(example = "/leads/7")]
    url: String,
    created_at: DateTime<Utc>,
    /// When the user read it; null while they have not.
    read_at: Option<DateTime<Utc>>,
}

/// A notification, and the language to tell it in.
struct InLanguage(Notification, Language);

impl From<InLanguage> for NotificationView {
    fn from(InLanguage(row, language): InLanguage) -> Self {
        let text = row.text(language);
        Self {
            id: row.id,
            lead_id: row.lead_id,
            title: text.title,
            body: text.body,
            url: row.url,
            created_at: row.created_at,
            read_at: row.read_at,
        }
    }
}

/// The bell
///
/// The user's own notifications, newest first, in the language that is asked for (`Accept-Language`), else the user's, else the
/// business's.
#[utoipa::path(
    tag = "notifications", operation_id = "list_notifications",
    params(("Accept-Language" = Option<String>, Header, description = "`he` or `en`"), BellQuery),
    responses((status = 200, description = "A page of notifications", body = Bell))
)]
#[get("/api/notifications")]
pub(crate) async fn list(
    gateway: web::Data<Gateway>,
    session: Session,
    language: AcceptLanguage,
    query: Params<BellQuery>,
) -> Result<web::Json<Bell>> {
    let BellQuery {
        unread,
        cursor,
        limit,
    } = query.0;
    let page = PageQuery { cursor, limit };
    let (wanted, before) = (page.wanted()?, page.after_id()?);
    let (business, user) = (session.business()?, session.user);
    let (rows, unread_count, language) = gateway
        .db
        .tenant(business, move |tx| {
            let language = language.or_own(tx, business, Some(user))?;
            let rows = notifications::of_user(tx, user, before, unread, wanted)?;
            let unread_count = notifications::unread_count(tx, user)?;
            Ok::<_, Problem>((rows, unread_count, language))
        })
        .await?;
    let rows = rows.into_iter().map(|row| InLanguage(row, language));
    let page = Page::by_id(rows.collect(), wanted, |row| row.0.id);
    Ok(web::Json(Bell { page, unread_count }))
}
