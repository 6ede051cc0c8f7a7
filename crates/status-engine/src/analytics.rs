//! Keeps the read models of analytics as the histories are. Any replica may do it: whoever holds a business's lock does.

use std::time::Duration;

use chassis::backoff;
use storage::analytics::{self, Haste};
use storage::{Db, StorageError};
use tokio_util::sync::CancellationToken;
use tracing::warn;

use crate::measures;

/// Businesses of one look.
const MOST_BUSINESSES: i32 = 100;
/// Days of one business before the next one has its turn.
const MOST_DAYS: u32 = 50;

/// Looks and computes until the process stops.
pub(crate) async fn run(db: Db, tick: Duration, shutdown: CancellationToken) {
    while !shutdown.is_cancelled() {
        let is_done = match look(&db, &shutdown).await {
            Ok(is_done) => is_done,
            Err(error) => {
                warn!(
                    error = &error as &dyn std::error::Error,
                    "analytics cannot be kept; trying again"
                );
                true
            }
        };
        if is_done {
            let pause = tokio::time::sleep(backoff::jittered(tick));
            shutdown.run_until_cancelled(pause).await;
        }
    }
}

/// Goes through the businesses that have something to do once; answers whether none of them has more.
async fn look(db: &Db, shutdown: &CancellationToken) -> Result<bool, StorageError> {
    let due = db
        .system(|tx| analytics::businesses_due(tx, MOST_BUSINESSES))
        .await?;
    let mut is_done = true;
    for business in due {
        if shutdown.is_cancelled() {
            break;
        }
        match analytics::refresh(db, business, Haste::WhenDue, MOST_DAYS).await {
            Ok(computed) => {
                measures::ANALYTICS_DAYS
                    .count(&[])
                    .increment(u64::from(computed.days));
                is_done &= computed.is_done;
            }
            // The others must not wait for it.
            Err(error) => warn!(
                business_id = business.0,
                error = &error as &dyn std::error::Error,
                "analytics of a business cannot be kept; trying again"
            ),
        }
    }
    Ok(is_done)
}
