//! `suppressions`: numbers that a business must not call. Taking one in raises `lead.suppressed`, by which the dialer
//! tidies its queues; the claim of the next job reads this table itself and holds from the commit on.

use chrono::{DateTime, Utc};
use diesel::dsl::exists;
use diesel::prelude::*;
use domain::events::{LeadSuppressed, SuppressionOrigin};
use domain::ids::{LeadId, SuppressionId, UserId};
use serde_json::json;

use crate::schema::suppressions as t;
use crate::{Result, StorageError, TenantTx, activities, leads, outbox};

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
    /// Why, in that person's words.
    pub reason: Option<&'a str>,
}

/// Whether a conversation has had a number suppressed before, also one that was lifted since.
///
/// # Errors
/// When the statement fails.
pub fn was_asked_for_in(tx: &mut TenantTx<'_>, source_event_id: &str) -> Result<bool> {
    let before = t::table
        .filter(t::business_id.eq(tx.business.0))
        .filter(t::source_event_id.eq(source_event_id));
    Ok(diesel::select(exists(before)).get_result(tx.conn)?)
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
            t::reason.eq(new.reason),
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
        let mut payload = json!({ "origin": new.origin, "source_event_id": new.source_event_id });
        if let Some(reason) = new.reason {
            payload["reason"] = reason.into();
        }
        let activity = activities::NewActivity {
            lead,
            kind: activities::Kind::Suppression,
            payload,
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
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = t)]
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
    /// Why, in that person's words.
    pub reason: Option<String>,
    /// When.
    pub created_at: DateTime<Utc>,
}

/// Which suppressions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Only numbers that contain one of these, digits all; every number when there is none.
    pub parts: Vec<String>,
    /// Only those that came from there.
    pub origin: Option<SuppressionOrigin>,
}

/// The numbers in force, newest first: at most `most` of them with an id below `before`.
///
/// # Errors
/// When the statement fails.
pub fn in_force(
    tx: &mut TenantTx<'_>,
    filter: &Filter,
    before: Option<SuppressionId>,
    most: i64,
) -> Result<Vec<Suppression>> {
    let mut query = t::table
        .filter(t::business_id.eq(tx.business.0))
        .filter(t::lifted_at.is_null())
        .filter(t::id.lt(before.map_or(i64::MAX, |id| id.0)))
        .order(t::id.desc())
        .limit(most)
        .select(Suppression::as_select())
        .into_boxed();
    if !filter.parts.is_empty() {
        let pattern = format!("%({})%", filter.parts.join("|"));
        query = query.filter(t::phone_e164.similar_to(pattern));
    }
    if let Some(origin) = filter.origin {
        query = query.filter(t::origin.eq(origin.as_str()));
    }
    Ok(query.load(tx.conn)?)
}

/// The suppression in force of a number, E.164.
///
/// # Errors
/// [`StorageError::NotFound`] when the number may be called; otherwise when the statement fails.
pub fn of_number(tx: &mut TenantTx<'_>, phone: &str) -> Result<Suppression> {
    Ok(t::table
        .filter(t::business_id.eq(tx.business.0))
        .filter(t::phone_e164.eq(phone))
        .filter(t::lifted_at.is_null())
        .select(Suppression::as_select())
        .first(tx.conn)?)
}

/// Lets a number be called again, from the commit on, and says so in the timeline of the lead who has it. The row stays,
/// with who lifted it and when: the same conversation, told again, is no new request.
///
/// # Errors
/// [`StorageError::NotFound`] when no such suppression is in force; otherwise when the statement fails.
pub fn lift(
    tx: &mut TenantTx<'_>,
    now: DateTime<Utc>,
    id: SuppressionId,
    by: Option<UserId>,
) -> Result<()> {
    let lifted: Option<(String, String)> = diesel::update(t::table)
        .filter(t::business_id.eq(tx.business.0))
        .filter(t::id.eq(id.0))
        .filter(t::lifted_at.is_null())
        .set((
            t::lifted_at.eq(now),
            t::lifted_by_user_id.eq(by.map(|user| user.0)),
        ))
        .returning((t::phone_e164, t::origin))
        .get_result(tx.conn)
        .optional()?;
    let (phone, origin) = lifted.ok_or(StorageError::NotFound)?;
    if let Some(lead) = leads::of_number(tx, &phone)? {
        let activity = activities::NewActivity {
            lead,
            kind: activities::Kind::SuppressionLifted,
            payload: json!({ "suppression_id": id, "origin": origin }),
            at: now,
            created_by: by,
        };
        activities::add(tx, &activity)?;
    }
    Ok(())
}
