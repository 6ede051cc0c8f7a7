//! The one pen for `leads.status`: a change is the lead's row, a row of the history, an activity and a
//! `status.changed` event, in one transaction or not at all.

mod column;
mod many;
mod set;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use domain::events::{ChangeSource, StatusChanged};
use domain::ids::{DecisionId, LeadId, UserId};
use serde_json::{Value, json};

use crate::schema::{lead_statuses, leads};
use crate::{Result, TenantTx, activities, corrections, history, outbox};

pub use column::{ClosedColumn, move_all};
pub use many::change_many;

/// Who moves the lead, and on what ground.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Author<'a> {
    /// A person, or a program with a key of the business (then without a user).
    Person {
        /// The signed-in user.
        user: Option<UserId>,
    },
    /// A person who takes a decision back.
    Undo {
        /// The signed-in user.
        user: Option<UserId>,
        /// The decision that had moved the lead.
        decision: DecisionId,
    },
    /// The status engine, after a conversation.
    Automation {
        /// The channel of the conversation; never [`ChangeSource::Manual`].
        source: ChangeSource,
        /// The call's SID or the WhatsApp session's key.
        source_event_id: &'a str,
        /// The decision that this change carries out.
        decision: DecisionId,
        /// 0 to 1.
        confidence: Option<f64>,
    },
}

impl Author<'_> {
    /// The channel that the change is recorded under.
    #[must_use]
    pub const fn source(&self) -> ChangeSource {
        match self {
            Self::Person { .. } | Self::Undo { .. } => ChangeSource::Manual,
            Self::Automation { source, .. } => *source,
        }
    }

    /// The person, where it is one.
    #[must_use]
    pub const fn user(&self) -> Option<UserId> {
        match self {
            Self::Person { user } | Self::Undo { user, .. } => *user,
            Self::Automation { .. } => None,
        }
    }
}

/// What is asked of [`change_status`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StatusChange<'a> {
    /// Whom to move.
    pub lead: LeadId,
    /// The name (not the label) of the status to move to.
    pub to: &'a str,
    /// Who moves it.
    pub author: Author<'a>,
    /// A sentence for the history.
    pub reason: Option<&'a str>,
}

/// What came of [`change_status`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StatusOutcome {
    /// The lead stands in another column now.
    Changed {
        /// The status before, by name.
        from: Option<String>,
    },
    /// The lead stands there already; nothing was written.
    Same,
    /// The business has no active status of that name; nothing was written.
    NoSuchStatus,
}

/// Moves a lead to one of its business's own active statuses. Takes the lead's row lock first, as everything that writes
/// a lead does, so that concurrent changes queue up instead of deadlocking. A person's move that corrects a decision
/// ([`domain::decision::correction`]) is noted against it.
///
/// # Errors
/// [`NotFound`](crate::StorageError::NotFound) when the business has no such lead (or it is deleted); otherwise when a
/// statement fails.
pub fn change_status(
    tx: &mut TenantTx<'_>,
    now: DateTime<Utc>,
    change: &StatusChange<'_>,
) -> Result<StatusOutcome> {
    let business = tx.business;
    let from: Option<String> = leads::table
        .filter(leads::tenant_id.eq(business.0))
        .filter(leads::id.eq(change.lead.0))
        .filter(leads::deleted_at.is_null())
        .select(leads::status)
        .for_no_key_update()
        .first(tx.conn)?;
    if from.as_deref() == Some(change.to) {
        return Ok(StatusOutcome::Same);
    }
    // For a clean answer only: should the status be switched off at this very moment, the foreign key refuses the update.
    if !is_active(tx, change.to)? {
        return Ok(StatusOutcome::NoSuchStatus);
    }
    diesel::update(leads::table)
        .filter(leads::tenant_id.eq(business.0))
        .filter(leads::id.eq(change.lead.0))
        .set((
            leads::status.eq(change.to),
            leads::status_changed_at.eq(now),
            leads::version.eq(leads::version + 1),
            leads::updated_at.eq(now),
        ))
        .execute(tx.conn)?;
    // Before the history knows of this change: the newest one there is the one that may be corrected.
    corrections::note(tx, now, change, from.as_deref())?;
    history::append(tx, now, change, from.as_deref())?;
    activities::add(
        tx,
        &activities::NewActivity {
            lead: change.lead,
            kind: activities::Kind::StatusChange,
            payload: activity_payload(change, from.as_deref()),
            at: now,
            created_by: change.author.user(),
        },
    )?;
    raise(tx, now, change, from.clone())?;
    Ok(StatusOutcome::Changed { from })
}

fn is_active(tx: &mut TenantTx<'_>, status: &str) -> Result<bool> {
    let known = lead_statuses::table
        .filter(lead_statuses::business_id.eq(tx.business.0))
        .filter(lead_statuses::name.eq(status))
        .filter(lead_statuses::is_active);
    Ok(diesel::select(diesel::dsl::exists(known)).get_result(tx.conn)?)
}

/// `{from, to, source}`; for automation also `call_sid` (or `session_key` of a WhatsApp session) and `decision_id`, for an
/// undo `undone_decision_id`.
fn activity_payload(change: &StatusChange<'_>, from: Option<&str>) -> Value {
    let source = change.author.source();
    let mut payload = json!({ "from": from, "to": change.to, "source": source.as_str() });
    match change.author {
        Author::Person { .. } => {}
        Author::Undo { decision, .. } => payload["undone_decision_id"] = json!(decision),
        Author::Automation {
            source_event_id,
            decision,
            ..
        } => {
            let key = match source {
                ChangeSource::AutoWhatsapp => "session_key",
                _ => "call_sid",
            };
            payload[key] = json!(source_event_id);
            payload["decision_id"] = json!(decision);
        }
    }
    payload
}

fn raise(
    tx: &mut TenantTx<'_>,
    now: DateTime<Utc>,
    change: &StatusChange<'_>,
    from: Option<String>,
) -> Result<()> {
    let (source_event_id, decision_id, confidence) = match change.author {
        // The event names the decision behind an automatic change only.
        Author::Person { .. } | Author::Undo { .. } => (None, None, None),
        Author::Automation {
            source_event_id,
            decision,
            confidence,
            ..
        } => (Some(source_event_id.to_owned()), Some(decision), confidence),
    };
    let business_id = tx.business;
    outbox::stage(
        tx,
        now,
        StatusChanged {
            business_id,
            lead_id: change.lead,
            from,
            to: change.to.to_owned(),
            source: change.author.source(),
            source_event_id,
            decision_id,
            user_id: change.author.user(),
            confidence,
            at: now,
        },
    )
}
