//! Calls.

pub(crate) mod get;
pub(crate) mod list;

use chrono::{DateTime, Utc};
use storage::timeline;

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
