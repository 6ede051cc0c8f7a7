//! Which recording of a call people listen to, and what became of it. Reads only.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use crate::schema::recordings as t;
use crate::{Result, StorageError, TenantTx};

/// What became of a recording, the best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// It is in the object store.
    Stored,
    /// The carrier has it; it is still to be fetched.
    Announced,
    /// It could not be had.
    Failed,
    /// It was there and is deleted here; perhaps the carrier still has it.
    Deleted,
}

impl State {
    const ALL: [Self; 4] = [Self::Stored, Self::Announced, Self::Failed, Self::Deleted];

    /// Its name in the database and the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Stored => "stored",
            Self::Announced => "announced",
            Self::Failed => "failed",
            Self::Deleted => "deleted",
        }
    }
}

/// The recording of a call that people listen to.
#[derive(Debug, Clone, PartialEq)]
pub struct Recorded {
    /// Its row.
    pub id: i64,
    /// What became of it.
    pub state: State,
    /// Its key in the object store, once it is there.
    pub object_key: Option<String>,
    /// Its size.
    pub bytes: Option<i64>,
    /// Its length in seconds.
    pub duration_seconds: Option<f64>,
    /// Its channels.
    pub channels: Option<i16>,
    /// Why fetching it failed last.
    pub last_error: Option<String>,
    /// When it was deleted.
    pub deleted_at: Option<DateTime<Utc>>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = t)]
struct Row {
    call_sid: String,
    id: i64,
    state: String,
    object_key: Option<String>,
    bytes: Option<i64>,
    duration_seconds: Option<f64>,
    channels: Option<i16>,
    last_error: Option<String>,
    media_deleted_at: Option<DateTime<Utc>>,
    deleted_at: Option<DateTime<Utc>>,
}

/// The recording of each of these calls. Of several it is the first that is stored, in the order in which the carrier
/// announced them, which is the one that the transcript begins with; with none stored, the one that is nearest to it.
/// Calls that were not recorded are left out.
///
/// # Errors
/// When the statement fails; [`StorageError::Corrupt`] when a state cannot be read.
pub fn of_calls(tx: &mut TenantTx<'_>, call_sids: &[&str]) -> Result<HashMap<String, Recorded>> {
    let rows: Vec<Row> = t::table
        .filter(t::business_id.eq(tx.business.0))
        .filter(t::call_sid.eq_any(call_sids))
        .order(t::id)
        .select(Row::as_select())
        .load(tx.conn)?;
    let mut chosen: HashMap<String, Recorded> = HashMap::new();
    for row in rows {
        let (call_sid, next) = row.into_recorded()?;
        match chosen.get(&call_sid) {
            Some(best) if best.state <= next.state => {}
            _ => {
                chosen.insert(call_sid, next);
            }
        }
    }
    Ok(chosen)
}

impl Row {
    fn into_recorded(self) -> Result<(String, Recorded)> {
        let state = State::ALL
            .into_iter()
            .find(|state| state.as_str() == self.state)
            .ok_or_else(|| StorageError::Corrupt(format!("recordings.state: {}", self.state)))?;
        // Who listens does not care whether the carrier has deleted its copy too.
        let (state, deleted_at) = match (state, self.media_deleted_at) {
            (State::Stored, Some(at)) => (State::Deleted, Some(at)),
            (state, _) => (state, self.deleted_at),
        };
        let recorded = Recorded {
            id: self.id,
            state,
            object_key: self.object_key,
            bytes: self.bytes,
            duration_seconds: self.duration_seconds,
            channels: self.channels,
            last_error: self.last_error,
            deleted_at,
        };
        Ok((self.call_sid, recorded))
    }
}
