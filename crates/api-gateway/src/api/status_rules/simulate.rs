use std::collections::BTreeSet;

use actix_web::{post, web};
use chrono::{DateTime, Utc};
use domain::decision::what_if::{RuleChanges, WhatIf};
use domain::decision::{Automation, QuietHours, TransitionRules, what_if};
use domain::text::WordsDraft;
use serde::{Deserialize, Serialize};
use storage::StorageError;
use storage::replay::{self, Question, ReplayError};
use utoipa::ToSchema;

use crate::api::view::view;
use crate::extract::{Admin, Body, Caller, Fields, Validate, present};
use crate::gateway::Gateway;
use crate::problem::{Code, FieldError, Problem, Result};

/// Most leads that one request looks at: what can be read and judged while somebody waits.
const MOST_LEADS: u64 = 20_000;

/// What differs from the rules of today: an absent rule stays.
#[derive(Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Simulation {
    /// A suggestion below this changes nothing.
    #[schema(minimum = 0, maximum = 1)]
    confidence_threshold: Option<f64>,
    /// `on`, or `shadow`: decisions are recorded and not applied.
    #[schema(value_type = Option<String>)]
    automation: Option<Automation>,
    /// When automation leaves the board alone: `{"from": "21:00", "to": "07:30"}` in the business's time zone; null is never.
    #[serde(deserialize_with = "present")]
    #[schema(value_type = Option<Object>)]
    quiet_hours: Option<Option<QuietHours>>,
    /// Which moves automation may make: `{"allowed": {"qualified": ["won"]}, "never_to": ["vip"]}`.
    #[schema(value_type = Option<Object>)]
    transition_rules: Option<TransitionRules>,
    /// The business's own words by group, as in the settings; null is none.
    #[serde(deserialize_with = "present")]
    #[schema(value_type = Option<Object>)]
    status_words: Option<Option<WordsDraft>>,
    /// The statuses, by name, that automation never moves a lead out of, instead of those that are marked so; `won` and
    /// `lost` always are.
    protected: Option<BTreeSet<String>>,
    /// Only what was decided from here on is decided again; what was decided before stands.
    since: Option<DateTime<Utc>>,
}

impl Validate for Simulation {
    /// What there is to check is checked where the rules are applied, for the command line too.
    fn validate(&self, _: &mut Fields) {}
}

impl From<Simulation> for Question {
    fn from(body: Simulation) -> Self {
        Self {
            changes: RuleChanges {
                confidence_threshold: body.confidence_threshold,
                automation: body.automation,
                quiet_hours: body.quiet_hours,
                transition_rules: body.transition_rules,
                status_words: body.status_words,
                protected: body.protected,
            },
            lexicon: None,
            since: body.since,
            most_leads: Some(MOST_LEADS),
        }
    }
}

/// What the rules would make of the business's leads, compared with where they stand now.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WhatIfView {
    /// Leads with conversations.
    leads: u64,
    /// Their conversations.
    conversations: u64,
    /// Leads that would stand in another status.
    elsewhere: u64,
    /// Those by their move, the most frequent first.
    by_status: Vec<MoveView>,
    /// Decisions that would come out differently, the most frequent kind first.
    decisions_changed: Vec<ReasonChangeView>,
    /// Leads that would stand elsewhere, the newest first; at most 20.
    examples: Vec<ExampleView>,
    /// Whether older leads were left out: no more than the newest 20,000 with conversations are looked at.
    truncated: bool,
}

view! {
    /// Leads that would stand elsewhere.
    MoveView of what_if::Move {
        /// The name of the status in which they stand; null for none.
        from: Option<String>,
        /// The name of the status in which they would.
        to: Option<String>,
        /// How many.
        leads: u64,
    }
}

view! {
    /// Decisions that would come out differently; the same reason twice where only the proposed status differs.
    ReasonChangeView of what_if::ReasonChange {
        /// What came of them.
        from_reason: String,
        /// What would.
        to_reason: &'static str,
        /// How many.
        count: u64,
    }
}

/// A lead that would stand elsewhere.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ExampleView {
    lead_id: i64,
    /// Its name, if it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// The name of its status.
    stands: Option<String>,
    /// The name of the status that it would have.
    would_stand: Option<String>,
    /// The decision from which on it would stand elsewhere; null where no decision has to do with it.
    decision_id: Option<i64>,
    /// What that one was made from, shortened.
    summary: Option<String>,
    /// What would come of it.
    reason: Option<&'static str>,
}

impl From<what_if::Example> for ExampleView {
    fn from(example: what_if::Example) -> Self {
        Self {
            lead_id: example.lead_id.0,
            name: example.name,
            stands: example.stands,
            would_stand: example.would_stand,
            decision_id: example.decision_id.map(|id| id.0),
            summary: example.summary,
            reason: example.reason,
        }
    }
}

impl From<WhatIf> for WhatIfView {
    fn from(found: WhatIf) -> Self {
        Self {
            leads: found.leads,
            conversations: found.conversations,
            elsewhere: found.elsewhere,
            by_status: found.by_status.into_iter().map(Into::into).collect(),
            decisions_changed: found
                .decisions_changed
                .into_iter()
                .map(Into::into)
                .collect(),
            examples: found.examples.into_iter().map(Into::into).collect(),
            truncated: found.truncated,
        }
    }
}

fn refused(error: ReplayError) -> Problem {
    match error {
        ReplayError::Rules(wrong) => {
            let errors = wrong
                .into_iter()
                .map(|one| FieldError::new(one.field, one.fault.to_string()))
                .collect();
            Problem::fields(Code::ValidationFailed, errors)
        }
        // Nothing is written, so nothing else can stand in the way of a statement.
        ReplayError::Storage(StorageError::Contended(_)) => Code::SimulationTimeout.into(),
        ReplayError::Storage(error) => error.into(),
    }
}

/// Simulate other rules
///
/// Every conversation that is stored is decided on again, in the order in which it was, by today's rules with these
/// changes, between what people did: a person's change stands until a newer conversation, and what was undone stays so.
/// Nothing is changed. An empty body asks what today's rules and words would make of it all.
#[utoipa::path(
    tag = "settings", operation_id = "simulate_status_rules", request_body = Simulation,
    responses((status = 200, description = "What would differ", body = WhatIfView))
)]
#[post("/api/status-rules/simulate")]
pub(crate) async fn simulate(
    gateway: web::Data<Gateway>,
    caller: Caller<Admin>,
    body: Body<Simulation>,
) -> Result<web::Json<WhatIfView>> {
    let found = replay::what_if(
        &gateway.db,
        caller.business,
        body.value.into(),
        |_counted, _of| (),
    )
    .await
    .map_err(refused)?;
    Ok(web::Json(found.into()))
}
