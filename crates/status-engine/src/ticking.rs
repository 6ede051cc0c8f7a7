//! Loops that look for what is due in the table, again and again: whatever was lost on the way here, it is found.

use std::time::Duration;

use chassis::backoff;
use chassis::telemetry::chain;
use storage::StorageError;
use tokio_util::sync::CancellationToken;

/// Runs `work` until `shutdown`: again at once where it says that there may be more, else after a tick.
pub(crate) async fn run<Fut>(
    name: &'static str,
    tick: Duration,
    shutdown: CancellationToken,
    work: impl Fn() -> Fut,
) where
    Fut: Future<Output = Result<bool, StorageError>>,
{
    while !shutdown.is_cancelled() {
        match work().await {
            Ok(true) => continue,
            Ok(false) => {}
            Err(error) => tracing::warn!(error = chain(&error), "cannot look for due {name}"),
        }
        let pause = tokio::time::sleep(backoff::jittered(tick));
        shutdown.run_until_cancelled(pause).await;
    }
}
