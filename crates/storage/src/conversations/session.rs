use chrono::{DateTime, Utc};
use diesel::prelude::*;
use domain::call::CallStatus;
use domain::events::SuggestionSource;
use domain::ids::LeadId;

use super::State;
use crate::schema::conversations as t;
use crate::{Result, TenantTx};

/// A WhatsApp session that has been closed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSession<'a> {
    /// `wa_session_{id}_{canonical_key}`.
    pub source_event_id: &'a str,
    /// With whom.
    pub lead: LeadId,
    /// When it took place: its last message.
    pub occurred_at: DateTime<Utc>,
    /// What was written, with who wrote it; none when there are no words in it.
    pub transcript: Option<&'a str>,
}

/// Opens the work on a session, whose words are known already. False when it is open or done already.
///
/// # Errors
/// When the row cannot be written.
pub fn open_session(
    tx: &mut TenantTx<'_>,
    now: DateTime<Utc>,
    new: &NewSession<'_>,
) -> Result<bool> {
    let written = diesel::insert_into(t::table)
        .values((
            t::business_id.eq(tx.business.0),
            t::source.eq(SuggestionSource::WhatsappSummary.as_str()),
            t::source_event_id.eq(new.source_event_id),
            t::lead_id.eq(new.lead.0),
            t::outcome.eq(CallStatus::Completed.as_str()),
            t::occurred_at.eq(new.occurred_at),
            t::state.eq(State::Transcribed.as_str()),
            t::transcript.eq(new.transcript),
            t::due_at.eq(now),
            t::created_at.eq(now),
        ))
        .on_conflict_do_nothing()
        .execute(tx.conn)?;
    Ok(written == 1)
}
