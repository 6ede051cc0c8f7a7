use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{ChangeSource, event};
use crate::call::Direction;
use crate::ids::{BusinessId, LeadId};

/// What kind of conversation suggests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SuggestionSource {
    /// A phone call.
    CallSummary,
    /// A WhatsApp session.
    WhatsappSummary,
}

impl SuggestionSource {
    /// The word in the database and the events.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CallSummary => "call_summary",
            Self::WhatsappSummary => "whatsapp_summary",
        }
    }
}

/// A conversation was summarised and suggests a status.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StatusSuggested {
    /// The tenant.
    pub business_id: BusinessId,
    /// The lead.
    pub lead_id: LeadId,
    /// What kind of conversation it was.
    pub source: SuggestionSource,
    /// The call's SID, or `wa_session_{id}_{canonical_key}`; one decision per id.
    pub source_event_id: String,
    /// Which way the call went.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub direction: Option<Direction>,
    /// The summary, as a rule with its tag.
    pub summary: String,
    /// The recommended status label.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recommendation: Option<String>,
    /// 0 to 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confidence: Option<f64>,
    /// How the call ended, where nobody spoke: `no-answer`, `busy`, `failed`, `canceled`, `voicemail`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<String>,
    /// The service that the person asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
    /// Where it is wanted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub city: Option<String>,
    /// When the person wants to be called again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub follow_up_at: Option<DateTime<Utc>>,
    /// What the model recommended, where no active status of the business is called so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dropped_label: Option<String>,
    /// When the conversation took place.
    pub occurred_at: DateTime<Utc>,
}
event!(StatusSuggested, "status.suggested");

impl StatusSuggested {
    /// The channel that a change made on this suggestion is recorded under.
    #[must_use]
    pub const fn change_source(&self) -> ChangeSource {
        match (self.source, self.direction) {
            (SuggestionSource::WhatsappSummary, _) => ChangeSource::AutoWhatsapp,
            (SuggestionSource::CallSummary, Some(Direction::Inbound)) => ChangeSource::AutoInbound,
            (SuggestionSource::CallSummary, _) => ChangeSource::AutoOutbound,
        }
    }
}
