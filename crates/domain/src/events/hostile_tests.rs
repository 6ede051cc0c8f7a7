//! What may lie in a queue: any bytes, and events that somebody has changed.

use chrono::DateTime;
use proptest::prelude::*;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::*;
use crate::ids::LeadId;

/// Whether anything is read from the bytes as an event of each type; the answer is of no matter, that there is one is.
fn read_as_each(bytes: &[u8]) -> [bool; 12] {
    fn is<T: EventData + DeserializeOwned>(bytes: &[u8]) -> bool {
        serde_json::from_slice::<Envelope<T>>(bytes).is_ok()
    }
    [
        is::<CallCompleted>(bytes),
        is::<CallReported>(bytes),
        is::<CallStarted>(bytes),
        is::<LeadSuppressed>(bytes),
        is::<NotificationRequested>(bytes),
        is::<RecordingReady>(bytes),
        is::<RunFinished>(bytes),
        is::<RunProgress>(bytes),
        is::<RunRequested>(bytes),
        is::<StatusChanged>(bytes),
        is::<StatusSuggested>(bytes),
        is::<WhatsappSessionClosed>(bytes),
    ]
}

fn suggestion() -> Value {
    let suggested = StatusSuggested {
        business_id: BusinessId(7),
        lead_id: LeadId(9),
        source: SuggestionSource::CallSummary,
        source_event_id: "CA1".to_owned(),
        direction: None,
        summary: "Interested. [Recommendation: Interested]".to_owned(),
        recommendation: Some("Interested".to_owned()),
        confidence: Some(0.9),
        outcome: None,
        service: None,
        city: None,
        follow_up_at: None,
        dropped_label: None,
        occurred_at: DateTime::UNIX_EPOCH,
    };
    let event = Envelope::new("recording-processor", DateTime::UNIX_EPOCH, suggested);
    serde_json::to_value(event).expect("serialises")
}

fn anything() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        prop::collection::vec(any::<i64>(), 0..3).prop_map(Value::from),
        any::<String>().prop_map(|key| json!({ key: {} })),
    ]
}

proptest! {
    #[test]
    fn no_bytes_bring_a_consumer_down(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        prop_assert_eq!(read_as_each(&bytes), [false; 12]);
    }

    #[test]
    fn a_changed_event_is_refused_or_stays_with_its_tenant(
        field in prop::sample::select(vec![
            "specversion", "id", "source", "type", "time", "datacontenttype", "traceparent", "data/lead_id", "data/source",
            "data/source_event_id", "data/direction", "data/summary", "data/recommendation", "data/confidence", "data/outcome",
            "data/follow_up_at", "data/occurred_at", "data/unheard_of", "unheard_of",
        ]),
        other in anything(),
    ) {
        let mut event = suggestion();
        match field.strip_prefix("data/") {
            Some(field) => event["data"][field] = other,
            None => event[field] = other,
        }
        if let Ok(read) = serde_json::from_value::<Envelope<StatusSuggested>>(event) {
            prop_assert_eq!(read.data.business_id(), BusinessId(7));
        }
    }

    #[test]
    fn a_tenant_is_a_number_and_nothing_else(other in anything()) {
        let mut event = suggestion();
        let number = other.as_i64();
        event["data"]["business_id"] = other;
        let read = serde_json::from_value::<Envelope<StatusSuggested>>(event).ok();
        prop_assert_eq!(read.map(|event| event.data.business_id().0), number);
    }
}
