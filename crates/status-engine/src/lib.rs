#![doc = include_str!("../README.md")]

mod again;
mod analytics;
mod classifiers;
mod delivery;
mod digests;
mod failpoint;
mod handle;
mod letter;
mod mailer;
mod measures;
mod notify;
mod on_status_changed;
mod on_status_suggested;
mod opt_out;
mod pushes;
mod settings;
mod ticking;
mod webhooks;

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::Context as _;
use chassis::clock::Clock;
use chassis::lifecycle::Lifecycle;
use chassis::probes::{self, Probes};
use messaging::Broker;
use secrecy::ExposeSecret as _;
use storage::{Db, DbSettings, ServiceRole};

pub use measures::METRICS;
pub use settings::{Analytics, DEFAULTS, Notifications, Settings, WebhookSettings, Work};

/// The service's name in events, queues and logs.
const SERVICE: &str = "status-engine";

/// A running status engine.
#[derive(Debug, Clone, Copy)]
pub struct App {
    /// Where its probes and metrics are.
    pub probes: SocketAddr,
}

/// Starts a status engine on `lifecycle`.
///
/// # Errors
/// When the settings cannot work or the probes' port is taken.
pub async fn build(settings: Settings, clock: Clock, lifecycle: &Lifecycle) -> anyhow::Result<App> {
    for metrics in [&METRICS[..], &storage::METRICS, &messaging::METRICS] {
        chassis::telemetry::describe(metrics);
    }
    measures::begin();
    let db = Db::new(&DbSettings {
        url: settings.database.url.expose_secret().to_owned(),
        role: ServiceRole::StatusEngine,
        pool_size: settings.database.pool_size,
        reads: 0,
    });
    let broker = Broker::new(settings.broker.url.expose_secret());
    let shutdown = lifecycle.shutdown_token();
    lifecycle.spawn("broker", {
        let (broker, shutdown) = (broker.clone(), shutdown.clone());
        async move { broker.run(shutdown).await }
    });
    lifecycle.spawn(
        "relay",
        messaging::relay::run(db.clone(), broker.clone(), shutdown),
    );
    on_status_suggested::start(&db, &broker, &clock, settings.work, lifecycle);
    let of_webhooks = Db::new(&DbSettings {
        url: settings.database.url.expose_secret().to_owned(),
        role: ServiceRole::StatusEngine,
        pool_size: settings.webhooks.pool_size,
        reads: 0,
    });
    webhooks::start(
        of_webhooks,
        &broker,
        &clock,
        settings.webhooks,
        settings.environment,
        lifecycle,
    )?;
    on_status_changed::start(&db, &broker, &clock, settings.work, lifecycle);
    delivery::start(&settings, &db, &clock, lifecycle)?;
    let tick = Duration::try_from_secs_f64(settings.analytics.tick_seconds)
        .context("CALLBOARD__ANALYTICS__TICK_SECONDS")?;
    lifecycle.spawn(
        "analytics",
        analytics::run(db.clone(), tick, lifecycle.shutdown_token()),
    );

    let ping = move || {
        let db = db.clone();
        async move { Ok(db.ping().await?) }
    };
    let checks = probes::readiness(ping, move || broker.is_ready());
    let probes = Probes::bind(settings.probes.bind, lifecycle.clone(), checks)?;
    Ok(App { probes })
}
