//! Creating a call, the one request that must never be repeated in doubt: the carrier has no idempotency key for calls.

use std::time::Duration;

use reqwest::{Method, StatusCode};
use url::Url;

use super::measured::measured;
use super::{Client, bounded_body, read_rejection};
use crate::error::{CreateError, describe};
use crate::wire::Call;

/// How long the carrier may take to accept a call. Longer only delays the reconciliation of a lost answer.
const CREATE_TIMEOUT: Duration = Duration::from_secs(10);

/// Connection overrides on every webhook: five retries, on connect failures, time-outs, 4xx and 5xx. Without them a
/// callback that meets a 503 is never sent again. A fragment is neither sent nor signed (Twilio, "Connection overrides").
const RETRY_FRAGMENT: &str = "rc=5&rp=all";

/// What the carrier does when the call is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AnswerInstruction {
    /// It asks this address for TwiML.
    Url(Url),
    /// It executes this TwiML, at most 4000 characters.
    Twiml(String),
}

/// An order to call somebody. Correlation lives in the callback addresses: the carrier echoes nothing else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreateCall {
    /// The number to call, E.164.
    pub to: String,
    /// The number that calls, E.164; one that the account owns or has verified.
    pub from: String,
    /// What happens on answer.
    pub answer: AnswerInstruction,
    /// Where progress is reported: initiated, ringing, answered, completed.
    pub status_callback: Url,
    /// How long the phone may ring, seconds (at most 600; the carrier may add 5).
    pub timeout_seconds: u32,
    /// How long the call may last, seconds.
    pub time_limit_seconds: u32,
    /// Record the whole call, each side in a channel of its own, and report the recording here.
    pub record: Option<Url>,
    /// Detect answering machines while the call goes on, and report the verdict here.
    pub machine_detection: Option<MachineDetection>,
}

/// Answering machine detection beside the call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MachineDetection {
    /// Where the verdict is reported.
    pub callback: Url,
    /// Wait for the end of the machine's own message before the verdict, so that a message can be left.
    pub waits_for_beep: bool,
}

impl CreateCall {
    /// The form fields. `StatusCallbackEvent` is a repeated field, `RecordingStatusCallbackEvent` a list in one.
    fn form(&self) -> Vec<(&'static str, String)> {
        let mut form = vec![("To", self.to.clone()), ("From", self.from.clone())];
        form.push(match &self.answer {
            AnswerInstruction::Url(url) => ("Url", with_retries(url)),
            AnswerInstruction::Twiml(twiml) => ("Twiml", twiml.clone()),
        });
        form.push(("StatusCallback", with_retries(&self.status_callback)));
        for event in ["initiated", "ringing", "answered", "completed"] {
            form.push(("StatusCallbackEvent", event.to_owned()));
        }
        form.push(("Timeout", self.timeout_seconds.to_string()));
        form.push(("TimeLimit", self.time_limit_seconds.to_string()));
        if let Some(callback) = &self.record {
            form.push(("Record", "true".to_owned()));
            form.push(("RecordingChannels", "dual".to_owned()));
            form.push(("RecordingStatusCallback", with_retries(callback)));
            form.push((
                "RecordingStatusCallbackEvent",
                "completed absent".to_owned(),
            ));
        }
        if let Some(detection) = &self.machine_detection {
            let mode = if detection.waits_for_beep {
                "DetectMessageEnd"
            } else {
                "Enable"
            };
            form.push(("MachineDetection", mode.to_owned()));
            form.push(("AsyncAmd", "true".to_owned()));
            form.push(("AsyncAmdStatusCallback", with_retries(&detection.callback)));
        }
        form
    }
}

pub(crate) fn with_retries(url: &Url) -> String {
    let mut url = url.clone();
    url.set_fragment(Some(RETRY_FRAGMENT));
    url.into()
}

impl Client {
    /// Asks the carrier to place a call. An `Ok` means accepted: usually queued, nothing has rung yet.
    ///
    /// # Errors
    /// See [`CreateError`]: only after [`CreateError::NotSent`] and [`CreateError::Rejected`] is it certain that no phone
    /// rings.
    pub async fn create_call(&self, call: &CreateCall) -> Result<Call, CreateError> {
        measured("create_call", self.create(call)).await
    }

    async fn create(&self, call: &CreateCall) -> Result<Call, CreateError> {
        let response = self
            .request(Method::POST, self.url(&["Calls.json"]))
            .timeout(CREATE_TIMEOUT)
            .form(&call.form())
            .send()
            .await;
        // A test stops the process here, with the order at the carrier and its answer unread.
        #[cfg(feature = "failpoints")]
        fail::fail_point!("before_answer", |_| std::process::abort());
        let response = response.map_err(unsent_or_unknown)?;
        let status = response.status();
        // A proxy answers 408 when it gave up waiting, perhaps after it had passed the request on.
        if status.is_client_error() && status != StatusCode::REQUEST_TIMEOUT {
            return Err(read_rejection(response).await.into());
        }
        if !status.is_success() {
            return Err(unknown(format!("status {status}")));
        }
        let body = bounded_body(response).await.map_err(unknown)?;
        serde_json::from_slice(&body).map_err(|error| {
            unknown(format!(
                "status {status}, but the answer cannot be read: {error}"
            ))
        })
    }
}

fn unknown(reason: String) -> CreateError {
    CreateError::Unknown { reason }
}

/// A request that could not be built or connected was certainly not sent; after that, nothing is certain.
fn unsent_or_unknown(error: reqwest::Error) -> CreateError {
    if error.is_connect() || error.is_builder() {
        CreateError::NotSent(describe(error))
    } else {
        unknown(describe(error))
    }
}
