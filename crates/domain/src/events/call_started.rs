use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::event;
use crate::call::Direction;
use crate::ids::{BusinessId, JobId, LeadId, RunId};

/// The carrier accepted a call: a phone will ring.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CallStarted {
    /// The tenant.
    pub business_id: BusinessId,
    /// The carrier's id of the call.
    pub call_sid: String,
    /// Who is called.
    pub lead_id: LeadId,
    /// The run, where the call belongs to one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run_id: Option<RunId>,
    /// The job, where the call belongs to one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub job_id: Option<JobId>,
    /// Which way the call goes.
    pub direction: Direction,
    /// The status at the carrier, `initiated` as a rule.
    pub status: String,
    /// 0 at the start.
    pub duration_seconds: i32,
}
event!(CallStarted, "call.started");
