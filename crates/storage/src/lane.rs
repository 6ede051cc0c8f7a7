use std::fmt;
use std::sync::Arc;

use diesel::prelude::*;
use tokio::sync::Notify;

use crate::db::{ActAs, Failure, Use};
use crate::{Result, ServiceRole, StorageError, Tx, outbox};

/// A connection of its own, made when first needed and again after it broke. Blocks; for threads that may.
pub struct Lane {
    url: String,
    role: ServiceRole,
    staged: Arc<Notify>,
    conn: Option<PgConnection>,
}

impl Lane {
    pub(crate) const fn new(url: String, role: ServiceRole, staged: Arc<Notify>) -> Self {
        Self {
            url,
            role,
            staged,
            conn: None,
        }
    }

    /// Runs one statement, or several that are each a transaction of their own.
    ///
    /// # Errors
    /// Whatever `work` answers, or that the database cannot be reached.
    pub fn run<T>(&mut self, work: impl FnOnce(&mut Tx<'_>) -> Result<T>) -> Result<T> {
        let service = self.role.service_name();
        let mut tx = Tx::new(self.connected()?, service);
        let answer = work(&mut tx);
        let has_staged = tx.has_staged;
        match &answer {
            Ok(_) if has_staged => self.staged.notify_one(),
            Err(StorageError::Unavailable(_)) => self.conn = None,
            _ => {}
        }
        answer
    }

    /// Runs `work` in one transaction.
    ///
    /// # Errors
    /// Whatever `work` answers (rolled back), or that the transaction could not be had or committed.
    pub fn transaction<T>(&mut self, work: impl FnOnce(&mut Tx<'_>) -> Result<T>) -> Result<T> {
        self.run(|tx| {
            let (service, mut has_staged) = (tx.service, false);
            let answer = tx.conn.transaction::<T, Failure<StorageError>, _>(|conn| {
                let mut inner = Tx::new(conn, service);
                let answer = work(&mut inner).map_err(Failure::Work)?;
                has_staged =
                    outbox::write_staged(&mut inner).map_err(Failure::Work)? || inner.has_staged;
                Ok(answer)
            });
            tx.has_staged = has_staged;
            answer.map_err(|failure| match failure {
                Failure::Work(error) => error,
                Failure::Transaction(error) => StorageError::from(error),
            })
        })
    }

    fn connected(&mut self) -> Result<&mut PgConnection> {
        if self.conn.is_none() {
            let mut conn = PgConnection::establish(&self.url)
                .map_err(|error| StorageError::Unavailable(Box::new(error)))?;
            let act = ActAs {
                role: self.role,
                for_what: Use::Transactions,
            };
            act.prepare(&mut conn)?;
            self.conn = Some(conn);
        }
        self.conn.as_mut().ok_or(StorageError::NotFound)
    }
}

impl fmt::Debug for Lane {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lane")
            .field("role", &self.role)
            .finish_non_exhaustive()
    }
}
