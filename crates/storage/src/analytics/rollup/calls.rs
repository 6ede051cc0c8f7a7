//! One day of calls that have ended, by when they began.

use chrono::NaiveDate;

use super::{clear, on_day, place_of, run, spreads};
use crate::{Result, TenantTx};

/// The calls of the day. `attempts` is how many calls, the ones before included, it took to reach the lead for the first
/// time; calls that the carrier did not take made no phone ring and are none.
const CALLS: &str = concat!(
    "SELECT c.direction, CASE c.direction WHEN 'inbound' THEN c.to_number ELSE c.from_number END AS number,
        CASE WHEN c.dial_state IN ('rejected', 'absent') THEN 'not_placed'
             WHEN c.status = 'completed' AND c.answered_by LIKE 'machine%' THEN 'voicemail'
             WHEN c.status = 'completed' THEN 'reached' ELSE c.status END AS outcome,
        coalesce(c.duration, 0) AS talk, extract(epoch FROM c.ended_at - c.created_at)::float8 AS line,
        extract(hour FROM c.created_at AT TIME ZONE $3)::smallint AS hour,
        CASE WHEN b.placed IS NOT NULL AND b.was_reached IS NOT TRUE THEN least(b.placed + 1, 1000)::smallint END AS attempts,
        l.outbound_list_id AS list, l.owner_user_id AS owner, c.run_id AS run
    FROM call_log c
    JOIN leads l ON l.tenant_id = c.business_id AND l.id = c.lead_id
    LEFT JOIN LATERAL (
        SELECT count(*) AS placed,
               bool_or(b.status = 'completed' AND (b.answered_by LIKE 'machine%') IS NOT TRUE) AS was_reached
        FROM call_log b
        WHERE b.business_id = c.business_id AND b.lead_id = c.lead_id AND b.direction = 'outbound'
          AND b.dial_state NOT IN ('rejected', 'absent')
          AND b.created_at <= c.created_at AND (b.created_at, b.id) < (c.created_at, c.id)
    ) b ON c.direction = 'outbound' AND c.status = 'completed' AND (c.answered_by LIKE 'machine%') IS NOT TRUE
        AND c.dial_state NOT IN ('rejected', 'absent')
    WHERE c.business_id = $1 AND c.ended_at IS NOT NULL AND ",
    on_day!("c.created_at"),
);

pub(super) fn compute(tx: &mut TenantTx<'_>, day: NaiveDate, zone: &str) -> Result<()> {
    clear(tx, "analytics_call_days", day)?;
    clear(tx, "analytics_call_hours", day)?;
    spreads::clear(tx, "day", day, &["talk", "attempts"])?;
    let place = place_of("talk");
    let statement = format!(
        "WITH calls AS MATERIALIZED ({CALLS}
         ), scoped AS (
             SELECT s.scope, s.scope_id, e.* FROM calls e
             CROSS JOIN LATERAL (VALUES ('all', 0), ('list', e.list), ('owner', e.owner), ('run', e.run))
                 AS s (scope, scope_id)
             WHERE s.scope_id IS NOT NULL
         ), by_day AS (
             INSERT INTO analytics_call_days
                 (business_id, day, scope, scope_id, direction, number, outcome, calls, talk_seconds, line_seconds)
             SELECT $1, $2, scope, scope_id, direction, number, outcome, count(*),
                    coalesce(sum(talk) FILTER (WHERE outcome IN ('reached', 'voicemail')), 0), sum(greatest(line, 0))
             FROM scoped GROUP BY scope, scope_id, direction, number, outcome
         ), by_hour AS (
             INSERT INTO analytics_call_hours
                 (business_id, day, scope, scope_id, hour, direction, calls, answered, reached)
             SELECT $1, $2, scope, scope_id, hour, direction, count(*),
                    count(*) FILTER (WHERE outcome IN ('reached', 'voicemail')), count(*) FILTER (WHERE outcome = 'reached')
             FROM scoped WHERE scope <> 'run' AND outcome <> 'not_placed' GROUP BY scope, scope_id, hour, direction
         )
         INSERT INTO analytics_spreads
             (business_id, grain, starts_on, scope, scope_id, what, source, one, other, places, counts)
         SELECT $1, 'day', $2, scope, scope_id, what, direction, one, '', array_agg(place ORDER BY place),
                array_agg(n ORDER BY place)
         FROM (
             SELECT scope, scope_id, 'talk' AS what, direction, outcome AS one, {place} AS place, count(*)::int AS n
             FROM scoped WHERE outcome IN ('reached', 'voicemail') GROUP BY 1, 2, 3, 4, 5, 6
             UNION ALL
             SELECT scope, scope_id, 'attempts', direction, '', attempts, count(*)::int
             FROM scoped WHERE attempts IS NOT NULL AND scope <> 'run' GROUP BY 1, 2, 3, 4, 5, 6) spread
         GROUP BY scope, scope_id, what, direction, one"
    );
    run(tx, day, zone, &statement)?;
    spreads::stale(tx, "calls_month", day)
}
