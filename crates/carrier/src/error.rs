//! What can go wrong when the carrier is asked, sorted by what the caller may do next.

use std::fmt;
use std::time::Duration;

use serde::Deserialize;

use crate::sid::InvalidSid;

/// Why a call was not certainly created. The three variants are the three things that a caller may believe.
#[derive(Debug, thiserror::Error)]
pub enum CreateError {
    /// The request never reached the carrier (connection refused, name not found): no call exists.
    #[error("the carrier could not be reached: {0}")]
    NotSent(String),
    /// The carrier answered that it will not place this call: no call exists.
    #[error(transparent)]
    Rejected(#[from] Rejection),
    /// Nobody can tell whether a phone rings: time-out, reset, 5xx, or an answer that cannot be read. Never dial again
    /// on this; ask the carrier.
    #[error("it is not known whether the carrier placed the call: {reason}")]
    Unknown {
        /// What happened, without numbers or secrets.
        reason: String,
    },
}

/// Why a question or an order about an existing resource failed. All of these may be asked again.
#[derive(Debug, thiserror::Error)]
pub enum RequestError {
    /// The carrier does not know the resource (or not yet: its reads lag behind its callbacks).
    #[error("the carrier does not know this resource")]
    NotFound,
    /// The carrier refused.
    #[error(transparent)]
    Rejected(#[from] Rejection),
    /// No usable answer came: not reachable, time-out, 5xx, or a body that cannot be read.
    #[error("the carrier gave no usable answer: {reason}")]
    Unavailable {
        /// What happened, without numbers or secrets.
        reason: String,
    },
}

impl RequestError {
    /// True when the same request may succeed later.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::NotFound => false,
            Self::Rejected(rejection) => rejection.class == RejectionClass::BackOff,
            Self::Unavailable { .. } => true,
        }
    }

    pub(crate) fn unavailable(reason: impl Into<String>) -> Self {
        Self::Unavailable {
            reason: reason.into(),
        }
    }
}

/// Why a recording could not be fetched.
#[derive(Debug, thiserror::Error)]
pub enum DownloadError {
    /// The address is not on the configured carrier: our credentials are not shown to anyone else.
    #[error("the recording's address is not on the configured carrier")]
    ForeignHost,
    /// The carrier has no such media, or not yet: it takes a while after the call. Try again later.
    #[error("the recording is not there yet")]
    NotYet,
    /// The media is larger than the caller allows.
    #[error("the recording is larger than {max_bytes} bytes")]
    TooLarge {
        /// What the caller allowed.
        max_bytes: u64,
    },
    /// The carrier refused.
    #[error(transparent)]
    Rejected(#[from] Rejection),
    /// No usable answer came, or it broke off.
    #[error("the carrier gave no usable answer: {reason}")]
    Unavailable {
        /// What happened, without numbers or secrets.
        reason: String,
    },
}

impl DownloadError {
    /// True when the same download may succeed later.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::ForeignHost | Self::TooLarge { .. } => false,
            Self::NotYet | Self::Unavailable { .. } => true,
            Self::Rejected(rejection) => rejection.class == RejectionClass::BackOff,
        }
    }
}

/// A definite no of the carrier (HTTP 4xx).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejection {
    /// HTTP status, 400 to 499.
    pub http_status: u16,
    /// The carrier's own code (Twilio error dictionary), where the body told one.
    pub code: Option<u32>,
    /// What to do about it.
    pub class: RejectionClass,
    /// How long the carrier asks us to wait.
    pub retry_after: Option<Duration>,
    /// The carrier's sentence with phone numbers masked; for people, never for decisions.
    pub message: String,
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the carrier refused with status {}", self.http_status)?;
        if let Some(code) = self.code {
            write!(f, ", code {code}")?;
        }
        if self.message.is_empty() {
            Ok(())
        } else {
            write!(f, ": {}", self.message)
        }
    }
}

impl std::error::Error for Rejection {}

/// What a refusal means for the work at hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RejectionClass {
    /// The tenant's account cannot call at all: bad credentials, suspended, no funds, trial limits.
    StopTenant,
    /// This run's caller number cannot be used.
    StopRun,
    /// Calls to the destination's country are not permitted.
    StopCountry,
    /// The lead's number is not a number that can be called.
    LeadInvalid,
    /// The carrier blocks calls to the lead's number.
    LeadBlocked,
    /// Too much at once; nothing was processed and the same attempt may be made later.
    BackOff,
    /// We built a request that can never work.
    OurBug,
    /// Any other definite no: this attempt has failed and repeating it will not help.
    Terminal,
}

impl RejectionClass {
    /// Classifies by the carrier's code, and by the HTTP status where there is none (Twilio error dictionary).
    #[must_use]
    pub const fn of(http_status: u16, code: Option<u32>) -> Self {
        match code {
            Some(20003 | 20005 | 10001 | 21219) => Self::StopTenant,
            Some(21210 | 21212) => Self::StopRun,
            Some(21215 | 13227) => Self::StopCountry,
            Some(21211 | 21214 | 21217) => Self::LeadInvalid,
            Some(21216) => Self::LeadBlocked,
            Some(20429 | 10004) => Self::BackOff,
            Some(21201 | 21205 | 21208 | 21209 | 21213 | 21218 | 21234 | 21609 | 21626) => {
                Self::OurBug
            }
            Some(_) | None => match http_status {
                401 => Self::StopTenant,
                429 => Self::BackOff,
                _ => Self::Terminal,
            },
        }
    }
}

