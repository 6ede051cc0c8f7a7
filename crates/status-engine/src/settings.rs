use chassis::settings::{
    BrokerSettings, DatabaseSettings, Environment, MailSettings, ProbeSettings,
};
use push::PushSettings;
use secrecy::SecretString;
use serde::Deserialize;

/// What the status engine runs with when nothing else is said.
pub const DEFAULTS: &str = r#"
environment = "development"

[database]
pool_size = 8

[broker]

[probes]
bind = "0.0.0.0:9083"

[work]
prefetch = 8

[notifications]
tick_seconds = 2.0
"#;

/// The status engine's settings.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// How logs look.
    #[serde(default)]
    pub environment: Environment,
    /// PostgreSQL.
    pub database: DatabaseSettings,
    /// RabbitMQ.
    pub broker: BrokerSettings,
    /// Probes and metrics.
    pub probes: ProbeSettings,
    /// Pace.
    pub work: Work,
    /// Pushes and e-mail digests.
    pub notifications: Notifications,
    /// The private key of web push. Without one nothing is pushed.
    #[serde(default)]
    pub vapid_private_key: Option<SecretString>,
    /// Web push, beside its key.
    #[serde(default)]
    pub push: PushSettings,
    /// The mail server. Without one no digest is mailed.
    #[serde(default)]
    pub mail: MailSettings,
    /// The public origin, for the links in e-mail.
    #[serde(default)]
    pub public_host: Option<String>,
    /// The gateway's, for the link that ends the digests.
    #[serde(default)]
    pub session_secret: Option<SecretString>,
}

/// Pushes and e-mail digests.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Notifications {
    /// Between two looks for what is due.
    pub tick_seconds: f64,
}

/// How much is done at once.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Work {
    /// Suggestions handled at once; more than the database's `pool_size` only wait for a connection.
    pub prefetch: u16,
}
