//! The dialer's own engine with a timer in the place of the carrier.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::bail;
use chassis::clock::Clock;
use dialer::engine::{Dial, Engine, EngineSettings};
use domain::call::CallStatus;
use storage::calls::Report;
use storage::{Db, DbSettings, ServiceRole, bench};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::analysis::Event;
use super::timer::{Timer, monotonic_ns};
use super::workload::duration_ms;

/// No engine is waited for longer when nothing starts and nothing ends any more.
const SILENCE: Duration = Duration::from_secs(60);

/// How often is looked whether all calls are over, or whether events have come.
pub(super) const LOOK: Duration = Duration::from_millis(20);

/// How long a call lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Calls {
    /// As long as the workload says.
    Timed,
    /// No time at all: one is over as soon as its end is committed. Where no limit binds, ends that are merely told would
    /// pile up behind the starts and count for nothing.
    Instant,
    /// Longer than the benchmark.
    Endless,
}

/// What an engine is asked to do.
#[derive(Debug, Clone, Copy)]
pub(super) struct Work {
    /// Jobs of each tenant.
    pub(super) jobs: u32,
    pub(super) calls: Calls,
    pub(super) lanes: usize,
}

/// What has come so far. Cheap to clone.
#[derive(Clone, Default)]
pub(super) struct Log(Arc<Mutex<Recorded>>);

#[derive(Default)]
struct Recorded {
    over: Vec<Event>,
    started: usize,
    ended: usize,
    troubles: Vec<String>,
}

impl Log {
    fn with<T>(&self, look: impl FnOnce(&mut Recorded) -> T) -> T {
        look(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn ended_with(&self, event: Event) {
        self.with(|recorded| {
            recorded.ended += 1;
            recorded.over.push(event);
        });
    }

    pub(super) fn started(&self) -> usize {
        self.with(|recorded| recorded.started)
    }

    pub(super) fn ended(&self) -> usize {
        self.with(|recorded| recorded.ended)
    }

    /// The calls that are over and that nobody took before.
    pub(super) fn take(&self) -> Vec<Event> {
        self.with(|recorded| std::mem::take(&mut recorded.over))
    }

    /// What went wrong.
    pub(super) fn troubles(&self) -> Vec<String> {
        self.with(|recorded| std::mem::take(&mut recorded.troubles))
    }
}

/// A running engine; dropped, it is ended in the middle of whatever it does.
pub(super) struct Running {
    pub(super) log: Log,
    shutdown: CancellationToken,
    tasks: JoinSet<()>,
}

/// Starts an engine on a seeded database.
pub(super) fn start(url: &str, work: Work) -> Running {
    let db = Db::new(&DbSettings {
        url: url.to_owned(),
        role: ServiceRole::Dialer,
        pool_size: u32::try_from(work.lanes)
            .unwrap_or(u32::MAX)
            .saturating_add(2),
        reads: 0,
    });
    let settings = EngineSettings {
        worker: format!("bench-{}", std::process::id()),
        claim_lease: Duration::from_secs(60),
        look_again: Duration::from_secs(60),
        sweep: Duration::from_secs(1),
        lanes: work.lanes,
        pace: None,
    };
    let engine = Engine::new(db, Clock::system(), settings);
    let (log, shutdown) = (Log::default(), CancellationToken::new());
    let (timer, calls) = (Timer::start(), TaskTracker::new());
    let dial = {
        let (engine, log) = (engine.clone(), log.clone());
        move |dial: Dial| {
            let start_ns = monotonic_ns();
            log.with(|recorded| recorded.started += 1);
            let call = Call {
                start_ns,
                work,
                timer: timer.clone(),
                engine: engine.clone(),
                log: log.clone(),
            };
            calls.spawn(call.run(dial));
        }
    };
    let mut tasks = JoinSet::new();
    tasks.spawn(engine.run(shutdown.clone(), dial));
    Running {
        log,
        shutdown,
        tasks,
    }
}

/// A call in the air.
struct Call {
    start_ns: u64,
    work: Work,
    timer: Timer,
    engine: Engine,
    log: Log,
}

impl Call {
    async fn run(self, dial: Dial) {
        let (tenant, job) = self.of(&dial);
        let event = |end_ns| Event {
            tenant,
            job,
            start_ns: self.start_ns,
            end_ns,
        };
        match self.work.calls {
            Calls::Endless => std::future::pending().await,
            Calls::Timed => {
                let lasts = duration_ms(tenant, job) * 1_000_000;
                let Ok(fired) = self.timer.at(self.start_ns + lasts).await else {
                    return;
                };
                self.log.ended_with(event(fired));
                self.tell(&dial).await;
            }
            Calls::Instant => {
                self.tell(&dial).await;
                self.log.ended_with(event(monotonic_ns()));
            }
        }
    }

    /// Tells the engine that the call is over; returns once that is committed.
    async fn tell(&self, dial: &Dial) {
        let report = Report {
            call_sid: format!("CA{}", dial.claim.attempt.0.simple()),
            status: Some(CallStatus::Completed),
            duration_seconds: Some(0),
            answered_by: None,
        };
        let told = self
            .engine
            .report(dial.claim.business, dial.claim.attempt, report);
        if let Err(error) = told.await {
            let trouble = chassis::telemetry::chain(&error).to_string();
            self.log.with(|recorded| recorded.troubles.push(trouble));
        }
    }

    /// The number that is called says which tenant's job it is. One that does not is of no tenant, and is counted as such.
    fn of(&self, dial: &Dial) -> (u32, u32) {
        let number = dial.claim.to.strip_prefix(bench::NUMBERS);
        let place: Option<u32> = number.and_then(|place| place.parse().ok());
        place.map_or((u32::MAX, u32::MAX), |place| {
            (place / self.work.jobs, place % self.work.jobs)
        })
    }
}

impl Running {
    /// Waits for so many calls to end, or until nothing happens any more.
    pub(super) async fn until_ended(&self, calls: usize) {
        Silence::default().wait(calls, || self.log.ended()).await;
    }

    /// Waits for so many calls to start.
    ///
    /// # Errors
    /// When nothing happens any more before that.
    pub(super) async fn until_started(&self, calls: usize) -> anyhow::Result<()> {
        if !Silence::default().wait(calls, || self.log.started()).await {
            bail!("{} of {calls} calls started", self.log.started());
        }
        Ok(())
    }

    /// Lets the engine take in what came last, and end.
    pub(super) async fn finish(mut self) {
        self.shutdown.cancel();
        while self.tasks.join_next().await.is_some() {}
    }
}

/// Watches a count that grows.
#[derive(Default)]
pub(super) struct Silence {
    last: usize,
    looks: u32,
}

impl Silence {
    /// Whether it reached `goal`, rather than standing still for too long.
    pub(super) async fn wait(&mut self, goal: usize, count: impl Fn() -> usize) -> bool {
        loop {
            let now = count();
            if now >= goal {
                return true;
            }
            self.looks = if now > self.last { 0 } else { self.looks + 1 };
            self.last = now;
            if LOOK * self.looks > SILENCE {
                return false;
            }
            tokio::time::sleep(LOOK).await;
        }
    }
}
