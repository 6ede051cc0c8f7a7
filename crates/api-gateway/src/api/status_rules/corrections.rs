use actix_web::{get, web};
use chrono::{DateTime, Utc};
use domain::decision::correction::WINDOW;
use domain::decision::threshold::{self, SuggestedThreshold};
use serde::Serialize;
use serde_json::Value;
use storage::corrections::{Rate, rates, tallies};
use storage::{TenantTx, settings, threshold_changes};
use utoipa::ToSchema;

use crate::api::view::view;
use crate::extract::{Admin, Caller};
use crate::gateway::Gateway;
use crate::problem::Result;

/// How many changes of the threshold are shown.
const CHANGES: i64 = 20;

/// How often people corrected what automation decided, and what follows from that.
#[derive(Serialize, ToSchema)]
pub(crate) struct CorrectionsView {
    /// For so long after a decision, a person's move to another status corrects it, unless a newer conversation has been
    /// decided on; later moves are progress. An undo always corrects.
    window_seconds: i64,
    /// Per source, group and band of confidence.
    rates: Vec<RateView>,
    /// The lowest threshold (0.50 to 0.95, in steps of 0.05) of which the corrections show, with 95 % confidence (lower
    /// end of the Wilson score interval), that nine in ten of the decisions at or above it stand; from at least 50 of
    /// them. Null when there is none.
    suggested_threshold: Option<SuggestedThresholdView>,
    /// Why none is suggested: `too_few_decisions` or `too_many_corrections`.
    no_suggestion_reason: Option<&'static str>,
    /// Whether the threshold follows the suggestion (a setting).
    auto_threshold: bool,
    /// The last 20 changes of the threshold that followed a suggestion, newest first.
    threshold_changes: Vec<ThresholdChangeView>,
}

/// How often the decisions of one kind were corrected.
#[derive(Serialize, ToSchema)]
pub(crate) struct RateView {
    /// `call_summary` or `whatsapp_summary`.
    source: String,
    /// The group of the words that decided; without one `tag`, `keywords` or `outcome`.
    group: String,
    /// The lower end of the band of confidence; null for decisions that state none.
    confidence_from: Option<f64>,
    /// The upper end, which belongs to the next band (1 belongs to the last one).
    confidence_to: Option<f64>,
    /// Decisions that moved a lead.
    applied: i64,
    /// Those that were corrected, or are older than the window.
    judged: i64,
    /// Those that were corrected.
    corrected: i64,
    /// Corrected of judged, 0 to 1; null while none is judged.
    rate: Option<f64>,
}

/// A threshold, and what speaks for it.
#[derive(Serialize, ToSchema)]
pub(crate) struct SuggestedThresholdView {
    value: f64,
    /// The threshold in force.
    current: f64,
    /// Whether the suggested one is in force.
    applied: bool,
    /// Judged decisions at or above `value`, without those on calls that nobody answered.
    decisions: u32,
    /// Those of them that were corrected.
    corrected: u32,
    /// The share of them that stood.
    kept_rate: f64,
    /// What that share is at least, with 95 % confidence.
    lower_bound: f64,
    /// Where the lowest band of confidence with a judged decision begins: below it nothing was tried.
    judged_from: f64,
}

view! {
    /// A change of the threshold that followed a suggestion.
    ThresholdChangeView of threshold_changes::ThresholdChange {
        id: i64,
        old: f64,
        new: f64,
        /// As in `suggested_threshold`, and its `cause`: `switched_on`, or `correction` of `decision_id`.
        evidence: Value,
        at: DateTime<Utc>,
    }
}

impl RateView {
    fn of(row: Rate) -> Self {
        let step = row.step.and_then(|step| u8::try_from(step).ok());
        Self {
            source: row.source,
            group: row.group,
            confidence_from: step.map(threshold::of_step),
            confidence_to: step.map(|step| threshold::of_step(step + 1)),
            applied: row.applied,
            judged: row.judged,
            corrected: row.corrected,
            rate: share(row.corrected, row.judged),
        }
    }
}

fn share(part: i64, whole: i64) -> Option<f64> {
    let (part, whole) = (u32::try_from(part).ok()?, u32::try_from(whole).ok()?);
    (whole > 0).then(|| f64::from(part) / f64::from(whole))
}

impl SuggestedThresholdView {
    fn of(found: SuggestedThreshold, current: f64) -> Self {
        Self {
            value: found.value,
            current,
            applied: threshold_changes::is_same(found.value, current),
            decisions: found.decisions,
            corrected: found.corrected,
            kept_rate: found.kept_rate,
            lower_bound: found.lower_bound,
            judged_from: found.judged_from,
        }
    }
}

/// Corrections, and the threshold that they suggest
#[utoipa::path(
    tag = "status rules", operation_id = "status_rule_corrections",
    responses((status = 200, description = "Rates, suggestion and changes of the threshold", body = CorrectionsView))
)]
#[get("/api/status-rules/corrections")]
pub(crate) async fn corrections(
    gateway: web::Data<Gateway>,
    caller: Caller<Admin>,
) -> Result<web::Json<CorrectionsView>> {
    let now = gateway.clock.now();
    let shown = gateway
        .db
        .tenant(caller.business, move |tx| show(tx, now))
        .await?;
    Ok(web::Json(shown))
}

fn show(tx: &mut TenantTx<'_>, now: DateTime<Utc>) -> Result<CorrectionsView> {
    let settings = settings::get(tx)?;
    let suggested = threshold::suggest(&tallies(tx, now)?);
    let current = settings.confidence_threshold;
    Ok(CorrectionsView {
        window_seconds: WINDOW.num_seconds(),
        rates: rates(tx, now)?.into_iter().map(RateView::of).collect(),
        no_suggestion_reason: suggested.err().map(threshold::NoThreshold::as_str),
        suggested_threshold: suggested
            .ok()
            .map(|found| SuggestedThresholdView::of(found, current)),
        auto_threshold: settings.auto_threshold,
        threshold_changes: threshold_changes::newest(tx, CHANGES)?
            .into_iter()
            .map(ThresholdChangeView::from)
            .collect(),
    })
}
