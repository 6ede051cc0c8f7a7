use actix_web::{post, web};
use chrono::{DateTime, Utc};
use domain::gates::Gate;
use serde::Serialize;
use storage::{StorageError, runs};
use utoipa::ToSchema;

use super::bulk_enqueue::{RunToStart, SkippedLead};
use crate::extract::{AcceptLanguage, Admin, Body, Caller};
use crate::gateway::Gateway;
use crate::problem::Result;

/// What a run would do.
#[derive(Serialize, ToSchema)]
pub(crate) struct Preflight {
    /// How many leads it would call, those that would wait included.
    would_call: i64,
    /// Who would not be called.
    skipped: Vec<SkippedLead>,
    /// How many of them would not be called at once, by what they would wait for.
    waiting: Vec<WaitingLeads>,
}

/// Leads that would be queued and not called at once. Each is counted once, by the first gate that is closed for it.
#[derive(Serialize, ToSchema)]
pub(crate) struct WaitingLeads {
    /// `calling_window`, `in_a_call`, `gap` or `daily_cap`.
    #[schema(value_type = String)]
    reason: Gate,
    /// How many leads.
    #[schema(minimum = 1)]
    count: i64,
    /// As a sentence in the language of the answer, with times on the business's clock.
    detail: String,
    /// When the gate opens for the first of them, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<DateTime<Utc>>,
}

/// Try a run out
///
/// Judges the chosen leads as a start of the run would, and creates nothing. Gates that open by themselves skip nobody: the
/// run waits for them. Who would wait for calling hours, a call in the air, the gap between calls or the daily cap is
/// counted, at `start_at` where that is later than now (a call that is in the air now keeps nobody waiting then). What is
/// said is in the language that `Accept-Language` asks for (`he` or `en`), else in the user's, else in the business's.
#[utoipa::path(
    tag = "outbound", operation_id = "preflight", request_body = RunToStart,
    params(("Accept-Language" = Option<String>, Header, description = "`he` or `en`; the user's or the business's without")),
    responses((status = 200, description = "Who would be called, who not, and who not at once", body = Preflight))
)]
#[post("/api/outbound/preflight")]
pub(crate) async fn preflight(
    gateway: web::Data<Gateway>,
    caller: Caller<Admin>,
    asked: AcceptLanguage,
    body: Body<RunToStart>,
) -> Result<web::Json<Preflight>> {
    let (now, business, user) = (gateway.clock.now(), caller.business, caller.user);
    let run = body.value.into_run(user);
    let (preflight, language) = gateway
        .db
        .tenant(business, move |tx| {
            let preflight = runs::preflight(tx, business, &run.target, now, run.start_at)?;
            Ok::<_, StorageError>((preflight, asked.or_own(tx, business, user)?))
        })
        .await?;
    let zone = preflight.time_zone;
    let waiting = preflight.waiting.into_iter().map(|leads| WaitingLeads {
        reason: leads.gate,
        count: leads.count,
        detail: leads.says(language, now, zone),
        until: leads.until,
    });
    Ok(web::Json(Preflight {
        would_call: preflight.would_call,
        skipped: preflight
            .skipped
            .into_iter()
            .map(SkippedLead::from)
            .collect(),
        waiting: waiting.collect(),
    }))
}
