use std::time::Duration;

use carrier::Client;
use chassis::settings::{BrokerSettings, DatabaseSettings, Environment, ProbeSettings};
use rand::Rng as _;
use secrecy::SecretString;
use serde::Deserialize;
use storage::carrier_pace::CarrierPace;
use url::Url;

use crate::engine::EngineSettings;

/// Longest that a request to the carrier may take as a whole.
const CARRIER_TIMEOUT: Duration = Duration::from_secs(15);

/// What the dialer runs with when nothing else is said.
pub const DEFAULTS: &str = r#"
environment = "development"

[database]
pool_size = 8

[broker]

[probes]
bind = "0.0.0.0:9081"

[carrier]
api_base = "https://api.twilio.com"

[dialer]
lanes = 2
creates_at_once = 64
calls_per_second = 1.0
sweep_seconds = 1.0
claim_lease_seconds = 60.0
status_check_seconds = 60.0
search_seconds = 5.0
absent_after_seconds = 120.0
"#;

/// The dialer's settings.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Development falls back to a local public host; production refuses to dial without one.
    #[serde(default)]
    pub environment: Environment,
    /// PostgreSQL.
    pub database: DatabaseSettings,
    /// RabbitMQ.
    pub broker: BrokerSettings,
    /// Probes and metrics.
    pub probes: ProbeSettings,
    /// The public origin that the carrier reaches the gateway under.
    #[serde(default)]
    pub public_host: Option<String>,
    /// The carrier account.
    pub carrier: CarrierSettings,
    /// Pace.
    pub dialer: Pace,
}

/// The carrier account.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CarrierSettings {
    /// `AC…`.
    pub account_sid: String,
    /// The account's primary token.
    pub auth_token: SecretString,
    /// Another region, a compatible carrier, or the simulator.
    pub api_base: Url,
}

impl Settings {
    /// How the engine works; its name is new with each call.
    pub(crate) fn engine(&self) -> EngineSettings {
        EngineSettings {
            worker: format!(
                "dialer-{}-{:08x}",
                std::process::id(),
                rand::rng().random::<u32>()
            ),
            claim_lease: self.dialer.claim_lease(),
            look_again: self.dialer.status_check(),
            sweep: self.dialer.sweep(),
            lanes: self.dialer.lanes,
            pace: (self.dialer.calls_per_second > 0.0).then(|| CarrierPace {
                account: self.carrier.account_sid.clone(),
                calls_per_second: self.dialer.calls_per_second,
            }),
        }
    }
}

impl CarrierSettings {
    /// A client of the account.
    ///
    /// # Errors
    /// When TLS cannot be set up.
    pub(crate) fn client(&self) -> anyhow::Result<Client> {
        let http = chassis::http::client(CARRIER_TIMEOUT)?;
        Ok(Client::new(
            http,
            carrier::Settings {
                account_sid: self.account_sid.clone(),
                auth_token: self.auth_token.clone(),
                api_base: self.api_base.clone(),
            },
        ))
    }
}

/// How often the dialer looks for itself, and how long it waits for others. All in seconds.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pace {
    /// Transactions of the engine at once.
    pub lanes: usize,
    /// Requests to create a call that may be under way at once. The carrier refuses an account that has too many (about
    /// 100 have been seen).
    pub creates_at_once: usize,
    /// Calls that the carrier account may create per second, over all replicas. What is more, the carrier puts into a
    /// queue of its own, where calls wait past the end of the calling hours; its default for an account is 1. Zero is
    /// without limit.
    pub calls_per_second: f64,
    /// Between sweeps that catch what no event announced.
    pub sweep_seconds: f64,
    /// How long a worker that claimed a job has to tell what came of it, before the carrier is asked. Longer than the
    /// time-out of the create request (10 s), or answers on their way would be searched for.
    pub claim_lease_seconds: f64,
    /// Between questions about a call whose end no callback reported.
    pub status_check_seconds: f64,
    /// Between searches for a call that may or may not exist.
    pub search_seconds: f64,
    /// How long the carrier's list must have shown nothing before a call counts as never made. Longer than the carrier's
    /// reads lag behind (30 s have been seen).
    pub absent_after_seconds: f64,
}

impl Pace {
    pub(crate) fn sweep(&self) -> Duration {
        Duration::from_secs_f64(self.sweep_seconds)
    }

    pub(crate) fn claim_lease(&self) -> Duration {
        Duration::from_secs_f64(self.claim_lease_seconds)
    }

    pub(crate) fn status_check(&self) -> Duration {
        Duration::from_secs_f64(self.status_check_seconds)
    }

    pub(crate) fn search(&self) -> Duration {
        Duration::from_secs_f64(self.search_seconds)
    }

    pub(crate) fn absent_after(&self) -> Duration {
        Duration::from_secs_f64(self.absent_after_seconds)
    }
}
