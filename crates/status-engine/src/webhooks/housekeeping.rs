//! What is done now and then: old deliveries are forgotten, and what waits is measured.

use std::sync::Arc;
use std::time::{Duration, Instant};

use chassis::backoff;
use storage::{StorageError, webhook_deliveries};
use tracing::{info, warn};

use super::sender::Sender;
use crate::measures;

/// How often the backlog is measured.
const MEASURE: Duration = Duration::from_secs(15);
/// How often old deliveries are forgotten, and how many at most in one statement.
const PRUNE: Duration = Duration::from_secs(600);
const MOST_AT_ONCE: i32 = 5_000;

pub(super) async fn run(sender: Arc<Sender>) {
    let mut pruned = None::<Instant>;
    while !sender.shutdown.is_cancelled() {
        if let Err(error) = measure(&sender).await {
            failed("measure what waits", &error);
        }
        if pruned.is_none_or(|at| at.elapsed() > PRUNE) {
            match prune(&sender).await {
                Ok(()) => pruned = Some(Instant::now()),
                Err(error) => failed("forget old deliveries", &error),
            }
        }
        let pause = tokio::time::sleep(backoff::jittered(MEASURE));
        sender.shutdown.run_until_cancelled(pause).await;
    }
}

async fn measure(sender: &Sender) -> Result<(), StorageError> {
    let now = sender.clock.now();
    let backlog = sender
        .db
        .system(move |tx| webhook_deliveries::backlog(tx, now))
        .await?;
    let gauge = |value: i64| value as f64;
    measures::WEBHOOKS_DUE.level(&[]).set(gauge(backlog.due));
    measures::WEBHOOKS_OLDEST
        .level(&[])
        .set(gauge(backlog.oldest_seconds));
    Ok(())
}

async fn prune(sender: &Sender) -> Result<(), StorageError> {
    let older_than = sender.clock.now() - sender.settings.retention();
    let mut forgotten = 0;
    while !sender.shutdown.is_cancelled() {
        let gone = sender
            .db
            .system(move |tx| webhook_deliveries::prune(tx, older_than, MOST_AT_ONCE))
            .await?;
        forgotten += gone;
        if gone < i64::from(MOST_AT_ONCE) {
            break;
        }
    }
    if forgotten > 0 {
        info!(forgotten, "old webhook deliveries are forgotten");
    }
    Ok(())
}

fn failed(what: &str, error: &StorageError) {
    warn!(
        error = error as &dyn std::error::Error,
        "cannot {what} of webhooks"
    );
}
