//! `mail_digests`: the e-mail digests of a user, one per period in which there was something to tell. The row of a period is
//! there before anything is sent, and whoever sends has marked that before: a digest whose sending was never settled (the
//! process or the connection ended in between) may have arrived and is not sent again. What it told is not lost: the next digest
//! tells what is unread since the last one that certainly was sent.

mod claim;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Integer, Text, Timestamptz};
use domain::ids::{BusinessId, UserId};

use crate::schema::mail_digests as t;
use crate::{Result, TenantTx, Tx};

pub use claim::{Claim, Digest, Dropped, claim};

/// Names a digest among those of all tenants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DigestKey {
    /// The tenant.
    pub business: BusinessId,
    /// Whose it is.
    pub user: UserId,
    /// Of which period.
    pub period: String,
}

/// Has a user told by the digest of a period, unless they are already.
///
/// # Errors
/// When the statement fails.
pub fn add(tx: &mut TenantTx<'_>, user: UserId, period: &str, due: DateTime<Utc>) -> Result<()> {
    diesel::insert_into(t::table)
        .values((
            t::business_id.eq(tx.business.0),
            t::user_id.eq(user.0),
            t::period.eq(period),
            t::due_at.eq(due),
        ))
        .on_conflict_do_nothing()
        .execute(tx.conn)?;
    Ok(())
}

/// Digests of all tenants that are to be sent, or whose sending was never settled, the longest due first: at most `most`.
///
/// # Errors
/// When the statement fails.
pub fn due(tx: &mut Tx<'_>, now: DateTime<Utc>, most: i32) -> Result<Vec<DigestKey>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = BigInt)]
        business_id: i64,
        #[diesel(sql_type = BigInt)]
        user_id: i64,
        #[diesel(sql_type = Text)]
        period: String,
    }
    let rows: Vec<Row> =
        diesel::sql_query("SELECT business_id, user_id, period FROM due_mail_digests($1, $2)")
            .bind::<Timestamptz, _>(now)
            .bind::<Integer, _>(most)
            .load(tx.conn)?;
    Ok(rows
        .into_iter()
        .map(|row| DigestKey {
            business: BusinessId(row.business_id),
            user: UserId(row.user_id),
            period: row.period,
        })
        .collect())
}

/// It was taken by the mail server. That holds also where it took so long that it was given up for lost.
///
/// # Errors
/// When the statement fails; the digest is then one whose sending was never settled.
pub fn sent(tx: &mut TenantTx<'_>, now: DateTime<Utc>, digest: &Digest) -> Result<()> {
    diesel::update(t::table.find((tx.business.0, digest.user.0, &digest.period)))
        .filter(t::state.eq_any(["sending", "unknown"]))
        .filter(t::attempts.eq(digest.attempts))
        .set((
            t::state.eq("sent"),
            t::claimed_until.eq(None::<DateTime<Utc>>),
            t::through_id.eq(digest.through),
            t::reason.eq(None::<String>),
            t::settled_at.eq(now),
        ))
        .execute(tx.conn)?;
    Ok(())
}

/// It certainly was not sent, and is tried again at `due`.
///
/// # Errors
/// When the statement fails.
pub fn later(
    tx: &mut TenantTx<'_>,
    digest: &Digest,
    due: DateTime<Utc>,
    reason: &str,
) -> Result<()> {
    diesel::update(t::table.find((tx.business.0, digest.user.0, &digest.period)))
        .filter(t::state.eq("sending"))
        .filter(t::attempts.eq(digest.attempts))
        .set((
            t::state.eq("waiting"),
            t::claimed_until.eq(None::<DateTime<Utc>>),
            t::due_at.eq(due),
            t::reason.eq(reason),
        ))
        .execute(tx.conn)?;
    Ok(())
}

/// How a digest ends that was not certainly sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// Nobody knows.
    Unknown,
    /// It was not.
    Dropped,
}

/// It is not tried again.
///
/// # Errors
/// When the statement fails.
pub fn end(
    tx: &mut TenantTx<'_>,
    now: DateTime<Utc>,
    digest: &Digest,
    how: End,
    reason: &str,
) -> Result<()> {
    let state = match how {
        End::Unknown => "unknown",
        End::Dropped => "dropped",
    };
    diesel::update(t::table.find((tx.business.0, digest.user.0, &digest.period)))
        .filter(t::state.eq("sending"))
        .filter(t::attempts.eq(digest.attempts))
        .set((
            t::state.eq(state),
            t::claimed_until.eq(None::<DateTime<Utc>>),
            t::reason.eq(reason),
            t::settled_at.eq(now),
        ))
        .execute(tx.conn)?;
    Ok(())
}
