//! Callbacks: in order as far as the faults allow, each with its own retries.

pub(crate) mod fields;
pub(crate) mod send;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;

use crate::calls::{Hook, new_sid};
use crate::state::{Outstanding, Sim};
use fields::Fields;
use send::Delivery;

/// How long a callback waits for the one before it. The real carrier sends them as independent requests.
const PATIENCE: Duration = Duration::from_secs(1);

/// The callbacks of one call.
pub(crate) struct CallbackQueue {
    sim: Arc<Sim>,
    call_sid: String,
    queue: mpsc::UnboundedSender<(Delivery, Outstanding)>,
    /// A callback that waits for the next one to overtake it.
    held: Option<(Delivery, Outstanding)>,
}

impl CallbackQueue {
    pub(crate) fn new(sim: &Arc<Sim>, call_sid: &str) -> Self {
        let (queue, waiting) = mpsc::unbounded_channel();
        sim.spawn(deliver_in_order(Arc::clone(sim), waiting));
        Self {
            sim: Arc::clone(sim),
            call_sid: call_sid.to_owned(),
            queue,
            held: None,
        }
    }

    /// Sends a callback, as far as the faults let it.
    pub(crate) fn push(&mut self, kind: &'static str, hook: &Hook, fields: Fields) {
        let delivery = self.delivery(kind, hook, fields);
        let sim = Arc::clone(&self.sim);
        let mut state = sim.state();
        if state.strikes(|faults| &mut faults.lose_callback, kind) {
            state.ledger.callbacks().lost += 1;
            return;
        }
        let twice = state.strikes(|faults| &mut faults.duplicate_callback, kind);
        let late = state.strikes(|faults| &mut faults.delay_callback, kind);
        let hold =
            self.held.is_none() && state.strikes(|faults| &mut faults.reorder_callback, kind);
        let delay = state.faults.delay_seconds;
        let counters = state.ledger.callbacks();
        counters.duplicated += u64::from(twice);
        counters.delayed += u64::from(late);
        counters.reordered += u64::from(hold);
        drop(state);
        for _ in 0..=u8::from(twice) {
            let guard = self.sim.outstanding();
            if late {
                self.send_late(delivery.clone(), guard, delay);
            } else if hold && self.held.is_none() {
                self.held = Some((delivery.clone(), guard));
            } else {
                self.enqueue((delivery.clone(), guard));
            }
        }
        if !hold {
            self.release();
        }
    }

    /// Lets go of a callback that nothing overtook: the call has ended.
    pub(crate) fn release(&mut self) {
        if let Some(held) = self.held.take() {
            self.enqueue(held);
        }
    }

    /// A request of this call.
    pub(crate) fn delivery(&self, kind: &'static str, hook: &Hook, fields: Fields) -> Delivery {
        Delivery {
            hook: hook.clone(),
            fields,
            kind,
            call_sid: self.call_sid.clone(),
            token: new_sid(""),
        }
    }

    fn enqueue(&self, entry: (Delivery, Outstanding)) {
        // The other end lives until this one is dropped, or the simulator has stopped.
        let _ = self.queue.send(entry);
    }

    fn send_late(&self, delivery: Delivery, guard: Outstanding, seconds: f64) {
        let sim = Arc::clone(&self.sim);
        self.sim.spawn(async move {
            let at = sim.clock.now() + seconds;
            tokio::select! {
                () = sim.stopped.cancelled() => {}
                () = sim.clock.sleep_until(at) => deliver(sim.clone(), delivery, guard).await,
            }
        });
    }
}

async fn deliver_in_order(
    sim: Arc<Sim>,
    mut waiting: mpsc::UnboundedReceiver<(Delivery, Outstanding)>,
) {
    while let Some((delivery, guard)) = waiting.recv().await {
        let (first_over, wait) = tokio::sync::oneshot::channel();
        let task_sim = Arc::clone(&sim);
        sim.spawn(async move {
            let first = task_sim.attempt(&delivery).await;
            // Nobody waits any more when the attempt took too long.
            let _ = first_over.send(());
            finish(&task_sim, &delivery, first).await;
            drop(guard);
        });
        let _ = tokio::time::timeout(PATIENCE, wait).await;
    }
}

/// Sends a callback by itself.
pub(crate) async fn deliver(sim: Arc<Sim>, delivery: Delivery, guard: Outstanding) {
    let first = sim.attempt(&delivery).await;
    finish(&sim, &delivery, first).await;
    drop(guard);
}

async fn finish(sim: &Arc<Sim>, delivery: &Delivery, first: Result<String, bool>) {
    let delivered = match first {
        Ok(_) => true,
        Err(true) => sim.retry(delivery).await.is_some(),
        Err(false) => false,
    };
    let mut state = sim.state();
    let counters = state.ledger.callbacks();
    if delivered {
        counters.delivered += 1;
    } else {
        counters.given_up += 1;
        tracing::warn!(
            call_sid = %delivery.call_sid,
            kind = delivery.kind,
            "A callback could not be delivered"
        );
    }
}
