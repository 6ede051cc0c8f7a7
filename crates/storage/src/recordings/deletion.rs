//! The end of a recording: which ones have had their days, the claim on one, and what came of deleting it. The carrier and
//! the object store each have a copy; what is gone in one place is on record, whatever the other one says.

use chrono::{DateTime, Duration, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Integer, Interval, Timestamptz};
use domain::ids::{BusinessId, RecordingId};

use crate::schema::{business_settings, recordings as t};
use crate::{Result, TenantTx, Tx, transcript_pieces};

/// A recording that this worker may delete until its claim runs out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expired {
    /// Its row.
    pub id: RecordingId,
    /// Of which call.
    pub call_sid: String,
    /// The carrier's id.
    pub recording_sid: String,
    /// Its key in the object store, if it was ever noted to be there.
    pub object_key: Option<String>,
    /// Which copies may be there still.
    pub copies: Copies,
    /// How often deleting it has failed.
    pub failed: i32,
    claimed_until: Option<DateTime<Utc>>,
}

/// One answer for each place where the audio of a recording lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Copies {
    /// The carrier's.
    pub carrier: bool,
    /// The object store's.
    pub media: bool,
}

/// Which recordings have had their days, of every business, the longest overdue first. One that is still to be transcribed
/// is given `patience` more.
///
/// # Errors
/// When the statement fails.
pub fn expired(
    tx: &mut Tx<'_>,
    now: DateTime<Utc>,
    patience: Duration,
    most: i32,
) -> Result<Vec<(BusinessId, RecordingId)>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = BigInt)]
        business_id: i64,
        #[diesel(sql_type = BigInt)]
        id: i64,
    }
    let rows: Vec<Row> =
        diesel::sql_query("SELECT business_id, id FROM expired_recordings($1, $2, $3)")
            .bind::<Timestamptz, _>(now)
            .bind::<Interval, _>(patience)
            .bind::<Integer, _>(most)
            .load(tx.conn)?;
    Ok(rows
        .into_iter()
        .map(|row| (BusinessId(row.business_id), RecordingId(row.id)))
        .collect())
}

/// Takes an expired recording until `now + lease`. None when another worker has it, it is deleted, or its business keeps
/// recordings longer by now.
///
/// # Errors
/// When a statement fails.
pub fn claim(
    tx: &mut TenantTx<'_>,
    now: DateTime<Utc>,
    id: RecordingId,
    lease: Duration,
) -> Result<Option<Expired>> {
    let days: i16 = business_settings::table
        .find(tx.business.0)
        .select(business_settings::recording_retention_days)
        .first(tx.conn)?;
    let row: Option<Row> = diesel::update(t::table)
        .filter(t::business_id.eq(tx.business.0))
        .filter(t::id.eq(id.0))
        .filter(t::state.ne("deleted"))
        .filter(t::created_at.le(now - Duration::days(days.into())))
        .filter(t::deletion_due_at.is_null().or(t::deletion_due_at.le(now)))
        .set(t::deletion_due_at.eq(now + lease))
        .returning(Row::as_returning())
        .get_result(tx.conn)
        .optional()?;
    Ok(row.map(|row| Expired {
        id,
        copies: Copies {
            carrier: row.carrier_deleted_at.is_none(),
            media: row.media_deleted_at.is_none(),
        },
        call_sid: row.call_sid,
        recording_sid: row.recording_sid,
        object_key: row.object_key,
        failed: row.deletion_attempts,
        claimed_until: row.deletion_due_at,
    }))
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = t)]
struct Row {
    call_sid: String,
    recording_sid: String,
    object_key: Option<String>,
    carrier_deleted_at: Option<DateTime<Utc>>,
    media_deleted_at: Option<DateTime<Utc>>,
    deletion_attempts: i32,
    deletion_due_at: Option<DateTime<Utc>>,
}

/// The row of a claim as long as the claim holds. A file that was stored in the meantime breaks it: what was deleted in the
/// object store was not that file.
macro_rules! held {
    ($tx:expr, $expired:expr) => {
        t::table
            .filter(t::business_id.eq($tx.business.0))
            .filter(t::id.eq($expired.id.0))
            .filter(t::state.ne("deleted"))
            .filter(t::deletion_due_at.is_not_distinct_from($expired.claimed_until))
            .filter(t::object_key.is_not_distinct_from(&$expired.object_key))
    };
}

/// Notes that neither place has the audio any more, and forgets the pieces that were transcribed of it. False when the claim is lost: whoever has it finds the same.
///
/// # Errors
/// When the statement fails.
pub fn deleted(tx: &mut TenantTx<'_>, now: DateTime<Utc>, expired: &Expired) -> Result<bool> {
    let written = diesel::update(held!(tx, expired))
        .set((
            gone(now, expired.copies),
            t::state.eq("deleted"),
            t::deleted_at.eq(now),
            t::deletion_error.eq(None::<String>),
            t::deletion_due_at.eq(None::<DateTime<Utc>>),
        ))
        .execute(tx.conn)?;
    if written == 1 {
        transcript_pieces::forget_recording(tx, expired.id)?;
    }
    Ok(written == 1)
}

/// Notes that a copy (`left`) could not be deleted and is tried again at `due_at`; the other one may be gone.
///
/// # Errors
/// When the statement fails; the claim then runs out by itself.
pub fn not_deleted(
    tx: &mut TenantTx<'_>,
    now: DateTime<Utc>,
    expired: &Expired,
    left: Copies,
    due_at: DateTime<Utc>,
    why: &str,
) -> Result<()> {
    let deleted = Copies {
        carrier: expired.copies.carrier && !left.carrier,
        media: expired.copies.media && !left.media,
    };
    diesel::update(held!(tx, expired))
        .set((
            gone(now, deleted),
            t::deletion_attempts.eq(expired.failed.saturating_add(1)),
            t::deletion_error.eq(why),
            t::deletion_due_at.eq(due_at),
        ))
        .execute(tx.conn)?;
    Ok(())
}

type GoneAt<Column> = Option<diesel::dsl::Eq<Column, DateTime<Utc>>>;

/// That these copies are gone since now.
fn gone(
    now: DateTime<Utc>,
    copies: Copies,
) -> (GoneAt<t::carrier_deleted_at>, GoneAt<t::media_deleted_at>) {
    (
        copies.carrier.then(|| t::carrier_deleted_at.eq(now)),
        copies.media.then(|| t::media_deleted_at.eq(now)),
    )
}
