//! `lead.suppressed`: queued jobs of that number leave every run of the business. The claim reads the list anyway; this
//! only tidies up.

use std::sync::Arc;

use domain::events::LeadSuppressed;
use messaging::{Broker, Decision};
use storage::run_state;

use crate::{Dialer, SERVICE};

/// Suppressions handled at once.
const PREFETCH: u16 = 8;

pub(crate) fn start(dialer: &Arc<Dialer>, broker: &Broker) {
    let shared = Arc::clone(dialer);
    let consumer = broker.consume::<LeadSuppressed>(
        SERVICE,
        PREFETCH,
        dialer.lifecycle.shutdown_token(),
        move |event| {
            let dialer = Arc::clone(&shared);
            async move {
                let (business, now) = (event.data.business_id, dialer.clock.now());
                dialer
                    .db
                    .system(move |tx| run_state::cancel_undialable(tx, business, now))
                    .await
                    .map(drop)
                    .map_err(Decision::from)
            }
        },
    );
    dialer
        .lifecycle
        .spawn("consumer of lead.suppressed", consumer);
}
