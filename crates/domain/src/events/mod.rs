//! The events, one file each, and the CloudEvents 1.0 envelope that carries them. The types are the truth: the JSON
//! Schemas in `proto-docs/events/` are generated from them.

mod call_completed;
mod call_reported;
mod call_started;
mod lead_suppressed;
mod notification_requested;
mod recording_ready;
mod run_finished;
mod run_progress;
mod run_requested;
mod status_changed;
mod status_suggested;
mod webhook_test;
mod whatsapp_session_closed;

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use call_completed::{CallCompleted, RecordingReference};
pub use call_reported::CallReported;
pub use call_started::CallStarted;
pub use lead_suppressed::{LeadSuppressed, SuppressionOrigin};
pub use notification_requested::NotificationRequested;
pub use recording_ready::RecordingReady;
pub use run_finished::RunFinished;
pub use run_progress::RunProgress;
pub use run_requested::{RunCounts, RunRequested};
pub use status_changed::{ChangeSource, StatusChanged};
pub use status_suggested::{StatusSuggested, SuggestionSource};
pub use webhook_test::WebhookTest;
pub use whatsapp_session_closed::WhatsappSessionClosed;

use crate::ids::BusinessId;

/// The topic exchange that every event goes through.
pub const EXCHANGE: &str = "callboard.events";

/// What an event says. Implemented by one struct per event type.
pub trait EventData: Serialize + DeserializeOwned + JsonSchema + Send + Sync + 'static {
    /// The CloudEvents `type`, for example `call.completed`.
    const TYPE: &'static str;

    /// The tenant that it is about.
    fn business_id(&self) -> BusinessId;
}

/// An event as it travels: CloudEvents 1.0, structured JSON. Unknown attributes are ignored, so that a newer producer
/// and an older consumer can run side by side (`proto-docs/releases.md`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Envelope<T> {
    /// Always `1.0`.
    pub specversion: String,
    /// Unique per event; what consumers deduplicate by.
    pub id: Uuid,
    /// The service that raised it, as `/callboard/<service>`.
    pub source: String,
    /// The event type, for example `call.completed`.
    pub r#type: String,
    /// When it was raised.
    pub time: DateTime<Utc>,
    /// Always `application/json`.
    pub datacontenttype: String,
    /// W3C trace context of what caused it (CloudEvents distributed tracing extension).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub traceparent: Option<String>,
    /// What happened.
    pub data: T,
}

impl<T: EventData> Envelope<T> {
    /// Wraps `data`, raised by `service` at `time`, with a new id.
    #[must_use]
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that mints event ids"
    )]
    pub fn new(service: &str, time: DateTime<Utc>, data: T) -> Self {
        Self {
            specversion: "1.0".to_owned(),
            id: Uuid::now_v7(),
            source: format!("/callboard/{service}"),
            r#type: T::TYPE.to_owned(),
            time,
            datacontenttype: "application/json".to_owned(),
            traceparent: None,
            data,
        }
    }
}

/// The key by which an event is routed: `<type>.<business_id>`.
#[must_use]
pub fn routing_key(event_type: &str, business: BusinessId) -> String {
    format!("{event_type}.{business}")
}

/// Every event type with the JSON Schema of its envelope, in alphabetical order.
#[must_use]
pub fn schemas() -> Vec<(&'static str, schemars::Schema)> {
    fn of<T: EventData>() -> (&'static str, schemars::Schema) {
        (T::TYPE, schemars::schema_for!(Envelope<T>))
    }
    vec![
        of::<CallCompleted>(),
        of::<CallReported>(),
        of::<CallStarted>(),
        of::<LeadSuppressed>(),
        of::<NotificationRequested>(),
        of::<RecordingReady>(),
        of::<RunFinished>(),
        of::<RunProgress>(),
        of::<RunRequested>(),
        of::<StatusChanged>(),
        of::<StatusSuggested>(),
        of::<WhatsappSessionClosed>(),
    ]
}

/// Implements [`EventData`] for a struct with a `business_id`.
macro_rules! event {
    ($name:ident, $type:literal) => {
        impl super::EventData for $name {
            const TYPE: &'static str = $type;

            fn business_id(&self) -> crate::ids::BusinessId {
                self.business_id
            }
        }
    };
}
use event;

#[cfg(test)]
mod hostile_tests;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::RunId;

    #[test]
    fn an_event_reads_back_and_ignores_what_it_does_not_know() {
        let counts = RunCounts {
            total_leads: 3,
            queued: 3,
            ..RunCounts::default()
        };
        let event = Envelope::new(
            "api-gateway",
            DateTime::UNIX_EPOCH,
            RunRequested {
                business_id: BusinessId(7),
                run_id: RunId(9),
                status: "pending".into(),
                counts,
            },
        );
        let mut json = serde_json::to_value(&event).expect("serialises");
        json["someextension"] = serde_json::json!("new");
        json["data"]["later_field"] = serde_json::json!(1);
        let back: Envelope<RunRequested> = serde_json::from_value(json).expect("reads back");
        assert_eq!(back, event);
        assert_eq!(
            routing_key(RunRequested::TYPE, event.data.business_id()),
            "run.requested.7"
        );
    }

    #[test]
    fn schemas_are_listed_once_in_order() {
        let types: Vec<_> = schemas().into_iter().map(|(name, _)| name).collect();
        let mut sorted = types.clone();
        sorted.sort_unstable();
        sorted.dedup();
        assert_eq!(types, sorted);
    }
}
