//! `call.reported`: the carrier sent a callback about one of our attempts.

use std::sync::Arc;

use anyhow::{Context as _, anyhow};
use carrier::callback::{AmdCallback, StatusCallback};
use domain::events::{CallReported, Envelope};
use messaging::{Broker, Decision};
use storage::calls::{self, Applied, Report};
use storage::{StorageError, inbox};

use crate::{Dialer, SERVICE};

/// Callbacks taken in at once.
const PREFETCH: u16 = 32;

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

/// Why a callback could not be taken in.
enum Failure {
    Storage(StorageError),
    /// It will never be readable.
    Unreadable(anyhow::Error),
}

impl From<StorageError> for Failure {
    fn from(error: StorageError) -> Self {
        Self::Storage(error)
    }
}

async fn take_in(dialer: Arc<Dialer>, event: Envelope<CallReported>) -> Result<(), Decision> {
    let now = dialer.clock.now();
    let look_again_at = now + dialer.pace.status_check();
    let applied = dialer
        .db
        .system(move |tx| {
            let CallReported {
                business_id,
                attempt_id,
                callback_id,
                ..
            } = event.data;
            if !inbox::first_time(tx, business_id, SERVICE, event.id)? {
                return Ok(Applied::Unchanged);
            }
            let (kind, parameters) = calls::callback_parameters(tx, business_id, callback_id)?;
            let report = read(&kind, parameters).map_err(Failure::Unreadable)?;
            Ok(calls::apply_report(
                tx,
                attempt_id,
                &report,
                now,
                look_again_at,
            )?)
        })
        .await;
    match applied {
        Ok(Applied::Ended(business)) => {
            dialer.wake.business(business);
            Ok(())
        }
        Ok(Applied::Advanced | Applied::Unchanged) => Ok(()),
        Err(Failure::Storage(error)) => Err(Decision::from(error)),
        Err(Failure::Unreadable(error)) => Err(Decision::Park(error)),
    }
}

fn read(kind: &str, parameters: serde_json::Value) -> anyhow::Result<Report> {
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
