//! Calls.

mod audio;
pub(crate) mod get;
pub(crate) mod list;
pub(crate) mod recording;
pub(crate) mod recording_head;

use chrono::{DateTime, Utc};
use serde::Serialize;
use storage::listening::State;
use storage::timeline::{self, RecordedCall};
use utoipa::ToSchema;

use crate::api::view::view;

view! {
    /// A call.
    CallView of timeline::Call {
        id: i64,
        /// The carrier's id of the call, once it has one.
        call_sid: Option<String>,
        lead_id: i64,
        run_id: Option<i64>,
        job_id: Option<i64>,
        /// `inbound` or `outbound`.
        direction: String,
        /// Where it stands, in the carrier's words.
        status: String,
        from_number: String,
        to_number: String,
        /// Who picked up: `human`, `machine`, `fax` or `unknown`.
        answered_by: Option<String>,
        /// Length in seconds.
        duration_seconds: Option<i32>,
        /// Why it failed.
        error_message: Option<String>,
        /// The carrier's id of the recording.
        recording_sid: Option<String>,
        /// What was said, with speakers.
        transcript: Option<String>,
        /// What it was about.
        summary: Option<String>,
        extracted_service: Option<String>,
        extracted_city: Option<String>,
        /// 0 to 1.
        extraction_confidence: Option<f64>,
        created_at: DateTime<Utc>,
        answered_at: Option<DateTime<Utc>>,
        ended_at: Option<DateTime<Utc>>,
    }
}

/// A call, and what was recorded of it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RecordedCallView {
    #[serde(flatten)]
    call: CallView,
    /// None when the call was not recorded.
    recording: Option<RecordingView>,
}

/// The recording of a call.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RecordingView {
    /// `announced` (the carrier has it), `stored`, `failed` or `deleted`.
    state: &'static str,
    /// Where it is listened to, when it can be.
    url: Option<String>,
    /// Length in seconds.
    duration_seconds: Option<f64>,
    /// Size.
    bytes: Option<i64>,
    channels: Option<i16>,
    /// Why it could not be had.
    error: Option<String>,
    deleted_at: Option<DateTime<Utc>>,
}

impl From<RecordedCall> for RecordedCallView {
    fn from(row: RecordedCall) -> Self {
        let call = CallView::from(row.call);
        let recording = row.recording.map(|recorded| RecordingView {
            state: recorded.state.as_str(),
            url: call
                .call_sid
                .as_deref()
                .filter(|_| recorded.state == State::Stored)
                .map(|sid| format!("/api/calls/{sid}/recording")),
            duration_seconds: recorded.duration_seconds,
            bytes: recorded.bytes,
            channels: recorded.channels,
            error: recorded
                .last_error
                .filter(|_| recorded.state == State::Failed),
            deleted_at: recorded.deleted_at,
        });
        Self { call, recording }
    }
}
