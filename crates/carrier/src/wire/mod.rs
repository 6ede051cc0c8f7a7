//! The carrier's resources as it writes them in JSON. Real traffic mixes numbers, strings, `null` and `""` for the
//! same field and grows fields at will, so everything that we can live without is optional and unknown fields pass.

pub(crate) mod lenient;

use chrono::{DateTime, Utc};
use domain::call::{AnsweredBy, CallStatus};
use serde::Deserialize;

use crate::sid::{CallSid, RecordingSid};

/// A call as the REST API shows it. It is eventually consistent: callbacks may be ahead of it.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Call {
    /// The id of the call.
    pub sid: CallSid,
    /// Where it stands. A word that we do not know reads as [`CallStatus::Initiated`], which ends nothing and moves
    /// nothing forward.
    #[serde(
        default = "lenient::unknown_status",
        deserialize_with = "lenient::status"
    )]
    pub status: CallStatus,
    /// The number that was called, E.164.
    #[serde(default, deserialize_with = "lenient::opt_text")]
    pub to: Option<String>,
    /// The number that calls, E.164.
    #[serde(default, deserialize_with = "lenient::opt_text")]
    pub from: Option<String>,
    /// `inbound`, `outbound-api` or `outbound-dial`.
    #[serde(default, deserialize_with = "lenient::opt_text")]
    pub direction: Option<String>,
    /// Length in seconds, once it has ended.
    #[serde(default, deserialize_with = "lenient::opt_number")]
    pub duration: Option<u32>,
    /// Who picked up, when detection was asked for.
    #[serde(default, deserialize_with = "lenient::answered_by")]
    pub answered_by: Option<AnsweredBy>,
    /// The leg that dialled this one, when it is the second leg of a bridge.
    #[serde(default, deserialize_with = "lenient::opt_text")]
    pub parent_call_sid: Option<String>,
    /// How long the call waited in the carrier's queue, milliseconds.
    #[serde(default, deserialize_with = "lenient::opt_number")]
    pub queue_time: Option<u64>,
    /// When the carrier accepted it; absent in the answer to a create.
    #[serde(default, deserialize_with = "lenient::opt_time")]
    pub date_created: Option<DateTime<Utc>>,
    /// When it was dialled; absent while queued.
    #[serde(default, deserialize_with = "lenient::opt_time")]
    pub start_time: Option<DateTime<Utc>>,
    /// When it ended.
    #[serde(default, deserialize_with = "lenient::opt_time")]
    pub end_time: Option<DateTime<Utc>>,
}

/// A recording as the REST API shows it.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Recording {
    /// The id of the recording.
    pub sid: RecordingSid,
    /// The call that was recorded.
    pub call_sid: CallSid,
    /// Whether the media can be fetched.
    #[serde(default, deserialize_with = "lenient::recording_status")]
    pub status: RecordingStatus,
    /// Length in seconds.
    #[serde(default, deserialize_with = "lenient::opt_number")]
    pub duration: Option<u32>,
    /// 1 (mono) or 2 (one side each).
    #[serde(default, deserialize_with = "lenient::opt_number")]
    pub channels: Option<u8>,
    /// Where the media is, where the carrier tells.
    #[serde(default, deserialize_with = "lenient::opt_text")]
    pub media_url: Option<String>,
    /// When it was made.
    #[serde(default, deserialize_with = "lenient::opt_time")]
    pub date_created: Option<DateTime<Utc>>,
}

/// The state of a recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RecordingStatus {
    /// Being made, or paused, or worked on.
    #[default]
    InProgress,
    /// The media can be fetched.
    Completed,
    /// There is nothing to fetch and never will be: silence, deleted or failed.
    Absent,
}

impl RecordingStatus {
    /// Reads the carrier's word; one that we do not know is not the end of it.
    #[must_use]
    pub fn from_carrier(word: &str) -> Self {
        match word {
            "completed" => Self::Completed,
            "absent" | "deleted" | "failed" => Self::Absent,
            _ => Self::InProgress,
        }
    }

