//! The verdict of answering machine detection (`AsyncAmdStatusCallback`).

use domain::call::AnsweredBy;

use super::{Fields, ParseError};
use crate::sid::CallSid;

/// Who picked up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AmdCallback {
    /// The call. It may be over by the time the verdict comes.
    pub call_sid: CallSid,
    /// The verdict.
    pub answered_by: AnsweredBy,
    /// How long detection took, milliseconds.
    pub detection_milliseconds: Option<u32>,
}

impl AmdCallback {
    /// Reads the form fields.
    ///
    /// # Errors
    /// When the call or the verdict is missing.
    pub fn parse(fields: &[(String, String)]) -> Result<Self, ParseError> {
        let fields = Fields(fields);
        let verdict = fields
            .get("AnsweredBy")
            .ok_or(ParseError::Missing("AnsweredBy"))?;
        Ok(Self {
            call_sid: fields.required("CallSid")?,
            answered_by: AnsweredBy::from_carrier(verdict),
            detection_milliseconds: fields.number("MachineDetectionDuration"),
        })
    }

    /// Equal for two deliveries of this report, different for any other.
    #[must_use]
    pub fn dedupe_key(&self) -> String {
        format!("amd:{}:{}", self.call_sid, self.answered_by.as_str())
    }
}
