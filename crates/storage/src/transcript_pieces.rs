//! `transcript_pieces`: what was heard in the pieces of a recording, each kept as soon as it is paid for. They are needed
//! until the whole recording is transcribed; then [`conversations::advance`](crate::conversations::advance) deletes them.
//! Of a recording whose transcription was given up they stay, so that doing it again pays only for what is missing.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use domain::ids::RecordingId;
use serde_json::Value;

use crate::schema::{recordings, transcript_pieces as t};
use crate::{Result, TenantTx};

/// A stretch of one channel of a recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stretch {
    /// Whose.
    pub recording: RecordingId,
    /// From 0.
    pub channel: i16,
    /// Milliseconds from the start of the recording.
    pub starts_at_ms: i32,
    /// Milliseconds from the start of the recording.
    pub ends_at_ms: i32,
}

/// A piece that was heard.
#[derive(Debug, Clone, PartialEq)]
pub struct Piece {
    /// Where it lies.
    pub stretch: Stretch,
    /// As the speech server gave it; none of a silent piece.
    pub transcript: Option<Value>,
}

/// The pieces of a call's recordings that were heard, by recording, channel and time.
///
/// # Errors
/// When the statement fails.
pub fn of_call(tx: &mut TenantTx<'_>, call_sid: &str) -> Result<Vec<Piece>> {
    type Row = (i64, i16, i32, i32, Option<Value>);
    let rows: Vec<Row> = t::table
        .inner_join(
            recordings::table.on(recordings::business_id
                .eq(t::business_id)
                .and(recordings::id.eq(t::recording_id))),
        )
        .filter(t::business_id.eq(tx.business.0))
        .filter(recordings::call_sid.eq(call_sid))
        .order((t::recording_id, t::channel, t::starts_at_ms))
        .select((
            t::recording_id,
            t::channel,
            t::starts_at_ms,
            t::ends_at_ms,
            t::transcript,
        ))
        .load(tx.conn)?;
    Ok(rows
        .into_iter()
        .map(
            |(recording, channel, starts_at_ms, ends_at_ms, transcript)| Piece {
                stretch: Stretch {
                    recording: RecordingId(recording),
                    channel,
                    starts_at_ms,
                    ends_at_ms,
                },
                transcript,
            },
        )
        .collect())
}

/// Keeps a piece. One that another worker has kept already stays as it is.
///
/// # Errors
/// When the row cannot be written.
pub fn keep(tx: &mut TenantTx<'_>, now: DateTime<Utc>, piece: &Piece) -> Result<()> {
    diesel::insert_into(t::table)
        .values((
            t::business_id.eq(tx.business.0),
            t::recording_id.eq(piece.stretch.recording.0),
            t::channel.eq(piece.stretch.channel),
            t::starts_at_ms.eq(piece.stretch.starts_at_ms),
            t::ends_at_ms.eq(piece.stretch.ends_at_ms),
            t::transcript.eq(&piece.transcript),
            t::heard_at.eq(now),
        ))
        .on_conflict_do_nothing()
        .execute(tx.conn)?;
    Ok(())
}

/// Deletes the pieces of a call's recordings.
pub(crate) fn forget(tx: &mut TenantTx<'_>, call_sid: &str) -> Result<()> {
    let of_call = recordings::table
        .filter(recordings::business_id.eq(tx.business.0))
        .filter(recordings::call_sid.eq(call_sid))
        .select(recordings::id);
    diesel::delete(t::table)
        .filter(t::business_id.eq(tx.business.0))
        .filter(t::recording_id.eq_any(of_call))
        .execute(tx.conn)?;
    Ok(())
}

/// Deletes the pieces of one recording: they stay behind a transcription that was given up.
pub(crate) fn forget_recording(tx: &mut TenantTx<'_>, recording: RecordingId) -> Result<()> {
    diesel::delete(t::table)
        .filter(t::business_id.eq(tx.business.0))
        .filter(t::recording_id.eq(recording.0))
        .execute(tx.conn)?;
    Ok(())
}
