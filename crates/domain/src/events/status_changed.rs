use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::event;
use crate::ids::{BusinessId, DecisionId, LeadId, UserId};

/// Who or what moved a lead.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum ChangeSource {
    /// The summary of an inbound call.
    AutoInbound,
    /// The summary of an outbound call.
    AutoOutbound,
    /// The summary of a WhatsApp session.
    AutoWhatsapp,
    /// A person.
    Manual,
}

impl ChangeSource {
    /// Those that are no person.
    pub const AUTOMATIC: [Self; 3] = [Self::AutoInbound, Self::AutoOutbound, Self::AutoWhatsapp];

    /// The word in the database and the events.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AutoInbound => "auto_inbound",
            Self::AutoOutbound => "auto_outbound",
            Self::AutoWhatsapp => "auto_whatsapp",
            Self::Manual => "manual",
        }
    }
}

/// A lead stands in another column now.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StatusChanged {
    /// The tenant.
    pub business_id: BusinessId,
    /// The lead.
    pub lead_id: LeadId,
    /// The status before, by name.
    pub from: Option<String>,
    /// The status now, by name.
    pub to: String,
    /// Who or what moved it.
    pub source: ChangeSource,
    /// The conversation behind an automatic change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_event_id: Option<String>,
    /// The decision behind an automatic change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision_id: Option<DecisionId>,
    /// The person behind a manual change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<UserId>,
    /// 0 to 1, for an automatic change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confidence: Option<f64>,
    /// When.
    pub at: DateTime<Utc>,
}
event!(StatusChanged, "status.changed");
