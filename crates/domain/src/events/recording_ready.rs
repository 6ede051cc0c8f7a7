use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::event;
use crate::ids::BusinessId;

/// The carrier has finished the recording of a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RecordingReady {
    /// The tenant.
    pub business_id: BusinessId,
    /// The call that was recorded.
    pub call_sid: String,
    /// The carrier's id of the recording.
    pub recording_sid: String,
    /// Its address at the carrier.
    pub url: String,
    /// Its length.
    pub duration_seconds: i32,
}
event!(RecordingReady, "recording.ready");
