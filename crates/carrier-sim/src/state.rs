//! Everything that the parts of the simulator share.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rand::SeedableRng as _;
use rand::rngs::StdRng;
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::call_life::CallActor;
use crate::calls::{CallPlan, CallRecord, Order, Status, View, new_sid};
use crate::clock::{SimClock, SimTime};
use crate::config::SimConfig;
use crate::faults::{Chance, Faults};
use crate::recordings::Recordings;
use crate::report::Ledger;
use crate::scripts::{Script, ScriptBook};

pub(crate) struct Sim {
    pub config: SimConfig,
    pub clock: SimClock,
    pub http: reqwest::Client,
    /// Handlers run on the server's own threads; calls outlive them on the caller's runtime.
    runtime: Handle,
    pub tasks: TaskTracker,
    pub stopped: CancellationToken,
    /// Callbacks and recordings that are still to be sent.
    outstanding: AtomicUsize,
    state: Mutex<State>,
}

pub(crate) struct State {
    pub calls: HashMap<String, CallRecord>,
    /// Ids of calls, oldest first.
    pub order: Vec<String>,
    pub recordings: Recordings,
    pub scripts: ScriptBook,
    pub faults: Faults,
    pub rng: StdRng,
    pub ledger: Ledger,
    next_dial: SimTime,
    /// Ends the calls of this generation; a reset starts another.
    generation: CancellationToken,
}

impl State {
    fn new(config: &SimConfig, stopped: &CancellationToken) -> Self {
        Self {
            calls: HashMap::new(),
            order: Vec::new(),
            recordings: Recordings::default(),
            scripts: ScriptBook::new(config.default_script.clone(), &config.scripts),
            faults: config.faults.clone(),
            rng: StdRng::seed_from_u64(config.seed),
            ledger: Ledger::default(),
            next_dial: 0.0,
            generation: stopped.child_token(),
        }
    }

    /// Whether a fault happens now.
    pub(crate) fn strikes(
        &mut self,
        fault: impl FnOnce(&mut Faults) -> &mut Chance,
        kind: &str,
    ) -> bool {
        fault(&mut self.faults).strikes(&mut self.rng, kind)
    }

    /// When a call that is accepted now is dialled: the carrier queues what is above its rate.
    fn dial_slot(&mut self, now: SimTime) -> SimTime {
        let rate = self.faults.calls_per_second;
        if rate <= 0.0 {
            return now;
        }
        let at = self.next_dial.max(now);
        self.next_dial = at + 1.0 / rate;
        at
    }
}

/// Keeps the simulator from being idle while it lives.
pub(crate) struct Outstanding(Arc<Sim>);

impl Drop for Outstanding {
    fn drop(&mut self) {
        self.0.outstanding.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Sim {
    pub(crate) fn new(config: SimConfig, clock: SimClock, http: reqwest::Client) -> Arc<Self> {
        let stopped = CancellationToken::new();
        let state = State::new(&config, &stopped);
        Arc::new(Self {
            config,
            clock,
            http,
            runtime: Handle::current(),
            tasks: TaskTracker::new(),
            stopped,
            outstanding: AtomicUsize::new(0),
            state: Mutex::new(state),
        })
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.tasks.spawn_on(task, &self.runtime);
    }

    pub(crate) fn outstanding(self: &Arc<Self>) -> Outstanding {
        self.outstanding.fetch_add(1, Ordering::SeqCst);
        Outstanding(Arc::clone(self))
    }

    pub(crate) fn outstanding_callbacks(&self) -> usize {
        self.outstanding.load(Ordering::SeqCst)
    }

    /// Forgets everything; live calls end without a word. Scripts and faults are those of the start again.
    pub(crate) fn reset(&self) {
        let mut state = self.state();
        state.generation.cancel();
        *state = State::new(&self.config, &self.stopped);
    }

    /// Accepts a call; from now on it is in the air. Returns its id.
    pub(crate) fn place(self: &Arc<Self>, plan: CallPlan, script: Script) -> String {
        let sid = new_sid("CA");
        let (orders, inbox) = mpsc::unbounded_channel();
        let now = self.clock.now();
        let mut state = self.state();
        let dial_at = if plan.inbound {
            now
        } else {
            state.dial_slot(now)
        };
        state.ledger.call_begins(&sid, &plan, self.clock.date(now));
        let record = CallRecord {
            sid: sid.clone(),
            plan: plan.clone(),
            created: now,
            history: vec![View {
                at: now,
                status: if plan.inbound {
                    Status::Ringing
                } else {
                    Status::Queued
                },
                start: plan.inbound.then_some(now),
                end: None,
                duration: None,
                answered_by: None,
                queue_ms: ((dial_at - now) * 1000.0) as u64,
            }],
            orders,
        };
        state.calls.insert(sid.clone(), record);
        state.order.push(sid.clone());
        let generation = state.generation.clone();
        drop(state);
        let actor = CallActor::new(
            Arc::clone(self),
            sid.clone(),
            plan,
            script,
            dial_at,
            inbox,
            generation,
        );
        self.spawn(actor.run());
        sid
    }

    /// Changes what is visible of a call from `at` on. Unknown after a reset.
    pub(crate) fn change(&self, sid: &str, at: SimTime, change: impl FnOnce(&mut View)) {
        let mut state = self.state();
        let Some(call) = state.calls.get_mut(sid) else {
            return;
        };
        let mut view = call.latest().clone();
        view.at = at;
        change(&mut view);
        let ended = view.status.is_terminal().then_some(view.status);
        call.history.push(view);
        if let Some(status) = ended {
            state.ledger.call_ends(sid, status, self.clock.date(at));
        }
    }

    /// Gives an order to a live call.
    pub(crate) fn order(&self, sid: &str, order: Order) {
        if let Some(call) = self.state().calls.get(sid) {
            // A call that has just ended takes no orders; its state tells.
            let _ = call.orders.send(order);
        }
    }
}
