use actix_web::{get, web};
use chrono::{DateTime, Utc};
use domain::ids::LeadId;
use serde::Serialize;
use serde_json::Value;
use storage::timeline::{Activity, Place, activities};
use utoipa::ToSchema;

use crate::api::moment;
use crate::extract::{Agent, Caller, Id, Params};
use crate::gateway::Gateway;
use crate::page::{Page, PageQuery};
use crate::problem::Result;

/// An entry of a lead's timeline.
#[derive(Serialize, ToSchema)]
pub(crate) struct ActivityView {
    id: i64,
    /// `status_change`, `call`, `whatsapp`, `note`, `suppression`, `suppression_lifted`, …
    r#type: String,
    /// The particulars, by type. Of a status change: `{from, to, source, call_sid?, decision_id?, undone_decision_id?}`.
    #[schema(value_type = Object)]
    payload: Value,
    #[serde(serialize_with = "moment::of")]
    at: DateTime<Utc>,
    /// The person who did it.
    created_by: Option<i64>,
}

impl From<Activity> for ActivityView {
    fn from(row: Activity) -> Self {
        Self {
            id: row.id,
            r#type: row.kind,
            payload: row.payload,
            at: row.at,
            created_by: row.created_by,
        }
    }
}

/// What happened with a lead
///
/// Newest first.
#[utoipa::path(
    tag = "leads", operation_id = "lead_timeline",
    params(("id" = i64, Path, description = "The lead"), PageQuery),
    responses((status = 200, description = "A page of activities", body = Page<ActivityView>))
)]
#[get("/api/leads/{id}/timeline")]
pub(crate) async fn timeline(
    gateway: web::Data<Gateway>,
    caller: Caller<Agent>,
    lead: Id<LeadId>,
    query: Params<PageQuery>,
) -> Result<web::Json<Page<ActivityView>>> {
    let (wanted, before) = (query.0.wanted()?, query.0.after_place()?);
    let rows = gateway
        .db
        .read(caller.business, move |tx| {
            activities(tx, lead.0, before, wanted)
        })
        .await?;
    Ok(web::Json(Page::by_time(rows, wanted, |row| Place {
        at: row.at,
        id: row.id,
    })))
}
