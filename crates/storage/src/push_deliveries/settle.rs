use chrono::{DateTime, Utc};
use diesel::prelude::*;

use super::{Item, PATIENCE};
use crate::schema::push_deliveries as t;
use crate::{Result, TenantTx};

/// They were taken by the push service. What replaced one meanwhile is due as it is.
///
/// # Errors
/// When a statement fails; the claim then ends by itself, and they are sent again.
pub fn sent(tx: &mut TenantTx<'_>, subscription: i64, items: &[Item]) -> Result<()> {
    for item in items {
        let row = t::table.find((tx.business.0, subscription, item.lead.0));
        let gone = diesel::delete(row.filter(t::revision.eq(item.revision))).execute(tx.conn)?;
        if gone == 0 {
            diesel::update(row)
                .set((
                    t::claimed_until.eq(None::<DateTime<Utc>>),
                    t::attempts.eq(0),
                ))
                .execute(tx.conn)?;
        }
    }
    Ok(())
}

/// They are not tried again. What replaced one meanwhile is.
///
/// # Errors
/// When a statement fails.
pub fn give_up(tx: &mut TenantTx<'_>, subscription: i64, items: &[Item]) -> Result<()> {
    sent(tx, subscription, items)
}

/// They are tried again at `due`; those that have waited for too long then are not. Answers how many those are.
///
/// # Errors
/// When a statement fails.
pub fn later(
    tx: &mut TenantTx<'_>,
    subscription: i64,
    items: &[Item],
    due: DateTime<Utc>,
) -> Result<usize> {
    let mut given_up = 0;
    for item in items {
        let row = t::table.find((tx.business.0, subscription, item.lead.0));
        let is_too_late = t::give_up_at.le(due);
        given_up += diesel::delete(row.filter(is_too_late)).execute(tx.conn)?;
        diesel::update(row)
            .set((
                t::claimed_until.eq(None::<DateTime<Utc>>),
                t::attempts.eq(t::attempts + 1),
                t::due_at.eq(due),
            ))
            .execute(tx.conn)?;
    }
    Ok(given_up)
}

/// They wait until `due`, as if they had come up then.
///
/// # Errors
/// When a statement fails.
pub fn postpone(
    tx: &mut TenantTx<'_>,
    subscription: i64,
    items: &[Item],
    due: DateTime<Utc>,
) -> Result<()> {
    for item in items {
        diesel::update(t::table.find((tx.business.0, subscription, item.lead.0)))
            .set((
                t::claimed_until.eq(None::<DateTime<Utc>>),
                t::due_at.eq(due),
                t::give_up_at.eq(due + PATIENCE),
            ))
            .execute(tx.conn)?;
    }
    Ok(())
}
