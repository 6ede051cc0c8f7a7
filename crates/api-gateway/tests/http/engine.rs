//! What the status engine does with a conversation, without its broker.

use chrono::{DateTime, Utc};
use domain::decision::{self, LeadState, Outcome, Suggestion};
use domain::events::{ChangeSource, StatusSuggested, SuggestionSource};
use storage::lead_status::{Author, StatusChange, change_status};
use storage::{ServiceRole, StorageError, decisions, history, lead_contact};
use testkit::Business;

use crate::support::World;

/// An outbound call of the business's n-th lead at `at`, whose summary recommends `label`: decided on at once, and carried
/// out where the gates let it. Answers the decision's id.
pub(crate) async fn decide(
    world: &World,
    business: &Business,
    lead: usize,
    sid: &str,
    label: &str,
    at: DateTime<Utc>,
) -> i64 {
    let suggested = StatusSuggested {
        business_id: business.id,
        lead_id: business.leads[lead],
        source: SuggestionSource::CallSummary,
        source_event_id: sid.to_owned(),
        direction: None,
        summary: format!("A talk. [Recommendation: {label}]"),
        recommendation: None,
        confidence: Some(0.9),
        outcome: None,
        service: None,
        city: None,
        follow_up_at: None,
        occurred_at: at,
    };
    let engine = world.database.db(ServiceRole::StatusEngine);
    let decided = engine.tenant(business.id, move |tx| {
        let lead = lead_contact::lock(tx, suggested.lead_id)?;
        let context = decisions::context(tx)?;
        let state = LeadState {
            status: lead.status.clone(),
            is_deleted: false,
            newest_decision_at: decisions::newest(tx, suggested.lead_id)?,
            newest_manual_change_at: history::newest_manual_change(tx, suggested.lead_id)?,
        };
        let suggestion = Suggestion::from(&suggested);
        let verdict = decision::decide(&suggestion, &context.board, &state, &context.settings, at);
        let id = decisions::record(tx, at, &suggested, lead.status.as_deref(), &verdict)?;
        if let Outcome::Applied { to } = &verdict.outcome {
            let author = Author::Automation {
                source: ChangeSource::AutoOutbound,
                source_event_id: &suggested.source_event_id,
                decision: id,
                confidence: verdict.confidence,
            };
            let change = StatusChange {
                lead: suggested.lead_id,
                to,
                author,
                reason: None,
            };
            change_status(tx, at, &change)?;
        }
        Ok::<_, StorageError>(id.0)
    });
    decided.await.expect("it is decided")
}
