use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::time::{Duration, Instant};

use diesel::connection::{AnsiTransactionManager, TransactionManager as _};
use diesel::prelude::*;
use diesel::r2d2::{ConnectionManager, CustomizeConnection, Pool, R2D2Connection as _};
use diesel::result::Error as DieselError;
use domain::ids::BusinessId;
use observe::{Label, Metric};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use tracing::Span;

use crate::lane::Lane;
use crate::outbox::{self, Staged};
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

/// The database role that a process acts as; it owns no table, and the grants are its pen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ServiceRole {
    /// The public door.
    ApiGateway,
    /// Slots, jobs, calls.
    Dialer,
    /// Recordings, transcripts, summaries.
    RecordingProcessor,
    /// The lead's status.
    StatusEngine,
    /// Operators' commands.
    Operator,
}

impl ServiceRole {
    /// The name of the role in PostgreSQL.
    #[must_use]
    pub const fn role_name(self) -> &'static str {
        match self {
            Self::ApiGateway => "callboard_api_gateway",
            Self::Dialer => "callboard_dialer",
            Self::RecordingProcessor => "callboard_recording_processor",
            Self::StatusEngine => "callboard_status_engine",
            Self::Operator => "callboard_operator",
        }
    }

    /// The name of the service, as in events and logs.
    #[must_use]
    pub const fn service_name(self) -> &'static str {
        match self {
            Self::ApiGateway => "api-gateway",
            Self::Dialer => "dialer",
            Self::RecordingProcessor => "recording-processor",
            Self::StatusEngine => "status-engine",
            Self::Operator => "operator",
        }
    }
}

/// Where the database is and how it is used.
#[derive(Clone)]
pub struct DbSettings {
    /// A libpq URL. Its login must be a member of the role.
    pub url: String,
    /// What this process acts as.
    pub role: ServiceRole,
    /// Most connections held at once.
    pub pool_size: u32,
}

/// A pool of connections that all act as one service role. Cheap to clone.
#[derive(Clone)]
pub struct Db {
    pool: Pool<ConnectionManager<PgConnection>>,
    /// As many as there are connections, given in the order in which they are asked for. The pool itself gives a connection that
    /// comes back to whoever asks at that moment, and then a few callers wait many times as long as the others.
    turns: Arc<Semaphore>,
    url: String,
    role: ServiceRole,
    staged: Arc<Notify>,
}

/// A plan that was made while a table was small must not scan it when it is not.
const KEPT_PLANS: &str = "; SET LOCAL plan_cache_mode = force_generic_plan; SET LOCAL enable_seqscan = off; \
                          SET LOCAL enable_bitmapscan = off";

#[derive(Debug, Clone, Copy)]
pub(crate) struct ActAs(pub(crate) ServiceRole);

impl ActAs {
    pub(crate) fn prepare(&self, conn: &mut PgConnection) -> QueryResult<()> {
        let role = self.0.role_name();
        let plans = match self.0 {
            // The same few statements over and over, each reaching its rows by keys: planning them anew for the values at
            // hand takes longer than running them, and a plan made while a table was small must not scan it when it is not.
            ServiceRole::Dialer => {
                "set_config('plan_cache_mode', 'force_generic_plan', false), \
                 set_config('enable_seqscan', 'off', false), set_config('enable_bitmapscan', 'off', false), \
                 set_config('enable_hashjoin', 'off', false), set_config('enable_mergejoin', 'off', false), \
                 set_config('enable_material', 'off', false), set_config('jit', 'off', false), "
            }
            _ => "",
        };
        diesel::sql_query(format!(
            "SELECT {plans}set_config('role', '{role}', false), set_config('application_name', '{role}', false), \
             set_config('statement_timeout', '30s', false), set_config('lock_timeout', '5s', false), \
             set_config('idle_in_transaction_session_timeout', '30s', false), set_config('timezone', 'UTC', false)"
        ))
        .execute(conn)
        .map(drop)
    }
}

impl CustomizeConnection<PgConnection, diesel::r2d2::Error> for ActAs {
    fn on_acquire(&self, conn: &mut PgConnection) -> std::result::Result<(), diesel::r2d2::Error> {
        self.prepare(conn).map_err(diesel::r2d2::Error::QueryError)
    }
}

impl Db {
    /// A pool for `settings`. Connections are made when first needed, so this succeeds while the database is away.
    #[must_use]
    pub fn new(settings: &DbSettings) -> Self {
        let pool = Pool::builder()
            .max_size(settings.pool_size)
            // None before the first use: a process that ends at once must not race with a connection in the making.
            .min_idle(Some(0))
            .connection_timeout(POOL_WAIT)
            // See `blocking`.
            .test_on_check_out(false)
            .connection_customizer(Box::new(ActAs(settings.role)))
            .build_unchecked(ConnectionManager::new(&settings.url));
        Self {
            pool,
            turns: Arc::new(Semaphore::new(settings.pool_size as usize)),
            url: settings.url.clone(),
            role: settings.role,
            staged: Arc::new(Notify::new()),
        }
    }

