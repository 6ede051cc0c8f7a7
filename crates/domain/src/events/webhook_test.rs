use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::event;
use crate::ids::{BusinessId, WebhookEndpointId};

/// Somebody tries out a webhook endpoint. It goes to that endpoint only and never through the broker.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WebhookTest {
    /// The tenant.
    pub business_id: BusinessId,
    /// The endpoint.
    pub endpoint_id: WebhookEndpointId,
}
event!(WebhookTest, "webhook.test");
