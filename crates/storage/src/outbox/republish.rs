//! Published events are published again: what a queue held can be lost with it, the rows are still here.
//!
//! Consumers notice by the inbox, as long as it remembers. A row is kept for [`KEEP_PUBLISHED`] after each publication, so one
//! that is published again and again could outlive [`inbox::KEEP_HANDLED`] and have its effect twice. Hence the age limit
//! [`OLDEST`]: what is younger is remembered for as long as a message is kept here, and may wait in a queue so long.

use chrono::{DateTime, Duration, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Integer, Nullable, Text, Timestamptz};
use domain::ids::BusinessId;

use super::KEEP_PUBLISHED;
use crate::inbox::KEEP_HANDLED;
use crate::{Result, Tx};

/// Events that were raised longer ago are not published again.
pub const OLDEST: Duration =
    Duration::seconds(KEEP_HANDLED.num_seconds() - KEEP_PUBLISHED.num_seconds());

/// Which published events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    /// Published at this time or later.
    pub since: DateTime<Utc>,
    /// And before this time.
    pub until: DateTime<Utc>,
    /// Of these types.
    pub types: Vec<String>,
    /// Of this business; otherwise of every one.
    pub business: Option<BusinessId>,
}

/// How many events of a type.
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
pub struct Counted {
    /// The type.
    #[diesel(sql_type = Text)]
    pub event_type: String,
    /// Those that may be published again.
    #[diesel(sql_type = BigInt)]
    pub events: i64,
    /// Those that are too old to be.
    #[diesel(sql_type = BigInt)]
    pub too_old: i64,
}

/// Counts them, by type.
///
/// # Errors
/// When the statement fails.
pub fn count(tx: &mut Tx<'_>, now: DateTime<Utc>, which: &Published) -> Result<Vec<Counted>> {
    Ok(diesel::sql_query(
        "SELECT type AS event_type, count(*) FILTER (WHERE created_at > $5) AS events,
                count(*) FILTER (WHERE created_at <= $5) AS too_old
         FROM outbox_events
         WHERE published_at >= $1 AND published_at < $2 AND type = ANY ($3) AND business_id = coalesce($4, business_id)
         GROUP BY type ORDER BY type",
    )
    .bind::<Timestamptz, _>(which.since)
    .bind::<Timestamptz, _>(which.until)
    .bind::<Array<Text>, _>(&which.types)
    .bind::<Nullable<BigInt>, _>(which.business.map(|id| id.0))
    .bind::<Timestamptz, _>(now - OLDEST)
    .load(tx.conn)?)
}

/// Marks at most `most` of them, the first published first, as not yet published; answers how many. The relays of the services
/// that raised them do the rest.
///
/// # Errors
/// When the statement fails.
pub fn republish(
    tx: &mut Tx<'_>,
    now: DateTime<Utc>,
    which: &Published,
    most: i32,
) -> Result<usize> {
    Ok(diesel::sql_query(
        "UPDATE outbox_events SET published_at = NULL, claimed_until = NULL
         WHERE (business_id, id) IN (
             SELECT business_id, id FROM outbox_events
             WHERE published_at >= $1 AND published_at < $2 AND type = ANY ($3) AND business_id = coalesce($4, business_id)
               AND created_at > $5
             ORDER BY published_at LIMIT $6)",
    )
    .bind::<Timestamptz, _>(which.since)
    .bind::<Timestamptz, _>(which.until)
    .bind::<Array<Text>, _>(&which.types)
    .bind::<Nullable<BigInt>, _>(which.business.map(|id| id.0))
    .bind::<Timestamptz, _>(now - OLDEST)
    .bind::<Integer, _>(most)
    .execute(tx.conn)?)
}
