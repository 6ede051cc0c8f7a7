//! The status engine as a process.

use std::time::Duration;

use chassis::clock::Clock;
use chassis::lifecycle::Lifecycle;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    #[cfg(feature = "failpoints")]
    let _failpoints = fail::FailScenario::setup();
    let settings: status_engine::Settings = chassis::settings::load(status_engine::DEFAULTS)?;
    chassis::telemetry::init("status-engine", settings.environment)?;
    let lifecycle = Lifecycle::new();
    lifecycle.stop_on_signal(Duration::ZERO)?;
    status_engine::build(settings, Clock::system(), &lifecycle).await?;
    lifecycle.shutdown_token().cancelled().await;
    lifecycle.drain(Duration::from_secs(20)).await
}
