use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{RunCounts, event};
use crate::ids::{BusinessId, RunId};

/// A run is over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RunFinished {
    /// The tenant.
    pub business_id: BusinessId,
    /// The run.
    pub run_id: RunId,
    /// `completed`, `failed` or `cancelled`.
    pub status: String,
    /// Its final counts.
    pub counts: RunCounts,
    /// Why it failed, where it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_error: Option<String>,
}
event!(RunFinished, "run.finished");
