//! `mail_refusals`: addresses that the mail server refuses.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use domain::ids::UserId;

use crate::schema::mail_refusals as t;
use crate::{Result, TenantTx};

/// Refusals in a row after which nothing is sent to an address any more.
const MOST: i16 = 3;

/// Whether an address was refused so often that nothing is sent there any more: `MOST` times in a row, the last of them after
/// the user last chose to get e-mail.
///
/// # Errors
/// When the statement fails.
pub fn are_too_many(
    tx: &mut TenantTx<'_>,
    user: UserId,
    chosen_at: Option<DateTime<Utc>>,
) -> Result<bool> {
    let found: Option<(i16, DateTime<Utc>)> = t::table
        .find((tx.business.0, user.0))
        .select((t::times, t::last_at))
        .first(tx.conn)
        .optional()?;
    Ok(found.is_some_and(|(times, last_at)| {
        times >= MOST && chosen_at.is_none_or(|chosen_at| chosen_at <= last_at)
    }))
}

/// Notes a refusal. Those from before the user last chose to get e-mail do not count any more.
///
/// # Errors
/// When a statement fails.
pub fn note(
    tx: &mut TenantTx<'_>,
    now: DateTime<Utc>,
    user: UserId,
    chosen_at: Option<DateTime<Utc>>,
    reason: &str,
) -> Result<()> {
    if let Some(chosen_at) = chosen_at {
        diesel::delete(t::table.find((tx.business.0, user.0)))
            .filter(t::last_at.lt(chosen_at))
            .execute(tx.conn)?;
    }
    let news = (t::last_at.eq(now), t::reason.eq(reason));
    diesel::insert_into(t::table)
        .values((
            t::business_id.eq(tx.business.0),
            t::user_id.eq(user.0),
            t::times.eq(1),
            news,
        ))
        .on_conflict((t::business_id, t::user_id))
        .do_update()
        .set((t::times.eq(t::times + 1), news))
        .execute(tx.conn)?;
    Ok(())
}

/// The address was taken.
///
/// # Errors
/// When the statement fails.
pub fn forget(tx: &mut TenantTx<'_>, user: UserId) -> Result<()> {
    diesel::delete(t::table.find((tx.business.0, user.0))).execute(tx.conn)?;
    Ok(())
}
