use std::net::SocketAddr;

use chassis::settings::{BrokerSettings, DatabaseSettings, Environment, ProbeSettings};
use secrecy::SecretString;
use serde::Deserialize;
use url::Url;

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

[whatsapp]
tick_seconds = 5.0

[live]
heartbeat_seconds = 15.0
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
    /// Live events.
    pub live: LiveSettings,
    /// Where the recordings lie, as the recording processor is told: `file:///var/lib/callboard/media` or
    /// `s3://bucket/prefix`.
    pub media_url: Url,
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
}

/// WhatsApp sessions.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WhatsappSettings {
    /// Between two looks for sessions that have been silent for long enough.
    pub tick_seconds: f64,
}

/// Live events.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LiveSettings {
    /// Between two signs of life of a stream, after which also the right to it is looked at again.
    pub heartbeat_seconds: f64,
}
