//! The recording processor as a process.

use std::time::Duration;

use chassis::clock::Clock;
use chassis::lifecycle::Lifecycle;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    #[cfg(feature = "failpoints")]
    let _failpoints = fail::FailScenario::setup();
    let settings: recording_processor::Settings =
        chassis::settings::load(recording_processor::DEFAULTS)?;
    chassis::telemetry::init("recording-processor", settings.environment)?;
    let lifecycle = Lifecycle::new();
    lifecycle.stop_on_signal(Duration::ZERO)?;
    recording_processor::build(settings, Clock::system(), &lifecycle).await?;
    lifecycle.shutdown_token().cancelled().await;
    lifecycle.drain(Duration::from_secs(20)).await
}
