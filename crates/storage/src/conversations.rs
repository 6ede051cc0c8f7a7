//! `conversations`: the work on one ended call or WhatsApp session, one row each. Its state says which paid step is behind it; `due_at` when
//! the next one is tried. A worker claims the row for a while, acts with no transaction open, and records what came of
//! it by comparing the claim: who has lost the claim records nothing.

pub mod missing;
mod reopen;
mod session;
mod work;

use std::str::FromStr;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Integer, Text, Timestamptz};
use domain::call::{AnsweredBy, CallStatus, Direction};
use domain::events::SuggestionSource;
use domain::ids::{BusinessId, ConversationId, LeadId};

use crate::schema::conversations as t;
use crate::{Result, StorageError, TenantTx, Tx};

pub use reopen::{Anew, Lack, Reopened, reopen, untranscribed};
pub use session::{NewSession, open_session};
pub use work::{Achieved, Claimed, SavedSummary, advance, claim, finish, hold, postpone, release};

/// Which paid step is behind a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// Its recording is not in the object store yet.
    AwaitingRecording,
    /// The recording is stored; it is transcribed next.
    Recorded,
    /// Transcribed, or without a transcript for good; it is summarised next.
    Transcribed,
    /// Summarised; the suggestion is raised next.
    Summarised,
    /// The suggestion is raised: done.
    Suggested,
}

impl State {
    const ALL: [Self; 5] = [
        Self::AwaitingRecording,
        Self::Recorded,
        Self::Transcribed,
        Self::Summarised,
        Self::Suggested,
    ];

    /// The word in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AwaitingRecording => "awaiting_recording",
            Self::Recorded => "recorded",
            Self::Transcribed => "transcribed",
            Self::Summarised => "summarised",
            Self::Suggested => "suggested",
        }
    }
}

impl FromStr for State {
    type Err = StorageError;

    fn from_str(text: &str) -> Result<Self> {
        Self::ALL
            .into_iter()
            .find(|state| state.as_str() == text)
            .ok_or_else(|| StorageError::Corrupt(format!("conversation state {text:?}")))
    }
}

/// A conversation that has just ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewConversation<'a> {
    /// The call's SID.
    pub call_sid: &'a str,
    /// With whom.
    pub lead: LeadId,
    /// Which way the call went.
    pub direction: Direction,
    /// How it ended.
    pub outcome: CallStatus,
    /// Who picked up.
    pub answered_by: Option<AnsweredBy>,
    /// Its length.
    pub duration_seconds: i32,
    /// When it ended.
    pub occurred_at: DateTime<Utc>,
    /// Where the work starts.
    pub state: State,
    /// When the first step is tried, unless something wakes it before.
    pub due_at: DateTime<Utc>,
}

/// Holds off, until this transaction ends, whoever else takes in the end or a recording of the same call. Both look for
/// what the other has written; side by side, each would miss the other and the recording would wait for the tick.
///
/// # Errors
/// When the lock cannot be had in time.
pub fn one_at_a_time(tx: &mut Tx<'_>, call_sid: &str) -> Result<()> {
    diesel::sql_query("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))")
        .bind::<Text, _>(call_sid)
        .execute(tx.conn)?;
    Ok(())
}

/// Opens the work on a call. False when it is open or done already.
///
/// # Errors
/// When the row cannot be written.
pub fn open(tx: &mut TenantTx<'_>, now: DateTime<Utc>, new: &NewConversation<'_>) -> Result<bool> {
    let written = diesel::insert_into(t::table)
        .values((
            t::business_id.eq(tx.business.0),
            t::source.eq(SuggestionSource::CallSummary.as_str()),
            t::source_event_id.eq(new.call_sid),
            t::lead_id.eq(new.lead.0),
            t::direction.eq(new.direction.as_str()),
            t::outcome.eq(new.outcome.as_str()),
            t::answered_by.eq(new.answered_by.map(AnsweredBy::as_str)),
            t::duration_seconds.eq(new.duration_seconds),
            t::occurred_at.eq(new.occurred_at),
            t::state.eq(new.state.as_str()),
            t::due_at.eq(new.due_at),
            t::created_at.eq(now),
        ))
        .on_conflict_do_nothing()
        .execute(tx.conn)?;
    Ok(written == 1)
}

/// Makes the conversation of a call due at once if it waits for its recording and nobody works on it. Whoever works on
/// it looks for recordings again when it lets go ([`postpone`]).
///
/// # Errors
/// When the statement fails.
pub fn wake(tx: &mut TenantTx<'_>, now: DateTime<Utc>, call_sid: &str) -> Result<()> {
    diesel::update(t::table)
        .filter(t::business_id.eq(tx.business.0))
        .filter(t::source.eq(SuggestionSource::CallSummary.as_str()))
        .filter(t::source_event_id.eq(call_sid))
        .filter(t::state.eq(State::AwaitingRecording.as_str()))
        .filter(t::locked_by_worker.is_null())
        .filter(t::due_at.gt(now))
        .set(t::due_at.eq(now))
        .execute(tx.conn)?;
    Ok(())
}

/// Where the work on a call stands; none when it has not been opened.
///
/// # Errors
/// When the statement fails.
pub fn state_of_call(tx: &mut TenantTx<'_>, call_sid: &str) -> Result<Option<State>> {
    let state: Option<String> = t::table
        .filter(t::business_id.eq(tx.business.0))
        .filter(t::source.eq(SuggestionSource::CallSummary.as_str()))
        .filter(t::source_event_id.eq(call_sid))
        .select(t::state)
        .first(tx.conn)
        .optional()?;
    state.map(|state| state.parse()).transpose()
}

/// Which conversations have a step that is due, of every business, the longest due first.
///
/// # Errors
/// When the statement fails.
pub fn due(
    tx: &mut Tx<'_>,
    now: DateTime<Utc>,
    most: i32,
) -> Result<Vec<(BusinessId, ConversationId)>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = BigInt)]
        business_id: i64,
        #[diesel(sql_type = BigInt)]
        id: i64,
    }
    let rows: Vec<Row> = diesel::sql_query("SELECT business_id, id FROM due_conversations($1, $2)")
        .bind::<Timestamptz, _>(now)
        .bind::<Integer, _>(most)
        .load(tx.conn)?;
    Ok(rows
        .into_iter()
        .map(|row| (BusinessId(row.business_id), ConversationId(row.id)))
        .collect())
}
