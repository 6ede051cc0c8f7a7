//! Everything that exists on the broker, as one table. Whoever connects declares all of it: declaring is idempotent, and
//! no service depends on another having been there first.
//!
//! The same on RabbitMQ 3.10 and 4.x: the queue type and the delivery limit are explicit (their defaults differ), and
//! there are no priorities, no plugins and no per-message delays.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use domain::events::{self, EventData};
use domain::webhooks;
use lapin::options::{ExchangeDeclareOptions, QueueBindOptions, QueueDeclareOptions};
use lapin::types::{AMQPValue, FieldTable, LongString};
use lapin::{Channel, ExchangeKind};
use serde::Serialize;

use crate::BrokerError;

/// Where messages lie that nobody could handle, until a person looks.
pub const PARKED: &str = "callboard.parked";

/// How often a message is handed out again after a consumer died with it, before it is parked. Every lost connection
/// counts, so it is generous; it equals the default of RabbitMQ 4.
const DELIVERY_LIMIT: i64 = 20;

/// Looking at parked messages hands them out too, and must not lose them.
const PARKED_DELIVERY_LIMIT: i64 = 1_000_000;

/// Which service has a durable queue for which event. Events that are on no line here are for live views and outside
/// consumers only; nothing is lost when nobody listens to them.
pub const CONSUMERS: [(&str, &str); 8] = [
    ("dialer", events::CallReported::TYPE),
    ("dialer", events::LeadSuppressed::TYPE),
    ("dialer", events::RunRequested::TYPE),
    ("recording-processor", events::CallCompleted::TYPE),
    ("recording-processor", events::RecordingReady::TYPE),
    ("recording-processor", events::WhatsappSessionClosed::TYPE),
    ("status-engine", events::StatusChanged::TYPE),
    ("status-engine", events::StatusSuggested::TYPE),
];

/// Which service has one durable queue for many events: its name behind that of the service, and the events.
pub const GATHERED: [(&str, &str, &[&str]); 1] =
    [("status-engine", "webhooks", &webhooks::EVENT_TYPES)];

/// The name of a service's queue for an event type.
#[must_use]
pub fn queue_name(service: &str, event_type: &str) -> String {
    format!("{service}.{event_type}")
}

/// Whether an event of this type must reach a queue: if it does not, the topology is broken and the event is kept.
#[must_use]
pub fn must_be_routed(event_type: &str) -> bool {
    let gathered = GATHERED.iter().flat_map(|(.., types)| *types);
    CONSUMERS
        .iter()
        .map(|(_, consumed)| consumed)
        .chain(gathered)
        .any(|consumed| *consumed == event_type)
}

/// The delays between attempts at a message. One queue per step: a delay per message in one queue would make the short
/// ones wait behind the long ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ladder(Vec<Duration>);

impl Ladder {
    /// A ladder with these steps, for tests that cannot wait for the real ones.
    #[must_use]
    pub fn of(steps: &[Duration]) -> Self {
        Self(steps.to_vec())
    }

    /// The exchange of the step after `retries` attempts at again; `None` above the last.
    pub(crate) fn step(&self, retries: u32) -> Option<String> {
        let delay = self.0.get(usize::try_from(retries).ok()?)?;
        Some(retry_name(*delay))
    }

    /// The exchange of the last step.
    pub(crate) fn last(&self) -> Option<String> {
        self.0.last().copied().map(retry_name)
    }
}

impl Default for Ladder {
    /// 5 s, 30 s, 2 min, 10 min.
    fn default() -> Self {
        Self([5, 30, 120, 600].map(Duration::from_secs).to_vec())
    }
}

impl fmt::Display for Ladder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let steps: Vec<_> = self.0.iter().copied().map(short).collect();
        f.write_str(&steps.join(", "))
    }
}

fn retry_name(delay: Duration) -> String {
    format!("callboard.retry.{}", short(delay))
}

fn short(delay: Duration) -> String {
    match (delay.as_secs(), delay.subsec_millis()) {
        (seconds, 0) if seconds >= 60 && seconds % 60 == 0 => format!("{}min", seconds / 60),
        (seconds, 0) => format!("{seconds}s"),
        _ => format!("{}ms", delay.as_millis()),
    }
}

/// The whole topology.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Topology {
    /// Durable exchanges: name and kind.
    pub exchanges: BTreeMap<String, &'static str>,
    /// Durable queues by name.
    pub queues: BTreeMap<String, Queue>,
}

/// One durable quorum queue.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Queue {
    /// The exchange it is bound to.
    pub exchange: String,
    /// The binding keys.
    pub keys: Vec<String>,
    /// Its arguments beside the type.
    pub arguments: BTreeMap<&'static str, Argument>,
}

/// A value of a queue's argument.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Argument {
    /// A number.
    Number(i64),
    /// A text.
    Text(&'static str),
}

