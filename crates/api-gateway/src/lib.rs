#![doc = include_str!("../README.md")]

mod access_log;
mod api;
mod auth;
mod batched;
mod call_flow;
mod console;
mod extract;
mod gateway;
mod limits;
mod live;
mod measures;
mod once;
mod openapi;
mod page;
mod problem;
mod push_tests;
mod ranges;
mod raw_retention;
mod routes;
mod settings;
mod webhooks;
mod whatsapp_closing;

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use actix_web::middleware::{DefaultHeaders, from_fn};
use actix_web::{App as ActixApp, HttpServer, web};
use anyhow::{Context as _, ensure};
use chassis::backoff;
use chassis::clock::Clock;
use chassis::egress::Egress;
use chassis::lifecycle::Lifecycle;
use chassis::probes::{self, Probes};
use chassis::settings::{DatabaseSettings, Environment};
use chassis::telemetry::chain;
use domain::public_host::PublicHost;
use messaging::Broker;
use secrecy::{ExposeSecret as _, SecretString};
use storage::{Db, DbSettings, ServiceRole, sign_in_throttles};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use utoipa_actix_web::AppExt as _;

pub use limits::TrustedProxies;
pub use measures::METRICS;
pub use problem::Code as ProblemCode;
pub use settings::{
    CarrierSettings, DEFAULTS, HttpSettings, LimitsSettings, LiveSettings, RawRetentionSettings,
    Settings, WebhookSettings, WhatsappSettings,
};

use auth::keys::Keys;
use auth::passwords::Passwords;
use auth::tokens::Tokens;
use gateway::Gateway;
use limits::Rates;
use live::Hub;
use push::Client;
use push_tests::PushTests;
use webhooks::Intake;

/// How long requests may go on after the door has closed.
const SHUTDOWN_SECONDS: u64 = 10;
/// A request's head must arrive within this.
const HEAD_TIMEOUT: Duration = Duration::from_secs(5);
/// How often clients that ask no more, and sign-ins that do not count any more, are forgotten.
const TIDY: Duration = Duration::from_secs(60);
/// Sign-ins that are forgotten at once, at most.
const TIDY_MOST: i64 = 10_000;
/// Files of leads that are worked on at once; the others wait.
const MOST_IMPORTS: usize = 2;
/// The shortest session secret that production takes.
const SHORTEST_SECRET: usize = 32;

/// A running gateway.
#[derive(Debug, Clone, Copy)]
pub struct App {
    /// Where it serves.
    pub addr: SocketAddr,
    /// Where its probes and metrics are.
    pub probes: SocketAddr,
}

/// The OpenAPI document of the API, as `GET /api/openapi.json` answers it.
#[must_use]
pub fn openapi() -> String {
    openapi::Document::new().text().to_owned()
}

/// Starts a gateway on `lifecycle`. It serves when this returns.
///
/// # Errors
/// When the settings cannot work or a port is taken.
pub async fn build(settings: Settings, clock: Clock, lifecycle: &Lifecycle) -> anyhow::Result<App> {
    describe_metrics();
    let media = chassis::media::open(&settings.media_url)?;
    let egress = Egress::new(settings.environment, settings.webhooks.allow_loopback)?;
    let listener = listen(settings.http.bind)?;
    let addr = listener.local_addr()?;
    let production = settings.environment == Environment::Production;
    let db = database(&settings.database);
    let broker = Broker::new(settings.broker.url.expose_secret());
    let limits = settings.limits;
    let heartbeat = seconds("LIVE__HEARTBEAT_SECONDS", settings.live.heartbeat_seconds)?;
    let (hub, heard) = live::channel(clock.clone(), heartbeat, limits.streams_per_caller);
    let push = Client::open(
        &settings.push,
        settings.vapid_private_key.as_ref(),
        settings.public_host.as_deref(),
        settings.environment,
    )?;
    let gateway = web::Data::new(Gateway {
        db: db.clone(),
        rates: Rates::new(&limits, &clock),
        body_patience: seconds("LIMITS__BODY_TIMEOUT_SECONDS", limits.body_timeout_seconds)?,
        stream_check: seconds("LIMITS__STREAM_CHECK_SECONDS", limits.stream_check_seconds)?,
        trusted_proxies: limits.trusted_proxies,
        clock,
        environment: settings.environment,
        has_public_host: !production || said(settings.public_host.as_deref()).is_some(),
        public_host: public_host(settings.public_host.as_deref(), production, addr)?,
        carrier_token: settings.carrier.auth_token,
        first_look: seconds(
            "CARRIER__FIRST_LOOK_SECONDS",
            settings.carrier.first_look_seconds,
        )?,
        egress,
        media,
        keys: Keys::start(&db, lifecycle),
        tokens: Tokens::new(session_secret(settings.session_secret, production)?),
        passwords: Passwords::new()?,
        push,
        push_tests: PushTests::new(),
        has_mail: settings.mail.is_configured(),
        hub,
        intake: Intake::start(&db, lifecycle),
        imports: Arc::new(Semaphore::new(MOST_IMPORTS)),
        lifecycle: lifecycle.clone(),
    });
    start_messaging(&gateway, &broker, lifecycle);
    start_live(&gateway, &broker, heard, lifecycle);
    start_ticks(
        &gateway,
        &settings.whatsapp,
        &settings.raw_retention,
        lifecycle,
    )?;
    serve(
        listener,
        settings.http.workers,
        gateway,
        production,
        lifecycle,
    )?;
    let ping = move || {
        let db = db.clone();
        async move { Ok(db.ping().await?) }
    };
    let checks = probes::readiness(ping, move || broker.is_ready());
    let probes = Probes::bind(settings.probes.bind, lifecycle.clone(), checks)?;
    Ok(App { addr, probes })
}

