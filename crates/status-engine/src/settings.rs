use std::time::Duration;

use chassis::settings::{
    BrokerSettings, DatabaseSettings, Environment, MailSettings, ProbeSettings,
};
use chrono::TimeDelta;
use push::PushSettings;
use secrecy::SecretString;
use serde::Deserialize;
use storage::webhook_deliveries::Pace;

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

[webhooks]
pool_size = 3
prefetch = 4
concurrency = 64
per_endpoint = 4
per_business = 16
tick_seconds = 1.0
timeout_seconds = 15.0
lease_seconds = 60.0
retention_days = 30
allow_loopback = false

[notifications]
tick_seconds = 2.0

[analytics]
tick_seconds = 5.0
"#;

/// The status engine's settings.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// How logs look; in production webhooks go by https only.
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
    /// Outgoing webhooks.
    pub webhooks: WebhookSettings,
    /// Pushes and e-mail digests.
    pub notifications: Notifications,
    /// The read models of analytics.
    pub analytics: Analytics,
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

/// Outgoing webhooks. Times in seconds.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WebhookSettings {
    /// Connections to the database of their own: webhooks, however many, do not stand in the way of decisions.
    pub pool_size: u32,
    /// Events turned into deliveries at once.
    pub prefetch: u16,
    /// Deliveries sent at once by this replica.
    pub concurrency: usize,
    /// Of those at most to one endpoint, over all replicas; to one that is failing one at a time.
    pub per_endpoint: u16,
    /// And at most of one business.
    pub per_business: u16,
    /// Between two looks when nothing else calls for one. A resend and a test wait for it.
    pub tick_seconds: f64,
    /// How long an attempt may take, the answer included.
    pub timeout_seconds: f64,
    /// After how long a delivery is taken over from a worker that is not heard of. Longer than an attempt, or it is sent
    /// twice.
    pub lease_seconds: f64,
    /// How long deliveries are kept.
    pub retention_days: u16,
    /// Whether endpoints may be on this very machine: for development, refused in production.
    pub allow_loopback: bool,
}

impl WebhookSettings {
    pub(crate) fn tick(&self) -> Duration {
        seconds(self.tick_seconds)
    }

    pub(crate) fn timeout(&self) -> Duration {
        seconds(self.timeout_seconds)
    }

    pub(crate) fn pace(&self) -> Pace {
        Pace {
            per_endpoint: self.per_endpoint.into(),
            per_business: self.per_business.into(),
            lease: TimeDelta::from_std(seconds(self.lease_seconds)).unwrap_or(TimeDelta::MAX),
        }
    }

    pub(crate) fn retention(&self) -> TimeDelta {
        TimeDelta::days(self.retention_days.into())
    }
}

/// A setting that is no time at all counts as none.
fn seconds(setting: f64) -> Duration {
    Duration::try_from_secs_f64(setting).unwrap_or_default()
}

/// How fresh analytics are.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Analytics {
    /// Seconds between two looks for days that are to be computed anew.
    pub tick_seconds: f64,
}
