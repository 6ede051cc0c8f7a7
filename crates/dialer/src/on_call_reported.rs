//! `call.reported`: the carrier sent a callback about one of our attempts.

use std::sync::Arc;

use anyhow::{Context as _, anyhow};
use carrier::callback::{AmdCallback, StatusCallback};
use domain::events::{CallReported, Envelope};
use messaging::{Broker, Decision};
use storage::calls::{Applied, Report};

use crate::engine::Failure;
use crate::{Dialer, SERVICE, voicemail};

/// Callbacks taken in at once: as many as may wait while a turn is at the database.
const PREFETCH: u16 = 500;

pub(crate) fn start(dialer: &Arc<Dialer>, broker: &Broker) {
    let shared = Arc::clone(dialer);
    let consumer = broker.consume::<CallReported>(
        SERVICE,
        PREFETCH,
        dialer.lifecycle.shutdown_token(),
        move |event| take_in(Arc::clone(&shared), event),
    );
    dialer
        .lifecycle
        .spawn("consumer of call.reported", consumer);
}

async fn take_in(dialer: Arc<Dialer>, event: Envelope<CallReported>) -> Result<(), Decision> {
    let CallReported {
        business_id,
        attempt_id,
        ..
    } = event.data;
    let taken_in = dialer.engine.callback(&event).await;
    match taken_in {
        Ok(Applied::NotOurs) => Err(Decision::Park(anyhow!("there is no such attempt"))),
        Ok(Applied::MachineAnswered) => {
            voicemail::act(&dialer, business_id, attempt_id).await;
            Ok(())
        }
        Ok(_) => Ok(()),
        Err(Failure::Storage(error)) => Err(Decision::from(error)),
        Err(error @ Failure::Unreadable(_)) => Err(Decision::Park(error.into())),
    }
}

/// What a stored callback says of its call.
pub(crate) fn read(kind: &str, parameters: serde_json::Value) -> anyhow::Result<Report> {
    let fields: Vec<(String, String)> = serde_json::from_value(parameters)
        .context("the stored callback is not a list of fields")?;
    match kind {
        "status" => {
            let callback = StatusCallback::parse(&fields)?;
            Ok(Report {
                call_sid: callback.call_sid.as_str().to_owned(),
                status: Some(callback.status),
                duration_seconds: callback
                    .duration_seconds
                    .and_then(|seconds| i32::try_from(seconds).ok()),
                answered_by: callback.answered_by,
            })
        }
        "amd" => {
            let callback = AmdCallback::parse(&fields)?;
            Ok(Report {
                call_sid: callback.call_sid.as_str().to_owned(),
                answered_by: Some(callback.answered_by),
                ..Report::default()
            })
        }
        other => Err(anyhow!(
            "a callback of kind {other} says nothing about a call's progress"
        )),
    }
}

#[cfg(test)]
mod tests {
    use domain::call::{AnsweredBy, CallStatus};
    use serde_json::json;

    use super::*;

    #[test]
    fn a_status_callback_is_read_with_its_duration() {
        let fields = json!([
            ["CallSid", format!("CA{}", "0".repeat(32))],
            ["CallStatus", "completed"],
            ["CallDuration", "42"]
        ]);
        let report = read("status", fields).expect("reads");
        assert_eq!(report.status, Some(CallStatus::Completed));
        assert_eq!(report.duration_seconds, Some(42));
    }

    #[test]
    fn a_machine_verdict_moves_no_status() {
        let fields = json!([
            ["CallSid", format!("CA{}", "0".repeat(32))],
            ["AnsweredBy", "machine_end_beep"]
        ]);
        let report = read("amd", fields).expect("reads");
        assert_eq!(
            (report.status, report.answered_by),
            (None, Some(AnsweredBy::Machine))
        );
    }

    #[test]
    fn what_is_no_report_is_refused() {
        assert!(read("whatsapp", json!([])).is_err());
        assert!(read("status", json!({"CallSid": 1})).is_err());
        assert!(read("status", json!([["CallSid", "x"]])).is_err());
    }
}
