use actix_web::http::StatusCode;
use actix_web::{HttpResponse, post, web};
use domain::ids::LeadId;
use serde::Deserialize;
use serde_json::json;
use storage::TenantTx;
use storage::runs::{self, Kind, NewRun, Requested, Target};
use utoipa::ToSchema;

use crate::api::outbound::bulk_enqueue::{RunQueued, SkippedLead};
use crate::extract::{Agent, Body, Caller, Fields, IdempotencyKey, Validate};
use crate::gateway::Gateway;
use crate::once::{Answer, once};
use crate::problem::{Code, Problem, Result};

/// Goes before every bulk run of the business.
const FIRST_IN_LINE: i16 = i16::MAX;

/// Who is called now.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DirectCalls {
    /// These leads.
    #[schema(min_items = 1, max_items = 3)]
    lead_ids: Vec<i64>,
}

impl Validate for DirectCalls {
    fn validate(&self, fields: &mut Fields) {
        let bounded = (1..=3).contains(&self.lead_ids.len());
        fields.check(bounded, "lead_ids", "must name one to three leads");
    }
}

/// Call leads now
///
/// A run of one to three leads that goes before all others. Refused with the counts of the lines when there are fewer free
/// ones at this moment than leads to call.
#[utoipa::path(
    tag = "calls", operation_id = "start_direct_calls", request_body = DirectCalls,
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes a repeated request answer as the first")),
    responses((status = 202, description = "Queued", body = RunQueued))
)]
#[post("/api/outbound_calls/start")]
pub(crate) async fn start(
    gateway: web::Data<Gateway>,
    caller: Caller<Agent>,
    key: IdempotencyKey,
    body: Body<DirectCalls>,
) -> Result<HttpResponse> {
    let (now, business, fingerprint) = (gateway.clock.now(), caller.business, body.fingerprint);
    let leads: Vec<LeadId> = body.value.lead_ids.into_iter().map(LeadId).collect();
    let new = NewRun {
        concurrency: i16::try_from(leads.len()).unwrap_or(1),
        target: Target::Leads(leads),
        kind: Kind::Direct,
        priority: FIRST_IN_LINE,
        start_at: None,
        retry: None,
        created_by: caller.user,
    };
    once(&gateway, business, key, fingerprint, move |tx| {
        match runs::request(tx, business, now, &new)? {
            Requested::Started {
                run,
                queued,
                skipped,
            } => {
                // What was just written is undone when the lines do not suffice.
                check_free_lines(tx, i64::from(queued))?;
                tracing::info!(
                    business_id = business.0,
                    run_id = run.0,
                    queued,
                    "direct calls were queued"
                );
                let queued = RunQueued {
                    run_id: run.0,
                    queued,
                    skipped: skipped.into_iter().map(SkippedLead::from).collect(),
                };
                Answer::json(StatusCode::ACCEPTED, &queued)
            }
            Requested::NothingToCall { skipped } => {
                let skipped: Vec<SkippedLead> =
                    skipped.into_iter().map(SkippedLead::from).collect();
                Err(Problem::from(Code::NothingToCall).with("skipped", json!(skipped)))
            }
        }
    })
    .await
}

fn check_free_lines(tx: &mut TenantTx<'_>, wanted: i64) -> Result<()> {
    let counts = runs::counts(tx)?;
    let outbound = counts.max_outbound - counts.active_outbound;
    let total = counts.max_total - counts.active_total;
    if outbound.min(total) >= wanted {
        return Ok(());
    }
    Err(Problem::from(Code::LinesAreTaken).with_all(&counts))
}
