//! `webhook_deliveries`: one event on its way to one endpoint. The status-engine writes and sends them; the gateway shows
//! them, adds a test, and asks for one to be sent again.

mod claim;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text, Timestamptz, Uuid as SqlUuid};
use domain::ids::{WebhookDeliveryId, WebhookEndpointId};
use uuid::Uuid;

use crate::prepared::Prepared;
use crate::schema::webhook_deliveries as t;
use crate::{Result, TenantTx};

pub use claim::{Attempt, Backlog, Claimed, Pace, Settled, backlog, claim, prune, settle};

/// What is sent: an event as its CloudEvents document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// The id of the event.
    pub event_id: Uuid,
    /// Its type.
    pub event_type: String,
    /// The document.
    pub body: String,
}

/// Writes a delivery for every active endpoint of the business that wants to be told of the event; answers how many are new.
/// The same event a second time writes none.
///
/// # Errors
/// [`StorageError::BrokenReference`] when an endpoint is deleted in this very moment; otherwise when the statement fails.
pub fn write(tx: &mut TenantTx<'_>, now: DateTime<Utc>, message: &Message) -> Result<usize> {
    #[derive(QueryableByName)]
    struct New {
        #[diesel(sql_type = BigInt)]
        #[expect(dead_code, reason = "only counted")]
        id: i64,
    }
    let statement = diesel::sql_query(
        "INSERT INTO webhook_deliveries (business_id, endpoint_id, event_id, event_type, body, due_at, created_at)
         SELECT e.business_id, e.id, $2, $3, $4, $5, $5 FROM webhook_endpoints e
         WHERE e.business_id = $1 AND e.is_active AND $3 = ANY (e.event_types) ORDER BY e.id
         ON CONFLICT DO NOTHING RETURNING id",
    )
    .bind::<BigInt, _>(tx.business.0)
    .bind::<SqlUuid, _>(message.event_id)
    .bind::<Text, _>(&message.event_type)
    .bind::<Text, _>(&message.body)
    .bind::<Timestamptz, _>(now);
    let new: Vec<New> = Prepared(statement).load(tx.conn)?;
    Ok(new.len())
}

/// Adds one delivery to one endpoint, whatever that wants to be told of.
///
/// # Errors
/// When the statement fails.
pub fn add(
    tx: &mut TenantTx<'_>,
    now: DateTime<Utc>,
    endpoint: WebhookEndpointId,
    message: &Message,
) -> Result<Delivery> {
    Ok(diesel::insert_into(t::table)
        .values((
            t::business_id.eq(tx.business.0),
            t::endpoint_id.eq(endpoint.0),
            t::event_id.eq(message.event_id),
            t::event_type.eq(&message.event_type),
            t::body.eq(&message.body),
            t::due_at.eq(now),
            t::created_at.eq(now),
        ))
        .returning(Delivery::as_returning())
        .get_result(tx.conn)?)
}

/// A delivery as people see it, without its body.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = t)]
pub struct Delivery {
    /// Its row.
    pub id: i64,
    /// What is sent as `webhook-id`.
    pub event_id: Uuid,
    /// What it tells of.
    pub event_type: String,
    /// `pending`, `delivered` or `failed`.
    pub state: String,
    /// Attempts since it was written or asked for again.
    pub attempts: i32,
    /// When it is tried next.
    pub due_at: Option<DateTime<Utc>>,
    /// When it was last tried.
    pub last_attempt_at: Option<DateTime<Utc>>,
    /// The HTTP status of the last answer.
    pub response_status: Option<i16>,
    /// The first part of the last answer.
    pub response_excerpt: Option<String>,
    /// Why the last attempt was none that counts.
    pub error: Option<String>,
    /// How long the last attempt took.
    pub duration_ms: Option<i32>,
    /// When it was written.
    pub created_at: DateTime<Utc>,
    /// When it was accepted or given up.
    pub finished_at: Option<DateTime<Utc>>,
}

/// Which deliveries.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// `pending`, `delivered` or `failed`.
    pub state: Option<String>,
    /// Only those that tell of it.
    pub event_type: Option<String>,
}

/// The deliveries of an endpoint, newest first: at most `most` of them with an id below `before`.
///
/// # Errors
/// When the statement fails.
pub fn list(
    tx: &mut TenantTx<'_>,
    endpoint: WebhookEndpointId,
    filter: &Filter,
    before: Option<WebhookDeliveryId>,
    most: i64,
) -> Result<Vec<Delivery>> {
    let mut query = t::table
        .filter(t::business_id.eq(tx.business.0))
        .filter(t::endpoint_id.eq(endpoint.0))
        .filter(t::id.lt(before.map_or(i64::MAX, |id| id.0)))
        .order(t::id.desc())
        .limit(most)
        .select(Delivery::as_select())
        .into_boxed();
    if let Some(state) = &filter.state {
        query = query.filter(t::state.eq(state));
    }
    if let Some(event_type) = &filter.event_type {
        query = query.filter(t::event_type.eq(event_type));
    }
    Ok(query.load(tx.conn)?)
}

/// One delivery of an endpoint, with its body.
///
/// # Errors
/// [`StorageError::NotFound`] when the endpoint has no such delivery.
pub fn get(
    tx: &mut TenantTx<'_>,
    endpoint: WebhookEndpointId,
    id: WebhookDeliveryId,
) -> Result<(Delivery, String)> {
    Ok(t::table
        .filter(t::business_id.eq(tx.business.0))
        .filter(t::endpoint_id.eq(endpoint.0))
        .filter(t::id.eq(id.0))
        .select((Delivery::as_select(), t::body))
        .first(tx.conn)?)
}

/// Has a delivery sent again, at once and from the start of the schedule. One that is under way stays so.
///
/// # Errors
/// [`StorageError::NotFound`] when the endpoint has no such delivery; otherwise when a statement fails.
pub fn resend(
    tx: &mut TenantTx<'_>,
    now: DateTime<Utc>,
    endpoint: WebhookEndpointId,
    id: WebhookDeliveryId,
) -> Result<Delivery> {
    diesel::update(t::table)
        .filter(t::business_id.eq(tx.business.0))
        .filter(t::endpoint_id.eq(endpoint.0))
        .filter(t::id.eq(id.0))
        .filter(t::lock_token.is_null())
        .set((
            t::state.eq("pending"),
            t::due_at.eq(now),
            t::attempts.eq(0),
            t::finished_at.eq(None::<DateTime<Utc>>),
        ))
        .execute(tx.conn)?;
    let (delivery, _) = get(tx, endpoint, id)?;
    Ok(delivery)
}
