//! What waits for a lane's next turn.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use domain::ids::{AttemptId, BusinessId, CallbackId};
use storage::calls::{Applied, News};
use tokio::sync::{Notify, oneshot};
use tokio::time::Instant;
use uuid::Uuid;

use super::Failure;

/// Most pieces of news and most businesses in one turn: enough to share a commit among many, few enough that nobody waits
/// long for it.
const NEWS_PER_TURN: usize = 1_000;
const BUSINESSES_PER_TURN: usize = 1_000;

/// What is told to the engine.
pub(super) enum Piece {
    News(News),
    Callback(StoredNews),
}

/// An event about a callback that lies in the database.
pub(super) struct StoredNews {
    pub(super) business: BusinessId,
    pub(super) event: Uuid,
    pub(super) attempt: AttemptId,
    pub(super) callback: CallbackId,
    /// When it was raised.
    pub(super) raised: DateTime<Utc>,
    pub(super) traceparent: Option<String>,
}

pub(super) struct Told {
    pub(super) piece: Piece,
    pub(super) answer: oneshot::Sender<Result<Applied, Failure>>,
}

#[derive(Default)]
pub(super) struct Lane {
    pub(super) waiting: Mutex<Waiting>,
    pub(super) notify: Notify,
}

#[derive(Default)]
pub(super) struct Waiting {
    pub(super) told: Vec<Told>,
    pub(super) woken: BTreeSet<BusinessId>,
    /// Woken by the sweep only: somebody else may be at work on them.
    pub(super) swept: BTreeSet<BusinessId>,
    pub(super) closed: bool,
}

/// Businesses that the carrier's pace kept waiting.
#[derive(Default)]
pub(super) struct Paced {
    businesses: BTreeSet<BusinessId>,
    until: Option<Instant>,
}

impl Paced {
    pub(super) fn wait(&mut self, businesses: Vec<BusinessId>, wait: Duration) {
        self.businesses.extend(businesses);
        self.until = Some(Instant::now() + wait);
    }

    /// Resolves when the next call is allowed; never while nobody waits.
    pub(super) async fn over(&self) {
        match self.until {
            Some(until) => tokio::time::sleep_until(until).await,
            None => std::future::pending().await,
        }
    }

    /// Whose wait is over.
    pub(super) fn due(&mut self) -> BTreeSet<BusinessId> {
        if self.until.is_none_or(|until| until > Instant::now()) {
            return BTreeSet::new();
        }
        self.until = None;
        std::mem::take(&mut self.businesses)
    }
}

impl Lane {
    pub(super) fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn wake(&self, businesses: impl IntoIterator<Item = BusinessId>) {
        let mut businesses = businesses.into_iter().peekable();
        if businesses.peek().is_some() {
            self.lock().woken.extend(businesses);
            self.notify.notify_one();
        }
    }

    pub(super) fn sweep(&self, business: BusinessId) {
        self.lock().swept.insert(business);
        self.notify.notify_one();
    }

    /// What is taken into one turn. What is left over wakes the lane again.
    pub(super) fn take(&self) -> Work {
        let mut waiting = self.lock();
        let most = waiting.told.len().min(NEWS_PER_TURN);
        let told = waiting.told.drain(..most).collect();
        let woken = first(&mut waiting.woken, BUSINESSES_PER_TURN);
        let swept = first(&mut waiting.swept, BUSINESSES_PER_TURN);
        if !waiting.told.is_empty() || !waiting.woken.is_empty() || !waiting.swept.is_empty() {
            self.notify.notify_one();
        }
        Work { told, woken, swept }
    }

    /// Refuses whatever comes from now on, unless something is waiting.
    pub(super) fn close(&self) -> bool {
        let mut waiting = self.lock();
        waiting.closed = waiting.told.is_empty();
        waiting.closed
    }
}

/// Takes the first `most` out of a set.
fn first(set: &mut BTreeSet<BusinessId>, most: usize) -> BTreeSet<BusinessId> {
    let rest = match set.iter().nth(most).copied() {
        Some(beyond) => set.split_off(&beyond),
        None => BTreeSet::new(),
    };
    std::mem::replace(set, rest)
}

/// What one turn is about.
#[derive(Default)]
pub(super) struct Work {
    pub(super) told: Vec<Told>,
    pub(super) woken: BTreeSet<BusinessId>,
    pub(super) swept: BTreeSet<BusinessId>,
}

impl Work {
    pub(super) fn is_empty(&self) -> bool {
        self.told.is_empty() && self.woken.is_empty() && self.swept.is_empty()
    }
}
