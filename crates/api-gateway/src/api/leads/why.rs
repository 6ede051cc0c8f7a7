use actix_web::{get, web};
use chrono::{DateTime, Utc};
use domain::gates::{self, Gate, Verdict};
use domain::ids::LeadId;
use serde::Serialize;
use storage::StorageError;
use utoipa::ToSchema;

use crate::extract::{AcceptLanguage, Agent, Caller, Id};
use crate::gateway::Gateway;
use crate::problem::Result;

/// Whether a lead is dialled now, and what each gate says.
#[derive(Serialize, ToSchema)]
pub(crate) struct WhyView {
    /// Whether every gate lets the call through.
    dialable: bool,
    /// In order; the first that does not pass is the reason.
    gates: Vec<GateView>,
}

/// What one gate says.
#[derive(Serialize, ToSchema)]
pub(crate) struct GateView {
    /// `deleted`, `no_phone_number`, `suppressed`, `run`, `due`, `calling_window`, `in_a_call`, `gap`, `daily_cap`,
    /// `lines`, `run_concurrency`, `caller_number`, `public_host` or `carrier_pace`.
    #[schema(value_type = String)]
    gate: Gate,
    passed: bool,
    /// What it saw, as a sentence in the language of the answer, with times on the business's clock.
    detail: String,
    /// When it opens by itself, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<DateTime<Utc>>,
}

impl From<Verdict> for GateView {
    fn from(verdict: Verdict) -> Self {
        Self {
            gate: verdict.gate,
            passed: verdict.passed,
            detail: verdict.detail,
            until: verdict.until,
        }
    }
}

/// Why a lead is not dialled
///
/// Every gate between the lead and a call, in the order in which the dialer asks them, with what each says now: in the
/// language that `Accept-Language` asks for (`he` or `en`), else in the user's, else in the business's.
#[utoipa::path(
    tag = "leads", operation_id = "lead_why",
    params(
        ("id" = i64, Path, description = "The lead"),
        ("Accept-Language" = Option<String>, Header, description = "`he` or `en`; the user's or the business's without")
    ),
    responses((status = 200, description = "The gates, in order", body = WhyView))
)]
#[get("/api/leads/{id}/why")]
pub(crate) async fn why(
    gateway: web::Data<Gateway>,
    caller: Caller<Agent>,
    lead: Id<LeadId>,
    asked: AcceptLanguage,
) -> Result<web::Json<WhyView>> {
    let (now, business, user) = (gateway.clock.now(), caller.business, caller.user);
    let (mut facts, language) = gateway
        .db
        .tenant(business, move |tx| {
            let facts = storage::gates::facts(tx, business, lead.0, None, now)?;
            Ok::<_, StorageError>((facts, asked.or_own(tx, business, user)?))
        })
        .await?;
    facts.has_public_host = Some(gateway.has_public_host);
    let judgement = gates::judge(&facts, now, language);
    Ok(web::Json(WhyView {
        dialable: judgement.dialable,
        gates: judgement.gates.into_iter().map(GateView::from).collect(),
    }))
}
