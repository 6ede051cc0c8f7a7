//! What a turn leaves to be done once it is committed: runs whose last job left the air end, and whoever
//! watches is told how far runs are, four times a second at most. If this process dies before it is done, the sweep finds what
//! is left.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::ids::{BusinessId, RunId};
use storage::lines::Progress;
use storage::{StorageError, run_state};
use tokio::sync::Notify;
use tokio::time::Instant;
use tracing::warn;

use super::Engine;

/// Between two words about the same runs.
const TELL_EVERY: Duration = Duration::from_millis(250);

/// How long is waited after a failure of the database.
const PAUSE: Duration = Duration::from_secs(1);

/// What is left to do.
#[derive(Default)]
pub(super) struct Afterwards {
    left: Mutex<Left>,
    notify: Notify,
}

#[derive(Default)]
struct Left {
    changed: BTreeSet<RunId>,
    /// Runs that may be over.
    done: Vec<(BusinessId, RunId)>,
    is_closed: bool,
}

impl Afterwards {
    fn lock(&self) -> MutexGuard<'_, Left> {
        self.left.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn add(&self, runs: Vec<Progress>) {
        if runs.is_empty() {
            return;
        }
        let mut left = self.lock();
        for progress in runs {
            let Progress { business, run, .. } = progress;
            left.changed.insert(run);
            if progress.is_done {
                left.done.push((business, run));
            }
        }
        drop(left);
        self.notify.notify_one();
    }

    /// Nothing more will come.
    pub(super) fn close(&self) {
        self.lock().is_closed = true;
        self.notify.notify_one();
    }
}

impl Engine {
    /// Does what turns leave, until they end.
    pub(super) async fn look_after(&self) {
        let afterwards = &self.0.afterwards;
        let mut tell_at = Instant::now();
        loop {
            let (done, changed, is_closed) = {
                let mut left = afterwards.lock();
                let is_time = left.is_closed || tell_at <= Instant::now();
                let changed = if is_time {
                    std::mem::take(&mut left.changed)
                } else {
                    BTreeSet::new()
                };
                (std::mem::take(&mut left.done), changed, left.is_closed)
            };
            for (business, run) in done {
                if let Err(error) = self.settle(business, run).await {
                    warn!(error = %chassis::telemetry::chain(&error), "something is left to the sweep");
                    tokio::time::sleep(PAUSE).await;
                }
            }
            if !changed.is_empty() {
                tell_at = Instant::now() + TELL_EVERY;
                if let Err(error) = self.tell_progress(changed).await {
                    warn!(error = %chassis::telemetry::chain(&error), "nobody was told how far runs are; the sweep will");
                }
            }
            let (idle, untold) = {
                let left = afterwards.lock();
                (left.done.is_empty(), !left.changed.is_empty())
            };
            if is_closed && idle && !untold {
                return;
            }
            if !idle {
                continue;
            }
            tokio::select! {
                () = afterwards.notify.notified() => {}
                () = tokio::time::sleep_until(tell_at), if untold => {}
            }
        }
    }

    async fn tell_progress(&self, runs: BTreeSet<RunId>) -> Result<(), StorageError> {
        let now = self.0.clock.now();
        let runs: Vec<RunId> = runs.into_iter().collect();
        self.0
            .db
            .system(move |tx| run_state::tell_progress(tx, &runs, now))
            .await
    }

    async fn settle(&self, business: BusinessId, run: RunId) -> Result<(), StorageError> {
        let now = self.0.clock.now();
        self.0
            .db
            .system(move |tx| run_state::settle(tx, business, run, None, now))
            .await
            .map(drop)
    }
}
