//! How long the carrier takes, and what it refuses.

use std::time::Instant;

use observe::{Label, Metric};

use crate::error::{CreateError, DownloadError, Rejection, RejectionClass, RequestError};

const REQUESTS: Metric = Metric::seconds(
    "callboard_carrier_request_seconds",
    "How long the carrier took to answer",
    &[
        OPERATION,
        Label::of("outcome", &["ok", "not_found", "rejected", "unavailable"]),
    ],
);
const ERRORS: Metric = Metric::counter(
    "callboard_carrier_errors_total",
    "Refusals of the carrier by its own code; `other` for codes that change nothing here, `none` where it named none",
    &[OPERATION, Label::open("code")],
);
const OPERATION: Label = Label::of(
    "operation",
    &[
        "create_call",
        "fetch_call",
        "list_calls",
        "update_call",
        "list_recordings",
        "fetch_recording",
        "delete_recording",
    ],
);

/// What is measured of the carrier.
pub const METRICS: [Metric; 2] = [REQUESTS, ERRORS];

/// Why a request failed, as far as it is counted.
pub(super) trait Fault {
    /// The outcome, and the refusal where it was one.
    fn fault(&self) -> (&'static str, Option<&Rejection>);
}

impl Fault for CreateError {
    fn fault(&self) -> (&'static str, Option<&Rejection>) {
        match self {
            Self::Rejected(rejection) => ("rejected", Some(rejection)),
            Self::NotSent(_) | Self::Unknown { .. } => ("unavailable", None),
        }
    }
}

impl Fault for RequestError {
    fn fault(&self) -> (&'static str, Option<&Rejection>) {
        match self {
            Self::NotFound => ("not_found", None),
            Self::Rejected(rejection) => ("rejected", Some(rejection)),
            Self::Unavailable { .. } => ("unavailable", None),
        }
    }
}

impl Fault for DownloadError {
    fn fault(&self) -> (&'static str, Option<&Rejection>) {
        match self {
            Self::NotYet => ("not_found", None),
            Self::Rejected(rejection) => ("rejected", Some(rejection)),
            Self::ForeignHost | Self::TooLarge { .. } | Self::Unavailable { .. } => {
                ("unavailable", None)
            }
        }
    }
}

/// Asks, and counts how it went.
pub(super) async fn measured<T, E: Fault>(
    operation: &'static str,
    request: impl Future<Output = Result<T, E>>,
) -> Result<T, E> {
    let asked = Instant::now();
    let answer = request.await;
    let (outcome, rejection) = match &answer {
        Ok(_) => ("ok", None),
        Err(error) => error.fault(),
    };
    let labels = [("operation", operation), ("outcome", outcome)];
    REQUESTS.timing(&labels).record(asked.elapsed());
    if let Some(rejection) = rejection {
        let code = code_of(rejection);
        ERRORS
            .count(&[("operation", operation), ("code", &code)])
            .increment(1);
    }
    answer
}

/// The codes that we act on, which are few; the carrier has hundreds.
fn code_of(rejection: &Rejection) -> String {
    match rejection.code {
        None => "none".to_owned(),
        Some(code) if RejectionClass::of(0, Some(code)) == RejectionClass::Terminal => {
            "other".to_owned()
        }
        Some(code) => code.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case(br#"{"code": 21211}"#, "21211")]
    #[case(br#"{"code": 99999}"#, "other")]
    #[case(b"no", "none")]
    fn codes_are_few(#[case] body: &[u8], #[case] code: &str) {
        assert_eq!(code_of(&Rejection::read(429, None, body)), code);
    }
}
