//! News of a recording (`RecordingStatusCallback`).

use chrono::{DateTime, Utc};

use super::{Fields, ParseError};
use crate::sid::{CallSid, RecordingSid};
use crate::wire::RecordingStatus;

/// A report about a recording.
#[derive(Debug, Clone, PartialEq)]
pub struct RecordingCallback {
    /// The call that was recorded (the parent leg of a bridge).
    pub call_sid: CallSid,
    /// The recording.
    pub recording_sid: RecordingSid,
    /// Whether the audio can be fetched.
    pub status: RecordingStatus,
    /// Where the audio is, without an extension. It may answer 404 for a while.
    pub url: Option<String>,
    /// Length in seconds.
    pub duration_seconds: Option<u32>,
    /// 1 or 2.
    pub channels: Option<u8>,
    /// What recorded: `OutboundAPI`, `RecordVerb`, `DialVerb`, `StartCallRecordingAPI`, …
    pub source: Option<String>,
    /// When the recording began.
    pub start_time: Option<DateTime<Utc>>,
}

impl RecordingCallback {
    /// Reads the form fields.
    ///
    /// # Errors
    /// When the call or the recording is missing.
    pub fn parse(fields: &[(String, String)]) -> Result<Self, ParseError> {
        let fields = Fields(fields);
        Ok(Self {
            call_sid: fields.required("CallSid")?,
            recording_sid: fields.required("RecordingSid")?,
            // The callback of <Record> carries no status in older accounts: it is sent when the audio is complete.
            status: fields
                .get("RecordingStatus")
                .map_or(RecordingStatus::Completed, RecordingStatus::from_carrier),
            url: fields.text("RecordingUrl"),
            duration_seconds: fields.number("RecordingDuration"),
            channels: fields.number("RecordingChannels"),
            source: fields.text("RecordingSource"),
            start_time: fields.time("RecordingStartTime"),
        })
    }

    /// Equal for two deliveries of this report, different for any other.
    #[must_use]
    pub fn dedupe_key(&self) -> String {
        format!("recording:{}:{}", self.recording_sid, self.status.as_str())
    }
}
