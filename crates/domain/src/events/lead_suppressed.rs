use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::event;
use crate::ids::{BusinessId, LeadId};

/// Where a suppression came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum SuppressionOrigin {
    /// The person asked for it in a conversation.
    Spoken,
    /// A user of the business entered it.
    Manual,
    /// It came with a file.
    Import,
}

impl SuppressionOrigin {
    /// The word in the database and the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Spoken => "spoken",
            Self::Manual => "manual",
            Self::Import => "import",
        }
    }
}

/// A number must not be called any more by this business.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LeadSuppressed {
    /// The tenant.
    pub business_id: BusinessId,
    /// The lead with that number, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lead_id: Option<LeadId>,
    /// The number.
    pub phone_e164: String,
    /// Where the wish came from.
    pub origin: SuppressionOrigin,
    /// The conversation in which it was spoken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_event_id: Option<String>,
}
event!(LeadSuppressed, "lead.suppressed");