    /// The role that this process acts as.
    #[must_use]
    pub const fn role(&self) -> ServiceRole {
        self.role
    }

    /// A connection of its own, for statements that must not wait for one of the pool nor for the pool's look whether it is
    /// still there.
    #[must_use]
    pub fn lane(&self) -> Lane {
        Lane::new(self.url.clone(), self.role, Arc::clone(&self.staged))
    }

    /// Resolves when a transaction of this process has committed events to the outbox since it was last awaited.
    pub async fn events_staged(&self) {
        self.staged.notified().await;
    }

    /// Runs `work` in a transaction that sees exactly one business. Committed when it answers `Ok`.
    ///
    /// # Errors
    /// Whatever `work` answers (rolled back), or that the transaction could not be had or committed.
    pub async fn tenant<T, E, F>(&self, business: BusinessId, work: F) -> Result<T, E>
    where
        F: FnOnce(&mut TenantTx<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<StorageError> + Send + 'static,
    {
        self.tenant_with("", business, work).await
    }

    /// As [`Self::tenant`], for statements of which each is best run in the same way whatever its values are, by an index that has
    /// its rows in their order: they are planned once per connection.
    ///
    /// # Errors
    /// As [`Self::tenant`].
    pub(crate) async fn tenant_by_kept_plans<T, E, F>(
        &self,
        business: BusinessId,
        work: F,
    ) -> Result<T, E>
    where
        F: FnOnce(&mut TenantTx<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<StorageError> + Send + 'static,
    {
        self.tenant_with(KEPT_PLANS, business, work).await
    }

    async fn tenant_with<T, E, F>(
        &self,
        settings: &str,
        business: BusinessId,
        work: F,
    ) -> Result<T, E>
    where
        F: FnOnce(&mut TenantTx<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<StorageError> + Send + 'static,
    {
        // In one journey, and nothing to plan. The id is a number, and so cannot say anything else.
        let begin = format!(
            "BEGIN; SET LOCAL app.business_id = '{}'{settings}",
            business.0
        );
        self.transaction(begin, move |tx| {
            let mut tenant = TenantTx {
                tx: Tx {
                    staged: std::mem::take(&mut tx.staged),
                    ..Tx::new(tx.conn, tx.service)
                },
                business,
            };
            let answer = work(&mut tenant);
            tx.staged = std::mem::take(&mut tenant.tx.staged);
            answer
        })
        .await
    }

    /// Runs `work` in a transaction with no tenant named: the dialer's scheduling, operators' commands, the relay, and
    /// the look-ups that find out which tenant a request is for. What it may see is what the role's policies say.
    ///
    /// # Errors
    /// Whatever `work` answers (rolled back), or that the transaction could not be had or committed.
    pub async fn system<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: FnOnce(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<StorageError> + Send + 'static,
    {
        self.transaction("BEGIN".to_owned(), work).await
    }

    async fn transaction<T, E, F>(&self, begin: String, work: F) -> Result<T, E>
    where
        F: FnOnce(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<StorageError> + Send + 'static,
    {
        let service = self.role.service_name();
        let mut work = Some(work);
        self.blocking(move |conn| {
            let mut staged = false;
            let answer = within::<T, Failure<E>>(conn, &begin, |conn| {
                // Whoever is called again has not got this far the first time.
                let work = work.take().ok_or(DieselError::AlreadyInTransaction)?;
                let mut tx = Tx::new(conn, service);
                let answer = work(&mut tx).map_err(Failure::Work)?;
                staged =
                    outbox::write_staged(&mut tx).map_err(|error| Failure::Work(E::from(error)))?;
                Ok(answer)
            });
            match answer {
                Ok(value) => Tried::Done(Ok((value, staged))),
                Err(Failure::Work(error)) => Tried::Done(Err(error)),
                Err(Failure::Transaction(error)) if work.is_some() => {
                    Tried::NotBegun(E::from(StorageError::from(error)))
                }
                Err(Failure::Transaction(error)) => {
                    Tried::Done(Err(E::from(StorageError::from(error))))
                }
            }
        })
        .await
    }

    /// As [`Self::system`], with a commit that does not wait for the disk: after a crash of the server it may not have
    /// happened. For what costs no more than a repetition then.
    ///
    /// # Errors
    /// As [`Self::system`].
    pub async fn system_unsynced<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: FnOnce(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<StorageError> + Send + 'static,
    {
        self.system(move |tx| {
            diesel::sql_query("SET LOCAL synchronous_commit TO off")
                .execute(tx.conn)
                .map_err(StorageError::from)?;
            work(tx)
        })
        .await
    }

    /// Runs one statement, which is a transaction of its own and may be run twice: it is, when its connection turns out to be
    /// gone. A statement of a service names its tenant itself.
    ///
    /// # Errors
    /// Whatever `work` answers, or that no connection could be had.
    pub async fn statement<T>(
        &self,
        work: impl Fn(&mut Tx<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T>
    where
        T: Send + 'static,
    {
        let service = self.role.service_name();
        self.blocking(move |conn| {
            let mut tx = Tx::new(conn, service);
            match work(&mut tx) {
                Ok(value) => Tried::Done(Ok((value, tx.has_staged))),
                Err(error @ StorageError::Unavailable(_)) => {
                    // A statement outside of a transaction leaves no mark on a connection that is gone.
                    AnsiTransactionManager::transaction_manager_status_mut(conn).set_in_error();
                    Tried::NotBegun(error)
                }
                Err(error) => Tried::Done(Err(error)),
            }
        })
        .await
    }

    /// Runs `work` on a thread that may block, with a connection of the pool. That the server has closed it is noticed only
    /// when it is used (asking first would be a journey for nothing each time): then it is thrown away, and
    /// another is tried, at most as many as the pool may hold and one that is new.
    async fn blocking<T, E>(
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
        let pool = self.pool.clone();
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
        let (value, staged) = match done {
            Ok(answer) => answer?,
            Err(join) => match join.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                Err(cancelled) => {
                    return Err(E::from(StorageError::Unavailable(Box::new(cancelled))));
                }
            },
        };
        if staged {
            self.staged.notify_one();
        }
        Ok(value)
    }

    async fn turn(&self) -> Result<OwnedSemaphorePermit> {
        let turn = Arc::clone(&self.turns).acquire_owned();
        match tokio::time::timeout(POOL_WAIT, turn).await {
            Ok(Ok(turn)) => Ok(turn),
            Ok(Err(closed)) => Err(StorageError::Unavailable(Box::new(closed))),
            Err(late) => Err(StorageError::Unavailable(Box::new(late))),
        }
    }

    /// Measures the pool, which tells nothing by itself; to be called every few seconds.
    pub fn measure(&self) {
        let state = self.pool.state();
        let used = state.connections.saturating_sub(state.idle_connections);
        let idle = [("state", "idle")];
        CONNECTIONS.level(&idle).set(state.idle_connections);
        CONNECTIONS.level(&[("state", "used")]).set(used);
        MOST_CONNECTIONS.level(&[]).set(self.pool.max_size());
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// [`StorageError::Unavailable`] when it does not.
    pub async fn ping(&self) -> Result<()> {
        self.system(|tx| Ok(diesel::sql_query("SELECT 1").execute(tx.conn).map(drop)?))
            .await
    }
}

impl fmt::Debug for Db {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Db")
            .field("role", &self.role)
            .finish_non_exhaustive()
    }
}

/// As diesel's own transaction, but begun with `begin`.
fn within<T, E: From<DieselError>>(
    conn: &mut PgConnection,
    begin: &str,
    work: impl FnOnce(&mut PgConnection) -> std::result::Result<T, E>,
) -> std::result::Result<T, E> {
    AnsiTransactionManager::begin_transaction_sql(conn, begin)?;
    match work(conn) {
        Ok(value) => {
            AnsiTransactionManager::commit_transaction(conn)?;
            Ok(value)
        }
        Err(error) => match AnsiTransactionManager::rollback_transaction(conn) {
            // What went wrong first says more.
            Ok(()) | Err(DieselError::BrokenTransactionManager) => Err(error),
            Err(rollback) => Err(rollback.into()),
        },
    }
}

/// How far a piece of work came on a connection.
enum Tried<T, E> {
    /// To its end; with its answer comes whether it wrote events.
    Done(Result<(T, bool), E>),
    /// Nothing was done, or what was done may be done again.
    NotBegun(E),
}

/// Tells an error of the work from one of the transaction around it.
pub(crate) enum Failure<E> {
    Work(E),
    Transaction(DieselError),
}

impl<E> From<DieselError> for Failure<E> {
    fn from(error: DieselError) -> Self {
        Self::Transaction(error)
    }
}

/// An open transaction.
pub struct Tx<'c> {
    pub(crate) conn: &'c mut PgConnection,
    pub(crate) service: &'static str,
    /// Events of this transaction, written just before it commits.
    pub(crate) staged: Vec<Staged>,
    /// Whether a statement wrote events by itself.
    pub(crate) has_staged: bool,
}

impl<'c> Tx<'c> {
    pub(crate) const fn new(conn: &'c mut PgConnection, service: &'static str) -> Self {
        Self {
            conn,
            service,
            staged: Vec::new(),
            has_staged: false,
        }
    }
}

/// An open transaction that sees exactly one business.
pub struct TenantTx<'c> {
    tx: Tx<'c>,
    /// The business.
    pub business: BusinessId,
}

impl<'c> Deref for TenantTx<'c> {
    type Target = Tx<'c>;

    fn deref(&self) -> &Tx<'c> {
        &self.tx
    }
}

impl<'c> DerefMut for TenantTx<'c> {
    fn deref_mut(&mut self) -> &mut Tx<'c> {
        &mut self.tx
    }
}
