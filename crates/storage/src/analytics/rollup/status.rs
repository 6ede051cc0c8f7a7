//! One day of the history of statuses, and of leads that came to be.

use chrono::NaiveDate;

use super::{clear, on_day, place_of, run, spreads};
use crate::{Result, TenantTx};

/// The changes of the day. What a change was told by is taken out of its JSON before calls are looked for by it: behind row-level
/// security PostgreSQL looks nothing up by what it does not know to keep a secret, and would walk through all calls.
const CHANGED: &str = concat!(
    "SELECT tenant_id, lead_id, id, channel, old_status, new_status, created_at,
        metadata_json ->> 'source_event_id' AS told_by
    FROM lead_status_history WHERE tenant_id = $1 AND ",
    on_day!("created_at"),
);

/// What happened on the day. A lead has been in its status since the change before, else since it came to be; and the first
/// status of a lead is the one that its first change left. Before is by id and not by time: the lead's lock puts the
/// ids in order, whereas the clocks of two processes may differ.
const EVENTS: &str = concat!(
    "SELECT h.channel AS source, coalesce(h.old_status, '') AS from_status, h.new_status AS to_status,
        b.was_there IS NOT TRUE AS is_first,
        CASE WHEN h.old_status IS NOT NULL THEN
            greatest(0, extract(epoch FROM h.created_at - coalesce(b.since, l.created_at)))::float8 END AS stay,
        l.outbound_list_id AS list, l.owner_user_id AS owner, c.run_id AS run
    FROM changed h
    JOIN leads l ON l.tenant_id = h.tenant_id AND l.id = h.lead_id
    CROSS JOIN LATERAL (
        SELECT (array_agg(b.created_at ORDER BY b.id DESC))[1] AS since,
               bool_or(h.new_status IN (b.new_status, b.old_status)) AS was_there
        FROM lead_status_history b WHERE b.tenant_id = h.tenant_id AND b.lead_id = h.lead_id AND b.id < h.id) b
    LEFT JOIN call_log c ON c.business_id = h.tenant_id AND c.call_sid = h.told_by
    UNION ALL
    SELECT 'created', '', coalesce(CASE WHEN f.is_there THEN f.old_status ELSE l.status END, ''), true, NULL,
        l.outbound_list_id, l.owner_user_id, NULL
    FROM leads l
    LEFT JOIN LATERAL (
        SELECT true AS is_there, f.old_status FROM lead_status_history f
        WHERE f.tenant_id = l.tenant_id AND f.lead_id = l.id ORDER BY f.id LIMIT 1) f ON true
    WHERE l.tenant_id = $1 AND ",
    on_day!("l.created_at"),
);

pub(super) fn compute(tx: &mut TenantTx<'_>, day: NaiveDate, zone: &str) -> Result<()> {
    clear(tx, "analytics_status_days", day)?;
    spreads::clear(tx, "day", day, &["stay"])?;
    let place = place_of("stay");
    let statement = format!(
        "WITH changed AS MATERIALIZED ({CHANGED}
         ), events AS MATERIALIZED ({EVENTS}
         ), scoped AS (
             SELECT s.scope, s.scope_id, e.source, e.from_status, e.to_status, e.is_first, e.stay FROM events e
             CROSS JOIN LATERAL (VALUES ('all', 0), ('list', e.list), ('owner', e.owner), ('run', e.run))
                 AS s (scope, scope_id)
             WHERE s.scope_id IS NOT NULL
         ), counted AS (
             INSERT INTO analytics_status_days
                 (business_id, day, scope, scope_id, source, from_status, to_status, changes, firsts)
             SELECT $1, $2, scope, scope_id, source, from_status, to_status, count(*), count(*) FILTER (WHERE is_first)
             FROM scoped GROUP BY scope, scope_id, source, from_status, to_status
         )
         INSERT INTO analytics_spreads
             (business_id, grain, starts_on, scope, scope_id, what, source, one, other, places, counts)
         SELECT $1, 'day', $2, scope, scope_id, 'stay', source, from_status, to_status,
                array_agg(place ORDER BY place), array_agg(n ORDER BY place)
         FROM (SELECT scope, scope_id, source, from_status, to_status, {place} AS place, count(*)::int AS n
               FROM scoped WHERE stay IS NOT NULL AND scope <> 'run' GROUP BY 1, 2, 3, 4, 5, 6) spread
         GROUP BY scope, scope_id, source, from_status, to_status"
    );
    run(tx, day, zone, &statement)?;
    spreads::stale(tx, "status_month", day)
}
