//! `lead_status_history`: every change of a lead's status, append-only.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use domain::events::ChangeSource;
use domain::ids::{DecisionId, LeadId};
use domain::planted;
use serde_json::json;

use crate::lead_status::{Author, StatusChange};
use crate::schema::lead_status_history as t;
use crate::{Result, TenantTx};

/// Writes down a change that [`change_status`](crate::lead_status::change_status) makes.
pub(crate) fn append(
    tx: &mut TenantTx<'_>,
    now: DateTime<Utc>,
    change: &StatusChange<'_>,
    from: Option<&str>,
) -> Result<()> {
    if planted::bug("history_skipped") {
        return Ok(());
    }
    let (decision, confidence, metadata) = match change.author {
        Author::Person { .. } => (None, None, json!({})),
        Author::Undo { decision, .. } => (Some(decision.0), None, json!({ "undo": true })),
        Author::Automation {
            source_event_id,
            decision,
            confidence,
            ..
        } => (
            Some(decision.0),
            confidence,
            json!({ "source_event_id": source_event_id }),
        ),
    };
    diesel::insert_into(t::table)
        .values((
            t::tenant_id.eq(tx.business.0),
            t::lead_id.eq(change.lead.0),
            t::old_status.eq(from),
            t::new_status.eq(change.to),
            t::changed_by.eq(change.author.user().map(|user| user.0)),
            t::change_reason.eq(change.reason),
            t::confidence_score.eq(confidence),
            t::channel.eq(change.author.source().as_str()),
            t::decision_id.eq(decision),
            t::metadata_json.eq(metadata),
            t::created_at.eq(now),
        ))
        .execute(tx.conn)?;
    Ok(())
}

/// When a person last moved this lead.
///
/// # Errors
/// When the statement fails.
pub fn newest_manual_change(tx: &mut TenantTx<'_>, lead: LeadId) -> Result<Option<DateTime<Utc>>> {
    Ok(t::table
        .filter(t::tenant_id.eq(tx.business.0))
        .filter(t::lead_id.eq(lead.0))
        .filter(t::channel.eq(ChangeSource::Manual.as_str()))
        .select(diesel::dsl::max(t::created_at))
        .first(tx.conn)?)
}

/// An automatic change that no other change has followed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Standing {
    /// The decision that it carried out.
    pub decision: DecisionId,
    /// The status that it moved the lead to.
    pub to: String,
    /// When.
    pub at: DateTime<Utc>,
}

/// The newest change of a lead that the transaction has locked, where it was automatic. By id and not by time: the lead's
/// lock puts the ids in order, whereas the clocks of two processes may differ.
pub(crate) fn standing(tx: &mut TenantTx<'_>, lead: LeadId) -> Result<Option<Standing>> {
    let newest: Option<(Option<i64>, String, String, DateTime<Utc>)> = t::table
        .filter(t::tenant_id.eq(tx.business.0))
        .filter(t::lead_id.eq(lead.0))
        .order(t::id.desc())
        .select((t::decision_id, t::channel, t::new_status, t::created_at))
        .first(tx.conn)
        .optional()?;
    Ok(newest.and_then(|(decision, channel, to, at)| {
        let decision = decision.filter(|_| channel != ChangeSource::Manual.as_str())?;
        Some(Standing {
            decision: DecisionId(decision),
            to,
            at,
        })
    }))
}
