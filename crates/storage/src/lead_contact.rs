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
    /// What the person wants.
    pub service: Option<String>,
    /// Where the person lives.
    pub city: Option<String>,
    /// When it was last said when to call again.
    pub follow_up_said_at: Option<DateTime<Utc>>,
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
            leads::service,
            leads::city,
            leads::follow_up_said_at,
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

/// Writes what a conversation leaves on a lead that [`lock`] has locked. One that is deleted stays empty.
///
/// # Errors
/// When the statement fails.
pub fn record(
    tx: &mut TenantTx<'_>,
    now: DateTime<Utc>,
    locked: &LockedLead,
    contact: &Contact<'_>,
) -> Result<()> {
    if locked.deleted_at.is_some() {
        return Ok(());
    }
    let is_newest = locked
        .last_contact_at
        .is_none_or(|newest| newest <= contact.occurred_at);
    let newest = is_newest.then_some((
        leads::summary.eq(contact.summary),
        leads::last_contact_at.eq(contact.occurred_at),
    ));
    // Whose word about it is the newest, this conversation's or a person's or another one's: that stands.
    let is_newest_word = locked
        .follow_up_said_at
        .is_none_or(|said| said <= contact.occurred_at);
    let follow_up = contact
        .follow_up_at
        .filter(|at| *at > now && is_newest_word)
        .map(|at| {
            (
                leads::follow_up_at.eq(at),
                leads::follow_up_said_at.eq(contact.occurred_at),
            )
        });
    let is_empty = |known: &Option<String>| known.as_deref().unwrap_or_default().is_empty();
    let service = contact.service.filter(|_| is_empty(&locked.service));
    let city = contact.city.filter(|_| is_empty(&locked.city));
    // In one statement: each would write every index of the lead again.
    diesel::update(leads::table)
        .filter(leads::tenant_id.eq(tx.business.0))
        .filter(leads::id.eq(contact.lead.0))
        .set((
            newest,
            follow_up,
            contact.notes.map(|notes| leads::notes.eq(notes)),
            service.map(|service| leads::service.eq(service)),
            city.map(|city| leads::city.eq(city)),
            leads::version.eq(leads::version + 1),
            leads::updated_at.eq(now),
        ))
        .execute(tx.conn)?;
    Ok(())
}
