//! `carrier_callbacks`: webhooks of the carrier, each kept once as it came.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Jsonb, Text};
use domain::events::EventData;
use domain::ids::{AttemptId, BusinessId, CallbackId};
use serde::Serialize;
use uuid::Uuid;

use crate::outbox::{self, Staged};
use crate::prepared::Prepared;
use crate::schema::carrier_callbacks as t;
use crate::{Result, ServiceRole, StorageError, TenantTx, Tx};

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
    /// Somebody writes.
    Whatsapp,
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
            Self::Whatsapp => "whatsapp",
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

/// In the event of an [`Arrived`] callback: the tenant, which the store finds by the attempt.
pub const BY_ATTEMPT: BusinessId = BusinessId(0);

/// In the event of an [`Arrived`] callback: the callback, which has an id once it is kept.
pub const ONCE_KEPT: CallbackId = CallbackId(0);

/// A callback that has arrived, with the event that it raises the first time, as [`take_in`] hands them over.
#[derive(Debug, Serialize)]
pub struct Arrived {
    attempt: AttemptId,
    kind: &'static str,
    dedupe: String,
    call_sid: String,
    fields: Vec<(String, String)>,
    received: DateTime<Utc>,
    raised: Option<Uuid>,
    raised_type: Option<&'static str>,
    /// The CloudEvents document.
    raised_body: Option<String>,
}

impl Arrived {
    /// `service` is who took it in; [`BY_ATTEMPT`] and [`ONCE_KEPT`] in its event are filled in later.
    ///
    /// # Errors
    /// When the event cannot be written as JSON.
    pub fn new<E: EventData>(
        service: ServiceRole,
        now: DateTime<Utc>,
        callback: NewCallback,
        event: Option<E>,
    ) -> Result<Self> {
        let event = event
            .map(|event| outbox::event(service.service_name(), now, event))
            .transpose()?;
        Ok(Self {
            attempt: callback.attempt,
            kind: callback.kind.as_str(),
            dedupe: callback.dedupe_key,
            call_sid: callback.call_sid,
            fields: callback.fields,
            received: now,
            raised: event.as_ref().map(Staged::id),
            raised_type: event.as_ref().map(Staged::event_type),
            raised_body: event.map(Staged::into_body),
        })
    }
}

/// One after the other, in their order.
const TAKE_IN: &str = "
SELECT take_in_callback(a.attempt, a.kind, a.dedupe, a.call_sid, a.fields, a.received, a.raised, a.raised_type,
                        a.raised_body::jsonb) AS taken_in
FROM jsonb_to_recordset($1) AS a (
    attempt uuid, kind text, dedupe text, call_sid text, fields jsonb, received timestamptz, raised uuid,
    raised_type text, raised_body text)";

/// Keeps callbacks and, the first time only, raises their events, in one statement. Answers what became of each, in their
/// order.
///
/// # Errors
/// When the statement fails: then none was kept.
pub fn take_in(tx: &mut Tx<'_>, arrived: &[Arrived]) -> Result<Vec<TakenIn>> {
    #[derive(QueryableByName)]
    struct Answer {
        #[diesel(sql_type = Text)]
        taken_in: String,
    }
    let written =
        serde_json::to_value(arrived).map_err(|error| StorageError::Corrupt(error.to_string()))?;
    let statement = diesel::sql_query(TAKE_IN).bind::<Jsonb, _>(written);
    let answers: Vec<Answer> = Prepared(statement).load(tx.conn)?;
    let taken_in: Vec<TakenIn> = answers
        .iter()
        .map(|answer| TakenIn::read(&answer.taken_in))
        .collect::<Result<_>>()?;
    tx.has_staged |= taken_in.contains(&TakenIn::First);
    Ok(taken_in)
}

impl TakenIn {
    fn read(word: &str) -> Result<Self> {
        match word {
            "first" => Ok(Self::First),
            "again" => Ok(Self::Again),
            "of_nobody" => Ok(Self::OfNobody),
            other => Err(StorageError::Corrupt(format!(
                "take_in_callback answered {other:?}"
            ))),
        }
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
    let call = (callback.attempt, callback.call_sid.as_str());
    let (kind, dedupe_key) = (callback.kind, &callback.dedupe_key);
    insert(tx, now, kind, dedupe_key, Some(call), &callback.fields)
}

/// Keeps a message, as it came, within the transaction of its effect. None when it is kept already.
///
/// # Errors
/// When the row cannot be written.
pub fn keep_message(
    tx: &mut TenantTx<'_>,
    now: DateTime<Utc>,
    dedupe_key: &str,
    fields: &[(String, String)],
) -> Result<Option<CallbackId>> {
    insert(tx, now, Kind::Whatsapp, dedupe_key, None, fields)
}

fn insert(
    tx: &mut TenantTx<'_>,
    now: DateTime<Utc>,
    kind: Kind,
    dedupe_key: &str,
    call: Option<(AttemptId, &str)>,
    fields: &[(String, String)],
) -> Result<Option<CallbackId>> {
    let params =
        serde_json::to_value(fields).map_err(|error| StorageError::Corrupt(error.to_string()))?;
    let id: Option<i64> = diesel::insert_into(t::table)
        .values((
            t::business_id.eq(tx.business.0),
            t::kind.eq(kind.as_str()),
            t::dedupe_key.eq(dedupe_key),
            t::attempt_id.eq(call.map(|(attempt, _)| attempt.0)),
            t::call_sid.eq(call.map(|(_, sid)| sid)),
            t::params.eq(params),
            t::received_at.eq(now),
        ))
        .on_conflict_do_nothing()
        .returning(t::id)
        .get_result(tx.conn)
        .optional()?;
    Ok(id.map(CallbackId))
}
