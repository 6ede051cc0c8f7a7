use std::net::SocketAddr;

use chassis::settings::{
    BrokerSettings, DatabaseSettings, Environment, MailSettings, ProbeSettings,
};
use push::PushSettings;
use secrecy::SecretString;
use serde::Deserialize;
use url::Url;

use crate::limits::TrustedProxies;

/// What the gateway runs with when nothing else is said.
pub const DEFAULTS: &str = r#"
environment = "development"

[http]
bind = "0.0.0.0:8080"
workers = 2

[database]
pool_size = 8

[broker]

[probes]
bind = "0.0.0.0:9080"

[carrier]
first_look_seconds = 60.0

[whatsapp]
tick_seconds = 5.0

[raw_retention]
tick_seconds = 600.0

[live]
heartbeat_seconds = 15.0

[webhooks]
allow_loopback = false
"#;

/// The gateway's settings.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Production demands a session secret and marks cookies `Secure`.
    #[serde(default)]
    pub environment: Environment,
    /// The public port.
    pub http: HttpSettings,
    /// PostgreSQL.
    pub database: DatabaseSettings,
    /// RabbitMQ.
    pub broker: BrokerSettings,
    /// Probes and metrics.
    pub probes: ProbeSettings,
    /// The public origin that the carrier signs its webhooks over. In development the listening address when unset.
    #[serde(default)]
    pub public_host: Option<String>,
    /// Under which session tokens are hashed. In development a random one when unset: sessions end with the process.
    #[serde(default)]
    pub session_secret: Option<SecretString>,
    /// The carrier account.
    pub carrier: CarrierSettings,
    /// WhatsApp sessions.
    pub whatsapp: WhatsappSettings,
    /// The end of what came in raw.
    pub raw_retention: RawRetentionSettings,
    /// Live events.
    pub live: LiveSettings,
    /// What clients may ask for.
    #[serde(default)]
    pub limits: LimitsSettings,
    /// Outgoing webhooks.
    pub webhooks: WebhookSettings,
    /// Where the recordings lie, as the recording processor is told: `file:///var/lib/callboard/media` or
    /// `s3://bucket/prefix`.
    pub media_url: Url,
    /// The private key of web push. Without one nothing is pushed.
    #[serde(default)]
    pub vapid_private_key: Option<SecretString>,
    /// Web push, beside its key.
    #[serde(default)]
    pub push: PushSettings,
    /// The mail server, as the status engine is told: users are told whether there is e-mail.
    #[serde(default)]
    pub mail: MailSettings,
}

/// The public port.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HttpSettings {
    /// The address; port 0 takes any free one.
    pub bind: SocketAddr,
    /// Threads that serve requests.
    pub workers: usize,
}

/// What the gateway needs of the carrier account.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CarrierSettings {
    /// The account's primary token, with which webhooks are signed.
    pub auth_token: SecretString,
    /// When the carrier is first asked what became of an inbound call, should the report of its end be lost.
    pub first_look_seconds: f64,
}

/// WhatsApp sessions.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WhatsappSettings {
    /// Between two looks for sessions that have been silent for long enough.
    pub tick_seconds: f64,
}

/// The end of what came in raw.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawRetentionSettings {
    /// Between two looks for what has had its days.
    pub tick_seconds: f64,
}

/// Live events.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LiveSettings {
    /// Between two signs of life of a stream.
    pub heartbeat_seconds: f64,
}

/// What clients may ask for, each process for itself. Webhooks of the carrier are not counted: they are signed.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LimitsSettings {
    /// Requests per minute of one API key or session, as many of which may come at once; 0 is no limit.
    pub requests_per_minute: u32,
    /// The same of one client address that shows no valid key or session.
    pub strangers_per_minute: u32,
    /// Streams of `GET /api/events` that one API key or session may have open at once; 0 is no limit.
    pub streams_per_caller: usize,
    /// Proxies whose `X-Forwarded-For` is believed. With one in front that is not named here, all clients have its address,
    /// and one who guesses at passwords locks sign-in for all of them.
    pub trusted_proxies: TrustedProxies,
    /// How long a body may take before it has to come at 16 KiB per second.
    pub body_timeout_seconds: f64,
    /// How often it is looked whether who listens to `GET /api/events` still may.
    pub stream_check_seconds: f64,
}

impl Default for LimitsSettings {
    /// So much that only a program that runs wild, or someone who tries tokens, notices.
    fn default() -> Self {
        Self {
            requests_per_minute: 12_000,
            strangers_per_minute: 1_200,
            streams_per_caller: 100,
            trusted_proxies: TrustedProxies::default(),
            body_timeout_seconds: 10.0,
            stream_check_seconds: 30.0,
        }
    }
}

/// Outgoing webhooks.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WebhookSettings {
    /// Whether endpoints may be on this very machine, as the status engine is told: for development, refused in production.
    pub allow_loopback: bool,
}
