//! What one suggestion does, in the order of its transaction. A further one about the same conversation: [`again`].

use chrono::{DateTime, Utc};
use domain::decision::late::decide_in_place;
use domain::decision::replay::Rules;
use domain::decision::{Decision, LeadState, Outcome, Suggestion, notes};
use domain::events::{StatusSuggested, SuggestionSource};
use domain::ids::DecisionId;
use domain::messages::{self, Language};
use domain::planted;
use serde_json::json;
use storage::activities::{self, Kind, NewActivity};
use storage::decisions::Context;
use storage::lead_contact::{self, Contact, LockedLead};
use storage::lead_status::{self, Author, StatusChange, StatusOutcome};
use storage::{Result, StorageError, TenantTx, course, decisions, history, inbox};
use uuid::Uuid;

use crate::classifiers::Classifiers;
use crate::notify::{self, Change};
use crate::{SERVICE, again, opt_out};

/// What came of a suggestion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Handled {
    /// It, or another that says the same about the same conversation, was handled before; nothing was written.
    Before,
    /// The conversation is told anew, and what was decided on it stands.
    Retold,
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
    let forgets = planted::bug("no_dedupe");
    if !inbox::first_time(tx, business, SERVICE, event)? && !forgets {
        return Ok(Handled::Before);
    }
    if let Some(known) = decisions::known(tx, suggested)?.filter(|_| !forgets) {
        return again::suggestion(tx, now, suggested, &lead, &known, classifiers);
    }
    let context = decisions::context(tx)?;
    leave_contact(tx, now, suggested, &lead, context.language)?;
    let verdict = decide(tx, now, suggested, &lead, &context, classifiers, None)?;
    let id = decisions::record(tx, now, suggested, lead.status.as_deref(), &verdict)?;
    carry_out(tx, now, suggested, &lead, &context, &verdict, id)?;
    opt_out::honour(tx, now, suggested, &lead)?;
    Ok(Handled::Decided {
        decision: id,
        reason: verdict.reason(),
    })
}

/// Decides; on a conversation that is told of late, in its place among the others. `again` is the decision that is made anew.
pub(crate) fn decide(
    tx: &mut TenantTx<'_>,
    now: DateTime<Utc>,
    suggested: &StatusSuggested,
    lead: &LockedLead,
    context: &Context,
    classifiers: &Classifiers,
    again: Option<DecisionId>,
) -> Result<Decision> {
    let state = LeadState {
        status: lead.status.clone(),
        is_deleted: lead.deleted_at.is_some(),
        newest_decision_at: decisions::newest(tx, suggested.lead_id, again)?,
        newest_manual_change_at: history::newest_manual_change(tx, suggested.lead_id)?,
    };
    let classifier = classifiers.of(&context.settings.words);
    let rules = Rules {
        settings: &context.settings,
        board: &context.board,
        classifier: &classifier,
    };
    decide_in_place(&Suggestion::from(suggested), &state, &rules, now, || {
        course::of(tx, suggested.lead_id, again)
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
    let notes = if suggested.summary.trim().is_empty() {
        None
    } else {
        let newer = newer_lines(tx, suggested, language)?;
        let before = lead.notes.as_deref().unwrap_or_default();
        let line = note(language, &suggested.summary);
        Some(notes::with_line(before, &line, &newer))
    };
    record_contact(tx, now, suggested, lead, notes.as_deref())?;
    activities::add(tx, &timeline_entry(suggested))
}

/// Summary, last contact, particulars and the given notes.
pub(crate) fn record_contact(
    tx: &mut TenantTx<'_>,
    now: DateTime<Utc>,
    suggested: &StatusSuggested,
    lead: &LockedLead,
    notes: Option<&str>,
) -> Result<()> {
    let contact = Contact {
        lead: suggested.lead_id,
        occurred_at: suggested.occurred_at,
        summary: &suggested.summary,
        notes,
        service: suggested.service.as_deref(),
        city: suggested.city.as_deref(),
        follow_up_at: suggested.follow_up_at,
    };
    lead_contact::record(tx, now, lead, &contact)
}

/// The line of a summary in the notes.
pub(crate) fn note(language: Language, summary: &str) -> String {
    let summary = notes::one_line(summary);
    messages::text(language, "summary-note", &[("summary", summary.into())])
}

/// The lines of newer conversations, newest first.
pub(crate) fn newer_lines(
    tx: &mut TenantTx<'_>,
    suggested: &StatusSuggested,
    language: Language,
) -> Result<Vec<String>> {
    let newer = lead_contact::newer_summaries(tx, suggested.lead_id, suggested.occurred_at)?;
    Ok(newer
        .iter()
        .map(|summary| note(language, summary))
        .collect())
}

pub(crate) fn timeline_entry(suggested: &StatusSuggested) -> NewActivity {
    let (kind, payload) = match suggested.source {
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
    };
    NewActivity {
        lead: suggested.lead_id,
        kind,
        payload,
        at: suggested.occurred_at,
        created_by: None,
    }
}

/// Moves the lead where that is what was decided, and tells the users.
pub(crate) fn carry_out(
    tx: &mut TenantTx<'_>,
    now: DateTime<Utc>,
    suggested: &StatusSuggested,
    lead: &LockedLead,
    context: &Context,
    verdict: &Decision,
    id: DecisionId,
) -> Result<()> {
    let Outcome::Applied { to } = &verdict.outcome else {
        return Ok(());
    };
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
        StatusOutcome::Changed { .. } => notify::users(
            tx,
            now,
            context,
            &Change {
                lead: suggested.lead_id,
                lead_name: &lead.full_name,
                from: lead.status.as_deref(),
                to,
                source: suggested.change_source(),
                confidence: verdict.confidence,
                by: None,
            },
        ),
        // The board was read in this transaction and the lead is locked: someone switched the status off in between.
        StatusOutcome::Same | StatusOutcome::NoSuchStatus => Err(StorageError::Conflict {
            constraint: "the status that was decided on".to_owned(),
        }),
    }
}
