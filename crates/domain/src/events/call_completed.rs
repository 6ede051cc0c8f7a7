use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::event;
use crate::call::{AnsweredBy, CallStatus, Direction};
use crate::ids::{BusinessId, JobId, LeadId, RunId};

/// Where a recording is to be had.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RecordingReference {
    /// The carrier's id of the recording.
    pub recording_sid: String,
    /// Its address at the carrier.
    pub url: String,
}

/// A call is over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CallCompleted {
    /// The tenant.
    pub business_id: BusinessId,
    /// The carrier's id of the call.
    pub call_sid: String,
    /// Whom it reached or tried to reach.
    pub lead_id: LeadId,
    /// The run, where the call belongs to one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run_id: Option<RunId>,
    /// The job, where the call belongs to one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub job_id: Option<JobId>,
    /// Which way the call went.
    pub direction: Direction,
    /// How it ended.
    pub status: CallStatus,
    /// Length of the conversation; 0 when nobody answered.
    pub duration_seconds: i32,
    /// Who picked up, where detection was on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answered_by: Option<AnsweredBy>,
    /// The recording, where the carrier has named it already; `recording.ready` tells of it in any case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recording: Option<RecordingReference>,
    /// When it ended.
    pub ended_at: DateTime<Utc>,
}
event!(CallCompleted, "call.completed");
