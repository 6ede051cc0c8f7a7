//! The work on an ended call, opened again by an operator: after an outage of the speech server, or because what was heard or
//! made of it was wrong. What is there stays until something better takes its place.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use domain::events::SuggestionSource;
use domain::ids::BusinessId;

use super::missing::{self, FOR_WANT_OF_A_TRANSCRIBER};
use super::{State, one_at_a_time};
use crate::schema::{call_log, conversations as t, recordings};
use crate::{Result, Tx};

/// From where on the work is done anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Anew {
    /// From what is missing on; a summary is made in any case.
    Missing,
    /// It is transcribed again.
    Recording,
    /// It is summarised again.
    Transcript,
    /// It is suggested again as it was summarised.
    Summary,
}

/// What came of [`reopen`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reopened {
    /// It is worked on from here on.
    Opened(State),
    /// It is being worked on, and stands here; nothing was written.
    UnderWay(State),
    /// The call goes on: its status. Nothing was written.
    NotEnded(String),
    /// The recording-processor has not heard of the end of the call; nothing was written.
    NotTakenIn,
    /// What the work would begin with is not there; nothing was written.
    Without(Lack),
}

/// What is not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lack {
    /// Nobody spoke, so there is nothing to transcribe.
    Words,
    /// The recording is deleted.
    Recording,
    /// There is no transcript.
    Transcript,
    /// There is no summary.
    Summary,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = t)]
struct Done {
    id: i64,
    state: String,
    transcript: Option<String>,
    summary: Option<String>,
    last_error: Option<String>,
}

impl Done {
    /// Whether there were words, heard or not.
    fn has_words(&self) -> bool {
        self.transcript.is_some() || missing::is_one(self.last_error.as_deref())
    }
}

/// Opens the work on a call again, of which business soever if none is named. The recording-processor finds it when it next
/// looks for itself.
///
/// # Errors
/// [`StorageError::NotFound`](crate::StorageError::NotFound) when there is no such call; otherwise when a statement fails.
pub fn reopen(
    tx: &mut Tx<'_>,
    now: DateTime<Utc>,
    business: Option<BusinessId>,
    call_sid: &str,
    anew: Anew,
) -> Result<(BusinessId, Reopened)> {
    let mut call = call_log::table
        .filter(call_log::call_sid.eq(call_sid))
        .select((call_log::business_id, call_log::status, call_log::ended_at))
        .into_boxed();
    if let Some(business) = business {
        call = call.filter(call_log::business_id.eq(business.0));
    }
    let (business, status, ended_at): (i64, String, Option<DateTime<Utc>>) = call.first(tx.conn)?;
    let business = BusinessId(business);
    // Whoever takes in a recording meanwhile looks where the work stands.
    one_at_a_time(tx, call_sid)?;
    let done: Option<Done> = t::table
        .filter(t::business_id.eq(business.0))
        .filter(t::source.eq(SuggestionSource::CallSummary.as_str()))
        .filter(t::source_event_id.eq(call_sid))
        .select(Done::as_select())
        .for_update()
        .first(tx.conn)
        .optional()?;
    let reopened = match done {
        None if ended_at.is_none() => Reopened::NotEnded(status),
        None => Reopened::NotTakenIn,
        Some(done) => match done.state.parse()? {
            State::Suggested => begin(tx, now, business, call_sid, &done, anew)?,
            state => Reopened::UnderWay(state),
        },
    };
    Ok((business, reopened))
}

fn begin(
    tx: &mut Tx<'_>,
    now: DateTime<Utc>,
    business: BusinessId,
    call_sid: &str,
    done: &Done,
    anew: Anew,
) -> Result<Reopened> {
    let state = match anew {
        Anew::Summary if done.summary.is_none() => return Ok(Reopened::Without(Lack::Summary)),
        Anew::Summary => State::Summarised,
        Anew::Transcript if done.transcript.is_none() => {
            return Ok(Reopened::Without(Lack::Transcript));
        }
        Anew::Recording if !done.has_words() => return Ok(Reopened::Without(Lack::Words)),
        Anew::Missing if done.transcript.is_some() || !done.has_words() => State::Transcribed,
        Anew::Transcript => State::Transcribed,
        Anew::Recording | Anew::Missing => match recording(tx, business, call_sid)? {
            Some(state) => state,
            None => return Ok(Reopened::Without(Lack::Recording)),
        },
    };
    diesel::update(t::table)
        .filter(t::business_id.eq(business.0))
        .filter(t::id.eq(done.id))
        .set((
            t::state.eq(state.as_str()),
            t::suggested_at.eq(None::<DateTime<Utc>>),
            t::due_at.eq(now),
            t::attempts.eq(0),
            // Why there is no transcript, a summary that stays still says.
            (anew != Anew::Summary).then_some(t::last_error.eq(None::<String>)),
        ))
        .execute(tx.conn)?;
    Ok(Reopened::Opened(state))
}

/// Where the work on the recording begins; none when it is deleted. One that could not be fetched is fetched again.
fn recording(tx: &mut Tx<'_>, business: BusinessId, call_sid: &str) -> Result<Option<State>> {
    let of_call = recordings::table
        .filter(recordings::business_id.eq(business.0))
        .filter(recordings::call_sid.eq(call_sid));
    type Row = (String, Option<DateTime<Utc>>, Option<DateTime<Utc>>);
    let rows: Vec<Row> = of_call
        .select((
            recordings::state,
            recordings::media_deleted_at,
            recordings::carrier_deleted_at,
        ))
        .load(tx.conn)?;
    let in_the_store = |(state, media_gone, _): &Row| state == "stored" && media_gone.is_none();
    if rows.iter().any(in_the_store) {
        return Ok(Some(State::Recorded));
    }
    let at_the_carrier =
        |(state, _, carrier_gone): &Row| state != "stored" && carrier_gone.is_none();
    if !rows.is_empty() && !rows.iter().any(at_the_carrier) {
        return Ok(None);
    }
    diesel::update(of_call.filter(recordings::state.eq("failed")))
        .set((
            recordings::state.eq("announced"),
            recordings::attempts.eq(0),
            recordings::last_error.eq(None::<String>),
        ))
        .execute(tx.conn)?;
    Ok(Some(State::AwaitingRecording))
}

/// The calls since `since` that were recorded and have no transcript for want of a transcriber, oldest first.
///
/// # Errors
/// When the statement fails.
pub fn untranscribed(
    tx: &mut Tx<'_>,
    business: BusinessId,
    since: DateTime<Utc>,
) -> Result<Vec<String>> {
    Ok(t::table
        .filter(t::business_id.eq(business.0))
        .filter(t::source.eq(SuggestionSource::CallSummary.as_str()))
        .filter(t::state.eq(State::Suggested.as_str()))
        .filter(t::transcript.is_null())
        .filter(t::last_error.eq_any(FOR_WANT_OF_A_TRANSCRIBER))
        .filter(t::occurred_at.ge(since))
        .order((t::occurred_at, t::id))
        .select(t::source_event_id)
        .load(tx.conn)?)
}
