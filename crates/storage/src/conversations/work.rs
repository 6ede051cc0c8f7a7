//! The claim on a conversation and what may be done under it.

use chrono::{DateTime, Duration, Utc};
use diesel::prelude::*;
use domain::call::{AnsweredBy, CallStatus, Direction};
use domain::events::SuggestionSource;
use domain::ids::{ConversationId, LeadId};

use super::{State, one_at_a_time};
use crate::schema::{conversations as t, recordings};
use crate::transcript_pieces::{self, Piece};
use crate::{Result, StorageError, TenantTx, call_texts};

/// A conversation that this worker may work on until its lease runs out.
#[derive(Debug, Clone, PartialEq)]
pub struct Claimed {
    /// Its row.
    pub id: ConversationId,
    /// What kind of conversation.
    pub source: SuggestionSource,
    /// The call's SID, or the WhatsApp session's key.
    pub source_event_id: String,
    /// With whom.
    pub lead: LeadId,
    /// Which way the call went; none for WhatsApp.
    pub direction: Option<Direction>,
    /// How it ended; a WhatsApp session is always completed.
    pub outcome: CallStatus,
    /// Who picked up.
    pub answered_by: Option<AnsweredBy>,
    /// Its length; none of a WhatsApp session counts.
    pub duration_seconds: i32,
    /// When it ended.
    pub occurred_at: DateTime<Utc>,
    /// Which step is behind it.
    pub state: State,
    /// What was said, where it is known.
    pub transcript: Option<String>,
    /// The language that was spoken, where the transcriber could tell.
    pub language: Option<String>,
    /// What the summariser made of it.
    pub summary: Option<SavedSummary>,
    /// How often the present step has failed.
    pub attempts: i16,
    /// Why it last failed.
    pub last_error: Option<String>,
    /// Since when the present step waits for a server that is out of order.
    pub held_since: Option<DateTime<Utc>>,
    worker: String,
    lock_ts: DateTime<Utc>,
}

/// A summary as it is kept between two steps.
#[derive(Debug, Clone, PartialEq)]
pub struct SavedSummary {
    /// The text, with its tag.
    pub text: String,
    /// The recommended label.
    pub recommendation: Option<String>,
    /// 0 to 1.
    pub confidence: Option<f64>,
    /// The service asked for.
    pub service: Option<String>,
    /// Where.
    pub city: Option<String>,
    /// A label that the model recommended and no active status has.
    pub dropped_label: Option<String>,
    /// When somebody promised to be in touch again.
    pub follow_up_at: Option<DateTime<Utc>>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = t)]
struct Row {
    id: i64,
    source: String,
    source_event_id: String,
    lead_id: i64,
    direction: Option<String>,
    outcome: String,
    answered_by: Option<String>,
    duration_seconds: Option<i32>,
    occurred_at: DateTime<Utc>,
    state: String,
    transcript: Option<String>,
    language: Option<String>,
    summary: Option<String>,
    recommendation: Option<String>,
    confidence: Option<f64>,
    service: Option<String>,
    city: Option<String>,
    dropped_label: Option<String>,
    follow_up_at: Option<DateTime<Utc>>,
    attempts: i16,
    last_error: Option<String>,
    held_since: Option<DateTime<Utc>>,
    locked_by_worker: Option<String>,
    lock_ts: Option<DateTime<Utc>>,
}

impl Row {
    fn claimed(self) -> Result<Claimed> {
        let (Some(worker), Some(lock_ts)) = (self.locked_by_worker, self.lock_ts) else {
            return Err(StorageError::Corrupt("a claim without a holder".to_owned()));
        };
        let (recommendation, confidence) = (self.recommendation, self.confidence);
        let (service, city, follow_up_at) = (self.service, self.city, self.follow_up_at);
        let dropped_label = self.dropped_label;
        Ok(Claimed {
            id: ConversationId(self.id),
            source: source(&self.source)?,
            source_event_id: self.source_event_id,
            lead: LeadId(self.lead_id),
            direction: match self.direction.as_deref() {
                Some("inbound") => Some(Direction::Inbound),
                Some("outbound") => Some(Direction::Outbound),
                _ => None,
            },
            outcome: self
                .outcome
                .parse()
                .map_err(|error| StorageError::Corrupt(format!("conversation: {error}")))?,
            answered_by: self.answered_by.as_deref().map(AnsweredBy::from_carrier),
            duration_seconds: self.duration_seconds.unwrap_or_default(),
            occurred_at: self.occurred_at,
            state: self.state.parse()?,
            transcript: self.transcript,
            language: self.language,
            summary: self.summary.map(|text| SavedSummary {
                text,
                recommendation,
                confidence,
                service,
                city,
                dropped_label,
                follow_up_at,
            }),
            attempts: self.attempts,
            last_error: self.last_error,
            held_since: self.held_since,
            worker,
            lock_ts,
        })
    }
}

