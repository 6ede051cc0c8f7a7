//! `carrier_callbacks`: webhooks of the carrier, each kept once as it came.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Jsonb, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use domain::events::EventData;
use domain::ids::{AttemptId, BusinessId, CallbackId};
use serde_json::Value;

use crate::outbox::{self, Staged};
use crate::prepared::Prepared;
use crate::schema::carrier_callbacks as t;
use crate::{Result, StorageError, TenantTx, Tx};

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

impl NewCallback {
    fn params(&self) -> Result<Value> {
        serde_json::to_value(&self.fields).map_err(|error| StorageError::Corrupt(error.to_string()))
    }
}

/// What became of a callback.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TakenIn {
    /// It was kept and its event raised.
    First,
    /// It was kept before; nothing was written.
    Again,
    /// Its attempt is nobody's; nothing was written.
    OfNobody,
}

/// In an event for [`take_in`]: the tenant, which the store finds by the attempt.
pub const BY_ATTEMPT: BusinessId = BusinessId(0);

/// In an event for [`take_in`]: the callback, which has an id once it is kept.
pub const ONCE_KEPT: CallbackId = CallbackId(0);

/// Keeps a callback and, the first time only, raises `event`, in one statement. The ids of the tenant and of the callback
/// ([`BY_ATTEMPT`], [`ONCE_KEPT`]) are filled into it.
///
/// # Errors
/// When the statement fails.
pub fn take_in<E: EventData>(
    tx: &mut Tx<'_>,
    now: DateTime<Utc>,
    callback: &NewCallback,
    event: Option<E>,
) -> Result<TakenIn> {
    #[derive(QueryableByName)]
    struct Answer {
        #[diesel(sql_type = Text)]
        taken_in: String,
    }
    let event = event
        .map(|event| outbox::event(tx.service, now, event))
        .transpose()?;
    let id = event.as_ref().map(Staged::id);
    let statement = diesel::sql_query(
        "SELECT take_in_callback($1, $2, $3, $4, $5, $6, $7, $8, $9::jsonb) AS taken_in",
    )
    .bind::<SqlUuid, _>(callback.attempt.0)
    .bind::<Text, _>(callback.kind.as_str())
    .bind::<Text, _>(&callback.dedupe_key)
    .bind::<Text, _>(&callback.call_sid)
    .bind::<Jsonb, _>(callback.params()?)
    .bind::<Timestamptz, _>(now)
    .bind::<Nullable<SqlUuid>, _>(id)
    .bind::<Nullable<Text>, _>(event.as_ref().map(Staged::event_type))
    .bind::<Nullable<Text>, _>(event.as_ref().map(Staged::body));
    let answer: Answer = Prepared(statement).get_result(tx.conn)?;
    match answer.taken_in.as_str() {
        "first" => {
            tx.has_staged |= id.is_some();
            Ok(TakenIn::First)
        }
        "again" => Ok(TakenIn::Again),
        "of_nobody" => Ok(TakenIn::OfNobody),
        other => Err(StorageError::Corrupt(format!(
            "take_in_callback answered {other:?}"
        ))),
    }
}

/// Keeps a callback within the transaction of its effect. None when it is kept already: then there is nothing to do.
///
/// # Errors
/// When the row cannot be written.
pub fn keep(
    tx: &mut TenantTx<'_>,
    now: DateTime<Utc>,
    callback: &NewCallback,
) -> Result<Option<CallbackId>> {
    let id: Option<i64> = diesel::insert_into(t::table)
        .values((
            t::business_id.eq(tx.business.0),
            t::kind.eq(callback.kind.as_str()),
            t::dedupe_key.eq(&callback.dedupe_key),
            t::attempt_id.eq(callback.attempt.0),
            t::call_sid.eq(&callback.call_sid),
            t::params.eq(callback.params()?),
            t::received_at.eq(now),
        ))
        .on_conflict_do_nothing()
        .returning(t::id)
        .get_result(tx.conn)
        .optional()?;
    Ok(id.map(CallbackId))
}
