//! A further suggestion about a conversation that was decided on: it was worked on again, or two events say the same.
//!
//! What the conversation left on the lead is told anew. The decision stands where it moved the lead, was undone, or a person
//! has moved the lead since; where it decided nothing, it is made again.

use chrono::{DateTime, Utc};
use domain::decision::again::may_be_made_again;
use domain::decision::notes;
use domain::events::{StatusSuggested, SuggestionSource};
use domain::messages::Language;
use storage::decisions::{self, Known};
use storage::lead_contact::LockedLead;
use storage::{Result, TenantTx, activities, history};

use crate::classifiers::Classifiers;
use crate::handle::{self, Handled};
use crate::opt_out;

pub(crate) fn suggestion(
    tx: &mut TenantTx<'_>,
    now: DateTime<Utc>,
    suggested: &StatusSuggested,
    lead: &LockedLead,
    known: &Known,
    classifiers: &Classifiers,
) -> Result<Handled> {
    if known.lead != suggested.lead_id {
        return Ok(Handled::Before);
    }
    // It took place when it took place, whatever is said of that now.
    let suggested = &StatusSuggested {
        occurred_at: known.occurred_at,
        ..suggested.clone()
    };
    let context = decisions::context(tx)?;
    let is_retold = retell(tx, now, suggested, lead, context.language)?;
    opt_out::honour(tx, now, suggested, lead)?;
    let as_before = if is_retold {
        Handled::Retold
    } else {
        Handled::Before
    };
    let by_hand = history::newest_manual_change(tx, suggested.lead_id)?;
    let was_moved_since = by_hand.is_some_and(|at| at > known.created_at);
    if was_moved_since || !may_be_made_again(&known.reason) {
        return Ok(as_before);
    }
    let again = Some(known.id);
    let verdict = handle::decide(tx, now, suggested, lead, &context, classifiers, again)?;
    if verdict.reason() == known.reason && known.was_made_from(suggested) {
        return Ok(as_before);
    }
    let from = lead.status.as_deref();
    decisions::decide_again(tx, now, known.id, suggested, from, &verdict)?;
    handle::carry_out(tx, now, suggested, lead, &context, &verdict, known.id)?;
    Ok(Handled::Decided {
        decision: known.id,
        reason: verdict.reason(),
    })
}

/// Tells in the timeline, the notes and the lead's summary what the conversation says now. False when it says what it said.
fn retell(
    tx: &mut TenantTx<'_>,
    now: DateTime<Utc>,
    suggested: &StatusSuggested,
    lead: &LockedLead,
    language: Language,
) -> Result<bool> {
    let entry = handle::timeline_entry(suggested);
    let key = match suggested.source {
        SuggestionSource::CallSummary => "call_sid",
        SuggestionSource::WhatsappSummary => "session_key",
    };
    let Some(before) = activities::retell(tx, &entry, key)? else {
        return Ok(false);
    };
    if before == entry.payload {
        return Ok(false);
    }
    let newer = handle::newer_lines(tx, suggested, language)?;
    let noted = lead.notes.as_deref().unwrap_or_default();
    let line = handle::note(language, &suggested.summary);
    let summary_before = before["summary"].as_str().unwrap_or_default();
    let notes = match (summary_before.trim(), suggested.summary.trim()) {
        (_, "") => None,
        ("", _) => Some(notes::with_line(noted, &line, &newer)),
        (before, _) => {
            let before = handle::note(language, before);
            Some(notes::with_line_replaced(noted, &before, &line, &newer))
        }
    };
    handle::record_contact(tx, now, suggested, lead, notes.as_deref())?;
    Ok(true)
}
