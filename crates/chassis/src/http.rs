//! The one place that builds HTTP clients.

use std::time::Duration;

use anyhow::Context as _;
use reqwest::ClientBuilder;

use crate::egress::Egress;

/// Longest wait for a connection; a longer one only hides that the other side is gone.
const CONNECT: Duration = Duration::from_secs(5);

/// How long a connection to a stranger is kept for the next request.
const IDLE: Duration = Duration::from_secs(10);

/// A client whose whole exchange takes at most `timeout`. It follows no redirects (a signed or authorised request must
/// not be sent on elsewhere) and uses no proxy of the environment.
///
/// # Errors
/// When the machine's certificate store cannot be read.
pub fn client(timeout: Duration) -> anyhow::Result<reqwest::Client> {
    build(builder(timeout))
}

/// As [`client`], for addresses that strangers have chosen: a name is connected to only where `egress` lets one go, and
/// the address that was looked at is the one that is connected to. What is no name is not resolved, so ask
/// [`Egress::check`] before each request as well.
///
/// # Errors
/// As [`client`].
pub fn guarded_client(timeout: Duration, egress: &Egress) -> anyhow::Result<reqwest::Client> {
    // A receiver is seldom spoken to twice in a row, and there may be thousands of them.
    build(
        builder(timeout)
            .dns_resolver(egress.resolver())
            .pool_max_idle_per_host(1)
            .pool_idle_timeout(IDLE),
    )
}

#[expect(
    clippy::disallowed_methods,
    reason = "the one place that builds HTTP clients"
)]
fn builder(timeout: Duration) -> ClientBuilder {
    reqwest::Client::builder()
        .timeout(timeout)
        .connect_timeout(timeout.min(CONNECT))
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .user_agent(concat!("callboard/", env!("CARGO_PKG_VERSION")))
}

fn build(builder: ClientBuilder) -> anyhow::Result<reqwest::Client> {
    builder
        .build()
        .context("no HTTP client could be built; install the machine's CA certificates (package ca-certificates)")
}
