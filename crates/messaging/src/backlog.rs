//! What waits at the broker. Every process reports every queue, so that a service that is down is seen by the others.

use std::time::Duration;

use lapin::options::QueueDeclareOptions;
use lapin::types::FieldTable;
use observe::{Label, Metric};
use tracing::debug;

use crate::BrokerError;
use crate::error::chain;
use crate::session::{Session, answer};
use crate::topology::Topology;

/// How often it is measured: a question per queue, which the broker answers from memory.
const TICK: Duration = Duration::from_secs(10);

pub(crate) const MESSAGES: Metric = Metric::shared(
    "callboard_queue_messages",
    "Messages that wait in a queue of the broker",
    &[Label::open("queue")],
);
pub(crate) const CONSUMERS: Metric = Metric::shared(
    "callboard_queue_consumers",
    "Consumers attached to a queue of the broker; 0 is right for retry and parking queues",
    &[Label::open("queue")],
);

/// Measures for as long as it is polled.
pub(crate) async fn measure(session: &Session, topology: &Topology) {
    loop {
        if let Err(error) = look(session, topology).await {
            debug!(error = chain(&error), "the queues could not be measured");
        }
        tokio::time::sleep(TICK).await;
    }
}

/// On a channel of its own: asking for a queue that is gone closes it.
async fn look(session: &Session, topology: &Topology) -> Result<(), BrokerError> {
    let channel = session.channel().await?;
    let options = QueueDeclareOptions {
        passive: true,
        ..QueueDeclareOptions::default()
    };
    for name in topology.queues.keys() {
        let declared = channel.queue_declare(name.as_str().into(), options, FieldTable::default());
        let queue = answer(declared).await?;
        let label = [("queue", name.as_str())];
        MESSAGES.level(&label).set(queue.message_count());
        CONSUMERS.level(&label).set(queue.consumer_count());
    }
    answer(channel.close(200, "done".into())).await
}
