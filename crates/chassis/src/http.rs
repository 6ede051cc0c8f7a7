//! The one place that builds HTTP clients.

use std::time::Duration;

use anyhow::Context as _;

/// Longest wait for a connection; a longer one only hides that the other side is gone.
const CONNECT: Duration = Duration::from_secs(5);

/// A client whose whole exchange takes at most `timeout`. It follows no redirects (a signed or authorised request must
/// not be sent on elsewhere) and uses no proxy of the environment.
///
/// # Errors
/// When the machine's certificate store cannot be read.
#[expect(
    clippy::disallowed_methods,
    reason = "the one place that builds HTTP clients"
)]
pub fn client(timeout: Duration) -> anyhow::Result<reqwest::Client> {
    reqwest::Client::builder()
        .timeout(timeout)
        .connect_timeout(timeout.min(CONNECT))
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .user_agent(concat!("callboard/", env!("CARGO_PKG_VERSION")))
        .build()
        .context("no HTTP client could be built; install the machine's CA certificates (package ca-certificates)")
}
