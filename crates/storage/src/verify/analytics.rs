//! Section 2: the read models of analytics say what the histories say.

use super::{Check, Vacuous};
use crate::analytics::decided_at;

/// The newest days of each business and kind that are as the history is. A business of which something is noted and not
/// marked yet is left out: then nobody says that its days are.
macro_rules! fresh {
    () => {
        "(SELECT * FROM (
            SELECT d.business_id, d.kind, d.day, s.time_zone, (d.day::timestamp AT TIME ZONE s.time_zone) AS begins,
                   ((d.day + 1)::timestamp AT TIME ZONE s.time_zone) AS ends,
                   row_number() OVER (PARTITION BY d.business_id, d.kind ORDER BY d.day DESC) AS n
            FROM analytics_days d JOIN analytics_state s USING (business_id)
            WHERE ($1 IS NULL OR d.business_id = $1) AND d.kind IN ('status', 'decisions', 'calls') AND d.due_at IS NULL
              AND NOT EXISTS (SELECT FROM analytics_changes c WHERE c.business_id = d.business_id)) newest
          WHERE n <= 7) f"
    };
}

/// That a time is on the day, which the times around it make quick to find.
macro_rules! on_day {
    ($at:expr) => {
        concat!(
            $at,
            " BETWEEN f.begins - interval '3 hours' AND f.ends + interval '3 hours' AND (",
            $at,
            " AT TIME ZONE f.time_zone)::date = f.day "
        )
    };
}

macro_rules! noting {
    () => {
        "(VALUES ('analytics_note_history'), ('analytics_note_leads'), ('analytics_note_decisions'),
            ('analytics_note_decision_again'), ('analytics_note_corrections'), ('analytics_note_call'),
            ('analytics_note_call_end'), ('analytics_note_lead'), ('analytics_note_time_zone')) noting (name)"
    };
}

pub(super) const CHECKS: &[Check] = &[
    Check {
        section: 2,
        promise: "the triggers that note what analytics count are on",
        unit: "triggers",
        vacuous: Vacuous::NotVerified,
        looked_at: concat!("SELECT FROM ", noting!()),
        wrong: concat!(
            "SELECT noting.name || ' is missing or switched off' AS what FROM ",
            noting!(),
            " WHERE NOT EXISTS (SELECT FROM pg_trigger WHERE tgname = noting.name AND tgenabled IN ('O', 'A'))"
        ),
    },
    Check {
        section: 2,
        promise: "the newest days of analytics say what the history says",
        unit: "days that are up to date",
        vacuous: Vacuous::NotVerified,
        looked_at: concat!("SELECT FROM ", fresh!()),
        wrong: concat!(
            "SELECT format('%s of business %s on %s: %s are told, %s are in the history', f.kind, f.business_id, f.day,
                told.n, there.n) AS what
            FROM ",
            fresh!(),
            " CROSS JOIN LATERAL (
                SELECT coalesce(CASE f.kind
                    WHEN 'status' THEN (SELECT array_agg(n ORDER BY n) FROM (
                        SELECT (source, from_status, to_status, changes)::text AS n FROM analytics_status_days a
                        WHERE a.business_id = f.business_id AND a.day = f.day AND a.scope = 'all'
                          AND a.source <> 'created') x)
                    WHEN 'decisions' THEN (SELECT array_agg(n ORDER BY n) FROM (
                        SELECT (outcome = 'moved', sum(decisions), sum(undone + overruled))::text AS n
                        FROM analytics_decision_days a
                        WHERE a.business_id = f.business_id AND a.day = f.day AND a.scope = 'all' GROUP BY outcome = 'moved') x)
                    ELSE (SELECT array_agg(n ORDER BY n) FROM (
                        SELECT (direction, sum(calls), sum(talk_seconds))::text AS n FROM analytics_call_days a
                        WHERE a.business_id = f.business_id AND a.day = f.day AND a.scope = 'all' GROUP BY direction) x)
                    END, '{}') AS n) told
            CROSS JOIN LATERAL (
                SELECT coalesce(CASE f.kind
                    WHEN 'status' THEN (SELECT array_agg(n ORDER BY n) FROM (
                        SELECT (channel, coalesce(old_status, ''), new_status, count(*))::text AS n FROM lead_status_history h
                        WHERE h.tenant_id = f.business_id AND ",
            on_day!("h.created_at"),
            "           GROUP BY channel, old_status, new_status) x)
                    WHEN 'decisions' THEN (SELECT array_agg(n ORDER BY n) FROM (
                        SELECT (d.applied AND d.from_status IS DISTINCT FROM d.to_status, count(*), count(c.id))::text AS n
                        FROM lead_status_events d
                        LEFT JOIN decision_corrections c ON c.business_id = d.business_id AND c.decision_id = d.id
                        WHERE d.business_id = f.business_id AND ",
            on_day!(decided_at!()),
            "           GROUP BY d.applied AND d.from_status IS DISTINCT FROM d.to_status) x)
                    ELSE (SELECT array_agg(n ORDER BY n) FROM (
                        SELECT (direction, count(*), coalesce(sum(duration) FILTER (
                            WHERE status = 'completed' AND dial_state NOT IN ('rejected', 'absent')), 0))::text AS n
                        FROM call_log c
                        WHERE c.business_id = f.business_id AND c.ended_at IS NOT NULL AND ",
            on_day!("c.created_at"),
            "           GROUP BY direction) x)
                    END, '{}') AS n) there
            WHERE told.n <> there.n"
        ),
    },
    Check {
        section: 2,
        promise: "no change waits for over an hour until analytics count it",
        unit: "changes and days that wait",
        vacuous: Vacuous::Pass,
        looked_at: WAITING,
        wrong: "SELECT format('%s of business %s has waited since %s; is status-engine running?', what, business_id, since)
                AS what
            FROM (SELECT business_id, 'a change' AS what, noted_at AS since FROM analytics_changes
                  UNION ALL SELECT business_id, format('%s of %s', kind, day), stale_since FROM analytics_days
                  WHERE kind NOT LIKE '%month' AND stale_since IS NOT NULL) waiting
            WHERE ($1 IS NULL OR business_id = $1) AND since < now() - interval '1 hour'",
    },
];

const WAITING: &str = "SELECT FROM (SELECT business_id FROM analytics_changes UNION ALL
    SELECT business_id FROM analytics_days WHERE kind NOT LIKE '%month' AND stale_since IS NOT NULL) waiting
    WHERE $1 IS NULL OR business_id = $1";
