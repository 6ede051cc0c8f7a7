use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::event;
use crate::ids::{BusinessId, LeadId, WhatsappSessionId};

/// A WhatsApp session ended, by silence or explicitly.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WhatsappSessionClosed {
    /// The tenant.
    pub business_id: BusinessId,
    /// The other side.
    pub lead_id: LeadId,
    /// The session.
    pub session_id: WhatsappSessionId,
    /// Names the session for good, however often it is closed.
    pub canonical_key: String,
}
event!(WhatsappSessionClosed, "whatsapp.session.closed");

impl WhatsappSessionClosed {
    /// Under which id the session is decided on.
    #[must_use]
    pub fn source_event_id(&self) -> String {
        format!("wa_session_{}_{}", self.session_id, self.canonical_key)
    }
}
