//! The end of what came in raw: `whatsapp_messages` and `carrier_callbacks`. What was made of it stays.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Integer, Interval, Timestamptz};

use crate::inbox::KEEP_HANDLED;
use crate::{Result, Tx};

/// How many were deleted.
#[derive(QueryableByName)]
struct Gone {
    #[diesel(sql_type = BigInt)]
    gone: i64,
}

/// Deletes WhatsApp messages that have had the days of their business and whose conversation is written down, of every tenant,
/// at most `most` of them; answers how many.
///
/// # Errors
/// When the statement fails.
pub fn prune_messages(tx: &mut Tx<'_>, now: DateTime<Utc>, most: i32) -> Result<i64> {
    let Gone { gone } = diesel::sql_query("SELECT prune_whatsapp_messages($1, $2) AS gone")
        .bind::<Timestamptz, _>(now)
        .bind::<Integer, _>(most)
        .get_result(tx.conn)?;
    Ok(gone)
}

/// Deletes callbacks of every tenant, some `most` of them; answers how many. Those of messages go with the days of their
/// business, those of calls after [`KEEP_HANDLED`]: until then an event that refers to one can be handled.
///
/// # Errors
/// When the statement fails.
pub fn prune_callbacks(tx: &mut Tx<'_>, now: DateTime<Utc>, most: i32) -> Result<i64> {
    let Gone { gone } = diesel::sql_query("SELECT prune_callbacks($1, $2, $3) AS gone")
        .bind::<Timestamptz, _>(now)
        .bind::<Interval, _>(KEEP_HANDLED)
        .bind::<Integer, _>(most)
        .get_result(tx.conn)?;
    Ok(gone)
}
