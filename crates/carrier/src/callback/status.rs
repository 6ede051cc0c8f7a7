//! Progress of a call (`StatusCallback`).

use chrono::{DateTime, Utc};
use domain::call::{AnsweredBy, CallStatus, Direction};

use super::{Fields, ParseError, direction};
use crate::sid::{CallSid, RecordingSid};
use crate::wire::read_status;

/// A report about where a call stands.
#[derive(Debug, Clone, PartialEq)]
pub struct StatusCallback {
    /// The call.
    pub call_sid: CallSid,
    /// The account it belongs to.
    pub account_sid: Option<String>,
    /// Where it stands; an unknown word reads as initiated, which changes nothing.
    pub status: CallStatus,
    /// Position among the events of this call that were subscribed to, from 0.
    pub sequence_number: Option<u32>,
    /// Length of the call in seconds, with the last report.
    pub duration_seconds: Option<u32>,
    /// Who picked up, when detection was asked for.
    pub answered_by: Option<AnsweredBy>,
    /// The last SIP status: 486 busy, 487 rang out, 404 unreachable.
    pub sip_response_code: Option<u16>,
    /// When it happened at the carrier.
    pub timestamp: Option<DateTime<Utc>>,
    /// Calling number, E.164.
    pub from: Option<String>,
    /// Called number, E.164.
    pub to: Option<String>,
    /// Which way the call goes.
    pub direction: Option<Direction>,
    /// What raised the report; `call-progress-events` for calls.
    pub callback_source: Option<String>,
    /// The leg that dialled this one.
    pub parent_call_sid: Option<CallSid>,
    /// The recording, when the whole call was recorded; its audio may not be there yet.
    pub recording_sid: Option<RecordingSid>,
    /// Where that recording will be.
    pub recording_url: Option<String>,
}

impl StatusCallback {
    /// Reads the form fields.
    ///
    /// # Errors
    /// When the call or its status is missing.
    pub fn parse(fields: &[(String, String)]) -> Result<Self, ParseError> {
        let fields = Fields(fields);
        let status = fields
            .get("CallStatus")
            .ok_or(ParseError::Missing("CallStatus"))?;
        Ok(Self {
            call_sid: fields.required("CallSid")?,
            account_sid: fields.text("AccountSid"),
            status: read_status(status),
            sequence_number: fields.number("SequenceNumber"),
            duration_seconds: fields.number("CallDuration"),
            answered_by: fields.get("AnsweredBy").map(AnsweredBy::from_carrier),
            sip_response_code: fields.number("SipResponseCode"),
            timestamp: fields.time("Timestamp"),
            from: fields.text("From"),
            to: fields.text("To"),
            direction: fields.get("Direction").map(direction),
            callback_source: fields.text("CallbackSource"),
            parent_call_sid: fields.get("ParentCallSid").and_then(|sid| sid.parse().ok()),
            recording_sid: fields.get("RecordingSid").and_then(|sid| sid.parse().ok()),
            recording_url: fields.text("RecordingUrl"),
        })
    }

    /// Equal for two deliveries of this report, different for any other.
    #[must_use]
    pub fn dedupe_key(&self) -> String {
        let source = self.callback_source.as_deref().unwrap_or("-");
        let sequence = self
            .sequence_number
            .map_or_else(|| "-".to_owned(), |number| number.to_string());
        format!(
            "status:{}:{source}:{sequence}:{}",
            self.call_sid, self.status
        )
    }
}
