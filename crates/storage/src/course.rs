//! A lead's course so far, for a conversation that is told of late: what was decided since a person last moved it.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use domain::decision::late::Course;
use domain::decision::replay::StoredDecision;
use domain::events::ChangeSource;
use domain::ids::{DecisionId, LeadId};
use serde_json::Value;

use crate::schema::{lead_status_events as t, lead_status_history as h};
use crate::{Result, TenantTx};

/// More conversations than a lead has between two changes by hand; with more than these, late ones change nothing.
const MOST_DECISIONS: i64 = 200;

#[derive(Queryable)]
struct Row {
    id: i64,
    turn: Option<i64>,
    summary: Option<String>,
    evidence: Value,
    occurred_at: DateTime<Utc>,
    created_at: DateTime<Utc>,
    from: Option<String>,
    to: Option<String>,
    reason: String,
}

/// The course of a lead that the transaction has locked, without the decision that is made again.
///
/// # Errors
/// When a statement fails.
pub fn of(tx: &mut TenantTx<'_>, lead: LeadId, again: Option<DecisionId>) -> Result<Course> {
    let by_hand: Option<(String, DateTime<Utc>)> = h::table
        .filter(h::tenant_id.eq(tx.business.0))
        .filter(h::lead_id.eq(lead.0))
        .filter(h::channel.eq(ChangeSource::Manual.as_str()))
        .order(h::id.desc())
        .select((h::new_status, h::created_at))
        .first(tx.conn)
        .optional()?;
    let since = by_hand.as_ref().map_or(DateTime::UNIX_EPOCH, |(_, at)| *at);
    let mut rows: Vec<Row> = t::table
        .filter(t::business_id.eq(tx.business.0))
        .filter(t::lead_id.eq(lead.0))
        .filter(t::id.ne(again.map_or(0, |id| id.0)))
        .filter(t::undone_at.is_null())
        .filter(t::occurred_at.ge(since))
        .order((t::occurred_at.desc(), t::id.desc()))
        .limit(MOST_DECISIONS)
        .select((
            t::id,
            t::turn,
            t::summary,
            t::evidence,
            t::occurred_at,
            t::created_at,
            t::from_status,
            t::to_status,
            t::reason,
        ))
        .load(tx.conn)?;
    // In the order in which they were made, which the lead's lock gives their ids.
    rows.sort_by_key(|row| row.turn.unwrap_or(row.id));
    let decided: Vec<StoredDecision> = rows.into_iter().map(StoredDecision::from).collect();
    let from = match by_hand {
        Some((to, _)) => Some(to),
        None => decided.first().and_then(|first| first.from.clone()),
    };
    Ok(Course { from, decided })
}

impl From<Row> for StoredDecision {
    fn from(row: Row) -> Self {
        let input = &row.evidence["input"];
        let text = |name: &str| input[name].as_str().map(str::to_owned);
        Self {
            id: DecisionId(row.id),
            recommendation: text("recommendation"),
            confidence: input["confidence"].as_f64(),
            outcome: text("outcome"),
            summary: row.summary.unwrap_or_default(),
            occurred_at: row.occurred_at,
            created_at: row.created_at,
            from: row.from,
            to: row.to,
            reason: row.reason,
            undone_at: None,
        }
    }
}
