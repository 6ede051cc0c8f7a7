//! What came in raw and has had its days is deleted: WhatsApp messages, and callbacks of the carrier as they came.

use std::time::Duration;

use actix_web::web;
use chassis::backoff;
use storage::{StorageError, raw_retention};
use tracing::warn;

use crate::gateway::Gateway;
use crate::measures;

/// Rows of one statement. Each ends soon, so that nobody waits for its locks.
const MOST: i32 = 2_000;

pub(crate) async fn run(gateway: web::Data<Gateway>, tick: Duration) {
    let shutdown = gateway.lifecycle.shutdown_token();
    while !shutdown.is_cancelled() {
        match delete_some(&gateway).await {
            // There may be more.
            Ok(true) => continue,
            Ok(false) => {}
            Err(error) => warn!(
                error = &error as &dyn std::error::Error,
                "cannot delete what has had its days"
            ),
        }
        let pause = tokio::time::sleep(backoff::jittered(tick));
        shutdown.run_until_cancelled(pause).await;
    }
}

/// Deletes what is due, up to a batch of each; true when one was full.
async fn delete_some(gateway: &Gateway) -> Result<bool, StorageError> {
    let now = gateway.clock.now();
    let messages = gateway
        .db
        .system(move |tx| raw_retention::prune_messages(tx, now, MOST))
        .await?;
    let callbacks = gateway
        .db
        .system(move |tx| raw_retention::prune_callbacks(tx, now, MOST))
        .await?;
    for (kind, gone) in [("message", messages), ("callback", callbacks)] {
        measures::RAW_DELETED
            .count(&[("kind", kind)])
            .increment(u64::try_from(gone).unwrap_or_default());
    }
    Ok(messages.max(callbacks) >= MOST.into())
}
