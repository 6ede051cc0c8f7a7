use chrono::{DateTime, Utc};
use diesel::prelude::*;
use domain::ids::{DecisionId, LeadId, UserId};

use crate::lead_status::{Author, StatusChange, StatusOutcome, change_status};
use crate::schema::lead_status_events as t;
use crate::{Result, StorageError, TenantTx, history, lead_contact, statuses};

/// What came of [`undo`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Undo {
    /// The lead stands where it stood before the decision.
    Undone,
    /// It was undone earlier; nothing was written.
    UndoneBefore,
    /// The decision moved nothing: it was stopped, or the lead stood there already. Nothing was written.
    NothingToUndo,
    /// The lead has moved since, and the newer change stands; nothing was written.
    MovedSince,
    /// The status before has been switched off or deleted; nothing was written.
    StatusGone,
}

/// Takes a decision back: the lead returns to its status before (one that had none, to the default status). The row of the
/// decision stays, and with it the unique key of its conversation, so that the same conversation never moves the lead again.
///
/// # Errors
/// [`StorageError::NotFound`] when the business has no such decision, or its lead is deleted; otherwise when a statement
/// fails.
pub fn undo(
    tx: &mut TenantTx<'_>,
    now: DateTime<Utc>,
    decision: DecisionId,
    user: Option<UserId>,
    reason: &str,
) -> Result<Undo> {
    let business = tx.business;
    let row = || {
        t::table
            .filter(t::business_id.eq(business.0))
            .filter(t::id.eq(decision.0))
    };
    let lead = LeadId(row().select(t::lead_id).first(tx.conn)?);
    let locked = lead_contact::lock(tx, lead)?;
    if locked.deleted_at.is_some() {
        return Err(StorageError::NotFound);
    }
    // Read under the lead's lock, which two who undo at once take one after the other.
    let (applied, from, to, undone_at): Made = row()
        .select((t::applied, t::from_status, t::to_status, t::undone_at))
        .first(tx.conn)?;
    if undone_at.is_some() {
        return Ok(Undo::UndoneBefore);
    }
    if !applied || from == to {
        return Ok(Undo::NothingToUndo);
    }
    let stands = history::standing(tx, lead)?.is_some_and(|change| change.decision == decision);
    if !stands || locked.status != to {
        return Ok(Undo::MovedSince);
    }
    let back = match from {
        Some(status) => Some(status),
        None => statuses::default_name(tx)?,
    };
    let Some(back) = back else {
        return Ok(Undo::StatusGone);
    };
    let change = StatusChange {
        lead,
        to: &back,
        author: Author::Undo { user, decision },
        reason: Some(reason),
    };
    if change_status(tx, now, &change)? == StatusOutcome::NoSuchStatus {
        return Ok(Undo::StatusGone);
    }
    diesel::update(row())
        .set((
            t::undone_at.eq(now),
            t::undone_by_user_id.eq(user.map(|user| user.0)),
        ))
        .execute(tx.conn)?;
    Ok(Undo::Undone)
}

/// Whether it was applied, the status before and after, and when it was undone.
type Made = (bool, Option<String>, Option<String>, Option<DateTime<Utc>>);
