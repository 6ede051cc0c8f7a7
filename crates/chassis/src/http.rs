//! The one place that builds HTTP clients.

use std::time::Duration;

use anyhow::Context as _;

use crate::outbound_address::Reach;

/// Longest wait for a connection; a longer one only hides that the other side is gone.
const CONNECT: Duration = Duration::from_secs(5);

/// A client whose whole exchange takes at most `timeout`. It follows no redirects (a signed or authorised request must
/// not be sent on elsewhere) and uses no proxy of the environment.
///
/// # Errors
/// When the machine's certificate store cannot be read.
pub fn client(timeout: Duration) -> anyhow::Result<reqwest::Client> {
    build(builder(timeout))
}

/// As [`client`], for addresses that strangers give: it connects to what `reach` says and to nothing else, whatever a name
/// resolves to. An address without a name is not resolved: [`Reach::check`] it before.
///
/// # Errors
/// As [`client`].
pub fn client_within(reach: Reach, timeout: Duration) -> anyhow::Result<reqwest::Client> {
    build(reach.limit(builder(timeout)))
}

#[expect(
    clippy::disallowed_methods,
    reason = "the one place that builds HTTP clients"
)]
fn builder(timeout: Duration) -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        .timeout(timeout)
        .connect_timeout(timeout.min(CONNECT))
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .user_agent(concat!("callboard/", env!("CARGO_PKG_VERSION")))
}

fn build(builder: reqwest::ClientBuilder) -> anyhow::Result<reqwest::Client> {
    builder.build().context("no HTTP client could be built; install the machine's CA certificates (package ca-certificates)")
}
