//! Every event that is shown outside: one transaction writes a delivery for each endpoint that wants to be told of it. The
//! same event a second time writes none, so there is nothing for the inbox to remember.

use std::sync::Arc;

use chassis::lifecycle::Lifecycle;
use domain::events::Envelope;
use messaging::{AnyData, Broker, Decision};
use storage::webhook_deliveries::{self, Message};

use super::sender::Sender;
use crate::SERVICE;
use crate::failpoint::{self, Place};
use crate::measures;

/// The queue's name behind that of the service.
const QUEUE: &str = "webhooks";

pub(super) fn start(broker: &Broker, sender: &Arc<Sender>, lifecycle: &Lifecycle) {
    let prefetch = sender.settings.prefetch;
    let sender = Arc::clone(sender);
    let consumer = broker.consume_gathered(
        SERVICE,
        QUEUE,
        prefetch,
        lifecycle.shutdown_token(),
        move |event| told(Arc::clone(&sender), event),
    );
    lifecycle.spawn("consumer of what webhooks tell", consumer);
}

async fn told(sender: Arc<Sender>, event: Envelope<AnyData>) -> Result<(), Decision> {
    let (business, now) = (event.data.business_id, sender.clock.now());
    // Our traces are nobody else's.
    let event = Envelope {
        traceparent: None,
        ..event
    };
    let message = Message {
        event_id: event.id,
        event_type: event.r#type.clone(),
        body: serde_json::to_string(&event).map_err(Decision::park)?,
    };
    let written = sender
        .db
        .tenant(business, move |tx| {
            webhook_deliveries::write(tx, now, &message)
        })
        .await?;
    if written > 0 {
        failpoint::pass(Place::Written);
        measures::WEBHOOKS_WRITTEN
            .count(&[("type", &event.r#type)])
            .increment(u64::try_from(written).unwrap_or_default());
        sender.written.notify_one();
    }
    Ok(())
}
