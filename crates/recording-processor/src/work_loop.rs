//! The loop over conversations that have a step due. Woken by messages; and it looks for itself every tick, so a lost
//! message costs seconds and not a summary.

use std::sync::Arc;

use chassis::backoff;
use domain::ids::{BusinessId, ConversationId};
use storage::conversations;
use tokio::task::JoinSet;
use tracing::{Instrument as _, info_span, warn};

use crate::{Processor, steps};

pub(crate) async fn run(processor: Arc<Processor>) {
    let shutdown = processor.lifecycle.shutdown_token();
    let mut running: JoinSet<()> = JoinSet::new();
    while !shutdown.is_cancelled() {
        match look(&processor, running.len()).await {
            Ok(due) => {
                for (business, id) in due {
                    running.spawn(work_on(Arc::clone(&processor), business, id));
                }
            }
            Err(error) => warn!(
                error = &error as &dyn std::error::Error,
                "cannot look for due conversations"
            ),
        }
        let tick = tokio::time::sleep(backoff::jittered(processor.work.tick()));
        tokio::select! {
            () = shutdown.cancelled() => {}
            () = processor.wake.notified() => {}
            // A free place is a reason to look.
            Some(_) = running.join_next() => {}
            () = tick => {}
        }
    }
    // Each lets go of its conversation by itself once the grace is over.
    while running.join_next().await.is_some() {}
}

/// What is due, as far as there is a free place for it.
async fn look(
    processor: &Processor,
    running: usize,
) -> storage::Result<Vec<(BusinessId, ConversationId)>> {
    let free = processor.work.concurrency.saturating_sub(running);
    if free == 0 {
        return Ok(Vec::new());
    }
    let now = processor.clock.now();
    let most = i32::try_from(free).unwrap_or(i32::MAX);
    processor
        .db
        .system(move |tx| conversations::due(tx, now, most))
        .await
}

async fn work_on(processor: Arc<Processor>, business: BusinessId, id: ConversationId) {
    let span = info_span!("conversation", business_id = business.0, id = id.0);
    if let Err(error) = steps::run(&processor, business, id).instrument(span).await {
        warn!(
            business_id = business.0,
            conversation_id = id.0,
            error = format!("{error:#}"),
            "a conversation could not be worked on"
        );
        // It may be due still: not again before the next tick.
        let shutdown = processor.lifecycle.shutdown_token();
        let pause = tokio::time::sleep(backoff::jittered(processor.work.tick()));
        shutdown.run_until_cancelled(pause).await;
    }
}
