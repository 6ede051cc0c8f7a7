//! The carrier asks what to do: an outbound call was answered, or somebody calls in.

use domain::call::{AnsweredBy, CallStatus, Direction};

use super::{Fields, ParseError, direction};
use crate::sid::{CallSid, RecordingSid};
use crate::wire::read_status;

/// A request for TwiML. The answer has to be TwiML too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VoiceRequest {
    /// The call.
    pub call_sid: CallSid,
    /// The account it belongs to.
    pub account_sid: Option<String>,
    /// `ringing` for an inbound call, `in-progress` for an answered outbound one.
    pub status: CallStatus,
    /// Which way the call goes.
    pub direction: Direction,
    /// Calling number, E.164; absent when the caller withholds it.
    pub from: Option<String>,
    /// Called number, E.164.
    pub to: Option<String>,
    /// The caller's name, where the network tells it.
    pub caller_name: Option<String>,
    /// The number that was dialled before the call was diverted to us.
    pub forwarded_from: Option<String>,
    /// Who picked up, when detection ran before this request.
    pub answered_by: Option<AnsweredBy>,
    /// The reply that a `<Record>` has just recorded.
    pub recording_sid: Option<RecordingSid>,
}

/// What the carrier sends as From when the number is withheld and the network demands digits: `ANONYMOUS`, `RESTRICTED`,
/// `BLOCKED`, `UNKNOWN` and `UNAVAILABLE`, spelled on a keypad.
const WITHHELD: [&str; 5] = [
    "+266696687",
    "+7378742833",
    "+2562533",
    "+8656696",
    "+86282452253",
];

impl VoiceRequest {
    /// Reads the form fields.
    ///
    /// # Errors
    /// When the call is missing.
    pub fn parse(fields: &[(String, String)]) -> Result<Self, ParseError> {
        let fields = Fields(fields);
        let number = |name| fields.text(name).filter(|number| number.starts_with('+'));
        Ok(Self {
            call_sid: fields.required("CallSid")?,
            account_sid: fields.text("AccountSid"),
            status: fields
                .get("CallStatus")
                .map_or(CallStatus::Initiated, read_status),
            direction: fields
                .get("Direction")
                .map_or(Direction::Inbound, direction),
            // Withheld numbers arrive as `anonymous`, `Restricted` or a SIP address.
            from: number("From").filter(|from| !WITHHELD.contains(&from.as_str())),
            to: number("To"),
            caller_name: fields.text("CallerName"),
            forwarded_from: fields.text("ForwardedFrom"),
            answered_by: fields.get("AnsweredBy").map(AnsweredBy::from_carrier),
            recording_sid: fields.get("RecordingSid").and_then(|sid| sid.parse().ok()),
        })
    }

    /// Equal for two deliveries of this request. A call asks once per status, and once more after each recorded reply.
    #[must_use]
    pub fn dedupe_key(&self) -> String {
        let after = self
            .recording_sid
            .as_ref()
            .map_or("-", |recording| recording.as_str());
        format!("voice:{}:{}:{after}", self.call_sid, self.status)
    }
}
