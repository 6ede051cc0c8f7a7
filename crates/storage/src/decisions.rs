//! `lead_status_events`: one decision per conversation, with its evidence; and what a decision is made from.

/// What was decided and on what ground, as the columns of its row.
macro_rules! decided {
    ($now:expr, $suggestion:expr, $from:expr, $decision:expr) => {
        (
            t::recommended_status_label.eq($decision.recommended_label.as_deref()),
            t::recommended_status_id.eq($decision.recommended_id.map(|id| id.0)),
            t::confidence.eq($decision.confidence),
            t::reason.eq($decision.reason()),
            t::gate.eq(gate($decision)),
            t::decided_by.eq($decision.decided_by.map(|by| by.as_str())),
            t::summary.eq(&$suggestion.summary),
            t::evidence.eq(evidence($suggestion, $decision)?),
            t::from_status.eq($from),
            t::to_status.eq($decision.to()),
            t::applied.eq($decision.holds()),
            t::applied_at.eq($decision.holds().then_some($now)),
        )
    };
}

mod again;
mod undo;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use domain::decision::{Automation, Column, Decision, DecisionSettings, Outcome};
use domain::events::{StatusSuggested, SuggestionSource};
use domain::ids::{DecisionId, LeadId, StatusId};
use domain::messages::Language;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::schema::{
    business, business_settings, call_log, conversations, lead_status_events as t, lead_statuses,
};
use crate::{Result, StorageError, TenantTx};

pub use again::{Known, decide_again, known};
pub use undo::{Undo, undo};

/// A business as a decision sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct Context {
    /// The language of its notes and notifications.
    pub language: Language,
    /// What it has set about automatic changes.
    pub settings: DecisionSettings,
    /// All its statuses in board order, those that are switched off too.
    pub board: Vec<Column>,
}

/// Reads what a decision is made from.
///
/// # Errors
/// [`StorageError::Corrupt`] when a stored setting cannot be read; otherwise when a statement fails.
pub fn context(tx: &mut TenantTx<'_>) -> Result<Context> {
    type Row = (
        String,
        String,
        Option<(f64, String, Option<Value>, Option<Value>, Option<Value>)>,
    );
    let (language, time_zone, settings): Row = business::table
        .left_join(business_settings::table)
        .filter(business::id.eq(tx.business.0))
        .select((
            business::language,
            business::time_zone,
            (
                business_settings::confidence_threshold,
                business_settings::automation,
                business_settings::quiet_hours,
                business_settings::transition_rules,
                business_settings::status_words,
            )
                .nullable(),
        ))
        .first(tx.conn)?;
    let language = language
        .parse()
        .map_err(|error| StorageError::Corrupt(format!("business.language: {error}")))?;
    let time_zone = time_zone
        .parse()
        .map_err(|_| StorageError::Corrupt(format!("time zone {time_zone:?}")))?;
    let settings = match settings {
        None => DecisionSettings {
            time_zone,
            ..DecisionSettings::default()
        },
        Some((threshold, automation, quiet_hours, transitions, words)) => DecisionSettings {
            threshold,
            automation: if automation == "shadow" {
                Automation::Shadow
            } else {
                Automation::On
            },
            time_zone,
            quiet_hours: setting("quiet_hours", quiet_hours)?,
            transitions: setting("transition_rules", transitions)?.unwrap_or_default(),
            words: setting("status_words", words)?.unwrap_or_default(),
        },
    };
    Ok(Context {
        language,
        settings,
        board: board(tx)?,
    })
}

fn setting<T: DeserializeOwned>(name: &str, stored: Option<Value>) -> Result<Option<T>> {
    stored
        .filter(|value| !value.is_null())
        .map(|value| {
            serde_json::from_value(value)
                .map_err(|error| StorageError::Corrupt(format!("setting {name}: {error}")))
        })
        .transpose()
}

fn board(tx: &mut TenantTx<'_>) -> Result<Vec<Column>> {
    type Row = (i64, String, String, bool, bool);
    let rows: Vec<Row> = lead_statuses::table
        .filter(lead_statuses::business_id.eq(tx.business.0))
        .order((lead_statuses::order_index, lead_statuses::id))
        .select((
            lead_statuses::id,
            lead_statuses::name,
            lead_statuses::label,
            lead_statuses::is_active,
            lead_statuses::is_protected,
        ))
        .load(tx.conn)?;
    Ok(rows
        .into_iter()
        .map(|(id, name, label, is_active, is_marked_protected)| Column {
            id: StatusId(id),
            name,
            label,
            is_active,
            is_marked_protected,
        })
        .collect())
}

