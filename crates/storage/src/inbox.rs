//! `inbox_events`: which events have had their effect, per consumer.

use chrono::Duration;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Integer, Interval, Text, Uuid as SqlUuid};
use domain::ids::BusinessId;
use uuid::Uuid;

use crate::prepared::Prepared;
use crate::schema::inbox_events;
use crate::{Result, Tx};

/// Handled events are remembered so long: longer than the broker holds a message back, and longer than an event can be
/// published again.
pub const KEEP_HANDLED: Duration = Duration::days(30);

/// Records that `consumer` handles `event` in this transaction. False when it already has: then do nothing and
/// acknowledge.
///
/// # Errors
/// When the row cannot be written.
pub fn first_time(
    tx: &mut Tx<'_>,
    business: BusinessId,
    consumer: &str,
    event: Uuid,
) -> Result<bool> {
    let written = diesel::insert_into(inbox_events::table)
        .values((
            inbox_events::business_id.eq(business.0),
            inbox_events::consumer.eq(consumer),
            inbox_events::event_id.eq(event),
        ))
        .on_conflict_do_nothing()
        .execute(tx.conn)?;
    Ok(written == 1)
}

/// Records that `consumer` handles `events` in this transaction; answers those that it had not handled before.
///
/// # Errors
/// When a row cannot be written.
pub fn first_times(
    tx: &mut Tx<'_>,
    consumer: &str,
    events: &[(BusinessId, Uuid)],
) -> Result<Vec<Uuid>> {
    #[derive(QueryableByName)]
    struct New {
        #[diesel(sql_type = SqlUuid)]
        event_id: Uuid,
    }
    if events.is_empty() {
        return Ok(Vec::new());
    }
    let (businesses, ids): (Vec<i64>, Vec<Uuid>) = events
        .iter()
        .map(|(business, event)| (business.0, *event))
        .unzip();
    let statement = diesel::sql_query(
        "INSERT INTO inbox_events (business_id, consumer, event_id)
         SELECT business_id, $2, event_id FROM unnest($1, $3) AS e (business_id, event_id)
         ON CONFLICT DO NOTHING RETURNING event_id",
    )
    .bind::<Array<BigInt>, _>(businesses)
    .bind::<Text, _>(consumer)
    .bind::<Array<SqlUuid>, _>(ids);
    let new: Vec<New> = Prepared(statement).load(tx.conn)?;
    Ok(new.into_iter().map(|new| new.event_id).collect())
}

/// Forgets events that this service handled longer than `keep` ago, of every tenant, at most `most` of them; answers how
/// many. Keep them longer than the broker can hold a message back.
///
/// # Errors
/// When the statement fails.
pub fn prune(tx: &mut Tx<'_>, keep: Duration, most: i32) -> Result<i64> {
    #[derive(QueryableByName)]
    struct Gone {
        #[diesel(sql_type = BigInt)]
        gone: i64,
    }
    let Gone { gone } = diesel::sql_query("SELECT prune_inbox($1, $2, $3) AS gone")
        .bind::<Text, _>(tx.service)
        .bind::<Interval, _>(keep)
        .bind::<Integer, _>(most)
        .get_result(tx.conn)?;
    Ok(gone)
}
