//! `push_deliveries`: what is still to be pushed to a browser, of each lead the newest only. Claimed, sent with no transaction
//! open, settled: who is lost in between leaves a claim that ends by itself, and it is sent again. That is seen once: the topic
//! takes the place of the same one before.

mod claim;
mod settle;

use chrono::{DateTime, Duration, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Integer, Interval, Timestamptz};
use domain::ids::{BusinessId, LeadId, UserId};

use crate::{Result, TenantTx, Tx};

pub use claim::{Claimed, Item, claim};
pub use settle::{give_up, later, postpone, sent};

/// How long a push is tried after it was due: a lead that moved hours ago is seen on the board.
pub const PATIENCE: Duration = Duration::hours(4);

/// A notification that is to be pushed to the browsers that a user has now.
#[derive(Debug, Clone, Copy)]
pub struct Push {
    /// Who.
    pub user: UserId,
    /// The notification.
    pub notification: i64,
    /// When.
    pub due: DateTime<Utc>,
}

/// Has notifications about a lead pushed. One that waits for the same browser about the same lead gives way; where the push
/// service has asked to wait, the new one waits too.
///
/// # Errors
/// When the statement fails.
pub fn add(tx: &mut TenantTx<'_>, lead: LeadId, pushes: &[Push]) -> Result<()> {
    if pushes.is_empty() {
        return Ok(());
    }
    let users: Vec<i64> = pushes.iter().map(|push| push.user.0).collect();
    let notifications: Vec<i64> = pushes.iter().map(|push| push.notification).collect();
    let due: Vec<DateTime<Utc>> = pushes.iter().map(|push| push.due).collect();
    diesel::sql_query(
        "INSERT INTO push_deliveries AS d (business_id, subscription_id, lead_id, notification_id, due_at, give_up_at)
         SELECT s.business_id, s.id, $2, n.id, n.due_at, n.due_at + $6
         FROM unnest($3, $4, $5) AS n (user_id, id, due_at)
         JOIN push_subscriptions s ON s.business_id = $1 AND s.user_id = n.user_id
         ORDER BY s.id
         ON CONFLICT (business_id, subscription_id, lead_id) DO UPDATE
         SET notification_id = EXCLUDED.notification_id, revision = d.revision + 1, give_up_at = EXCLUDED.give_up_at,
             due_at = CASE WHEN d.attempts > 0 THEN greatest(d.due_at, EXCLUDED.due_at) ELSE EXCLUDED.due_at END",
    )
    .bind::<BigInt, _>(tx.business.0)
    .bind::<BigInt, _>(lead.0)
    .bind::<Array<BigInt>, _>(users)
    .bind::<Array<BigInt>, _>(notifications)
    .bind::<Array<Timestamptz>, _>(due)
    .bind::<Interval, _>(PATIENCE)
    .execute(tx.conn)?;
    Ok(())
}

/// Browsers of all tenants to which something is to be pushed, the longest due first: at most `most`.
///
/// # Errors
/// When the statement fails.
pub fn due(tx: &mut Tx<'_>, now: DateTime<Utc>, most: i32) -> Result<Vec<(BusinessId, i64)>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = BigInt)]
        business_id: i64,
        #[diesel(sql_type = BigInt)]
        subscription_id: i64,
    }
    let rows: Vec<Row> =
        diesel::sql_query("SELECT business_id, subscription_id FROM due_pushes($1, $2)")
            .bind::<Timestamptz, _>(now)
            .bind::<Integer, _>(most)
            .load(tx.conn)?;
    Ok(rows
        .into_iter()
        .map(|row| (BusinessId(row.business_id), row.subscription_id))
        .collect())
}
