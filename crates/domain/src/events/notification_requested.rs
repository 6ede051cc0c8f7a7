use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::event;
use crate::ids::{BusinessId, LeadId, UserId};

/// Some users of a business are to be told something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NotificationRequested {
    /// The tenant.
    pub business_id: BusinessId,
    /// The lead that it is about, where it is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lead_id: Option<LeadId>,
    /// Who is told.
    pub user_ids: Vec<UserId>,
    /// One line.
    pub title: String,
    /// The text.
    pub body: String,
    /// Where a click leads, relative to the console.
    pub url: String,
}
event!(NotificationRequested, "notification.requested");
