//! `carrier_callbacks`: webhooks of the carrier, each kept once as it came.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use domain::ids::{AttemptId, CallbackId};

use crate::schema::carrier_callbacks as t;
use crate::{Result, StorageError, TenantTx};

/// What a callback is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Progress of a call.
    Status,
    /// The verdict of answering machine detection.
    Amd,
    /// News of a recording.
    Recording,
    /// Somebody calls.
    Inbound,
}

impl Kind {
    /// The word in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Status => "status",
            Self::Amd => "amd",
            Self::Recording => "recording",
            Self::Inbound => "inbound",
        }
    }
}

/// A callback whose signature was good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewCallback {
    /// What it is about.
    pub kind: Kind,
    /// What makes two deliveries the same callback.
    pub dedupe_key: String,
    /// The attempt that its address named, or that was minted for an inbound call.
    pub attempt: AttemptId,
    /// The carrier's id of the call.
    pub call_sid: String,
    /// The form fields as they came, in their order.
    pub fields: Vec<(String, String)>,
}

/// Keeps a callback. None when it is kept already: then there is nothing to do.
///
/// # Errors
/// When the row cannot be written.
pub fn keep(
    tx: &mut TenantTx<'_>,
    now: DateTime<Utc>,
    callback: &NewCallback,
) -> Result<Option<CallbackId>> {
    let params = serde_json::to_value(&callback.fields)
        .map_err(|error| StorageError::Corrupt(error.to_string()))?;
    let id: Option<i64> = diesel::insert_into(t::table)
        .values((
            t::business_id.eq(tx.business.0),
            t::kind.eq(callback.kind.as_str()),
            t::dedupe_key.eq(&callback.dedupe_key),
            t::attempt_id.eq(callback.attempt.0),
            t::call_sid.eq(&callback.call_sid),
            t::params.eq(params),
            t::received_at.eq(now),
        ))
        .on_conflict_do_nothing()
        .returning(t::id)
        .get_result(tx.conn)
        .optional()?;
    Ok(id.map(CallbackId))
}
