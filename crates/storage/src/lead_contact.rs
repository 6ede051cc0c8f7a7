//! What every conversation leaves on its lead, whether or not the status changes: summary, last contact, notes, and the
//! particulars that were still missing.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use domain::ids::LeadId;

use crate::schema::{lead_activities, leads};
use crate::{Result, TenantTx, activities};

/// How many newer conversations are looked at when a late one finds its place in the notes.
const MOST_NEWER: i64 = 100;

/// A lead whose row this transaction holds.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct LockedLead {
    /// First and last name.
    pub full_name: String,
    /// The number.
    pub phone_e164: Option<String>,
    /// The name of its status.
    pub status: Option<String>,
    /// Newest line first.
    pub notes: Option<String>,
    /// When the newest conversation took place.
    pub last_contact_at: Option<DateTime<Utc>>,
    /// When it was deleted, where it was.
    pub deleted_at: Option<DateTime<Utc>>,
}

/// Takes the lead's row lock, which everything that writes a lead takes first: whatever concerns one lead is done one
/// after the other.
///
/// # Errors
/// [`NotFound`](crate::StorageError::NotFound) when the business never had such a lead; a deleted one is found.
pub fn lock(tx: &mut TenantTx<'_>, lead: LeadId) -> Result<LockedLead> {
    Ok(leads::table
        .filter(leads::tenant_id.eq(tx.business.0))
        .filter(leads::id.eq(lead.0))
        .select((
            leads::full_name,
            leads::phone_e164,
            leads::status,
            leads::notes,
            leads::last_contact_at,
            leads::deleted_at,
        ))
        .for_no_key_update()
        .first(tx.conn)?)
}

/// What a lead is called; may be empty. None when it was deleted.
///
/// # Errors
/// When the statement fails.
pub fn name(tx: &mut TenantTx<'_>, lead: LeadId) -> Result<Option<String>> {
    Ok(leads::table
        .filter(leads::tenant_id.eq(tx.business.0))
        .filter(leads::id.eq(lead.0))
        .filter(leads::deleted_at.is_null())
        .select(leads::full_name)
        .first(tx.conn)
        .optional()?)
}

/// The summaries of this lead's conversations that took place after `than`, newest first.
///
/// # Errors
/// When the statement fails.
pub fn newer_summaries(
    tx: &mut TenantTx<'_>,
    lead: LeadId,
    than: DateTime<Utc>,
) -> Result<Vec<String>> {
    use lead_activities as t;
    let kinds = [
        activities::Kind::Call.as_str(),
        activities::Kind::Whatsapp.as_str(),
    ];
    let payloads: Vec<serde_json::Value> = t::table
        .filter(t::business_id.eq(tx.business.0))
        .filter(t::lead_id.eq(lead.0))
        .filter(t::type_.eq_any(kinds))
        .filter(t::at.gt(than))
        .order((t::at.desc(), t::id.desc()))
        .limit(MOST_NEWER)
        .select(t::payload)
        .load(tx.conn)?;
    Ok(payloads
        .iter()
        .filter_map(|payload| payload["summary"].as_str().map(str::to_owned))
        .collect())
}

/// What a conversation leaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact<'a> {
    /// With whom.
    pub lead: LeadId,
    /// When it took place.
    pub occurred_at: DateTime<Utc>,
    /// Its summary; kept unless a newer conversation has left one.
    pub summary: &'a str,
    /// The notes with its line.
    pub notes: Option<&'a str>,
    /// The service asked for; written only where the lead has none.
    pub service: Option<&'a str>,
    /// The place; written only where the lead has none.
    pub city: Option<&'a str>,
    /// When to call again; kept unless that is past, or something newer was said of it.
    pub follow_up_at: Option<DateTime<Utc>>,
}

/// Writes what a conversation leaves on a lead that [`lock`] has locked.
///
/// # Errors
/// When the statement fails.
pub fn record(
    tx: &mut TenantTx<'_>,
    now: DateTime<Utc>,
    locked: &LockedLead,
    contact: &Contact<'_>,
) -> Result<()> {
    let this_lead = leads::table
        .filter(leads::tenant_id.eq(tx.business.0))
        .filter(leads::id.eq(contact.lead.0));
    let is_newest = locked
        .last_contact_at
        .is_none_or(|newest| newest <= contact.occurred_at);
    if is_newest {
        diesel::update(this_lead)
            .set((
                leads::summary.eq(contact.summary),
                leads::last_contact_at.eq(contact.occurred_at),
            ))
            .execute(tx.conn)?;
    }
    if let Some(at) = contact.follow_up_at.filter(|at| *at > now) {
        // Whose word about it is the newest, this conversation's or a person's or another one's: that stands.
        let said_at = leads::follow_up_said_at;
        let is_newest_word = said_at.is_null().or(said_at.le(contact.occurred_at));
        diesel::update(this_lead.filter(is_newest_word))
            .set((leads::follow_up_at.eq(at), said_at.eq(contact.occurred_at)))
            .execute(tx.conn)?;
    }
    if let Some(notes) = contact.notes {
        diesel::update(this_lead)
            .set(leads::notes.eq(notes))
            .execute(tx.conn)?;
    }
    if let Some(service) = contact.service {
        diesel::update(this_lead.filter(leads::service.is_null().or(leads::service.eq(""))))
            .set(leads::service.eq(service))
            .execute(tx.conn)?;
    }
    if let Some(city) = contact.city {
        diesel::update(this_lead.filter(leads::city.is_null().or(leads::city.eq(""))))
            .set(leads::city.eq(city))
            .execute(tx.conn)?;
    }
    diesel::update(this_lead)
        .set((
            leads::version.eq(leads::version + 1),
            leads::updated_at.eq(now),
        ))
        .execute(tx.conn)?;
    Ok(())
}
