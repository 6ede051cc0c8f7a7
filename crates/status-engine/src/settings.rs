use chassis::settings::{BrokerSettings, DatabaseSettings, Environment, ProbeSettings};
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

[analytics]
tick_seconds = 5.0
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
    /// The read models of analytics.
    pub analytics: Analytics,
}

/// How much is done at once.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Work {
    /// Suggestions handled at once; more than the database's `pool_size` only wait for a connection.
    pub prefetch: u16,
}

/// How fresh analytics are.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Analytics {
    /// Seconds between two looks for days that are to be computed anew.
    pub tick_seconds: f64,
}
