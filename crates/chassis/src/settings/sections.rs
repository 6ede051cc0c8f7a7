use std::net::SocketAddr;

use secrecy::SecretString;
use serde::Deserialize;

/// Where this process runs: what is a convenience in development is refused in production.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Environment {
    /// A developer's machine, the demo, tests.
    #[default]
    Development,
    /// Customers' calls.
    Production,
}

/// How the database is reached.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DatabaseSettings {
    /// A libpq URL, with the password in it.
    pub url: SecretString,
    /// Most connections that this process holds. Too few and requests wait; the sum over all replicas must stay below
    /// the server's `max_connections`.
    pub pool_size: u32,
}

/// How the broker is reached.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BrokerSettings {
    /// An AMQP URL, with the password in it.
    pub url: SecretString,
}

/// Where the probes and metrics are served: a port that the public cannot reach.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProbeSettings {
    /// The address; port 0 takes any free one.
    pub bind: SocketAddr,
}