fn source(word: &str) -> Result<SuggestionSource> {
    [
        SuggestionSource::CallSummary,
        SuggestionSource::WhatsappSummary,
    ]
    .into_iter()
    .find(|source| source.as_str() == word)
    .ok_or_else(|| StorageError::Corrupt(format!("conversation source {word:?}")))
}

/// Takes a due conversation for `worker` until `now + lease`. None when another took it first.
///
/// # Errors
/// When the statement fails.
pub fn claim(
    tx: &mut TenantTx<'_>,
    now: DateTime<Utc>,
    id: ConversationId,
    worker: &str,
    lease: Duration,
) -> Result<Option<Claimed>> {
    diesel::update(t::table)
        .filter(t::business_id.eq(tx.business.0))
        .filter(t::id.eq(id.0))
        .filter(t::due_at.le(now))
        .set((
            t::locked_by_worker.eq(worker),
            t::lock_ts.eq(now),
            t::due_at.eq(now + lease),
        ))
        .returning(Row::as_returning())
        .get_result(tx.conn)
        .optional()?
        .map(Row::claimed)
        .transpose()
}

/// The row of a claim as long as the claim holds.
macro_rules! held {
    ($tx:expr, $claimed:expr) => {
        t::table
            .filter(t::business_id.eq($tx.business.0))
            .filter(t::id.eq($claimed.id.0))
            .filter(t::locked_by_worker.eq(&$claimed.worker))
            .filter(t::lock_ts.eq($claimed.lock_ts))
    };
}

/// Nobody's, with the next step due then; none where there is no next one.
macro_rules! unclaimed {
    ($due_at:expr) => {
        (
            t::due_at.eq($due_at),
            t::locked_by_worker.eq(None::<String>),
            t::lock_ts.eq(None::<DateTime<Utc>>),
        )
    };
}

/// What a step has achieved.
#[derive(Debug, Clone, PartialEq)]
pub enum Achieved {
    /// The recording is stored.
    Recorded,
    /// A piece of the recording is heard; there are more.
    Heard(Piece),
    /// The words are known, or are known not to be had (`why`).
    Transcribed {
        /// As the speech server gave it.
        transcription: Option<String>,
        /// What was said, with its speakers.
        transcript: Option<String>,
        /// Its language.
        language: Option<String>,
        /// Why there is no transcript.
        why: Option<String>,
        /// The same for operators, in the words of whoever failed.
        error: Option<String>,
    },
    /// The summary is made.
    Summarised(SavedSummary),
}

/// Saves what a step has achieved and renews the lease for the next one. None when the claim is lost: another worker
/// goes on from what was saved before.
///
/// # Errors
/// When the statement fails.
pub fn advance(
    tx: &mut TenantTx<'_>,
    now: DateTime<Utc>,
    claimed: &Claimed,
    lease: Duration,
    achieved: &Achieved,
) -> Result<Option<Claimed>> {
    let renewed = (
        t::lock_ts.eq(now),
        t::due_at.eq(now + lease),
        t::attempts.eq(0),
        t::held_since.eq(None::<DateTime<Utc>>),
    );
    let row = held!(tx, claimed);
    let saved: Option<Row> = match achieved {
        Achieved::Recorded => diesel::update(row)
            .set((
                renewed,
                t::state.eq(State::Recorded.as_str()),
                t::last_error.eq(None::<String>),
            ))
            .returning(Row::as_returning())
            .get_result(tx.conn)
            .optional()?,
        Achieved::Heard(piece) => {
            // Whoever has the claim now is glad of it: it is paid for.
            transcript_pieces::keep(tx, now, piece)?;
            diesel::update(row)
                .set(renewed)
                .returning(Row::as_returning())
                .get_result(tx.conn)
                .optional()?
        }
        Achieved::Transcribed {
            transcription,
            transcript,
            language,
            why,
            error,
        } => {
            let saved = diesel::update(row)
                .set((
                    renewed,
                    t::state.eq(State::Transcribed.as_str()),
                    // What was heard once is better than nothing: a call that is heard again in vain keeps it.
                    transcript
                        .as_ref()
                        .map(|text| (t::transcript.eq(text), t::language.eq(language))),
                    t::last_error.eq(why),
                    t::transcription_error.eq(error),
                ))
                .returning(Row::as_returning())
                .get_result(tx.conn)
                .optional()?;
            if let (Some(_), Some(transcription)) = (&saved, transcription) {
                call_texts::note_transcription(tx, &claimed.source_event_id, transcription)?;
                transcript_pieces::forget(tx, &claimed.source_event_id)?;
            }
            saved
        }
        Achieved::Summarised(summary) => diesel::update(row)
            .set((
                renewed,
                t::state.eq(State::Summarised.as_str()),
                t::summary.eq(&summary.text),
                t::recommendation.eq(&summary.recommendation),
                t::confidence.eq(summary.confidence),
                t::service.eq(&summary.service),
                t::city.eq(&summary.city),
                t::dropped_label.eq(&summary.dropped_label),
                t::follow_up_at.eq(summary.follow_up_at),
            ))
            .returning(Row::as_returning())
            .get_result(tx.conn)
            .optional()?,
    };
    saved.map(Row::claimed).transpose()
}

