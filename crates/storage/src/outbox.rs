//! `outbox_events`: the only way to raise an event, and what the relay needs to publish it.

mod republish;

use chrono::{DateTime, Duration, Utc};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::serialize::{self, Output, ToSql, WriteTuple};
use diesel::sql_types::{Array, BigInt, Integer, Interval, Jsonb, SqlType, Text, Uuid as SqlUuid};
use domain::events::{Envelope, EventData};
use domain::ids::BusinessId;
use uuid::Uuid;

use crate::prepared::Prepared;
use crate::{Result, StorageError, Tx};

pub use republish::{Counted, OLDEST, Published, count, republish};

/// Published events are kept so long, so that a queue that was lost can be filled again.
pub const KEEP_PUBLISHED: Duration = Duration::days(7);

/// How long a relay has to publish what it claimed, before another may.
const CLAIM_LEASE: Duration = Duration::seconds(15);

/// An event on its way to the broker.
#[derive(Debug, QueryableByName)]
pub struct Outgoing {
    /// Its row.
    #[diesel(sql_type = BigInt)]
    pub id: i64,
    #[diesel(sql_type = BigInt)]
    business_id: i64,
    /// Its type.
    #[diesel(sql_type = Text)]
    pub event_type: String,
    /// The CloudEvents document.
    #[diesel(sql_type = Jsonb)]
    pub body: serde_json::Value,
}

impl Outgoing {
    /// The tenant that it is about.
    #[must_use]
    pub const fn business(&self) -> BusinessId {
        BusinessId(self.business_id)
    }
}

/// An event that its transaction will write.
#[derive(Debug)]
pub(crate) struct Staged {
    business: i64,
    event: Uuid,
    event_type: &'static str,
    body: String,
}

impl Staged {
    pub(crate) const fn id(&self) -> Uuid {
        self.event
    }

    pub(crate) const fn event_type(&self) -> &'static str {
        self.event_type
    }

    pub(crate) fn into_body(self) -> String {
        self.body
    }
}

/// Raises an event: it is written with the others of its transaction just before the commit, and published soon after.
///
/// # Errors
/// When it cannot be written as JSON.
pub fn stage<T: EventData>(tx: &mut Tx<'_>, now: DateTime<Utc>, data: T) -> Result<()> {
    let staged = event(tx.service, now, data)?;
    tx.staged.push(staged);
    Ok(())
}

/// An event of `service`, to be written by the transaction of what it tells. It belongs to the trace of the current span.
pub(crate) fn event<T: EventData>(service: &str, now: DateTime<Utc>, data: T) -> Result<Staged> {
    traced(service, now, data, observe::trace::parent())
}

/// As [`event`], of the trace that `traceparent` names.
pub(crate) fn traced<T: EventData>(
    service: &str,
    now: DateTime<Utc>,
    data: T,
    traceparent: Option<String>,
) -> Result<Staged> {
    let business = data.business_id().0;
    let envelope = Envelope {
        traceparent,
        ..Envelope::new(service, now, data)
    };
    let body = serde_json::to_string(&envelope)
        .map_err(|error| StorageError::Corrupt(error.to_string()))?;
    Ok(Staged {
        business,
        event: envelope.id,
        event_type: T::TYPE,
        body,
    })
}

/// `turn_event`.
#[derive(Debug, Clone, Copy, SqlType, diesel::query_builder::QueryId)]
#[diesel(postgres_type(name = "turn_event"))]
pub(crate) struct TurnEvent;

impl ToSql<TurnEvent, Pg> for Staged {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        WriteTuple::<(BigInt, SqlUuid, Text, Text)>::write_tuple(
            &(
                self.business,
                self.event,
                self.event_type,
                self.body.as_str(),
            ),
            &mut out.reborrow(),
        )
    }
}

