//! `lead_activities`: the timeline of a lead. What is written stays, but for the words of a conversation that was worked on
//! again.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use domain::ids::{LeadId, UserId};
use serde_json::Value;

use crate::schema::lead_activities as t;
use crate::{Result, TenantTx};

/// What kind of thing happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The lead moved to another column: `{from, to, source, call_sid?, decision_id?, undone_decision_id?}`.
    StatusChange,
    /// A phone call: `{call_sid, direction, outcome?, summary, follow_up_at?}`.
    Call,
    /// A WhatsApp session: `{session_key, summary, follow_up_at?}`.
    Whatsapp,
    /// A person wrote something.
    Note,
    /// The number must not be called any more: `{origin, source_event_id?, reason?}`.
    Suppression,
    /// The number may be called again: `{suppression_id, origin}`.
    SuppressionLifted,
    /// The lead was deleted, which ends its timeline.
    Deleted,
}

impl Kind {
    /// The word in the database and the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::StatusChange => "status_change",
            Self::Call => "call",
            Self::Whatsapp => "whatsapp",
            Self::Note => "note",
            Self::Suppression => "suppression",
            Self::SuppressionLifted => "suppression_lifted",
            Self::Deleted => "deleted",
        }
    }
}

/// An entry for the timeline.
#[derive(Debug, Clone, PartialEq)]
pub struct NewActivity {
    /// Whose timeline.
    pub lead: LeadId,
    /// What kind of thing.
    pub kind: Kind,
    /// The particulars.
    pub payload: Value,
    /// When it happened, which for a conversation is earlier than now.
    pub at: DateTime<Utc>,
    /// The person who did it.
    pub created_by: Option<UserId>,
}

/// Tells a conversation of the timeline anew: its entry says `entry.payload` from now on. The one that is meant has the same
/// kind and time, and the same value under `key`. Answers what it said before; none when there is no such entry.
///
/// # Errors
/// When a statement fails.
pub fn retell(tx: &mut TenantTx<'_>, entry: &NewActivity, key: &str) -> Result<Option<Value>> {
    let written: Vec<(i64, Value)> = t::table
        .filter(t::business_id.eq(tx.business.0))
        .filter(t::lead_id.eq(entry.lead.0))
        .filter(t::type_.eq(entry.kind.as_str()))
        .filter(t::at.eq(entry.at))
        .select((t::id, t::payload))
        .load(tx.conn)?;
    let Some((id, before)) = written
        .into_iter()
        .find(|(_, payload)| payload[key] == entry.payload[key])
    else {
        return Ok(None);
    };
    if before != entry.payload {
        diesel::update(t::table)
            .filter(t::business_id.eq(tx.business.0))
            .filter(t::id.eq(id))
            .set(t::payload.eq(&entry.payload))
            .execute(tx.conn)?;
    }
    Ok(Some(before))
}

/// Writes an entry.
///
/// # Errors
/// When the row cannot be written.
pub fn add(tx: &mut TenantTx<'_>, activity: &NewActivity) -> Result<()> {
    diesel::insert_into(t::table)
        .values((
            t::business_id.eq(tx.business.0),
            t::lead_id.eq(activity.lead.0),
            t::type_.eq(activity.kind.as_str()),
            t::payload.eq(&activity.payload),
            t::at.eq(activity.at),
            t::created_by.eq(activity.created_by.map(|user| user.0)),
        ))
        .execute(tx.conn)?;
    Ok(())
}
