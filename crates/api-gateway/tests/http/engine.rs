//! What the status engine does with a conversation, without its broker.

use chrono::{DateTime, Utc};
use domain::events::{StatusSuggested, SuggestionSource};
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
        dropped_label: None,
        occurred_at: at,
    };
    world.database.decided(suggested, at).await.0
}