/// Marks the suggestion as raised. False when the claim is lost: then the suggestion must not be raised in this
/// transaction.
///
/// # Errors
/// When the statement fails.
pub fn finish(tx: &mut TenantTx<'_>, now: DateTime<Utc>, claimed: &Claimed) -> Result<bool> {
    let finished = diesel::update(held!(tx, claimed))
        .filter(t::state.eq(State::Summarised.as_str()))
        .set((
            t::state.eq(State::Suggested.as_str()),
            t::suggested_at.eq(now),
            unclaimed!(None::<DateTime<Utc>>),
        ))
        .execute(tx.conn)?;
    Ok(finished == 1)
}

/// Lets go of a conversation in the middle of a step, because this worker stops: another may take it at once.
///
/// # Errors
/// When the statement fails; the lease then runs out by itself.
pub fn release(tx: &mut TenantTx<'_>, now: DateTime<Utc>, claimed: &Claimed) -> Result<()> {
    diesel::update(held!(tx, claimed))
        .set(unclaimed!(now))
        .execute(tx.conn)?;
    Ok(())
}

/// Lets go of a conversation whose step did not succeed, to be tried again at `due_at`. A recording that was announced
/// while this worker held the claim makes it due at once.
///
/// # Errors
/// When a statement fails; the lease then runs out by itself.
pub fn postpone(
    tx: &mut TenantTx<'_>,
    now: DateTime<Utc>,
    claimed: &Claimed,
    due_at: DateTime<Utc>,
    why: &str,
) -> Result<()> {
    one_at_a_time(tx, &claimed.source_event_id)?;
    let announced_meanwhile = diesel::select(diesel::dsl::exists(
        recordings::table
            .filter(recordings::business_id.eq(tx.business.0))
            .filter(recordings::call_sid.eq(&claimed.source_event_id))
            .filter(recordings::state.eq("announced"))
            .filter(recordings::attempts.eq(0)),
    ))
    .get_result::<bool>(tx.conn)?;
    let due_at = if announced_meanwhile && claimed.state == State::AwaitingRecording {
        now
    } else {
        due_at
    };
    // Why there is no transcript is what the summary says; a later step that fails does not take its place.
    let is_unheard = claimed.state >= State::Transcribed && claimed.transcript.is_none();
    let last_error = if is_unheard {
        claimed.last_error.as_deref()
    } else {
        Some(why)
    };
    diesel::update(held!(tx, claimed))
        .set((
            t::attempts.eq(claimed.attempts.saturating_add(1)),
            t::last_error.eq(last_error),
            t::held_since.eq(None::<DateTime<Utc>>),
            unclaimed!(due_at),
        ))
        .execute(tx.conn)?;
    Ok(())
}

/// Lets go of a conversation whose step waits for a server that is out of order, to be tried again at `due_at`. That is no
/// attempt: only the time since it was first held counts.
///
/// # Errors
/// When the statement fails; the lease then runs out by itself.
pub fn hold(
    tx: &mut TenantTx<'_>,
    now: DateTime<Utc>,
    claimed: &Claimed,
    due_at: DateTime<Utc>,
    why: &str,
) -> Result<()> {
    diesel::update(held!(tx, claimed))
        .set((
            t::held_since.eq(claimed.held_since.unwrap_or(now)),
            t::last_error.eq(why),
            unclaimed!(due_at),
        ))
        .execute(tx.conn)?;
    Ok(())
}
