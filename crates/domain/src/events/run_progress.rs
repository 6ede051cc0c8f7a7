use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{RunCounts, event};
use crate::ids::{BusinessId, RunId};

/// Where a run stands now: a whole snapshot, not a difference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RunProgress {
    /// The tenant.
    pub business_id: BusinessId,
    /// The run.
    pub run_id: RunId,
    /// Its status.
    pub status: String,
    /// Its counts.
    pub counts: RunCounts,
}
event!(RunProgress, "run.progress");
