use actix_web::{get, web};
use chrono::{DateTime, Utc};
use domain::ids::LeadId;
use serde_json::Value;
use storage::leads;
use storage::timeline::{self, Place};

use crate::api::view::view;
use crate::extract::{Agent, Caller, Id, Params};
use crate::gateway::Gateway;
use crate::page::{Page, PageQuery};
use crate::problem::{Problem, Result};

view! {
    /// A decision with its evidence.
    DecisionView of timeline::Decision {
        id: i64,
        /// `call_summary` or `whatsapp_summary`.
        source: String,
        /// The call's SID or the session's key.
        source_event_id: String,
        /// The label that was recommended, as it stood in the summary.
        recommended_status_label: Option<String>,
        /// 0 to 1.
        confidence: Option<f64>,
        /// What was decided and why.
        reason: String,
        /// The gate that stopped the change; null when it was applied.
        gate: Option<String>,
        /// `tag`, `keywords` or `outcome`.
        decided_by: Option<String>,
        /// The summary that it was made from.
        summary: Option<String>,
        /// Matched words with offsets, candidates, settings in force.
        evidence: Value,
        from_status: Option<String>,
        /// The status that it led or would have led to.
        to_status: Option<String>,
        /// Whether the lead moved.
        applied: bool,
        /// When the conversation took place.
        occurred_at: DateTime<Utc>,
        created_at: DateTime<Utc>,
        /// When a person took it back.
        undone_at: Option<DateTime<Utc>>,
        /// Who did.
        undone_by_user_id: Option<i64>,
    }
}

/// Decisions on a lead
///
/// Newest conversation first, with their evidence.
#[utoipa::path(
    tag = "leads", operation_id = "lead_decisions",
    params(("id" = i64, Path, description = "The lead"), PageQuery),
    responses((status = 200, description = "A page of decisions", body = Page<DecisionView>))
)]
#[get("/api/leads/{id}/decisions")]
pub(crate) async fn decisions(
    gateway: web::Data<Gateway>,
    caller: Caller<Agent>,
    lead: Id<LeadId>,
    query: Params<PageQuery>,
) -> Result<web::Json<Page<DecisionView>>> {
    let (wanted, before) = (query.0.wanted()?, query.0.after_place()?);
    let rows = gateway
        .db
        .tenant(caller.business, move |tx| {
            leads::get(tx, lead.0)?;
            Ok::<_, Problem>(timeline::decisions(tx, lead.0, before, wanted)?)
        })
        .await?;
    Ok(web::Json(Page::by_time(rows, wanted, |row| Place {
        at: row.occurred_at,
        id: row.id,
    })))
}
