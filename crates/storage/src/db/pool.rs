//! Connections, given in turn.

use std::sync::Arc;
use std::time::{Duration, Instant};

use diesel::prelude::*;
use diesel::r2d2::{ConnectionManager, Pool as Kept, R2D2Connection as _};
use observe::{Label, Metric};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tracing::Span;

use super::role::{ActAs, ServiceRole, Use};
use crate::{Result, StorageError};

/// How long a caller waits for its turn, and then for a connection. Longer would keep callers behind a database that is gone.
const POOL_WAIT: Duration = Duration::from_secs(2);

const WAIT: Metric = Metric::seconds(
    "callboard_database_wait_seconds",
    "Wait for a connection of the pool",
    &[],
);
const TIMEOUTS: Metric = Metric::counter(
    "callboard_database_wait_timeouts_total",
    "Waits that ended without a connection",
    &[],
);
const CONNECTIONS: Metric = Metric::gauge(
    "callboard_database_connections",
    "Connections of the pool",
    &[Label::of("state", &["idle", "used"])],
);
const MOST_CONNECTIONS: Metric = Metric::gauge(
    "callboard_database_connections_max",
    "Size of the pool of connections",
    &[],
);

/// What is measured of the pool.
pub const METRICS: [Metric; 4] = [WAIT, TIMEOUTS, CONNECTIONS, MOST_CONNECTIONS];

/// A pool of connections that all act as one service role. Cheap to clone.
#[derive(Clone)]
pub(super) struct Pool {
    kept: Kept<ConnectionManager<PgConnection>>,
    /// As many as there are connections, given in the order in which they are asked for. The pool itself gives a connection that
    /// comes back to whoever asks at that moment, and then a few callers wait many times as long as the others.
    turns: Arc<Semaphore>,
}

/// How far a piece of work came on a connection.
pub(super) enum Tried<T, E> {
    /// To its end.
    Done(Result<T, E>),
    /// Nothing was done, or what was done may be done again.
    NotBegun(E),
}

impl Pool {
    /// Connections are made when first needed, so this succeeds while the database is away.
    pub(super) fn new(url: &str, role: ServiceRole, for_what: Use, size: u32) -> Self {
        let kept = Kept::builder()
            .max_size(size)
            // None before the first use: a process that ends at once must not race with a connection in the making.
            .min_idle(Some(0))
            .connection_timeout(POOL_WAIT)
            // See `blocking`.
            .test_on_check_out(false)
            .connection_customizer(Box::new(ActAs { role, for_what }))
            .build_unchecked(ConnectionManager::new(url));
        Self {
            kept,
            turns: Arc::new(Semaphore::new(size as usize)),
        }
    }

    /// Runs `work` on a thread that may block, with a connection of the pool. That the server has closed it is noticed only
    /// when it is used (asking first would be a journey for nothing each time): then it is thrown away, and
    /// another is tried, at most as many as the pool may hold and one that is new.
    pub(super) async fn blocking<T, E>(
        &self,
        mut work: impl FnMut(&mut PgConnection) -> Tried<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StorageError> + Send + 'static,
    {
        let mut asked = Instant::now();
        let turn = self.turn().await.map_err(|error| {
            TIMEOUTS.count(&[]).increment(1);
            E::from(error)
        })?;
        let pool = self.kept.clone();
        // What is logged and raised in there belongs to whoever waits for it.
        let span = Span::current();
        let done = tokio::task::spawn_blocking(move || {
            let _entered = span.entered();
            // Given back after the connection.
            let _turn = turn;
            let mut tries = pool.max_size();
            loop {
                let conn = pool.get();
                WAIT.timing(&[]).record(asked.elapsed());
                let mut conn = conn.map_err(|error| {
                    TIMEOUTS.count(&[]).increment(1);
                    E::from(StorageError::from(error))
                })?;
                match work(&mut conn) {
                    Tried::Done(answer) => return answer,
                    Tried::NotBegun(_) if tries > 0 && conn.is_broken() => {
                        tries -= 1;
                        asked = Instant::now();
                    }
                    Tried::NotBegun(error) => return Err(error),
                }
            }
        })
        .await;
        match done {
            Ok(answer) => answer,
            Err(join) => match join.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                Err(cancelled) => Err(E::from(StorageError::Unavailable(Box::new(cancelled)))),
            },
        }
    }

    async fn turn(&self) -> Result<OwnedSemaphorePermit> {
        let turn = Arc::clone(&self.turns).acquire_owned();
        match tokio::time::timeout(POOL_WAIT, turn).await {
            Ok(Ok(turn)) => Ok(turn),
            Ok(Err(closed)) => Err(StorageError::Unavailable(Box::new(closed))),
            Err(late) => Err(StorageError::Unavailable(Box::new(late))),
        }
    }

    /// Measures the pools of a process, which tells nothing by itself.
    pub(super) fn measure(pools: &[&Self]) {
        let of_all = |one: fn(&Self) -> u32| pools.iter().map(|pool| one(pool)).sum::<u32>();
        let made = of_all(|pool| pool.kept.state().connections);
        let idle = of_all(|pool| pool.kept.state().idle_connections);
        CONNECTIONS.level(&[("state", "idle")]).set(idle);
        CONNECTIONS
            .level(&[("state", "used")])
            .set(made.saturating_sub(idle));
        MOST_CONNECTIONS
            .level(&[])
            .set(of_all(|pool| pool.kept.max_size()));
    }
}
