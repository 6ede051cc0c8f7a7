//! What one suggestion does, in the order of its transaction.

use chrono::{DateTime, Utc};
use domain::decision::late::decide_in_place;
use domain::decision::replay::Rules;
use domain::decision::{Decision, LeadState, Outcome, Suggestion, notes};
use domain::events::{StatusSuggested, SuggestionSource};
use domain::ids::DecisionId;
use domain::messages::{self, Language};
use serde_json::{Value, json};
use storage::activities::{self, Kind, NewActivity};
use storage::decisions::Context;
use storage::lead_contact::{self, Contact, LockedLead};
use storage::lead_status::{self, Author, StatusChange, StatusOutcome};
use storage::{Result, StorageError, TenantTx, course, decisions, history, inbox};
use uuid::Uuid;

use crate::classifiers::Classifiers;
use crate::{SERVICE, notify, opt_out};

/// What came of a suggestion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Handled {
    /// It, or another about the same conversation, was handled before; nothing was written.
    Before,
    /// It is decided.
    Decided {
        decision: DecisionId,
        reason: &'static str,
    },
}

/// Does all that a suggestion asks for, once.
pub(crate) fn suggestion(
    tx: &mut TenantTx<'_>,
    now: DateTime<Utc>,
    event: Uuid,
    suggested: &StatusSuggested,
    classifiers: &Classifiers,
) -> Result<Handled> {
    // The lead's row first: whatever concerns one lead queues up here, and in one order only.
    let lead = lead_contact::lock(tx, suggested.lead_id)?;
    let business = tx.business;
    if !inbox::first_time(tx, business, SERVICE, event)? || decisions::exists(tx, suggested)? {
        return Ok(Handled::Before);
    }
    let context = decisions::context(tx)?;
    let state = LeadState {
        status: lead.status.clone(),
        is_deleted: lead.deleted_at.is_some(),
        newest_decision_at: decisions::newest(tx, suggested.lead_id)?,
        newest_manual_change_at: history::newest_manual_change(tx, suggested.lead_id)?,
    };
    leave_contact(tx, now, suggested, &lead, context.language)?;
    let verdict = decide(tx, now, suggested, &context, &state, classifiers)?;
    let id = decisions::record(tx, now, suggested, lead.status.as_deref(), &verdict)?;
    if let Outcome::Applied { to } = &verdict.outcome {
        carry_out(tx, now, suggested, &verdict, id, to)?;
        notify::users(tx, now, suggested, &lead, &context, &verdict)?;
    }
    opt_out::honour(tx, now, suggested, &lead)?;
    Ok(Handled::Decided {
        decision: id,
        reason: verdict.reason(),
    })
}

/// Decides; on a conversation that is told of late, in its place among the others.
fn decide(
    tx: &mut TenantTx<'_>,
    now: DateTime<Utc>,
    suggested: &StatusSuggested,
    context: &Context,
    lead: &LeadState,
    classifiers: &Classifiers,
) -> Result<Decision> {
    let classifier = classifiers.of(&context.settings.words);
    let rules = Rules {
        settings: &context.settings,
        board: &context.board,
        classifier: &classifier,
    };
    decide_in_place(&Suggestion::from(suggested), lead, &rules, now, || {
        course::of(tx, suggested.lead_id)
    })
}

/// Summary, last contact, notes, particulars, and the conversation's entry in the timeline.
fn leave_contact(
    tx: &mut TenantTx<'_>,
    now: DateTime<Utc>,
    suggested: &StatusSuggested,
    lead: &LockedLead,
    language: Language,
) -> Result<()> {
    let line = |summary: &str| {
        let summary = notes::one_line(summary);
        messages::text(language, "summary-note", &[("summary", summary.into())])
    };
    let notes = if suggested.summary.trim().is_empty() {
        None
    } else {
        let newer: Vec<String> =
            lead_contact::newer_summaries(tx, suggested.lead_id, suggested.occurred_at)?
                .iter()
                .map(|summary| line(summary))
                .collect();
        let before = lead.notes.as_deref().unwrap_or_default();
        Some(notes::with_line(before, &line(&suggested.summary), &newer))
    };
    let contact = Contact {
        lead: suggested.lead_id,
        occurred_at: suggested.occurred_at,
        summary: &suggested.summary,
        notes: notes.as_deref(),
        service: suggested.service.as_deref(),
        city: suggested.city.as_deref(),
        follow_up_at: suggested.follow_up_at,
    };
    lead_contact::record(tx, now, lead, &contact)?;
    let (kind, payload) = timeline_entry(suggested);
    activities::add(
        tx,
        &NewActivity {
            lead: suggested.lead_id,
            kind,
            payload,
            at: suggested.occurred_at,
            created_by: None,
        },
    )
}

fn timeline_entry(suggested: &StatusSuggested) -> (Kind, Value) {
    match suggested.source {
        SuggestionSource::CallSummary => (
            Kind::Call,
            json!({
                "call_sid": suggested.source_event_id,
                "direction": suggested.direction,
                "outcome": suggested.outcome,
                "summary": suggested.summary,
                "follow_up_at": suggested.follow_up_at,
            }),
        ),
        SuggestionSource::WhatsappSummary => (
            Kind::Whatsapp,
            json!({
                "session_key": suggested.source_event_id,
                "summary": suggested.summary,
                "follow_up_at": suggested.follow_up_at,
            }),
        ),
    }
}

fn carry_out(
    tx: &mut TenantTx<'_>,
    now: DateTime<Utc>,
    suggested: &StatusSuggested,
    verdict: &Decision,
    id: DecisionId,
    to: &str,
) -> Result<()> {
    let change = StatusChange {
        lead: suggested.lead_id,
        to,
        author: Author::Automation {
            source: suggested.change_source(),
            source_event_id: &suggested.source_event_id,
            decision: id,
            confidence: verdict.confidence,
        },
        reason: verdict.decided_by.map(|by| by.as_str()),
    };
    match lead_status::change_status(tx, now, &change)? {
        StatusOutcome::Changed { .. } => Ok(()),
        // The board was read in this transaction and the lead is locked: someone switched the status off in between.
        StatusOutcome::Same | StatusOutcome::NoSuchStatus => Err(StorageError::Conflict {
            constraint: "the status that was decided on".to_owned(),
        }),
    }
}
