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

/// How e-mail is sent: by a server that takes it from us (SMTP).
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MailSettings {
    /// The server. Without one no e-mail is sent.
    #[serde(default)]
    pub host: Option<String>,
    /// Its port; 587 when unset, 465 with `tls`.
    #[serde(default)]
    pub port: Option<u16>,
    /// How the connection is protected.
    #[serde(default)]
    pub tls: MailTls,
    /// Who we are to it. It is not asked to know us when unset.
    #[serde(default)]
    pub username: Option<String>,
    /// The password that goes with the user name.
    #[serde(default)]
    pub password: Option<SecretString>,
    /// Whom the e-mail is from: `Callboard <callboard@example.com>`.
    #[serde(default)]
    pub from: Option<String>,
}

/// How a connection to a mail server is protected.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MailTls {
    /// From the first byte on.
    Tls,
    /// From `STARTTLS` on; a server that does not offer it is sent nothing.
    #[default]
    Starttls,
    /// Not at all: for a server on the same machine.
    None,
}

impl MailSettings {
    /// Whether e-mail is sent at all.
    #[must_use]
    pub fn is_configured(&self) -> bool {
        self.host.as_deref().is_some_and(|host| !host.is_empty())
    }
}
