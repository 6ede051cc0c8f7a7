//! "Do not call me again": in the customer's own words, or as the summary tells it.

use chrono::{DateTime, Utc};
use domain::events::{StatusSuggested, SuggestionSource, SuppressionOrigin};
use domain::text::Classifier;
use storage::lead_contact::LockedLead;
use storage::suppressions::{self, NewSuppression};
use storage::{Result, TenantTx, decisions};
use tracing::info;

use crate::measures;

/// Suppresses the lead's number where the conversation asks for it. Our side's words do not count, and neither does a
/// negated request: the classifier sees to both. A conversation that is told again asks no second time: a person may have
/// lifted what it asked for.
pub(crate) fn honour(
    tx: &mut TenantTx<'_>,
    now: DateTime<Utc>,
    suggested: &StatusSuggested,
    lead: &LockedLead,
) -> Result<()> {
    let Some(phone) = lead.phone_e164.as_deref() else {
        return Ok(());
    };
    let is_told_again = suppressions::was_asked_for_in(tx, &suggested.source_event_id)?;
    if is_told_again || !is_asked_for(tx, suggested)? {
        return Ok(());
    }
    let new = NewSuppression {
        phone_e164: phone,
        lead: Some(suggested.lead_id),
        origin: SuppressionOrigin::Spoken,
        source_event_id: Some(&suggested.source_event_id),
        created_by: None,
        reason: None,
    };
    if suppressions::add(tx, now, &new)?.is_some() {
        measures::SPOKEN_SUPPRESSIONS.count(&[]).increment(1);
        info!(
            business_id = tx.business.0,
            lead_id = suggested.lead_id.0,
            "asked not to be called"
        );
    }
    Ok(())
}

fn is_asked_for(tx: &mut TenantTx<'_>, suggested: &StatusSuggested) -> Result<bool> {
    let classifier = Classifier::standard();
    if classifier.opt_out(&suggested.summary).is_some() {
        return Ok(true);
    }
    let key = &suggested.source_event_id;
    let transcript = match suggested.source {
        SuggestionSource::CallSummary => decisions::transcript_of_call(tx, key)?,
        SuggestionSource::WhatsappSummary => decisions::transcript_of_session(tx, key)?,
    };
    Ok(transcript.is_some_and(|said| classifier.opt_out(&said).is_some()))
}
