//! `run.requested`: a person asked for something of a run. The row says what; the event only wakes.

use std::sync::Arc;

use domain::events::RunRequested;
use domain::ids::{BusinessId, RunId};
use messaging::{Broker, Decision};
use storage::trace_contexts::Subject;
use storage::{StorageError, run_state};

use crate::{Dialer, SERVICE, hang_up};

/// Runs settled at once.
const PREFETCH: u16 = 8;

pub(crate) fn start(dialer: &Arc<Dialer>, broker: &Broker) {
    let shared = Arc::clone(dialer);
    let consumer = broker.consume::<RunRequested>(
        SERVICE,
        PREFETCH,
        dialer.lifecycle.shutdown_token(),
        move |event| {
            let dialer = Arc::clone(&shared);
            async move {
                let RunRequested {
                    business_id,
                    run_id,
                    ..
                } = event.data;
                // Its calls go on from here.
                let traced = dialer.db.remember_trace(business_id, Subject::Run(run_id));
                traced.await.map_err(Decision::from)?;
                settle(&dialer, business_id, run_id)
                    .await
                    .map_err(Decision::from)
            }
        },
    );
    dialer
        .lifecycle
        .spawn("consumer of run.requested", consumer);
}

/// Brings the run to what its row asks for. Safe at any time, any number of times.
pub(crate) async fn settle(
    dialer: &Arc<Dialer>,
    business: BusinessId,
    run: RunId,
) -> Result<(), StorageError> {
    let now = dialer.clock.now();
    let cannot_dial = dialer.cannot_dial();
    let state = dialer
        .db
        .system(move |tx| run_state::settle(tx, business, run, cannot_dial, now))
        .await?;
    match state.status.as_str() {
        "running" => dialer.engine.wake(business),
        "cancelled" if state.hang_up_requested => {
            let dialer = Arc::clone(dialer);
            let lifecycle = dialer.lifecycle.clone();
            lifecycle.spawn("hang up", hang_up::run(dialer, business, run));
        }
        _ => {}
    }
    Ok(())
}
