//! Every lead of a column moves to another one, because a person closes the column.

use chrono::{DateTime, Utc};
use domain::ids::UserId;

use super::set::{Chosen, move_set};
use crate::{Result, TenantTx};

/// Which column is closed, and where its leads go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClosedColumn<'a> {
    /// The name of the status that is closed.
    pub from: &'a str,
    /// The name of an active status of the business.
    pub to: &'a str,
    /// Who closes it.
    pub user: Option<UserId>,
}

/// Moves every lead of the column as a person's change: history, activity and event for each, in sets. Deleted leads move
/// without telling anybody. Answers how many leads people will see move.
///
/// # Errors
/// [`BrokenReference`](crate::StorageError::BrokenReference) when `to` is no active status of the business.
pub fn move_all(
    tx: &mut TenantTx<'_>,
    now: DateTime<Utc>,
    column: &ClosedColumn<'_>,
) -> Result<usize> {
    move_set(tx, now, Chosen::Column(column.from), column.to, column.user)
}
