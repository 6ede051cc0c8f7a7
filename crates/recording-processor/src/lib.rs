#![doc = include_str!("../README.md")]

mod announce;
mod cut;
mod dialogue;
mod failpoint;
mod listen;
mod measures;
mod media;
mod missing;
mod on_call_completed;
mod on_recording_ready;
mod on_whatsapp_session_closed;
mod outcome;
mod pieces;
mod retention;
mod server;
mod settings;
mod steps;
mod suggest;
mod transcribe;
mod wav;
mod work_loop;
mod written;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use carrier::Client;
use chassis::clock::Clock;
use chassis::lifecycle::Lifecycle;
use chassis::probes::{self, Probes};
use messaging::Broker;
use rand::Rng as _;
use secrecy::ExposeSecret as _;
use storage::{Db, DbSettings, ServiceRole};
use tokio::sync::Notify;

pub use measures::METRICS;
pub use settings::{
    CarrierSettings, DEFAULTS, ModelSettings, Retention, Settings, SpeechSettings, Work,
};

use listen::Speech;
use media::Media;

/// The service's name in events, queues and logs.
const SERVICE: &str = "recording-processor";

/// The carrier's API answers in seconds; downloads have a time-out of their own.
const CARRIER_TIMEOUT: Duration = Duration::from_secs(15);

/// A running recording processor.
#[derive(Debug, Clone, Copy)]
pub struct App {
    /// Where its probes and metrics are.
    pub probes: SocketAddr,
}

/// What its parts share.
struct Processor {
    db: Db,
    carrier: Client,
    media: Media,
    speech: Speech,
    clock: Clock,
    work: Work,
    retention: Retention,
    /// Something may be due.
    wake: Notify,
    /// Names this replica in leases.
    worker: String,
    lifecycle: Lifecycle,
}

/// Starts a recording processor on `lifecycle`.
///
/// # Errors
/// When the settings cannot work, the media directory cannot be made, or the probes' port is taken.
pub async fn build(settings: Settings, clock: Clock, lifecycle: &Lifecycle) -> anyhow::Result<App> {
    for metrics in [
        &METRICS[..],
        &storage::METRICS,
        &messaging::METRICS,
        &carrier::METRICS,
    ] {
        chassis::telemetry::describe(metrics);
    }
    let db = Db::new(&DbSettings {
        url: settings.database.url.expose_secret().to_owned(),
        role: ServiceRole::RecordingProcessor,
        pool_size: settings.database.pool_size,
        reads: 0,
    });
    let broker = Broker::new(settings.broker.url.expose_secret());
    let carrier = Client::new(
        chassis::http::client(CARRIER_TIMEOUT)?,
        carrier::Settings {
            account_sid: settings.carrier.account_sid,
            auth_token: settings.carrier.auth_token,
            api_base: settings.carrier.api_base,
        },
    );
    let processor = Arc::new(Processor {
        db: db.clone(),
        carrier,
        media: Media::open(&settings.media_url)?,
        speech: Speech::new(settings.speech, &settings.work, &clock)?,
        clock,
        work: settings.work,
        retention: settings.retention,
        wake: Notify::new(),
        worker: format!(
            "recording-processor-{}-{:08x}",
            std::process::id(),
            rand::rng().random::<u32>()
        ),
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
    on_call_completed::start(&processor, &broker);
    on_recording_ready::start(&processor, &broker);
    on_whatsapp_session_closed::start(&processor, &broker);
    lifecycle.spawn("retention", retention::run(Arc::clone(&processor)));
    lifecycle.spawn("measures", measures::run(Arc::clone(&processor)));
    lifecycle.spawn("work loop", work_loop::run(processor));

    let ping = move || {
        let db = db.clone();
        async move { Ok(db.ping().await?) }
    };
    let checks = probes::readiness(ping, move || broker.is_ready());
    let probes = Probes::bind(settings.probes.bind, lifecycle.clone(), checks)?;
    Ok(App { probes })
}
