use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::event;
use crate::ids::{BusinessId, RunId};

/// How many leads of a run stand where. The parts add up to `total_leads`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RunCounts {
    /// All leads of the run.
    pub total_leads: i32,
    /// Waiting to be called.
    pub queued: i32,
    /// Being called now.
    pub in_progress: i32,
    /// The call took place.
    pub completed: i32,
    /// No call could be made.
    pub failed: i32,
    /// Taken out before they were called.
    pub cancelled: i32,
}

/// A person asked for something of a run: that it start, pause, resume or be cancelled. The run's row says what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RunRequested {
    /// The tenant.
    pub business_id: BusinessId,
    /// The run.
    pub run_id: RunId,
    /// Its status at that moment.
    pub status: String,
    /// Its counts at that moment.
    pub counts: RunCounts,
}
event!(RunRequested, "run.requested");
