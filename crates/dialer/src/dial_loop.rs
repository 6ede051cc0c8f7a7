//! Claim, commit, then dial: woken the moment that a line comes free.

use std::sync::Arc;

use domain::ids::BusinessId;
use storage::{StorageError, claims};
use tracing::{debug, warn};

use crate::{Dialer, dial};

/// Claims whenever something changed for a business, and for all of them on every sweep.
pub(crate) async fn run(dialer: Arc<Dialer>) {
    let shutdown = dialer.lifecycle.shutdown_token();
    loop {
        let sweep = chassis::backoff::jittered(dialer.pace.sweep());
        let businesses = tokio::select! {
            () = shutdown.cancelled() => return,
            businesses = dialer.wake.next() => Some(businesses),
            () = tokio::time::sleep(sweep) => None,
        };
        if let Err(error) = claim_and_dial(&dialer, businesses.clone()).await {
            warn!(error = %chassis::telemetry::chain(&error), "nothing could be claimed; trying again on the next sweep");
        }
    }
}

/// Takes what can be taken and dials it. Nobody dials while the store is down: without a committed claim there is
/// nothing to dial.
async fn claim_and_dial(
    dialer: &Arc<Dialer>,
    businesses: Option<Vec<BusinessId>>,
) -> Result<(), StorageError> {
    let now = dialer.clock.now();
    let mine_until = now + dialer.pace.claim_lease();
    let worker = dialer.worker.clone();
    let claims = dialer
        .db
        .system(move |tx| claims::claim(tx, businesses.as_deref(), &worker, now, mine_until))
        .await?;
    for claim in claims {
        debug!(business_id = %claim.business, run_id = %claim.run, lead_id = %claim.lead, "claimed");
        dialer
            .lifecycle
            .spawn("dial", dial::dial(Arc::clone(dialer), claim, now));
    }
    Ok(())
}
