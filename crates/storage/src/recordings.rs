//! `recordings`: what the carrier recorded, from the announcement to the stored file and its deletion.

mod deletion;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use domain::ids::RecordingId;

use crate::schema::recordings as t;
use crate::{Result, TenantTx};

pub use deletion::{Copies, Expired, claim, deleted, expired, not_deleted};

/// A recording of a call.
#[derive(Debug, Clone, PartialEq)]
pub struct Recording {
    /// Its row.
    pub id: RecordingId,
    /// The carrier's id.
    pub recording_sid: String,
    /// Its address at the carrier.
    pub source_url: String,
    /// Its key in the object store, once it is there.
    pub object_key: Option<String>,
    /// How often fetching it has failed.
    pub attempts: i16,
    /// Whether it is still to be fetched.
    pub is_announced: bool,
}

/// Notes that the carrier has a recording. False when that is known already.
///
/// # Errors
/// When the row cannot be written.
pub fn announce(
    tx: &mut TenantTx<'_>,
    now: DateTime<Utc>,
    call_sid: &str,
    recording_sid: &str,
    source_url: &str,
) -> Result<bool> {
    let written = diesel::insert_into(t::table)
        .values((
            t::business_id.eq(tx.business.0),
            t::call_sid.eq(call_sid),
            t::recording_sid.eq(recording_sid),
            t::source_url.eq(source_url),
            t::created_at.eq(now),
        ))
        .on_conflict_do_nothing()
        .execute(tx.conn)?;
    Ok(written == 1)
}

/// The recordings of a call that are to be fetched or stored, in the order in which they were announced.
///
/// # Errors
/// When the statement fails.
pub fn of_call(tx: &mut TenantTx<'_>, call_sid: &str) -> Result<Vec<Recording>> {
    type Row = (i64, String, String, Option<String>, i16, String);
    let rows: Vec<Row> = t::table
        .filter(t::business_id.eq(tx.business.0))
        .filter(t::call_sid.eq(call_sid))
        .filter(t::state.eq_any(["announced", "stored"]))
        .order(t::id)
        .select((
            t::id,
            t::recording_sid,
            t::source_url,
            t::object_key,
            t::attempts,
            t::state,
        ))
        .load(tx.conn)?;
    Ok(rows
        .into_iter()
        .map(
            |(id, recording_sid, source_url, object_key, attempts, state)| Recording {
                id: RecordingId(id),
                recording_sid,
                source_url,
                object_key,
                attempts,
                is_announced: state == "announced",
            },
        )
        .collect())
}

/// What a stored file turned out to be.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredFile {
    /// Its key in the object store.
    pub object_key: String,
    /// Its size.
    pub bytes: i64,
    /// Its length as the file itself says, in seconds.
    pub duration_seconds: f64,
    /// Its channels.
    pub channels: i16,
}

/// Notes that the file is in the object store. Doing it twice is harmless: the key is the same. False when the recording has
/// been deleted in the meantime; then the file must go, too.
///
/// # Errors
/// When a statement fails.
pub fn stored(
    tx: &mut TenantTx<'_>,
    now: DateTime<Utc>,
    id: RecordingId,
    file: &StoredFile,
) -> Result<bool> {
    let written = diesel::update(t::table)
        .filter(t::business_id.eq(tx.business.0))
        .filter(t::id.eq(id.0))
        .filter(t::state.eq("announced"))
        .set((
            t::state.eq("stored"),
            t::object_key.eq(&file.object_key),
            t::bytes.eq(file.bytes),
            t::duration_seconds.eq(file.duration_seconds),
            t::channels.eq(file.channels),
            t::last_error.eq(None::<String>),
            t::stored_at.eq(now),
            t::media_deleted_at.eq(None::<DateTime<Utc>>),
        ))
        .execute(tx.conn)?;
    if written == 1 {
        return Ok(true);
    }
    let state: String = t::table
        .find((tx.business.0, id.0))
        .select(t::state)
        .first(tx.conn)?;
    Ok(state != "deleted")
}

/// Notes that fetching failed; for good when `give_up`.
///
/// # Errors
/// When the statement fails.
pub fn failed(tx: &mut TenantTx<'_>, id: RecordingId, why: &str, give_up: bool) -> Result<()> {
    let state = if give_up { "failed" } else { "announced" };
    diesel::update(t::table)
        .filter(t::business_id.eq(tx.business.0))
        .filter(t::id.eq(id.0))
        .filter(t::state.eq("announced"))
        .set((
            t::state.eq(state),
            t::attempts.eq(t::attempts + 1),
            t::last_error.eq(why),
        ))
        .execute(tx.conn)?;
    Ok(())
}
