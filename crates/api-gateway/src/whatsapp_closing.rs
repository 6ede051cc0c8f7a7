//! WhatsApp sessions end in silence: this looks for those in which nothing has been written for long enough.

use std::time::Duration;

use actix_web::web;
use chassis::backoff;
use storage::{StorageError, whatsapp_sessions};
use tracing::warn;

use crate::gateway::Gateway;
use crate::measures;

/// Sessions of one look.
const MOST: i32 = 100;

pub(crate) async fn run(gateway: web::Data<Gateway>, tick: Duration) {
    let shutdown = gateway.lifecycle.shutdown_token();
    while !shutdown.is_cancelled() {
        match close_due(&gateway).await {
            // There may be more.
            Ok(MOST) => continue,
            Ok(_) => {}
            Err(error) => warn!(
                error = &error as &dyn std::error::Error,
                "cannot close silent sessions"
            ),
        }
        let pause = tokio::time::sleep(backoff::jittered(tick));
        shutdown.run_until_cancelled(pause).await;
    }
}

/// Closes what is due, each session by itself; answers how many it closed.
async fn close_due(gateway: &Gateway) -> Result<i32, StorageError> {
    let now = gateway.clock.now();
    let due = gateway
        .db
        .system(move |tx| whatsapp_sessions::due(tx, now, MOST))
        .await?;
    let mut closed = 0;
    for (business, session) in due {
        let is_closed = gateway
            .db
            .tenant(business, move |tx| {
                whatsapp_sessions::close_silent(tx, now, session)
            })
            .await?;
        if is_closed {
            closed += 1;
            measures::SESSIONS_CLOSED
                .count(&[("reason", "silence")])
                .increment(1);
        }
    }
    Ok(closed)
}
