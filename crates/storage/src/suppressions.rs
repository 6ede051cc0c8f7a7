//! `suppressions`: numbers that a business must not call. Taking one in raises `lead.suppressed`, by which the dialer
//! tidies its queues; the claim of the next job reads this table itself and holds from the commit on.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use domain::events::{LeadSuppressed, SuppressionOrigin};
use domain::ids::{LeadId, SuppressionId, UserId};
use serde_json::json;

use crate::schema::suppressions as t;
use crate::{Result, StorageError, TenantTx, activities, outbox};

/// A number to leave alone, and on whose word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSuppression<'a> {
    /// The number.
    pub phone_e164: &'a str,
    /// The lead with that number, where there is one.
    pub lead: Option<LeadId>,
    /// Where the wish came from.
    pub origin: SuppressionOrigin,
    /// The conversation in which it was spoken.
    pub source_event_id: Option<&'a str>,
    /// The person who entered it.
    pub created_by: Option<UserId>,
}

/// Takes in a number, with its event and, where the lead is known, an entry in its timeline. None when the number is
/// suppressed already; then nothing is written.
///
/// # Errors
/// When a statement fails.
pub fn add(
    tx: &mut TenantTx<'_>,
    now: DateTime<Utc>,
    new: &NewSuppression<'_>,
) -> Result<Option<SuppressionId>> {
    let id: Option<i64> = diesel::insert_into(t::table)
        .values((
            t::business_id.eq(tx.business.0),
            t::phone_e164.eq(new.phone_e164),
            t::lead_id.eq(new.lead.map(|lead| lead.0)),
            t::origin.eq(new.origin.as_str()),
            t::source_event_id.eq(new.source_event_id),
            t::created_by_user_id.eq(new.created_by.map(|user| user.0)),
            t::created_at.eq(now),
        ))
        .on_conflict_do_nothing()
        .returning(t::id)
        .get_result(tx.conn)
        .optional()?;
    let Some(id) = id else {
        return Ok(None);
    };
    if let Some(lead) = new.lead {
        let activity = activities::NewActivity {
            lead,
            kind: activities::Kind::Suppression,
            payload: json!({ "origin": new.origin, "source_event_id": new.source_event_id }),
            at: now,
            created_by: new.created_by,
        };
        activities::add(tx, &activity)?;
    }
    let event = LeadSuppressed {
        business_id: tx.business,
        lead_id: new.lead,
        phone_e164: new.phone_e164.to_owned(),
        origin: new.origin,
        source_event_id: new.source_event_id.map(str::to_owned),
    };
    outbox::stage(tx, now, event)?;
    Ok(Some(SuppressionId(id)))
}

/// A suppressed number.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct Suppression {
    /// Its row.
    pub id: i64,
    /// The number.
    pub phone_e164: String,
    /// The lead that it was taken in for.
    pub lead_id: Option<i64>,
    /// `spoken`, `manual` or `import`.
    pub origin: String,
    /// The conversation in which it was spoken.
    pub source_event_id: Option<String>,
    /// The person who entered it.
    pub created_by_user_id: Option<i64>,
    /// When.
    pub created_at: DateTime<Utc>,
}

/// The numbers in force, newest first: at most `most` of them with an id below `before`.
///
/// # Errors
/// When the statement fails.
pub fn in_force(
    tx: &mut TenantTx<'_>,
    before: Option<SuppressionId>,
    most: i64,
) -> Result<Vec<Suppression>> {
    Ok(t::table
        .filter(t::business_id.eq(tx.business.0))
        .filter(t::lifted_at.is_null())
        .filter(t::id.lt(before.map_or(i64::MAX, |id| id.0)))
        .order(t::id.desc())
        .limit(most)
        .select((
            t::id,
            t::phone_e164,
            t::lead_id,
            t::origin,
            t::source_event_id,
            t::created_by_user_id,
            t::created_at,
        ))
        .load(tx.conn)?)
}

/// Lets a number be called again.
///
/// # Errors
/// [`StorageError::NotFound`] when no such suppression is in force; otherwise when the statement fails.
pub fn lift(
    tx: &mut TenantTx<'_>,
    now: DateTime<Utc>,
    id: SuppressionId,
    by: Option<UserId>,
) -> Result<()> {
    let lifted = diesel::update(t::table)
        .filter(t::business_id.eq(tx.business.0))
        .filter(t::id.eq(id.0))
        .filter(t::lifted_at.is_null())
        .set((
            t::lifted_at.eq(now),
            t::lifted_by_user_id.eq(by.map(|user| user.0)),
        ))
        .execute(tx.conn)?;
    if lifted == 0 {
        return Err(StorageError::NotFound);
    }
    Ok(())
}