/// The topology with the given retry ladder.
#[must_use]
pub fn topology(ladder: &Ladder) -> Topology {
    let mut exchanges = BTreeMap::from([
        (events::EXCHANGE.to_owned(), "topic"),
        (PARKED.to_owned(), "fanout"),
    ]);
    let mut queues = BTreeMap::new();
    for (service, event_type) in CONSUMERS {
        queues.insert(queue_name(service, event_type), of_events(&[event_type]));
    }
    for (service, name, event_types) in GATHERED {
        queues.insert(queue_name(service, name), of_events(event_types));
    }
    for delay in &ladder.0 {
        let name = retry_name(*delay);
        exchanges.insert(name.clone(), "fanout");
        queues.insert(
            name.clone(),
            Queue {
                exchange: name,
                keys: vec![String::new()],
                arguments: BTreeMap::from([
                    (
                        "x-message-ttl",
                        Argument::Number(i64::try_from(delay.as_millis()).unwrap_or(i64::MAX)),
                    ),
                    // The default exchange and the message's own routing key, which is the queue that it came from.
                    ("x-dead-letter-exchange", Argument::Text("")),
                    ("x-dead-letter-strategy", Argument::Text("at-least-once")),
                    ("x-overflow", Argument::Text("reject-publish")),
                ]),
            },
        );
    }
    queues.insert(
        PARKED.to_owned(),
        Queue {
            exchange: PARKED.to_owned(),
            keys: vec![String::new()],
            arguments: BTreeMap::from([(
                "x-delivery-limit",
                Argument::Number(PARKED_DELIVERY_LIMIT),
            )]),
        },
    );
    Topology { exchanges, queues }
}

/// A queue of a consumer.
fn of_events(event_types: &[&str]) -> Queue {
    Queue {
        exchange: events::EXCHANGE.to_owned(),
        keys: event_types.iter().map(|kind| format!("{kind}.*")).collect(),
        arguments: BTreeMap::from([
            ("x-delivery-limit", Argument::Number(DELIVERY_LIMIT)),
            ("x-dead-letter-exchange", Argument::Text(PARKED)),
            ("x-dead-letter-strategy", Argument::Text("at-least-once")),
            ("x-overflow", Argument::Text("reject-publish")),
        ]),
    }
}

/// Declares all of `topology`.
pub(crate) async fn declare(channel: &Channel, topology: &Topology) -> Result<(), BrokerError> {
    for (name, kind) in &topology.exchanges {
        let kind = match *kind {
            "topic" => ExchangeKind::Topic,
            _ => ExchangeKind::Fanout,
        };
        let options = ExchangeDeclareOptions {
            durable: true,
            ..ExchangeDeclareOptions::default()
        };
        channel
            .exchange_declare(name.as_str().into(), kind, options, FieldTable::default())
            .await?;
    }
    for (name, queue) in &topology.queues {
        let mut arguments = FieldTable::default();
        arguments.insert("x-queue-type".into(), text("quorum"));
        for (key, value) in &queue.arguments {
            let value = match value {
                Argument::Number(number) => AMQPValue::LongLongInt(*number),
                Argument::Text(value) => text(value),
            };
            arguments.insert((*key).into(), value);
        }
        channel
            .queue_declare(
                name.as_str().into(),
                QueueDeclareOptions::durable(),
                arguments,
            )
            .await?;
        for key in &queue.keys {
            channel
                .queue_bind(
                    name.as_str().into(),
                    queue.exchange.as_str().into(),
                    key.as_str().into(),
                    QueueBindOptions::default(),
                    FieldTable::default(),
                )
                .await?;
        }
    }
    Ok(())
}

fn text(value: &str) -> AMQPValue {
    AMQPValue::LongString(LongString::from(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_topology() {
        insta::assert_yaml_snapshot!(topology(&Ladder::default()));
    }

    #[test]
    fn the_ladder_ends() {
        let ladder = Ladder::default();
        assert_eq!(ladder.to_string(), "5s, 30s, 2min, 10min");
        assert_eq!(ladder.step(0).as_deref(), Some("callboard.retry.5s"));
        assert_eq!(ladder.step(3).as_deref(), Some("callboard.retry.10min"));
        assert_eq!(ladder.step(4), None);
    }

    #[test]
    fn every_consumed_event_exists() {
        let known: Vec<_> = events::schemas()
            .into_iter()
            .map(|(name, _)| name)
            .collect();
        let gathered = GATHERED.into_iter().flat_map(|(.., types)| types).copied();
        for consumed in CONSUMERS.into_iter().map(|(_, it)| it).chain(gathered) {
            assert!(known.contains(&consumed), "{consumed}");
            assert!(must_be_routed(consumed), "{consumed}");
        }
    }
}
