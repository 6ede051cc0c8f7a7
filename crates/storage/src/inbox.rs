//! `inbox_events`: which events have had their effect, per consumer.

use diesel::prelude::*;
use domain::ids::BusinessId;
use uuid::Uuid;

use crate::schema::inbox_events;
use crate::{Result, Tx};

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
