//! The loop that sends: it claims what is due, as much as there are hands free, and looks again when one of them has ended,
//! when something was written, and at every tick. Claim, commit, send, record: no transaction is open while a receiver
//! thinks. Whoever dies on the way leaves a lease behind that runs out.

use std::sync::Arc;
use std::time::Duration;

use chassis::backoff;
use chassis::clock::Clock;
use storage::webhook_deliveries::{self, Claimed};
use storage::{Db, StorageError};
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tracing::warn;

use super::post::Post;
use super::record;
use crate::failpoint::{self, Place};
use crate::settings::WebhookSettings;

/// How often the end of an attempt is tried to be recorded, and the pause between: a moment without the database is to cost
/// nobody a second request.
const RECORD_TRIES: u32 = 3;
const RECORD_PAUSE: Duration = Duration::from_secs(1);

/// What sending needs.
pub(super) struct Sender {
    pub(super) db: Db,
    pub(super) clock: Clock,
    pub(super) post: Post,
    pub(super) settings: WebhookSettings,
    /// Something was written in this process.
    pub(super) written: Arc<Notify>,
    pub(super) shutdown: CancellationToken,
}

pub(super) async fn run(sender: Arc<Sender>) {
    let mut under_way = JoinSet::new();
    while !sender.shutdown.is_cancelled() {
        // What has panicked is sent again when its lease has run out.
        while under_way.try_join_next().is_some() {}
        let free = sender.settings.concurrency.saturating_sub(under_way.len());
        match claim(&sender, free).await {
            Ok(claimed) => {
                for claimed in claimed {
                    under_way.spawn(deliver(Arc::clone(&sender), claimed));
                }
            }
            Err(error) => warn!(
                error = &error as &dyn std::error::Error,
                "cannot look for webhook deliveries"
            ),
        }
        tokio::select! {
            () = sender.shutdown.cancelled() => {}
            Some(_) = under_way.join_next() => {}
            () = sender.written.notified() => {}
            () = tokio::time::sleep(backoff::jittered(sender.settings.tick())) => {}
        }
    }
    while under_way.join_next().await.is_some() {}
}

async fn claim(sender: &Sender, free: usize) -> Result<Vec<Claimed>, StorageError> {
    let most = i32::try_from(free).unwrap_or(i32::MAX);
    if most == 0 {
        return Ok(Vec::new());
    }
    let (now, pace) = (sender.clock.now(), sender.settings.pace());
    sender
        .db
        .system(move |tx| webhook_deliveries::claim(tx, now, most, pace))
        .await
}

async fn deliver(sender: Arc<Sender>, claimed: Claimed) {
    failpoint::pass(Place::Claimed);
    let (outcome, attempt) = sender.post.send(&claimed, sender.clock.now()).await;
    failpoint::pass(Place::Answered);
    let mut tries = 1;
    while let Err(error) = record::end(&sender, &claimed, outcome, &attempt).await {
        if tries == RECORD_TRIES || !error.is_transient() {
            warn!(
                business_id = claimed.business().0,
                endpoint_id = claimed.endpoint().0,
                delivery_id = claimed.id().0,
                error = &error as &dyn std::error::Error,
                "the end of a webhook delivery could not be recorded; it is sent again when its lease has run out"
            );
            return;
        }
        tries += 1;
        tokio::time::sleep(RECORD_PAUSE).await;
    }
    failpoint::pass(Place::Recorded);
}
