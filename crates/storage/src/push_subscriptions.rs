//! `push_subscriptions`: the browsers that notifications of a user are pushed to. One is of the session in which it was made,
//! and goes with it.

use chrono::{DateTime, Utc};
use diesel::dsl::exists;
use diesel::prelude::*;
use diesel::sql_types::Text;
use domain::ids::UserId;

use crate::schema::push_subscriptions as t;
use crate::{Result, TenantTx};

/// Browsers of one user; the oldest ones give way.
const MOST: i64 = 20;

/// A subscription to be.
#[derive(Debug, Clone)]
pub struct NewSubscription {
    /// Whose browser it is.
    pub user: UserId,
    /// The session on it, as it is stored.
    pub session_hash: Vec<u8>,
    /// Where its push service takes messages.
    pub endpoint: String,
    /// The browser's public key.
    pub p256dh: Vec<u8>,
    /// What the browser shares with us.
    pub auth: [u8; 16],
}

/// A browser.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = t)]
pub struct Subscription {
    /// Its row.
    pub id: i64,
    /// Where its push service takes messages.
    pub endpoint: String,
    /// The browser's public key.
    pub p256dh: Vec<u8>,
    /// What the browser shares with us.
    pub auth: Vec<u8>,
    /// Since when it has been this user's.
    pub created_at: DateTime<Utc>,
}

/// Keeps a subscription. A browser that was another user's, of this or of any business, is this one's from now on; answers
/// the row, and whether the user did not have it before.
///
/// # Errors
/// [`crate::StorageError::BrokenReference`] when the session has ended meanwhile; otherwise when a statement fails.
pub fn put(
    tx: &mut TenantTx<'_>,
    now: DateTime<Utc>,
    new: &NewSubscription,
) -> Result<(Subscription, bool)> {
    diesel::sql_query("SELECT release_push_endpoint($1)")
        .bind::<Text, _>(&new.endpoint)
        .execute(tx.conn)?;
    let mine = t::table
        .filter(t::business_id.eq(tx.business.0))
        .filter(t::user_id.eq(new.user.0))
        .filter(t::endpoint.eq(&new.endpoint));
    let is_known: bool = diesel::select(exists(mine)).get_result(tx.conn)?;
    if !is_known {
        // What waits for the user before must not reach this one: it goes with the row.
        diesel::delete(t::table)
            .filter(t::business_id.eq(tx.business.0))
            .filter(t::endpoint.eq(&new.endpoint))
            .execute(tx.conn)?;
    }
    let values = (
        t::user_id.eq(new.user.0),
        t::session_hash.eq(&new.session_hash),
        t::p256dh.eq(new.p256dh.as_slice()),
        t::auth.eq(new.auth.as_slice()),
    );
    let row = diesel::insert_into(t::table)
        .values((
            t::business_id.eq(tx.business.0),
            t::endpoint.eq(&new.endpoint),
            t::created_at.eq(now),
            values,
        ))
        .on_conflict(t::endpoint)
        .do_update()
        .set(values)
        .returning(Subscription::as_returning())
        .get_result(tx.conn)?;
    make_room(tx, new.user)?;
    Ok((row, !is_known))
}

fn make_room(tx: &mut TenantTx<'_>, user: UserId) -> Result<()> {
    let newest = t::table
        .filter(t::business_id.eq(tx.business.0))
        .filter(t::user_id.eq(user.0))
        .order(t::id.desc());
    let old: Vec<i64> = newest.offset(MOST).select(t::id).load(tx.conn)?;
    if !old.is_empty() {
        diesel::delete(t::table)
            .filter(t::business_id.eq(tx.business.0))
            .filter(t::id.eq_any(old))
            .execute(tx.conn)?;
    }
    Ok(())
}

/// The browsers of a user, oldest first.
///
/// # Errors
/// When the statement fails.
pub fn of_user(tx: &mut TenantTx<'_>, user: UserId) -> Result<Vec<Subscription>> {
    Ok(t::table
        .filter(t::business_id.eq(tx.business.0))
        .filter(t::user_id.eq(user.0))
        .order(t::id)
        .select(Subscription::as_select())
        .load(tx.conn)?)
}

/// Forgets a browser of a user by its address. One that is not theirs stays.
///
/// # Errors
/// When the statement fails.
pub fn remove(tx: &mut TenantTx<'_>, user: UserId, endpoint: &str) -> Result<()> {
    diesel::delete(t::table)
        .filter(t::business_id.eq(tx.business.0))
        .filter(t::user_id.eq(user.0))
        .filter(t::endpoint.eq(endpoint))
        .execute(tx.conn)?;
    Ok(())
}

/// Forgets a browser whose push service says that it is gone, with all that waits for it.
///
/// # Errors
/// When the statement fails.
pub fn forget(tx: &mut TenantTx<'_>, subscription: i64) -> Result<()> {
    diesel::delete(t::table.find((tx.business.0, subscription))).execute(tx.conn)?;
    Ok(())
}
