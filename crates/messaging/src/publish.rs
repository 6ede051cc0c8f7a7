use std::time::Duration;

use futures::future::join_all;
use lapin::options::BasicPublishOptions;
use lapin::types::FieldTable;
use lapin::{BasicProperties, Confirmation};
use tokio::time::{Instant, timeout_at};

use crate::session::Session;
use crate::{Broker, BrokerError};

/// Longest wait for the confirms of what was published together. After it nothing is known of the message: it stays in
/// the outbox, or unacknowledged in its queue.
const CONFIRM: Duration = Duration::from_secs(5);

/// A persistent message on its way out.
pub(crate) struct Message {
    pub(crate) exchange: String,
    pub(crate) routing_key: String,
    /// Whether reaching no queue is an error.
    pub(crate) must_be_routed: bool,
    pub(crate) event_type: Option<String>,
    pub(crate) event_id: Option<String>,
    pub(crate) headers: FieldTable,
    pub(crate) body: Vec<u8>,
}

impl Message {
    fn properties(&self) -> BasicProperties {
        let mut properties = BasicProperties::default()
            .with_content_type("application/cloudevents+json".into())
            .with_delivery_mode(2) // persistent
            .with_headers(self.headers.clone());
        if let Some(id) = &self.event_id {
            properties = properties.with_message_id(id.as_str().into());
        }
        if let Some(kind) = &self.event_type {
            properties = properties.with_type(kind.as_str().into());
        }
        properties
    }
}

impl Broker {
    /// Publishes one message and waits for its confirm.
    pub(crate) async fn publish(&self, message: Message) -> Result<(), BrokerError> {
        let mut outcomes = self.publish_all(std::slice::from_ref(&message)).await;
        outcomes.pop().unwrap_or(Err(BrokerError::Unreachable))
    }

    /// Publishes `messages` in order, then waits for all their confirms; answers what became of each.
    pub(crate) async fn publish_all(&self, messages: &[Message]) -> Vec<Result<(), BrokerError>> {
        let Some(session) = self.session_now() else {
            return messages
                .iter()
                .map(|_| Err(BrokerError::Unreachable))
                .collect();
        };
        let deadline = Instant::now() + CONFIRM;
        let mut confirms = Vec::with_capacity(messages.len());
        for message in messages {
            confirms.push(send(&session, message, deadline).await);
        }
        let outcomes: Vec<_> = join_all(confirms.into_iter().map(async |sent| {
            let confirm = sent?;
            let confirmation = timeout_at(deadline, confirm)
                .await
                .map_err(|_| BrokerError::Unconfirmed)??;
            match confirmation {
                Confirmation::Ack(None) => Ok(()),
                Confirmation::Ack(Some(_)) => Err(BrokerError::Unroutable),
                Confirmation::Nack(_) | Confirmation::NotRequested => Err(BrokerError::Refused),
            }
        }))
        .await;
        // Silence without an alarm is a dead connection that nobody has noticed yet. Under an alarm it is expected.
        let silent = outcomes
            .iter()
            .any(|outcome| matches!(outcome, Err(BrokerError::Unconfirmed)));
        if silent && !session.is_blocked() {
            session.broken.cancel();
        }
        outcomes
    }
}

async fn send(
    session: &Session,
    message: &Message,
    deadline: Instant,
) -> Result<lapin::PublisherConfirm, BrokerError> {
    // What is written under an alarm piles up in this process.
    if session.is_blocked() {
        return Err(BrokerError::Blocked);
    }
    let options = BasicPublishOptions {
        mandatory: message.must_be_routed,
        immediate: false,
    };
    let publish = session.publisher.basic_publish(
        message.exchange.as_str().into(),
        message.routing_key.as_str().into(),
        options,
        &message.body,
        message.properties(),
    );
    Ok(timeout_at(deadline, publish)
        .await
        .map_err(|_| BrokerError::Unconfirmed)??)
}
