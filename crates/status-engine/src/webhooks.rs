//! Outgoing webhooks: events become deliveries, and deliveries are sent until they are accepted or given up.

mod housekeeping;
mod notice;
mod on_event;
mod post;
mod record;
mod sender;
mod sign;

use std::sync::Arc;

use chassis::clock::Clock;
use chassis::egress::Egress;
use chassis::lifecycle::Lifecycle;
use chassis::settings::Environment;
use messaging::Broker;
use storage::Db;
use tokio::sync::Notify;

use crate::settings::WebhookSettings;

/// Starts all of it on `lifecycle`.
///
/// # Errors
/// When the settings cannot work.
pub(crate) fn start(
    db: Db,
    broker: &Broker,
    clock: &Clock,
    settings: WebhookSettings,
    environment: Environment,
    lifecycle: &Lifecycle,
) -> anyhow::Result<()> {
    let egress = Egress::new(environment, settings.allow_loopback)?;
    let sender = Arc::new(sender::Sender {
        db,
        clock: clock.clone(),
        post: post::Post::new(settings.timeout(), egress)?,
        settings,
        written: Arc::new(Notify::new()),
        shutdown: lifecycle.shutdown_token(),
    });
    on_event::start(broker, &sender, lifecycle);
    lifecycle.spawn("webhook sender", sender::run(Arc::clone(&sender)));
    lifecycle.spawn("webhook housekeeping", housekeeping::run(sender));
    Ok(())
}