fn listen(bind: SocketAddr) -> anyhow::Result<TcpListener> {
    let listener = TcpListener::bind(bind).with_context(|| format!("cannot listen on {bind}"))?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

fn describe_metrics() {
    for metrics in [&METRICS[..], &storage::METRICS, &messaging::METRICS] {
        chassis::telemetry::describe(metrics);
    }
}

fn database(settings: &DatabaseSettings) -> Db {
    Db::new(&DbSettings {
        url: settings.url.expose_secret().to_owned(),
        role: ServiceRole::ApiGateway,
        pool_size: settings.pool_size,
        // Most of what people do is to look.
        reads: settings.pool_size / 2,
    })
}

/// A number of seconds that a setting says.
fn seconds(name: &str, said: f64) -> anyhow::Result<Duration> {
    Duration::try_from_secs_f64(said).with_context(|| format!("CALLBOARD__{name}"))
}

/// What is done now and then.
fn start_ticks(
    gateway: &web::Data<Gateway>,
    whatsapp: &WhatsappSettings,
    retention: &RawRetentionSettings,
    lifecycle: &Lifecycle,
) -> anyhow::Result<()> {
    let tick = seconds("WHATSAPP__TICK_SECONDS", whatsapp.tick_seconds)?;
    lifecycle.spawn(
        "silent whatsapp sessions",
        whatsapp_closing::run(gateway.clone(), tick),
    );
    let tick = seconds("RAW_RETENTION__TICK_SECONDS", retention.tick_seconds)?;
    lifecycle.spawn("raw retention", raw_retention::run(gateway.clone(), tick));
    Ok(())
}

/// What is set, unless it is empty.
fn said(host: Option<&str>) -> Option<&str> {
    host.map(str::trim).filter(|host| !host.is_empty())
}

fn public_host(
    host: Option<&str>,
    production: bool,
    addr: SocketAddr,
) -> anyhow::Result<PublicHost> {
    match said(host) {
        Some(host) => PublicHost::parse(host).context("PUBLIC_HOST"),
        // Without one nothing can be signed for us; the dialer refuses to start runs and says so on them.
        None if production => {
            tracing::warn!("PUBLIC_HOST is not set: every webhook will be refused");
            Ok(PublicHost::parse("unset.invalid")?)
        }
        None => {
            let host = if addr.ip().is_unspecified() {
                "127.0.0.1".to_owned()
            } else {
                addr.ip().to_string()
            };
            Ok(PublicHost::parse(&format!(
                "http://{host}:{}",
                addr.port()
            ))?)
        }
    }
}

fn session_secret(said: Option<SecretString>, production: bool) -> anyhow::Result<SecretString> {
    match said.filter(|secret| !secret.expose_secret().is_empty()) {
        Some(secret) => {
            ensure!(
                !production || secret.expose_secret().len() >= SHORTEST_SECRET,
                "SESSION_SECRET is too short; set it to at least 32 random bytes, for example from: openssl rand -hex 32"
            );
            Ok(secret)
        }
        None if production => anyhow::bail!(
            "SESSION_SECRET is not set; set it to at least 32 random bytes, for example from: openssl rand -hex 32"
        ),
        None => {
            let random: [u8; 32] = rand::random();
            Ok(random
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect::<String>()
                .into())
        }
    }
}

fn start_messaging(gateway: &web::Data<Gateway>, broker: &Broker, lifecycle: &Lifecycle) {
    let shutdown = lifecycle.shutdown_token();
    lifecycle.spawn("broker", broker.run(shutdown.clone()));
    lifecycle.spawn(
        "relay",
        messaging::relay::run(gateway.db.clone(), broker.clone(), shutdown.clone()),
    );
    lifecycle.spawn("limits", tidy(gateway.clone(), shutdown));
}

/// Forgets what limits nobody any more.
async fn tidy(gateway: web::Data<Gateway>, shutdown: CancellationToken) {
    while shutdown
        .run_until_cancelled(tokio::time::sleep(backoff::jittered(TIDY)))
        .await
        .is_some()
    {
        gateway.rates.tidy();
        gateway.push_tests.tidy();
        let now = gateway.clock.now();
        let pruned = gateway
            .db
            .system(move |tx| sign_in_throttles::prune(tx, now, TIDY_MOST))
            .await;
        if let Err(error) = pruned {
            tracing::warn!(error = chain(&error), "old sign-ins are not forgotten yet");
        }
    }
}

fn start_live(
    gateway: &web::Data<Gateway>,
    broker: &Broker,
    heard: live::Receiver,
    lifecycle: &Lifecycle,
) {
    let shutdown = lifecycle.shutdown_token();
    let hub = gateway.hub.clone();
    let watched = broker.watch(Hub::patterns(), shutdown.clone(), move |watched| {
        hub.hear(&watched);
    });
    lifecycle.spawn("live events", watched);
    let pump = live::run(gateway.hub.clone(), gateway.db.clone(), heard, shutdown);
    lifecycle.spawn("live snapshots", pump);
    lifecycle.spawn("live streams", live::check_guests(gateway.clone()));
}

fn serve(
    listener: TcpListener,
    workers: usize,
    gateway: web::Data<Gateway>,
    production: bool,
    lifecycle: &Lifecycle,
) -> anyhow::Result<()> {
    let document = web::Data::new(openapi::Document::new());
    let server = HttpServer::new(move || {
        let (app, _) = ActixApp::new()
            .app_data(gateway.clone())
            .app_data(document.clone())
            .wrap(from_fn(extract::identify))
            .wrap(from_fn(limits::keep))
            .wrap(from_fn(access_log::observe))
            .wrap(security_headers(production))
            .into_utoipa_app()
            .configure(routes::routes)
            .split_for_parts();
        app.default_service(web::to(console::files))
    })
    .workers(workers)
    .client_request_timeout(HEAD_TIMEOUT)
    // An answer is one small packet; it must not wait for another to fill.
    .tcp_nodelay(true)
    .shutdown_timeout(SHUTDOWN_SECONDS)
    .disable_signals()
    .listen(listener)?
    .run();
    let (handle, shutdown) = (server.handle(), lifecycle.shutdown_token());
    lifecycle.spawn("http", async move {
        tokio::select! {
            outcome = server => outcome,
            () = async { shutdown.cancelled().await; handle.stop(true).await } => Ok(()),
        }
    });
    Ok(())
}

/// The API answers data only: nothing of it is ever a page, a script or a frame.
fn security_headers(production: bool) -> DefaultHeaders {
    let headers = DefaultHeaders::new()
        .add(("X-Content-Type-Options", "nosniff"))
        .add(("X-Frame-Options", "DENY"))
        .add(("Referrer-Policy", "no-referrer"))
        .add((
            "Content-Security-Policy",
            "default-src 'none'; frame-ancestors 'none'",
        ))
        .add((
            "Permissions-Policy",
            "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
        ))
        .add(("Cross-Origin-Resource-Policy", "same-origin"))
        .add(("Cache-Control", "no-store"));
    if production {
        headers.add((
            "Strict-Transport-Security",
            "max-age=31536000; includeSubDomains",
        ))
    } else {
        headers
    }
}