    /// The carrier's word in callbacks.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InProgress => "in-progress",
            Self::Completed => "completed",
            Self::Absent => "absent",
        }
    }
}

/// Reads a status word of the carrier. An unknown one is logged and reads as the earliest status, because believing that
/// a call has ended frees a line.
pub(crate) fn read_status(word: &str) -> CallStatus {
    word.parse().unwrap_or_else(|_| {
        tracing::warn!(status = %word.escape_debug(), "The carrier reports a call status that we do not know");
        lenient::unknown_status()
    })
}

/// One page of calls.
#[derive(Debug, Deserialize)]
pub(crate) struct CallPage {
    pub calls: Vec<Call>,
    #[serde(default, deserialize_with = "lenient::opt_text")]
    pub next_page_uri: Option<String>,
}

/// One page of recordings.
#[derive(Debug, Deserialize)]
pub(crate) struct RecordingPage {
    pub recordings: Vec<Recording>,
    #[serde(default, deserialize_with = "lenient::opt_text")]
    pub next_page_uri: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    const SID: &str = "CA0123456789abcdef0123456789abcdef";

    fn call(fields: &str) -> Call {
        serde_json::from_str(&format!(r#"{{"sid":"{SID}"{fields}}}"#)).expect("a call")
    }

    #[rstest::rstest]
    #[case::string(r#","duration":"49""#, Some(49))]
    #[case::number(r#","duration":49"#, Some(49))]
    #[case::fraction(r#","duration":49.0"#, Some(49))]
    #[case::null(r#","duration":null"#, None)]
    #[case::empty(r#","duration":"""#, None)]
    #[case::nonsense(r#","duration":"soon""#, None)]
    #[case::negative(r#","duration":-1"#, None)]
    #[case::object(r#","duration":{"seconds":1}"#, None)]
    #[case::missing("", None)]
    fn durations_come_in_every_shape(#[case] fields: &str, #[case] seconds: Option<u32>) {
        assert_eq!(call(fields).duration, seconds);
    }

    #[rstest::rstest]
    #[case(r#","status":"queued""#, CallStatus::Initiated)]
    #[case(r#","status":"in-progress""#, CallStatus::InProgress)]
    #[case(r#","status":"canceled""#, CallStatus::Canceled)]
    #[case(r#","status":"teleported""#, CallStatus::Initiated)]
    #[case(r#","status":null"#, CallStatus::Initiated)]
    #[case("", CallStatus::Initiated)]
    fn an_unknown_status_ends_nothing(#[case] fields: &str, #[case] status: CallStatus) {
        assert_eq!(call(fields).status, status);
    }

    #[test]
    fn dates_are_rfc_2822_or_absent() {
        let read = call(
            r#","date_created":null,"start_time":"Tue, 31 Aug 2010 20:36:28 +0000","end_time":"""#,
        );
        assert_eq!(read.date_created, None);
        assert_eq!(
            read.start_time.map(|time| time.to_rfc3339()),
            Some("2010-08-31T20:36:28+00:00".to_owned())
        );
        assert_eq!(read.end_time, None);
    }

    #[test]
    fn an_answer_as_captured_from_real_traffic_is_read() {
        let read = call(
            r#","date_updated":null,"parent_call_sid":null,"to":"+18016640964","to_formatted":"(801) 664-0964",
            "from":"+18016637825","phone_number_sid":"PN1","status":"queued","start_time":null,"end_time":null,
            "duration":null,"price":null,"price_unit":"USD","direction":"outbound-api","answered_by":null,
            "annotation":null,"caller_name":"","trunk_sid":"","queue_time":"1000","subresource_uris":{"events":"x"}"#,
        );
        assert_eq!(read.to.as_deref(), Some("+18016640964"));
        assert_eq!(read.queue_time, Some(1000));
        assert_eq!(read.answered_by, None);
    }

    #[test]
    fn a_call_without_an_id_is_no_call() {
        assert!(serde_json::from_str::<Call>(r#"{"sid":"","status":"queued"}"#).is_err());
        assert!(serde_json::from_str::<Call>(r#"{"status":"queued"}"#).is_err());
    }
}
