//! Open transactions, and how one begins and ends.

use std::ops::{Deref, DerefMut};

use diesel::connection::{AnsiTransactionManager, TransactionManager as _};
use diesel::prelude::*;
use diesel::result::Error as DieselError;
use domain::ids::BusinessId;

use crate::outbox::Staged;

/// As diesel's own transaction, but begun with `begin`.
pub(super) fn within<T, E: From<DieselError>>(
    conn: &mut PgConnection,
    begin: &str,
    work: impl FnOnce(&mut PgConnection) -> Result<T, E>,
) -> Result<T, E> {
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
    pub(super) tx: Tx<'c>,
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
