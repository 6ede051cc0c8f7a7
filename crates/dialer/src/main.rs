//! The dialer as a process.

use std::time::Duration;

use chassis::clock::Clock;
use chassis::lifecycle::Lifecycle;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    #[cfg(feature = "failpoints")]
    let _failpoints = fail::FailScenario::setup();
    let settings: dialer::Settings = chassis::settings::load(dialer::DEFAULTS)?;
    chassis::telemetry::init("dialer", settings.environment)?;
    let lifecycle = Lifecycle::new();
    lifecycle.stop_on_signal(Duration::ZERO)?;
    dialer::build(settings, Clock::system(), &lifecycle).await?;
    lifecycle.shutdown_token().cancelled().await;
    lifecycle.drain(Duration::from_secs(20)).await
}
