use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::event;
use crate::ids::{AttemptId, BusinessId, CallbackId};

/// The carrier reported on a call; the raw callback is stored under `callback_id`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CallReported {
    /// The tenant.
    pub business_id: BusinessId,
    /// The attempt that the callback's URL named.
    pub attempt_id: AttemptId,
    /// The carrier's id of the call.
    pub call_sid: String,
    /// The stored callback.
    pub callback_id: CallbackId,
}
event!(CallReported, "call.reported");
