//! The sender's side: which deliveries are due, over all tenants, and what came of an attempt.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Integer, Interval, Text, Timestamptz, Uuid as SqlUuid};
use domain::ids::{BusinessId, WebhookDeliveryId, WebhookEndpointId};
use uuid::Uuid;

use crate::prepared::Prepared;
use crate::schema::webhook_deliveries as t;
use crate::{Result, TenantTx, Tx};

/// How much may be under way at once, over all replicas but for two that look in the same moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// Attempts at one endpoint. One that is failing gets one at a time.
    pub per_endpoint: i32,
    /// Attempts of one business.
    pub per_business: i32,
    /// How long an attempt may take before another worker takes the delivery over.
    pub lease: TimeDelta,
}

/// A delivery that this worker may attempt until its lease runs out.
#[derive(Clone, QueryableByName)]
pub struct Claimed {
    #[diesel(sql_type = BigInt)]
    business_id: i64,
    #[diesel(sql_type = BigInt)]
    id: i64,
    #[diesel(sql_type = BigInt)]
    endpoint_id: i64,
    #[diesel(sql_type = SqlUuid)]
    lock_token: Uuid,
    /// What is sent as `webhook-id`.
    #[diesel(sql_type = SqlUuid)]
    pub event_id: Uuid,
    /// What it tells of.
    #[diesel(sql_type = Text)]
    pub event_type: String,
    #[diesel(sql_type = Integer)]
    attempts: i32,
    /// When it was written.
    #[diesel(sql_type = Timestamptz)]
    pub created_at: DateTime<Utc>,
    /// Where it goes. Not for logs.
    #[diesel(sql_type = Text)]
    pub url: String,
    /// What is sent. Not for logs.
    #[diesel(sql_type = Text)]
    pub body: String,
    /// What it is signed with, the current secret first. Not for logs.
    #[diesel(sql_type = Array<Text>)]
    pub secrets: Vec<String>,
}

impl Claimed {
    /// Whose.
    #[must_use]
    pub const fn business(&self) -> BusinessId {
        BusinessId(self.business_id)
    }

    /// Its row.
    #[must_use]
    pub const fn id(&self) -> WebhookDeliveryId {
        WebhookDeliveryId(self.id)
    }

    /// To whom.
    #[must_use]
    pub const fn endpoint(&self) -> WebhookEndpointId {
        WebhookEndpointId(self.endpoint_id)
    }

    /// Which attempt this is, from 1.
    #[must_use]
    pub fn attempt(&self) -> u32 {
        u32::try_from(self.attempts).unwrap_or(u32::MAX)
    }
}

/// Takes up to `most` deliveries that are due, whoever waited longest first.
///
/// # Errors
/// When the statement fails.
pub fn claim(tx: &mut Tx<'_>, now: DateTime<Utc>, most: i32, pace: Pace) -> Result<Vec<Claimed>> {
    let statement = diesel::sql_query(
        "SELECT business_id, id, endpoint_id, lock_token, event_id, event_type, attempts, created_at, url, body, secrets
         FROM claim_webhook_deliveries($1, $2, $3, $4, $5)",
    )
    .bind::<Timestamptz, _>(now)
    .bind::<Interval, _>(pace.lease)
    .bind::<Integer, _>(most)
    .bind::<Integer, _>(pace.per_endpoint)
    .bind::<Integer, _>(pace.per_business);
    Ok(Prepared(statement).load(tx.conn)?)
}

/// What came of an attempt.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Attempt {
    /// The HTTP status, where there was an answer.
    pub status: Option<u16>,
    /// The first part of the answer.
    pub excerpt: Option<String>,
    /// Why it does not count, in one word.
    pub error: Option<&'static str>,
    /// How long it took.
    pub duration: std::time::Duration,
}

/// What becomes of the delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settled {
    /// It was accepted.
    Delivered,
    /// It is tried again then.
    RetryAt(DateTime<Utc>),
    /// It is given up.
    Failed,
}

/// Records an attempt. False when the lease had run out and another worker has the delivery, or it is gone.
///
/// # Errors
/// When the statement fails; the lease then runs out by itself, and the delivery is sent again.
pub fn settle(
    tx: &mut TenantTx<'_>,
    now: DateTime<Utc>,
    claimed: &Claimed,
    attempt: &Attempt,
    settled: Settled,
) -> Result<bool> {
    let (state, due_at) = match settled {
        Settled::Delivered => ("delivered", None),
        Settled::RetryAt(at) => ("pending", Some(at)),
        Settled::Failed => ("failed", None),
    };
    let status = attempt
        .status
        .map(|status| i16::try_from(status).unwrap_or(i16::MAX));
    let duration = i32::try_from(attempt.duration.as_millis()).unwrap_or(i32::MAX);
    let written = diesel::update(t::table)
        .filter(t::business_id.eq(tx.business.0))
        .filter(t::id.eq(claimed.id))
        .filter(t::lock_token.eq(claimed.lock_token))
        .set((
            t::state.eq(state),
            t::due_at.eq(due_at),
            t::lock_token.eq(None::<Uuid>),
            t::response_status.eq(status),
            t::response_excerpt.eq(attempt.excerpt.as_deref()),
            t::error.eq(attempt.error),
            t::duration_ms.eq(duration),
            t::finished_at.eq(due_at.is_none().then_some(now)),
        ))
        .execute(tx.conn)?;
    Ok(written == 1)
}

/// Forgets deliveries that were written before `older_than`, of every tenant, at most `most` of them; answers how many.
///
/// # Errors
/// When the statement fails.
pub fn prune(tx: &mut Tx<'_>, older_than: DateTime<Utc>, most: i32) -> Result<i64> {
    #[derive(QueryableByName)]
    struct Gone {
        #[diesel(sql_type = BigInt)]
        gone: i64,
    }
    let Gone { gone } = diesel::sql_query("SELECT prune_webhook_deliveries($1, $2) AS gone")
        .bind::<Timestamptz, _>(older_than)
        .bind::<Integer, _>(most)
        .get_result(tx.conn)?;
    Ok(gone)
}

/// What could be sent now and is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, QueryableByName)]
pub struct Backlog {
    /// Deliveries.
    #[diesel(sql_type = BigInt)]
    pub due: i64,
    /// Since when the oldest of them is due, in seconds.
    #[diesel(sql_type = BigInt)]
    pub oldest_seconds: i64,
}

/// What could be sent now and is not, over all tenants.
///
/// # Errors
/// When the statement fails.
pub fn backlog(tx: &mut Tx<'_>, now: DateTime<Utc>) -> Result<Backlog> {
    Ok(
        diesel::sql_query("SELECT due, oldest_seconds FROM webhook_backlog($1)")
            .bind::<Timestamptz, _>(now)
            .get_result(tx.conn)?,
    )
}
