//! Two versions of every service share the queues during a release (`proto-docs/releases.md`): an older consumer reads what a
//! newer producer raises, and the other way round.

use domain::events::{
    self, CallCompleted, CallReported, CallStarted, Envelope, EventData, LeadSuppressed,
    NotificationRequested, RecordingReady, RunFinished, RunProgress, RunRequested, StatusChanged,
    StatusSuggested, WhatsappSessionClosed,
};
use serde_json::{Map, Value, json};

/// Events with the least that the first version of their producers wrote. These never change: whoever takes a field out of one
/// to make the test pass can no longer read what lies in queues and outboxes.
fn first_versions() -> Vec<(&'static str, Value)> {
    let counts = json!({ "total_leads": 3, "queued": 3, "in_progress": 0, "completed": 0, "failed": 0, "cancelled": 0 });
    let of_run = json!({ "business_id": 7, "run_id": 9, "status": "running", "counts": counts });
    vec![
        (
            "call.completed",
            json!({ "business_id": 7, "call_sid": "CA1", "lead_id": 5, "direction": "outbound", "status": "completed",
                    "duration_seconds": 40, "ended_at": "2026-11-21T10:00:00Z" }),
        ),
        (
            "call.reported",
            json!({ "business_id": 7, "attempt_id": "0193490e-7a5e-7000-8000-000000000001", "call_sid": "CA1", "callback_id": 11 }),
        ),
        (
            "call.started",
            json!({ "business_id": 7, "call_sid": "CA1", "lead_id": 5, "direction": "inbound", "status": "in-progress",
                    "duration_seconds": 0 }),
        ),
        (
            "lead.suppressed",
            json!({ "business_id": 7, "phone_e164": "+972541234567", "origin": "spoken" }),
        ),
        (
            "notification.requested",
            json!({ "business_id": 7, "user_ids": [2], "title": "Dana", "body": "new → won", "url": "/leads/5" }),
        ),
        (
            "recording.ready",
            json!({ "business_id": 7, "call_sid": "CA1", "recording_sid": "RE1", "url": "https://carrier.test/RE1",
                    "duration_seconds": 40 }),
        ),
        ("run.finished", of_run.clone()),
        ("run.progress", of_run.clone()),
        ("run.requested", of_run),
        (
            "status.changed",
            json!({ "business_id": 7, "lead_id": 5, "to": "won", "source": "manual", "at": "2026-11-21T10:00:00Z" }),
        ),
        (
            "status.suggested",
            json!({ "business_id": 7, "lead_id": 5, "source": "call_summary", "source_event_id": "CA1", "summary": "Yes.",
                    "occurred_at": "2026-11-21T10:00:00Z" }),
        ),
        (
            "whatsapp.session.closed",
            json!({ "business_id": 7, "lead_id": 5, "session_id": 3, "canonical_key": "SM1" }),
        ),
    ]
}

fn envelope(kind: &str, data: &Value) -> Value {
    json!({
        "specversion": "1.0", "id": "0193490e-7a5e-7000-8000-000000000002", "source": "/callboard/dialer", "type": kind,
        "time": "2026-11-21T10:00:00Z", "datacontenttype": "application/json", "data": data,
    })
}

/// What today's type makes of an event, written again.
fn read(kind: &str, event: &Value) -> Result<Value, String> {
    fn of<T: EventData>(event: &Value) -> Result<Value, String> {
        let read: Envelope<T> = serde_json::from_value(event.clone()).map_err(|e| e.to_string())?;
        serde_json::to_value(read).map_err(|error| error.to_string())
    }
    match kind {
        CallCompleted::TYPE => of::<CallCompleted>(event),
        CallReported::TYPE => of::<CallReported>(event),
        CallStarted::TYPE => of::<CallStarted>(event),
        LeadSuppressed::TYPE => of::<LeadSuppressed>(event),
        NotificationRequested::TYPE => of::<NotificationRequested>(event),
        RecordingReady::TYPE => of::<RecordingReady>(event),
        RunFinished::TYPE => of::<RunFinished>(event),
        RunProgress::TYPE => of::<RunProgress>(event),
        RunRequested::TYPE => of::<RunRequested>(event),
        StatusChanged::TYPE => of::<StatusChanged>(event),
        StatusSuggested::TYPE => of::<StatusSuggested>(event),
        WhatsappSessionClosed::TYPE => of::<WhatsappSessionClosed>(event),
        other => Err(format!("{other} is not read here")),
    }
}

/// The document with a field more in every object of it.
fn with_later_fields(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let mut more: Map<_, _> = fields
                .iter()
                .map(|(name, value)| (name.clone(), with_later_fields(value)))
                .collect();
            more.insert(
                "laterfield".to_owned(),
                json!({ "of": ["a", "later", "version"] }),
            );
            Value::Object(more)
        }
        Value::Array(items) => items.iter().map(with_later_fields).collect(),
        other => other.clone(),
    }
}

#[test]
fn a_newer_consumer_reads_every_event_of_the_first_version() {
    let known: Vec<_> = events::schemas()
        .into_iter()
        .map(|(name, _)| name)
        .collect();
    let first: Vec<_> = first_versions().into_iter().map(|(name, _)| name).collect();
    assert_eq!(first, known, "every event has its first version here");
    for (kind, data) in first_versions() {
        let read = read(kind, &envelope(kind, &data)).unwrap_or_else(|why| panic!("{kind}: {why}"));
        for (field, value) in data.as_object().expect("an object") {
            assert_eq!(&read["data"][field], value, "{kind}.{field}");
        }
    }
}

#[test]
fn an_older_consumer_ignores_every_field_that_it_does_not_know() {
    for (kind, data) in first_versions() {
        let event = envelope(kind, &data);
        assert_eq!(
            read(kind, &with_later_fields(&event)),
            read(kind, &event),
            "{kind}"
        );
    }
}

#[test]
fn a_word_that_an_older_consumer_does_not_know_is_not_taken_for_another() {
    for (kind, field) in [
        ("call.completed", "status"),
        ("call.completed", "direction"),
        ("call.started", "direction"),
        ("lead.suppressed", "origin"),
        ("status.changed", "source"),
        ("status.suggested", "source"),
    ] {
        let (_, mut data) = first_versions()
            .into_iter()
            .find(|(name, _)| *name == kind)
            .expect("it is there");
        data[field] = json!("a_word_of_a_later_version");
        let refused = read(kind, &envelope(kind, &data)).expect_err(kind);
        assert!(
            refused.contains("a_word_of_a_later_version"),
            "{kind}.{field}: {refused}"
        );
    }
}
