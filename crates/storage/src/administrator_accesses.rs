//! `administrator_accesses`: what system administrators asked for in the name of a business. Append-only by grant.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use domain::ids::{BusinessId, UserId};

use crate::schema::administrator_accesses as t;
use crate::{Result, TenantTx, Tx, businesses};

/// An access.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = t)]
pub struct Access {
    /// Its row.
    pub id: i64,
    /// The administrator.
    pub user_id: i64,
    /// `GET`, `POST` …
    pub method: String,
    /// What was asked for, without its query.
    pub path: String,
    /// When.
    pub at: DateTime<Utc>,
}

/// Writes an access down, before it is answered. The business is the tenant of the transaction.
///
/// # Errors
/// [`crate::StorageError::NotFound`] when there is no such business.
pub fn record(
    tx: &mut Tx<'_>,
    business: BusinessId,
    now: DateTime<Utc>,
    user: UserId,
    method: &str,
    path: &str,
) -> Result<()> {
    businesses::get(tx, business)?;
    diesel::insert_into(t::table)
        .values((
            t::business_id.eq(business.0),
            t::user_id.eq(user.0),
            t::method.eq(method),
            t::path.eq(path),
            t::at.eq(now),
        ))
        .execute(tx.conn)?;
    Ok(())
}

/// The accesses to the business, newest first: at most `most` of them with an id below `before`.
///
/// # Errors
/// When the statement fails.
pub fn list(tx: &mut TenantTx<'_>, before: Option<i64>, most: i64) -> Result<Vec<Access>> {
    Ok(t::table
        .filter(t::business_id.eq(tx.business.0))
        .filter(t::id.lt(before.unwrap_or(i64::MAX)))
        .order(t::id.desc())
        .limit(most)
        .select(Access::as_select())
        .load(tx.conn)?)
}