/// Writes the events that the transaction has staged, in one statement; answers whether there were any.
pub(crate) fn write_staged(tx: &mut Tx<'_>) -> Result<bool> {
    let staged = std::mem::take(&mut tx.staged);
    if staged.is_empty() {
        return Ok(false);
    }
    let statement = diesel::sql_query(
        "INSERT INTO outbox_events (business_id, event_id, type, body)
         SELECT business_id, event_id, type, body::jsonb
         FROM unnest($1, $2, $3, $4) AS e (business_id, event_id, type, body)",
    )
    .bind::<Array<BigInt>, _>(
        staged
            .iter()
            .map(|event| event.business)
            .collect::<Vec<_>>(),
    )
    .bind::<Array<SqlUuid>, _>(staged.iter().map(|event| event.event).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(
        staged
            .iter()
            .map(|event| event.event_type)
            .collect::<Vec<_>>(),
    )
    .bind::<Array<Text>, _>(
        staged
            .into_iter()
            .map(|event| event.body)
            .collect::<Vec<_>>(),
    );
    Prepared(statement).run(tx.conn)?;
    Ok(true)
}

/// Takes up to `most` unpublished events of this process's producer, oldest first, for this relay alone for 15 s.
///
/// # Errors
/// When the statement fails.
pub fn claim(tx: &mut Tx<'_>, most: i32) -> Result<Vec<Outgoing>> {
    let statement = diesel::sql_query(
        "UPDATE outbox_events SET claimed_until = now() + $2
         WHERE (business_id, id) IN (
             SELECT business_id, id FROM outbox_events
             WHERE published_at IS NULL AND (claimed_until IS NULL OR claimed_until < now())
             ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED)
         RETURNING id, business_id, type AS event_type, body",
    )
    .bind::<Integer, _>(most)
    .bind::<Interval, _>(CLAIM_LEASE);
    let mut claimed: Vec<Outgoing> = Prepared(statement).load(tx.conn)?;
    claimed.sort_unstable_by_key(|event| event.id);
    Ok(claimed)
}

/// Marks events as confirmed by the broker.
///
/// # Errors
/// When the statement fails; the events are then published once more, which consumers notice.
pub fn mark_published(tx: &mut Tx<'_>, events: &[(BusinessId, i64)]) -> Result<()> {
    each(
        tx,
        events,
        "UPDATE outbox_events o SET published_at = now()
         FROM unnest($1, $2) AS e (business_id, id) WHERE o.business_id = e.business_id AND o.id = e.id",
    )
}

/// Gives back events that could not be published, so that the next attempt need not wait for the lease.
///
/// # Errors
/// When the statement fails; the lease then runs out by itself.
pub fn release(tx: &mut Tx<'_>, events: &[(BusinessId, i64)]) -> Result<()> {
    each(
        tx,
        events,
        "UPDATE outbox_events o SET claimed_until = NULL
         FROM unnest($1, $2) AS e (business_id, id) WHERE o.business_id = e.business_id AND o.id = e.id",
    )
}

fn each(tx: &mut Tx<'_>, events: &[(BusinessId, i64)], statement: &str) -> Result<()> {
    let (businesses, ids): (Vec<i64>, Vec<i64>) = events
        .iter()
        .map(|(business, id)| (business.0, *id))
        .unzip();
    let statement = diesel::sql_query(statement)
        .bind::<Array<BigInt>, _>(businesses)
        .bind::<Array<BigInt>, _>(ids);
    Ok(Prepared(statement).run(tx.conn)?)
}

/// How many events of this producer wait, and the age of the oldest in seconds.
///
/// # Errors
/// When the statement fails.
pub fn backlog(tx: &mut Tx<'_>) -> Result<Backlog> {
    Ok(diesel::sql_query(
        "SELECT count(*) AS waiting, coalesce(extract(epoch FROM now() - min(created_at)), 0)::bigint AS oldest_seconds
         FROM outbox_events WHERE published_at IS NULL",
    )
    .get_result(tx.conn)?)
}

/// What [`backlog`] answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, QueryableByName)]
pub struct Backlog {
    /// Events not yet published.
    #[diesel(sql_type = BigInt)]
    pub waiting: i64,
    /// Age of the oldest, in seconds.
    #[diesel(sql_type = BigInt)]
    pub oldest_seconds: i64,
}

/// Deletes events of this producer that were published longer than `keep` ago, at most `most` of them; answers how many.
///
/// # Errors
/// When the statement fails.
pub fn prune(tx: &mut Tx<'_>, keep: Duration, most: i32) -> Result<usize> {
    Ok(diesel::sql_query(
        "DELETE FROM outbox_events WHERE (business_id, id) IN (
             SELECT business_id, id FROM outbox_events WHERE published_at < now() - $1 ORDER BY published_at LIMIT $2)",
    )
    .bind::<Interval, _>(keep)
    .bind::<Integer, _>(most)
    .execute(tx.conn)?)
}
