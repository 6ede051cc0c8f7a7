//! The jittered tick that catches whatever an event missed: due starts, wishes, leads that cannot be called any more.

use std::sync::Arc;

use storage::{StorageError, run_state};
use tracing::warn;

use crate::{Dialer, on_run_requested};

/// Most runs settled in one go.
const BATCH: i32 = 200;

/// Sweeps until the process stops.
pub(crate) async fn run(dialer: Arc<Dialer>) {
    let shutdown = dialer.lifecycle.shutdown_token();
    loop {
        let pause = chassis::backoff::jittered(dialer.pace.sweep());
        tokio::select! {
            () = shutdown.cancelled() => return,
            () = tokio::time::sleep(pause) => {}
        }
        if let Err(error) = sweep(&dialer).await {
            warn!(error = %chassis::telemetry::chain(&error), "the sweep failed; trying again");
        }
    }
}

async fn sweep(dialer: &Arc<Dialer>) -> Result<(), StorageError> {
    let now = dialer.clock.now();
    let (unsettled, stalled) = dialer
        .db
        .system(move |tx| {
            Ok::<_, StorageError>((
                run_state::unsettled(tx, now, BATCH)?,
                run_state::stalled(tx, now)?,
            ))
        })
        .await?;
    for (business, run) in unsettled {
        on_run_requested::settle(dialer, business, run).await?;
    }
    for business in stalled {
        dialer
            .db
            .system(move |tx| run_state::cancel_undialable(tx, business, now))
            .await?;
    }
    Ok(())
}
