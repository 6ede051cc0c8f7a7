//! The door to the database: transactions of a business, of the system, and single statements.

mod pool;
mod role;
mod transaction;

use std::fmt;
use std::sync::Arc;

use diesel::connection::{AnsiTransactionManager, SimpleConnection as _, TransactionManager as _};
use diesel::prelude::*;
use diesel::result::Error as DieselError;
use domain::ids::BusinessId;
use tokio::sync::Notify;

use crate::lane::Lane;
use crate::{Result, StorageError, outbox};

pub use pool::METRICS;
pub use role::ServiceRole;
pub use transaction::{TenantTx, Tx};

pub(crate) use role::{ActAs, Use};
pub(crate) use transaction::Failure;

use pool::{Pool, Tried};
use transaction::within;

/// Where the database is and how it is used.
#[derive(Clone)]
pub struct DbSettings {
    /// A libpq URL. Its login must be a member of the role.
    pub url: String,
    /// What this process acts as.
    pub role: ServiceRole,
    /// Most connections held at once.
    pub pool_size: u32,
    /// How many of them serve nothing but [`Db::read`]; without any, that is a transaction among the others.
    pub reads: u32,
}

/// A pool of connections that all act as one service role. Cheap to clone.
#[derive(Clone)]
pub struct Db {
    pool: Pool,
    reads: Option<Pool>,
    url: String,
    role: ServiceRole,
    staged: Arc<Notify>,
}

impl Db {
    /// A pool for `settings`. Connections are made when first needed, so this succeeds while the database is away.
    #[must_use]
    pub fn new(settings: &DbSettings) -> Self {
        let pool = |for_what, size| Pool::new(&settings.url, settings.role, for_what, size);
        let transactions = settings.pool_size.saturating_sub(settings.reads).max(1);
        Self {
            pool: pool(Use::Transactions, transactions),
            reads: (settings.reads > 0).then(|| pool(Use::Reads, settings.reads)),
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
        // In one journey, and nothing to plan. The id is a number, and so cannot say anything else.
        let begin = format!("BEGIN; SET LOCAL app.business_id = '{}'", business.0);
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

    /// Runs `work`, which sees exactly one business and can only read. Each of its statements is a transaction of its own, which
    /// saves a third of the journeys and the end of a transaction that has nothing to commit. So they see what is committed at
    /// their own moments, and each must reach its rows by keys or in the order of an index: their plans are kept. It may be run
    /// twice: it is, when its connection turns out to be gone.
    ///
    /// # Errors
    /// Whatever `work` answers, or that no connection could be had.
    pub async fn read<T, F>(&self, business: BusinessId, work: F) -> Result<T>
    where
        F: Fn(&mut TenantTx<'_>) -> Result<T> + Send + 'static,
        T: Send + 'static,
    {
        let Some(reads) = &self.reads else {
            return self.tenant(business, work).await;
        };
        let service = self.role.service_name();
        // On a connection of the reads alone, each of which says anew for whom it is. The id is a number.
        let tenant = format!("SET app.business_id = '{}'", business.0);
        reads
            .blocking(move |conn| {
                alone(conn, |conn| {
                    conn.batch_execute(&tenant)?;
                    let tx = Tx::new(conn, service);
                    work(&mut TenantTx { tx, business })
                })
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
            alone(conn, |conn| {
                let mut tx = Tx::new(conn, service);
                let value = work(&mut tx)?;
                Ok((value, tx.has_staged))
            })
        })
        .await
    }

    /// Runs `work` on a connection of the pool; with its answer comes whether it wrote events.
    async fn blocking<T, E>(
        &self,
        work: impl FnMut(&mut PgConnection) -> Tried<(T, bool), E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StorageError> + Send + 'static,
    {
        let (value, staged) = self.pool.blocking(work).await?;
        if staged {
            self.staged.notify_one();
        }
        Ok(value)
    }

    /// Measures the pools, which tells nothing by itself; to be called every few seconds.
    pub fn measure(&self) {
        let pools: Vec<&Pool> = std::iter::once(&self.pool).chain(&self.reads).collect();
        Pool::measure(&pools);
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

/// Runs statements outside of a transaction.
fn alone<T>(
    conn: &mut PgConnection,
    work: impl FnOnce(&mut PgConnection) -> Result<T>,
) -> Tried<T, StorageError> {
    match work(conn) {
        Err(error @ StorageError::Unavailable(_)) => {
            // A statement outside of a transaction leaves no mark on a connection that is gone.
            AnsiTransactionManager::transaction_manager_status_mut(conn).set_in_error();
            Tried::NotBegun(error)
        }
        done => Tried::Done(done),
    }
}

impl fmt::Debug for Db {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Db")
            .field("role", &self.role)
            .finish_non_exhaustive()
    }
}
