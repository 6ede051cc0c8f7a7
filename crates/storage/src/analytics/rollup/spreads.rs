//! Spreads, of days and of whole months, so that two years are read from two dozen rows. A month is used while none of its days has been
//! computed since; until then its days are.

use chrono::NaiveDate;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Date, Text};

use crate::{Result, TenantTx};

/// Says that the month of a day is not as its days are any more. It is computed when no day of it has been for a while: the
/// month in which we are would be computed for nothing.
pub(super) fn stale(tx: &mut TenantTx<'_>, kind: &str, day: NaiveDate) -> Result<()> {
    diesel::sql_query(
        "INSERT INTO analytics_days AS d (business_id, kind, day, due_at, stale_since)
         VALUES ($1, $2, date_trunc('month', $3::timestamp)::date, now() + interval '10 minutes', now())
         ON CONFLICT (business_id, kind, day) DO UPDATE
         SET due_at = excluded.due_at, stale_since = least(d.stale_since, excluded.stale_since)",
    )
    .bind::<BigInt, _>(tx.business.0)
    .bind::<Text, _>(kind)
    .bind::<Date, _>(day)
    .execute(tx.conn)?;
    Ok(())
}

/// Takes out what was computed of a day or of a month.
pub(super) fn clear(
    tx: &mut TenantTx<'_>,
    grain: &str,
    starts_on: NaiveDate,
    what: &[&str],
) -> Result<()> {
    diesel::sql_query(
        "DELETE FROM analytics_spreads
         WHERE business_id = $1 AND grain = $2 AND starts_on = $3 AND what = ANY ($4)",
    )
    .bind::<BigInt, _>(tx.business.0)
    .bind::<Text, _>(grain)
    .bind::<Date, _>(starts_on)
    .bind::<Array<Text>, _>(what)
    .execute(tx.conn)?;
    Ok(())
}

/// Adds up the days of a month.
pub(super) fn month(tx: &mut TenantTx<'_>, first: NaiveDate, what: &[&str]) -> Result<()> {
    clear(tx, "month", first, what)?;
    diesel::sql_query(
        "INSERT INTO analytics_spreads
             (business_id, grain, starts_on, scope, scope_id, what, source, one, other, places, counts)
         SELECT $1, 'month', $2, scope, scope_id, what, source, one, other, array_agg(place ORDER BY place),
                array_agg(n ORDER BY place)
         FROM (
             SELECT s.scope, s.scope_id, s.what, s.source, s.one, s.other, u.place, sum(u.n)::int AS n
             FROM analytics_spreads s CROSS JOIN LATERAL unnest(s.places, s.counts) AS u (place, n)
             WHERE s.business_id = $1 AND s.grain = 'day' AND s.what = ANY ($3)
               AND s.starts_on BETWEEN $2 AND ($2 + interval '1 month' - interval '1 day')::date
             GROUP BY 1, 2, 3, 4, 5, 6, 7) summed
         GROUP BY scope, scope_id, what, source, one, other",
    )
    .bind::<BigInt, _>(tx.business.0)
    .bind::<Date, _>(first)
    .bind::<Array<Text>, _>(what)
    .execute(tx.conn)?;
    Ok(())
}
