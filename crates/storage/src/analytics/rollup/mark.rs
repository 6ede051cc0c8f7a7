//! From what was noted to the days that are stale by it.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Integer, Text};

use crate::{Result, TenantTx};

/// Notes taken out at once.
const MOST: i32 = 5_000;

/// A call's end may change which later call was the first to reach the lead, and after how many. A lead in another list
/// counts there with all that it has.
const MARK: &str = "
WITH taken AS (
    DELETE FROM analytics_changes WHERE business_id = $1
        AND id IN (SELECT id FROM analytics_changes WHERE business_id = $1 ORDER BY id LIMIT $3)
    RETURNING kind, at, lead_id, noted_at
), counted AS (
    SELECT kind, at, noted_at FROM taken WHERE kind IN ('status', 'decisions', 'calls')
    UNION ALL
    SELECT 'calls', c.created_at, t.noted_at FROM taken t
    JOIN call_log c ON c.business_id = $1 AND c.lead_id = t.lead_id AND c.created_at > t.at
    WHERE t.kind = 'calls' AND c.direction = 'outbound' AND c.ended_at IS NOT NULL
    UNION ALL
    SELECT 'status', at, noted_at FROM taken WHERE kind = 'lead'
    UNION ALL
    SELECT 'status', h.created_at, t.noted_at FROM taken t
    JOIN lead_status_history h ON h.tenant_id = $1 AND h.lead_id = t.lead_id WHERE t.kind = 'lead'
    UNION ALL
    SELECT 'decisions', coalesce(d.applied_at, d.created_at), t.noted_at FROM taken t
    JOIN lead_status_events d ON d.business_id = $1 AND d.lead_id = t.lead_id WHERE t.kind = 'lead'
    UNION ALL
    SELECT 'calls', c.created_at, t.noted_at FROM taken t
    JOIN call_log c ON c.business_id = $1 AND c.lead_id = t.lead_id WHERE t.kind = 'lead' AND c.ended_at IS NOT NULL
), marked AS (
    INSERT INTO analytics_days AS d (business_id, kind, day, due_at, stale_since)
    SELECT $1, kind, (at AT TIME ZONE $2)::date, now(), min(noted_at) FROM counted GROUP BY 2, 3
    ON CONFLICT (business_id, kind, day) DO UPDATE
    SET due_at = least(d.due_at, now() + least(d.took_ms * interval '20 milliseconds', interval '10 minutes')),
        stale_since = least(d.stale_since, excluded.stale_since)
)
SELECT count(*)::int AS notes, coalesce(bool_or(kind = 'everything'), false) AS all_days FROM taken";

/// Every day of a history, and every day that was computed before, perhaps on another clock.
const EVERYTHING: &str = "
INSERT INTO analytics_days AS d (business_id, kind, day, due_at, stale_since)
SELECT $1, kind, day, now(), now() FROM (
    SELECT 'status' AS kind, (created_at AT TIME ZONE $2)::date AS day FROM lead_status_history WHERE tenant_id = $1
    UNION
    SELECT 'status', (created_at AT TIME ZONE $2)::date FROM leads WHERE tenant_id = $1
    UNION
    SELECT 'decisions', (coalesce(applied_at, created_at) AT TIME ZONE $2)::date FROM lead_status_events
    WHERE business_id = $1
    UNION
    SELECT 'calls', (created_at AT TIME ZONE $2)::date FROM call_log WHERE business_id = $1 AND ended_at IS NOT NULL
    UNION
    SELECT kind, day FROM analytics_days WHERE business_id = $1) days
ON CONFLICT (business_id, kind, day) DO UPDATE SET due_at = now(), stale_since = least(d.stale_since, now())";

#[derive(QueryableByName)]
struct Taken {
    #[diesel(sql_type = Integer)]
    notes: i32,
    #[diesel(sql_type = Bool)]
    all_days: bool,
}

/// Takes notes out and marks their days, on the clock `zone`; answers whether there may be more.
pub(super) fn marked(tx: &mut TenantTx<'_>, zone: &str) -> Result<bool> {
    let taken: Taken = diesel::sql_query(MARK)
        .bind::<BigInt, _>(tx.business.0)
        .bind::<Text, _>(zone)
        .bind::<Integer, _>(MOST)
        .get_result(tx.conn)?;
    if taken.all_days {
        everything(tx, zone)?;
    }
    Ok(taken.notes == MOST)
}

/// Marks all days; on another clock than `zone`, where the business has one now.
pub(super) fn everything(tx: &mut TenantTx<'_>, zone: &str) -> Result<()> {
    #[derive(QueryableByName)]
    struct Now {
        #[diesel(sql_type = Text)]
        time_zone: String,
    }
    let now: Now = diesel::sql_query("SELECT time_zone FROM business WHERE id = $1")
        .bind::<BigInt, _>(tx.business.0)
        .get_result(tx.conn)?;
    if now.time_zone != zone {
        diesel::sql_query("UPDATE analytics_state SET time_zone = $2 WHERE business_id = $1")
            .bind::<BigInt, _>(tx.business.0)
            .bind::<Text, _>(&now.time_zone)
            .execute(tx.conn)?;
    }
    diesel::sql_query(EVERYTHING)
        .bind::<BigInt, _>(tx.business.0)
        .bind::<Text, _>(&now.time_zone)
        .execute(tx.conn)?;
    Ok(())
}
