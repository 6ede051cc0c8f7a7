#![doc = include_str!("../README.md")]

mod congestion;
mod dial;
pub mod engine;
mod failpoint;
mod hang_up;
mod load;
mod on_call_reported;
mod on_lead_suppressed;
mod on_run_requested;
mod reconcile;
mod settings;
mod sweep;
mod voicemail;

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::Context as _;
use carrier::Client;
use chassis::clock::Clock;
use chassis::lifecycle::Lifecycle;
use chassis::probes::{self, Probes};
use chassis::settings::Environment;
use domain::public_host::PublicHost;
use messaging::Broker;
use observe::Metric;
use secrecy::ExposeSecret as _;
use storage::{Db, DbSettings, ServiceRole};
use tokio::sync::Semaphore;

pub use settings::{CarrierSettings, DEFAULTS, Pace, Settings};

use congestion::Congestion;
use engine::Engine;

/// The service's name in events, queues and logs.
const SERVICE: &str = "dialer";

/// Where a development gateway listens, when nothing else is said.
const DEVELOPMENT_HOST: &str = "http://127.0.0.1:8080";

/// What is measured here and nowhere else.
pub const METRICS: [&[Metric]; 2] = [
    &[
        engine::IDLE,
        engine::ENDED,
        engine::PAUSED,
        dial::DIALS,
        reconcile::RECONCILIATIONS,
        voicemail::VOICEMAILS,
    ],
    &load::METRICS,
];

/// A running dialer.
#[derive(Debug, Clone, Copy)]
pub struct App {
    /// Where its probes and metrics are.
    pub probes: SocketAddr,
}

/// What the parts of the dialer share.
struct Dialer {
    db: Db,
    carrier: Client,
    /// Callback addresses; without them no run may start.
    host: Result<PublicHost, &'static str>,
    clock: Clock,
    engine: Engine,
    /// Requests to create a call that may be under way at once.
    creates: Semaphore,
    congestion: Congestion,
    pace: Pace,
    lifecycle: Lifecycle,
}

impl Dialer {
    /// Why this installation cannot dial, where that is so.
    fn cannot_dial(&self) -> Option<&'static str> {
        self.host.as_ref().err().copied()
    }
}

/// Starts a dialer on `lifecycle`.
///
/// # Errors
/// When the settings cannot work or the probes' port is taken.
pub async fn build(settings: Settings, clock: Clock, lifecycle: &Lifecycle) -> anyhow::Result<App> {
    for metrics in METRICS.into_iter().chain([
        &storage::METRICS[..],
        &messaging::METRICS,
        &carrier::METRICS,
    ]) {
        chassis::telemetry::describe(metrics);
    }
    let host = match settings.public_host.as_deref().map(str::trim) {
        Some(host) if !host.is_empty() => Ok(PublicHost::parse(host).context("PUBLIC_HOST")?),
        _ if settings.environment == Environment::Production => Err("No public host configured"),
        _ => Ok(PublicHost::parse(DEVELOPMENT_HOST)?),
    };
    let db = Db::new(&DbSettings {
        url: settings.database.url.expose_secret().to_owned(),
        role: ServiceRole::Dialer,
        pool_size: settings.database.pool_size,
        reads: 0,
    });
    let broker = Broker::new(settings.broker.url.expose_secret());
    let dialer = Arc::new(Dialer {
        engine: Engine::new(db.clone(), clock.clone(), settings.engine()),
        carrier: settings.carrier.client()?,
        db: db.clone(),
        host,
        creates: Semaphore::new(settings.dialer.creates_at_once),
        congestion: Congestion::default(),
        clock,
        pace: settings.dialer,
        lifecycle: lifecycle.clone(),
    });

    let shutdown = lifecycle.shutdown_token();
    lifecycle.spawn("broker", {
        let (broker, shutdown) = (broker.clone(), shutdown.clone());
        async move { broker.run(shutdown).await }
    });
    lifecycle.spawn(
        "relay",
        messaging::relay::run(db.clone(), broker.clone(), shutdown),
    );
    on_run_requested::start(&dialer, &broker);
    on_call_reported::start(&dialer, &broker);
    on_lead_suppressed::start(&dialer, &broker);
    lifecycle.spawn("engine", {
        let (engine, dialer) = (dialer.engine.clone(), Arc::clone(&dialer));
        let shutdown = lifecycle.shutdown_token();
        let spawning = lifecycle.clone();
        engine.run(shutdown, move |claimed| {
            spawning.spawn("dial", dial::dial(Arc::clone(&dialer), claimed));
        })
    });
    lifecycle.spawn("sweep", sweep::run(Arc::clone(&dialer)));
    lifecycle.spawn("load", load::run(Arc::clone(&dialer)));
    lifecycle.spawn("reconcile", reconcile::run(dialer));

    let ping = move || {
        let db = db.clone();
        async move { Ok(db.ping().await?) }
    };
    let checks = probes::readiness(ping, move || broker.is_ready());
    let probes = Probes::bind(settings.probes.bind, lifecycle.clone(), checks)?;
    Ok(App { probes })
}