/// When the newest conversation took place on which this lead has a decision, the one that is made again excepted.
///
/// # Errors
/// When the statement fails.
pub fn newest(
    tx: &mut TenantTx<'_>,
    lead: LeadId,
    again: Option<DecisionId>,
) -> Result<Option<DateTime<Utc>>> {
    Ok(t::table
        .filter(t::business_id.eq(tx.business.0))
        .filter(t::lead_id.eq(lead.0))
        .filter(t::id.ne(again.map_or(0, |id| id.0)))
        .select(diesel::dsl::max(t::occurred_at))
        .first(tx.conn)?)
}

/// The decision on the newest conversation with this lead.
pub(crate) fn newest_id(tx: &mut TenantTx<'_>, lead: LeadId) -> Result<Option<DecisionId>> {
    let id: Option<i64> = t::table
        .filter(t::business_id.eq(tx.business.0))
        .filter(t::lead_id.eq(lead.0))
        .order((t::occurred_at.desc(), t::id.desc()))
        .select(t::id)
        .first(tx.conn)
        .optional()?;
    Ok(id.map(DecisionId))
}

/// Writes down the decision on a suggestion about a lead that stood in `from`.
///
/// # Errors
/// [`StorageError::Conflict`] when the conversation has been decided on; otherwise when the statement fails.
pub fn record(
    tx: &mut TenantTx<'_>,
    now: DateTime<Utc>,
    suggestion: &StatusSuggested,
    from: Option<&str>,
    decision: &Decision,
) -> Result<DecisionId> {
    let id = diesel::insert_into(t::table)
        .values((
            t::business_id.eq(tx.business.0),
            t::lead_id.eq(suggestion.lead_id.0),
            t::source.eq(suggestion.source.as_str()),
            t::source_event_id.eq(&suggestion.source_event_id),
            decided!(now, suggestion, from, decision),
            t::occurred_at.eq(suggestion.occurred_at),
            t::created_at.eq(now),
        ))
        .returning(t::id)
        .get_result(tx.conn)?;
    Ok(DecisionId(id))
}

/// What a decision was made from, besides the summary: enough to make it again.
fn input(suggestion: &StatusSuggested) -> Value {
    json!({
        "recommendation": suggestion.recommendation,
        "confidence": suggestion.confidence,
        "outcome": suggestion.outcome,
        "direction": suggestion.direction,
        "dropped_label": suggestion.dropped_label,
    })
}

fn evidence(suggestion: &StatusSuggested, decision: &Decision) -> Result<Value> {
    let mut evidence = serde_json::to_value(&decision.evidence)
        .map_err(|error| StorageError::Corrupt(error.to_string()))?;
    evidence["input"] = input(suggestion);
    Ok(evidence)
}

/// The gate that stops the change.
const fn gate(decision: &Decision) -> Option<&'static str> {
    match &decision.outcome {
        Outcome::Stopped { gate } => Some(gate.as_str()),
        Outcome::Applied { .. } | Outcome::Same | Outcome::Nothing { .. } => None,
    }
}

/// What was written in a WhatsApp session, with who wrote it; none where it has no words.
///
/// # Errors
/// When the statement fails.
pub fn transcript_of_session(tx: &mut TenantTx<'_>, session_key: &str) -> Result<Option<String>> {
    Ok(conversations::table
        .filter(conversations::business_id.eq(tx.business.0))
        .filter(conversations::source.eq(SuggestionSource::WhatsappSummary.as_str()))
        .filter(conversations::source_event_id.eq(session_key))
        .select(conversations::transcript)
        .first::<Option<String>>(tx.conn)
        .optional()?
        .flatten())
}

/// What was said in a call, with its speakers, where it has been transcribed.
///
/// # Errors
/// When the statement fails.
pub fn transcript_of_call(tx: &mut TenantTx<'_>, call_sid: &str) -> Result<Option<String>> {
    Ok(call_log::table
        .filter(call_log::business_id.eq(tx.business.0))
        .filter(call_log::call_sid.eq(call_sid))
        .select(call_log::final_transcript)
        .first::<Option<String>>(tx.conn)
        .optional()?
        .flatten())
}
