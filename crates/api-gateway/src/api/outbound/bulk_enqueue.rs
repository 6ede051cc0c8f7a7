use actix_web::http::StatusCode;
use actix_web::{HttpResponse, post, web};
use chrono::{DateTime, Utc};
use domain::ids::{LeadId, ListId, UserId};
use domain::retry::{RetryPolicy, RetryRule};
use serde::{Deserialize, Serialize};
use serde_json::json;
use storage::runs::{self, Kind, NewRun, Requested, Skipped, Target};
use utoipa::ToSchema;

use crate::api::leads::filter::LeadFilter;
use crate::extract::{Admin, Body, Caller, Fields, IdempotencyKey, Validate};
use crate::gateway::Gateway;
use crate::once::{Answer, once};
use crate::problem::{Code, Problem, Result};

/// Calls of a run in the air at once, when nothing is said.
const CONCURRENCY: i16 = 3;
/// Further calls to a lead that was not reached, at most.
const MOST_RETRIES: u8 = 10;
/// The longest pause before one.
const LONGEST_PAUSE_SECONDS: u32 = 7 * 24 * 3600;
/// Most times of day in a retry rule.
const MOST_TIMES_OF_DAY: usize = 24;

/// A run to be. Exactly one of `lead_ids`, `list_id` and `filter` says who is called.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RunToStart {
    /// These leads, in this order.
    #[serde(default)]
    lead_ids: Option<Vec<i64>>,
    /// The leads of an import.
    #[serde(default)]
    list_id: Option<i64>,
    /// The leads that pass a filter, which is that of `GET /api/leads`; `{}` chooses all.
    #[serde(default)]
    filter: Option<LeadFilter>,
    /// Most calls of the run in the air at once.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 10, default = 3)]
    concurrency: Option<i16>,
    /// Not before this.
    #[serde(default)]
    start_at: Option<DateTime<Utc>>,
    /// Per outcome (`busy`, `no_answer`, `voicemail`, `failed`), how often (`times`) and after how long
    /// (`after_seconds`) a lead that was not reached is called again, and at which times of day (`at`, a list of `HH:MM` on
    /// the business's clock; at once when absent); as the business has set when absent.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    retry: Option<RetryPolicy>,
    /// Higher goes first among the runs of the business.
    #[serde(default)]
    #[schema(minimum = -100, maximum = 100, default = 0)]
    priority: Option<i16>,
}

impl Validate for RunToStart {
    fn validate(&self, fields: &mut Fields) {
        let named = [
            self.lead_ids.is_some(),
            self.list_id.is_some(),
            self.filter.is_some(),
        ];
        let one = named.into_iter().filter(|named| *named).count() == 1;
        fields.check(
            one,
            "lead_ids",
            "exactly one of lead_ids, list_id and filter must be given",
        );
        if let Some(filter) = &self.filter {
            filter.check(fields, "filter.");
        }
        let some = self.lead_ids.as_ref().is_none_or(|ids| !ids.is_empty());
        fields.check(some, "lead_ids", "must name at least one lead");
        let bounded = self
            .concurrency
            .is_none_or(|calls| (1..=10).contains(&calls));
        fields.check(bounded, "concurrency", "must be 1 to 10");
        let bounded = self
            .priority
            .is_none_or(|priority| (-100..=100).contains(&priority));
        fields.check(bounded, "priority", "must be -100 to 100");
        if let Some(retry) = &self.retry {
            check_retry(retry, fields, "retry");
        }
    }
}

/// Notes what is out of bounds in a retry policy.
pub(crate) fn check_retry(retry: &RetryPolicy, fields: &mut Fields, field: &str) {
    let sound = |rule: &RetryRule| {
        rule.times <= MOST_RETRIES
            && rule.after_seconds <= LONGEST_PAUSE_SECONDS
            && rule.at.len() <= MOST_TIMES_OF_DAY
    };
    let rules = [
        &retry.busy,
        &retry.no_answer,
        &retry.voicemail,
        &retry.failed,
    ];
    let message = "times must be at most 10, after_seconds at most 604800 (a week), and at hold 24 times of day at most";
    fields.check(rules.into_iter().all(sound), field, message);
}

impl RunToStart {
    pub(super) fn into_run(self, created_by: Option<UserId>) -> NewRun {
        let target = match (self.lead_ids, self.list_id, self.filter) {
            (Some(ids), ..) => Target::Leads(ids.into_iter().map(LeadId).collect()),
            (None, Some(list), _) => Target::List(ListId(list)),
            (None, None, filter) => Target::Filter(filter.unwrap_or_default().into()),
        };
        NewRun {
            target,
            kind: Kind::Bulk,
            concurrency: self.concurrency.unwrap_or(CONCURRENCY),
            priority: self.priority.unwrap_or(0),
            start_at: self.start_at,
            retry: self.retry,
            created_by,
        }
    }
}

/// A lead that was chosen and is not called.
#[derive(Serialize, ToSchema)]
pub(crate) struct SkippedLead {
    lead_id: i64,
    /// `deleted`, `no_phone_number` or `suppressed`.
    reason: &'static str,
}

impl From<Skipped> for SkippedLead {
    fn from(skipped: Skipped) -> Self {
        Self {
            lead_id: skipped.lead_id.0,
            reason: skipped.reason.as_str(),
        }
    }
}

/// A run that was queued.
#[derive(Serialize, ToSchema)]
pub(crate) struct RunQueued {
    pub(crate) run_id: i64,
    /// How many leads it calls.
    pub(crate) queued: i32,
    /// Who is not called.
    pub(crate) skipped: Vec<SkippedLead>,
}

/// Start a run
///
/// Queues a call to every chosen lead that can be called and says who is skipped and why. All or nothing: an unknown lead
/// is 404 and nothing is queued.
#[utoipa::path(
    tag = "outbound", operation_id = "bulk_enqueue", request_body = RunToStart,
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes a repeated request answer as the first")),
    responses((status = 202, description = "Queued", body = RunQueued))
)]
#[post("/api/outbound/bulk-enqueue")]
pub(crate) async fn bulk_enqueue(
    gateway: web::Data<Gateway>,
    caller: Caller<Admin>,
    key: IdempotencyKey,
    body: Body<RunToStart>,
) -> Result<HttpResponse> {
    let (now, business, fingerprint) = (gateway.clock.now(), caller.business, body.fingerprint);
    let new = body.value.into_run(caller.user);
    once(
        &gateway,
        business,
        key,
        fingerprint,
        move |tx| match runs::request(tx, business, now, &new)? {
            Requested::Started {
                run,
                queued,
                skipped,
            } => {
                tracing::info!(
                    business_id = business.0,
                    run_id = run.0,
                    queued,
                    skipped = skipped.len(),
                    "a run was queued"
                );
                let skipped = skipped.into_iter().map(SkippedLead::from).collect();
                Answer::json(
                    StatusCode::ACCEPTED,
                    &RunQueued {
                        run_id: run.0,
                        queued,
                        skipped,
                    },
                )
            }
            Requested::NothingToCall { skipped } => {
                let skipped: Vec<SkippedLead> =
                    skipped.into_iter().map(SkippedLead::from).collect();
                Err(Problem::from(Code::NothingToCall).with("skipped", json!(skipped)))
            }
        },
    )
    .await
}
