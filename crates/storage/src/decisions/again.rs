//! A decision that is made again, because its conversation was worked on again. What moved a lead stays as it was decided:
//! the database does not let it be rewritten.

use chrono::{DateTime, Utc};
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable};
use domain::decision::Decision;
use domain::events::StatusSuggested;
use domain::ids::{DecisionId, LeadId};
use serde_json::Value;

use super::{evidence, gate, input};
use crate::schema::lead_status_events as t;
use crate::{Result, TenantTx};

/// A decision that there is on a conversation.
#[derive(Debug, Clone, PartialEq)]
pub struct Known {
    /// Its row.
    pub id: DecisionId,
    /// With whom the conversation was.
    pub lead: LeadId,
    /// What came of it: [`Decision::reason`].
    pub reason: String,
    /// When the conversation took place.
    pub occurred_at: DateTime<Utc>,
    /// When it was first decided.
    pub created_at: DateTime<Utc>,
    summary: Option<String>,
    input: Value,
}

impl Known {
    /// Whether this suggestion is what it was made from.
    #[must_use]
    pub fn was_made_from(&self, suggestion: &StatusSuggested) -> bool {
        self.summary.as_deref() == Some(&suggestion.summary) && self.input == input(suggestion)
    }
}

/// The decision on the conversation of this suggestion, where there is one.
///
/// # Errors
/// When the statement fails.
pub fn known(tx: &mut TenantTx<'_>, suggestion: &StatusSuggested) -> Result<Option<Known>> {
    type Row = (
        i64,
        i64,
        String,
        DateTime<Utc>,
        DateTime<Utc>,
        Option<String>,
        Value,
    );
    let row: Option<Row> = t::table
        .filter(t::business_id.eq(tx.business.0))
        .filter(t::source.eq(suggestion.source.as_str()))
        .filter(t::source_event_id.eq(&suggestion.source_event_id))
        .select((
            t::id,
            t::lead_id,
            t::reason,
            t::occurred_at,
            t::created_at,
            t::summary,
            t::evidence,
        ))
        .first(tx.conn)
        .optional()?;
    Ok(row.map(
        |(id, lead, reason, occurred_at, created_at, summary, mut evidence)| Known {
            id: DecisionId(id),
            lead: LeadId(lead),
            reason,
            occurred_at,
            created_at,
            summary,
            input: evidence["input"].take(),
        },
    ))
}

/// Writes down what is decided now in the place of what was decided, about a lead that stands in `from`.
///
/// # Errors
/// [`StorageError::NotFound`](crate::StorageError::NotFound) when there is no such decision, or it has moved the lead;
/// otherwise when the statement fails.
pub fn decide_again(
    tx: &mut TenantTx<'_>,
    now: DateTime<Utc>,
    id: DecisionId,
    suggestion: &StatusSuggested,
    from: Option<&str>,
    decision: &Decision,
) -> Result<()> {
    let turn = sql::<Nullable<BigInt>>("nextval('lead_status_events_id_seq')");
    diesel::update(t::table)
        .filter(t::business_id.eq(tx.business.0))
        .filter(t::id.eq(id.0))
        .filter(t::applied.eq(false))
        .set((decided!(now, suggestion, from, decision), t::turn.eq(turn)))
        .returning(t::id)
        .get_result::<i64>(tx.conn)?;
    Ok(())
}
