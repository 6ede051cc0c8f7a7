//! The gateway as a process.

use std::time::Duration;

use chassis::clock::Clock;
use chassis::lifecycle::Lifecycle;
use tikv_jemallocator::Jemalloc;

/// With two arenas it halved the 99th percentile of `bench flood`; with its defaults, as here, no gain has been shown yet.
#[global_allocator]
static ALLOCATOR: Jemalloc = Jemalloc;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let settings: api_gateway::Settings = chassis::settings::load(api_gateway::DEFAULTS)?;
    chassis::telemetry::init("api-gateway", settings.environment)?;
    let lifecycle = Lifecycle::new();
    // Load balancers see /readyz turn before the door closes.
    lifecycle.stop_on_signal(Duration::from_millis(500))?;
    let app = api_gateway::build(settings, Clock::system(), &lifecycle).await?;
    tracing::info!(address = %app.addr, "listening");
    lifecycle.shutdown_token().cancelled().await;
    lifecycle.drain(Duration::from_secs(15)).await
}
