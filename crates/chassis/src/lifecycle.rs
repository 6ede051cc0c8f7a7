//! From the first task to the last: tracked tasks, one signal to stop, a bounded drain.
//!
//! The order at the end of a process: [`Lifecycle::announce_stop`] turns `/readyz` to 503 so that no new work is sent
//! here; [`Lifecycle::stop`] cancels the shutdown token, on which servers close their doors and loops finish what they
//! hold; [`Lifecycle::drain`] waits for them, names those that do not end in time, and closes the probes last.

use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context as _, bail};
use futures::FutureExt as _;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::{Instrument as _, error, info};

/// What a task may end with: `()`, or a result whose error stops the process.
pub trait Outcome: Send + 'static {
    /// The task's verdict.
    ///
    /// # Errors
    /// What the task failed with.
    fn verdict(self) -> anyhow::Result<()>;
}

impl Outcome for () {
    fn verdict(self) -> anyhow::Result<()> {
        Ok(())
    }
}

impl<E: Into<anyhow::Error> + Send + 'static> Outcome for Result<(), E> {
    fn verdict(self) -> anyhow::Result<()> {
        self.map_err(Into::into)
    }
}

/// The tasks of a process and their end. Cheap to clone; clones are the same lifecycle.
#[derive(Clone, Default)]
pub struct Lifecycle(Arc<Inner>);

#[derive(Default)]
struct Inner {
    tasks: TaskTracker,
    announced: CancellationToken,
    shutdown: CancellationToken,
    ended: CancellationToken,
    next: AtomicU64,
    running: Mutex<BTreeMap<u64, &'static str>>,
    failed: Mutex<Vec<&'static str>>,
}

impl Lifecycle {
    /// Nothing runs yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Runs `task` until it ends. A task that fails or panics stops the process: half a service that looks alive is
    /// worse than a restart.
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that spawns: here tasks are tracked"
    )]
    pub fn spawn<F>(&self, name: &'static str, task: F)
    where
        F: Future<Output: Outcome> + Send + 'static,
    {
        let id = self.0.next.fetch_add(1, Ordering::Relaxed);
        lock(&self.0.running).insert(id, name);
        let this = self.clone();
        let watched = async move {
            let verdict = AssertUnwindSafe(task).catch_unwind().await;
            lock(&this.0.running).remove(&id);
            let error = match verdict.map(Outcome::verdict) {
                Ok(Ok(())) => return,
                Ok(Err(error)) => error,
                // The panic hook has said what and where.
                Err(_) => anyhow::anyhow!("it panicked"),
            };
            error!(
                task = name,
                error = format!("{error:#}"),
                "task {name} failed; stopping the process"
            );
            lock(&this.0.failed).push(name);
            this.stop();
        };
        tokio::spawn(
            self.0
                .tasks
                .track_future(watched.instrument(tracing::Span::current())),
        );
    }

    /// Cancelled when the process must stop. Servers and loops end on it.
    #[must_use]
    pub fn shutdown_token(&self) -> CancellationToken {
        self.0.shutdown.clone()
    }

    /// Cancelled when all has ended: for what must outlive the drain, as the probes do.
    pub(crate) fn ended_token(&self) -> CancellationToken {
        self.0.ended.clone()
    }

    /// True once the process no longer wants new work.
    #[must_use]
    pub fn is_stopping(&self) -> bool {
        self.0.announced.is_cancelled()
    }

    /// Makes `/readyz` say 503; everything goes on. Load balancers need a moment before the doors close.
    pub fn announce_stop(&self) {
        self.0.announced.cancel();
    }

    /// Tells every task to end. Safe to call twice.
    pub fn stop(&self) {
        self.0.announced.cancel();
        self.0.shutdown.cancel();
    }

    /// On SIGTERM or SIGINT: announces the stop, waits `notice` for load balancers to see it, and stops.
    ///
    /// # Errors
    /// When the signals cannot be listened to.
    pub fn stop_on_signal(&self, notice: Duration) -> anyhow::Result<()> {
        let signal = listen()?;
        let this = self.clone();
        self.spawn("signals", async move {
            let shutdown = this.shutdown_token();
            tokio::select! {
                () = shutdown.cancelled() => return,
                name = signal => info!("{name} received; draining"),
            }
            this.announce_stop();
            tokio::select! {
                () = shutdown.cancelled() => {}
                () = tokio::time::sleep(notice) => this.stop(),
            }
        });
        Ok(())
    }

    /// Stops, and waits at most `timeout` for every task to end.
    ///
    /// # Errors
    /// Naming the tasks that had not ended in time, or that had failed earlier; the process should then exit with a
    /// failure.
    pub async fn drain(&self, timeout: Duration) -> anyhow::Result<()> {
        self.stop();
        self.0.tasks.close();
        let in_time = tokio::time::timeout(timeout, self.0.tasks.wait()).await;
        self.0.ended.cancel();
        // A failure is a panic, of which the hook has told.
        let _ = tokio::task::spawn_blocking(crate::telemetry::finish).await;
        if in_time.is_err() {
            let left: Vec<_> = lock(&self.0.running).values().copied().collect();
            bail!(
                "not drained within {timeout:?}; still running: {}",
                left.join(", ")
            );
        }
        let failed = lock(&self.0.failed).join(", ");
        if !failed.is_empty() {
            bail!("a task failed: {failed}");
        }
        Ok(())
    }
}

impl fmt::Debug for Lifecycle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lifecycle")
            .field("stopping", &self.is_stopping())
            .field("running", &lock(&self.0.running).values())
            .finish_non_exhaustive()
    }
}

/// Resolves when the process is asked to end (SIGTERM or SIGINT).
///
/// # Errors
/// When the signals cannot be listened to.
pub async fn until_signal() -> anyhow::Result<()> {
    listen()?.await;
    Ok(())
}

/// Listens from now on (not from the first poll on): a signal between the two must not be lost.
fn listen() -> anyhow::Result<impl Future<Output = &'static str> + Send + 'static> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate()).context("cannot listen for SIGTERM")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("cannot listen for SIGINT")?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => "SIGTERM",
            _ = interrupt.recv() => "SIGINT",
        }
    })
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