/// The part of an error body that every product of the carrier has; older and newer shapes differ in the rest.
#[derive(Debug, Default, Deserialize)]
struct ErrorBody {
    #[serde(default, deserialize_with = "crate::wire::lenient::opt_number")]
    code: Option<u32>,
    #[serde(default)]
    message: Option<String>,
    #[serde(default)]
    detail: Option<String>,
    #[serde(default)]
    title: Option<String>,
}

impl Rejection {
    /// Reads a refusal from its parts. A body that is not JSON (a proxy's page) is a refusal without a code.
    pub(crate) fn read(http_status: u16, retry_after: Option<&str>, body: &[u8]) -> Self {
        let parsed: ErrorBody = serde_json::from_slice(body).unwrap_or_default();
        let message = [parsed.message, parsed.title, parsed.detail]
            .into_iter()
            .flatten()
            .find(|text| !text.is_empty())
            .unwrap_or_default();
        Self {
            http_status,
            code: parsed.code,
            class: RejectionClass::of(http_status, parsed.code),
            retry_after: retry_after
                .and_then(|seconds| seconds.trim().parse().ok())
                .map(Duration::from_secs),
            message: mask_numbers(&message),
        }
    }
}

/// Replaces runs of seven digits and more, so that a refusal can be logged and kept without the lead's number.
fn mask_numbers(text: &str) -> String {
    const SHORTEST_NUMBER: usize = 7;
    let mut masked = String::with_capacity(text.len());
    let mut digits = String::new();
    for c in text.chars().chain(std::iter::once('\0')) {
        if c.is_ascii_digit() {
            digits.push(c);
            continue;
        }
        if digits.len() >= SHORTEST_NUMBER {
            masked.push('…');
        } else {
            masked.push_str(&digits);
        }
        digits.clear();
        if c != '\0' {
            masked.push(c);
        }
    }
    masked
}

/// Says what a transport error was without the URL, which carries our account and attempt ids.
pub(crate) fn describe(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut text = error.to_string();
    let mut source = std::error::Error::source(&error);
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}

impl From<InvalidSid> for RequestError {
    fn from(error: InvalidSid) -> Self {
        Self::unavailable(error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case(401, Some(20003), RejectionClass::StopTenant)]
    #[case(403, Some(20005), RejectionClass::StopTenant)]
    #[case(403, Some(10001), RejectionClass::StopTenant)]
    #[case(400, Some(21219), RejectionClass::StopTenant)]
    #[case(401, None, RejectionClass::StopTenant)]
    #[case(404, Some(20404), RejectionClass::Terminal)]
    #[case(429, Some(20429), RejectionClass::BackOff)]
    #[case(429, None, RejectionClass::BackOff)]
    #[case(400, Some(10004), RejectionClass::BackOff)]
    #[case(400, Some(21210), RejectionClass::StopRun)]
    #[case(400, Some(21212), RejectionClass::StopRun)]
    #[case(400, Some(21215), RejectionClass::StopCountry)]
    #[case(400, Some(13227), RejectionClass::StopCountry)]
    #[case(400, Some(21211), RejectionClass::LeadInvalid)]
    #[case(400, Some(21214), RejectionClass::LeadInvalid)]
    #[case(400, Some(21217), RejectionClass::LeadInvalid)]
    #[case(400, Some(21216), RejectionClass::LeadBlocked)]
    #[case(400, Some(21205), RejectionClass::OurBug)]
    #[case(400, Some(21218), RejectionClass::OurBug)]
    #[case(400, Some(21626), RejectionClass::OurBug)]
    #[case(400, Some(99999), RejectionClass::Terminal)]
    #[case(400, None, RejectionClass::Terminal)]
    fn every_code_of_the_table_has_its_class(
        #[case] status: u16,
        #[case] code: Option<u32>,
        #[case] class: RejectionClass,
    ) {
        assert_eq!(RejectionClass::of(status, code), class);
    }

    #[test]
    fn a_refusal_does_not_repeat_the_number() {
        let body = br#"{"code":21211,"message":"The phone number +972541234567 is not valid"}"#;
        let rejection = Rejection::read(400, Some("3"), body);
        assert_eq!(rejection.message, "The phone number +\u{2026} is not valid");
        assert_eq!(rejection.retry_after, Some(Duration::from_secs(3)));
        assert_eq!(
            rejection.to_string(),
            "the carrier refused with status 400, code 21211: The phone number +\u{2026} is not valid"
        );
    }

    #[test]
    fn newer_products_answer_problem_documents() {
        let body = br#"{"type":"about:blank","title":"Too many requests","status":429,"code":"20429","detail":"x"}"#;
        let rejection = Rejection::read(429, None, body);
        assert_eq!(rejection.code, Some(20429));
        assert_eq!(rejection.message, "Too many requests");
    }
}
