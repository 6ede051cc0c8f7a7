//! Section 5: concurrency, judged from the call history and not from the counters that enforce it.

use super::{Check, Vacuous};

/// The most calls in the air at once, by a line swept over the history: each call adds one at its start and takes one
/// away at its end, ends before starts of the same moment. Both are stamped by the database's clock, the start after the
/// line was locked and the end before it was freed, so the sweep needs no tolerance.
///
/// `$key` and `$rows` say what is swept: the group, and its calls.
macro_rules! sweep {
    ($key:literal, $rows:literal) => {
        concat!(
            "SELECT ",
            $key,
            ", max(in_the_air) AS peak, (array_agg(at ORDER BY in_the_air DESC, at))[1] AS peak_at
             FROM (SELECT ",
            $key,
            ", at,
                          sum(step) OVER (PARTITION BY ",
            $key,
            " ORDER BY at, step ROWS UNBOUNDED PRECEDING) AS in_the_air
                   FROM (SELECT ",
            $key,
            ", created_at AS at, 1 AS step FROM ",
            $rows,
            "
                         UNION ALL
                         SELECT ",
            $key,
            ", coalesce(ended_at, now()), -1 FROM ",
            $rows,
            ") steps) swept
             GROUP BY ",
            $key
        )
    };
}

const OUTBOUND: &str =
    "SELECT FROM call_log WHERE ($1 IS NULL OR business_id = $1) AND direction = 'outbound'";
const BOTH_WAYS: &str = "SELECT FROM call_log WHERE $1 IS NULL OR business_id = $1";
const OF_RUNS: &str =
    "SELECT FROM call_log WHERE ($1 IS NULL OR business_id = $1) AND run_id IS NOT NULL";

pub(super) const CHECKS: &[Check] = &[
    Check {
        section: 5,
        promise: "a business never had more outbound calls in the air than its limit",
        unit: "outbound calls",
        vacuous: Vacuous::NotVerified,
        looked_at: OUTBOUND,
        // A limit that was lowered since says nothing of the calls before.
        wrong: concat!(
            "SELECT format('business %s had %s calls in the air at %s, its limit is %s', p.business_id, p.peak, p.peak_at,
                 s.max_outbound) AS what
             FROM (", sweep!("business_id",
                 "(SELECT c.* FROM call_log c JOIN business_settings b USING (business_id)
                   WHERE ($1 IS NULL OR c.business_id = $1) AND c.direction = 'outbound'
                     AND (b.version = 1 OR c.created_at >= b.updated_at)) calls"), ") p
             JOIN business_settings s USING (business_id) WHERE p.peak > s.max_outbound"
        ),
    },
    Check {
        section: 5,
        promise: "a business never had more calls in the air than its total limit, inbound ones included",
        unit: "calls",
        vacuous: Vacuous::NotVerified,
        looked_at: BOTH_WAYS,
        wrong: concat!(
            "SELECT format('business %s had %s calls in the air at %s, its total limit is %s', p.business_id, p.peak,
                 p.peak_at, s.max_total) AS what
             FROM (", sweep!("business_id",
                 "(SELECT c.* FROM call_log c JOIN business_settings b USING (business_id)
                   WHERE ($1 IS NULL OR c.business_id = $1)
                     AND (b.version = 1 OR c.created_at >= b.updated_at)) calls"), ") p
             JOIN business_settings s USING (business_id) WHERE p.peak > s.max_total"
        ),
    },
    Check {
        section: 5,
        promise: "a line never carried two calls at once",
        unit: "outbound calls",
        vacuous: Vacuous::NotVerified,
        looked_at: OUTBOUND,
        wrong: concat!(
            "SELECT format('line %s of business %s carried %s calls at %s', p.line, p.business_id, p.peak,
                 p.peak_at) AS what
             FROM (", sweep!("business_id, line",
                 "(SELECT * FROM call_log WHERE ($1 IS NULL OR business_id = $1) AND direction = 'outbound') calls"), ") p
             WHERE p.peak > 1"
        ),
    },
    Check {
        section: 5,
        promise: "a run never had more calls in the air than its concurrency",
        unit: "calls of runs",
        vacuous: Vacuous::NotVerified,
        looked_at: OF_RUNS,
        wrong: concat!(
            "SELECT format('run %s of business %s had %s calls in the air at %s, its concurrency is %s', p.run_id,
                 p.business_id, p.peak, p.peak_at, r.concurrency) AS what
             FROM (", sweep!("business_id, run_id",
                 "(SELECT * FROM call_log WHERE ($1 IS NULL OR business_id = $1) AND run_id IS NOT NULL) calls"), ") p
             JOIN outbound_call_runs r ON r.business_id = p.business_id AND r.id = p.run_id
             WHERE p.peak > r.concurrency"
        ),
    },
    Check {
        section: 5,
        promise: "no lead was ever in two calls at once",
        unit: "outbound calls",
        vacuous: Vacuous::NotVerified,
        looked_at: OUTBOUND,
        wrong: concat!(
            "SELECT format('lead %s of business %s was in %s calls at %s', p.lead_id, p.business_id, p.peak, p.peak_at)
                 AS what
             FROM (", sweep!("business_id, lead_id",
                 "(SELECT * FROM call_log WHERE ($1 IS NULL OR business_id = $1) AND direction = 'outbound'
                   AND lead_id IS NOT NULL) calls"), ") p
             WHERE p.peak > 1"
        ),
    },
    Check {
        section: 5,
        promise: "no lead is in a run twice",
        unit: "jobs",
        vacuous: Vacuous::NotVerified,
        looked_at: "SELECT FROM outbound_call_jobs WHERE $1 IS NULL OR business_id = $1",
        wrong: "SELECT format('lead %s has %s jobs in run %s of business %s', lead_id, count(*), run_id, business_id) AS what
            FROM outbound_call_jobs WHERE $1 IS NULL OR business_id = $1
            GROUP BY business_id, run_id, lead_id HAVING count(*) > 1",
    },
    Check {
        section: 5,
        promise: "no lead was called more often in a run than the retry policy allows",
        unit: "calls of runs",
        vacuous: Vacuous::NotVerified,
        looked_at: OF_RUNS,
        wrong: "SELECT format('lead %s was called %s times in run %s of business %s', c.lead_id, c.calls, c.run_id,
                c.business_id) AS what
            FROM (SELECT business_id, run_id, lead_id, count(*) AS calls FROM call_log
                  WHERE ($1 IS NULL OR business_id = $1) AND call_sid IS NOT NULL AND run_id IS NOT NULL
                  GROUP BY business_id, run_id, lead_id HAVING count(*) > 1) c
            JOIN outbound_call_runs r ON r.business_id = c.business_id AND r.id = c.run_id
            JOIN business_settings b ON b.business_id = c.business_id
            WHERE c.calls > 1 + (SELECT coalesce(sum((rule ->> 'times')::int), 0)
                                 FROM jsonb_each(coalesce(r.retry_policy, b.retry_policy)) policy (outcome, rule))",
    },
    Check {
        section: 5,
        promise: "a business has as many open lines as its limits say, and none while it is suspended",
        unit: "businesses",
        vacuous: Vacuous::NotVerified,
        looked_at: "SELECT FROM business_settings WHERE $1 IS NULL OR business_id = $1",
        wrong: "SELECT format('business %s has %s outbound and %s total lines open, its limits are %s and %s', b.business_id,
                s.outbound, s.total, b.max_outbound, b.max_total) AS what
            FROM (SELECT s.business_id, CASE WHEN b.suspended_at IS NULL THEN s.max_outbound ELSE 0 END AS max_outbound,
                         CASE WHEN b.suspended_at IS NULL THEN s.max_total ELSE 0 END AS max_total
                  FROM business_settings s JOIN business b ON b.id = s.business_id) b
            CROSS JOIN LATERAL (
                SELECT count(*) FILTER (WHERE serves_outbound) AS outbound, count(*) AS total
                FROM call_slots s WHERE s.business_id = b.business_id AND s.is_open) s
            WHERE ($1 IS NULL OR b.business_id = $1) AND (s.outbound <> b.max_outbound OR s.total <> b.max_total)",
    },
    Check {
        section: 5,
        promise: "a live call is on a line of its business, no two on one, and its job is in the air too",
        unit: "lines and live calls",
        vacuous: Vacuous::NotVerified,
        looked_at: "SELECT FROM call_slots WHERE $1 IS NULL OR business_id = $1
            UNION ALL SELECT FROM call_log WHERE ($1 IS NULL OR business_id = $1) AND ended_at IS NULL",
        wrong: "SELECT format('line %s of business %s carries %s live calls', c.line, c.business_id, count(*)) AS what
            FROM call_log c WHERE ($1 IS NULL OR c.business_id = $1) AND c.ended_at IS NULL
            GROUP BY c.business_id, c.line HAVING count(*) > 1
            UNION ALL
            SELECT format('call %s of business %s is in the air on line %s, which there is not', c.id, c.business_id, c.line)
            FROM call_log c
            WHERE ($1 IS NULL OR c.business_id = $1) AND c.ended_at IS NULL
              AND NOT EXISTS (SELECT FROM call_slots s WHERE s.business_id = c.business_id AND s.line = c.line)
            UNION ALL
            SELECT format('call %s of business %s is in the air, and its job %s is %s', c.id, c.business_id, c.job_id, j.status)
            FROM call_log c JOIN outbound_call_jobs j ON j.business_id = c.business_id AND j.id = c.job_id
            WHERE ($1 IS NULL OR c.business_id = $1) AND c.ended_at IS NULL AND j.status NOT IN ('dialing', 'calling')",
    },
    Check {
        section: 5,
        promise: "a call of a run is a call of one of its jobs, to that job's lead",
        unit: "calls of runs",
        vacuous: Vacuous::NotVerified,
        looked_at: OF_RUNS,
        wrong: "SELECT format('call %s of business %s is of run %s and lead %s, which no job %s has', c.id, c.business_id,
                c.run_id, c.lead_id, c.job_id) AS what
            FROM call_log c
            LEFT JOIN outbound_call_jobs j ON j.business_id = c.business_id AND j.id = c.job_id AND j.run_id = c.run_id
                                          AND j.lead_id = c.lead_id
            WHERE ($1 IS NULL OR c.business_id = $1) AND c.run_id IS NOT NULL AND j.id IS NULL",
    },
    Check {
        section: 5,
        promise: "an attempt that never became a call has the carrier's own word for it",
        unit: "outbound calls",
        vacuous: Vacuous::NotVerified,
        looked_at: OUTBOUND,
        wrong: "SELECT format('call %s of business %s was given up as absent, and no answer of the carrier says so', c.id,
                c.business_id) AS what
            FROM call_log c
            WHERE ($1 IS NULL OR c.business_id = $1) AND c.dial_state = 'absent'
              AND NOT EXISTS (SELECT FROM call_reconciliations r
                              WHERE r.attempt_id = c.attempt_id AND r.dial_state = 'absent')
            UNION ALL
            SELECT format('call %s of business %s has ended while it is %s whether the carrier has it', id, business_id,
                dial_state)
            FROM call_log
            WHERE ($1 IS NULL OR business_id = $1) AND ended_at IS NOT NULL AND dial_state IN ('planned', 'unknown')",
    },
    Check {
        section: 5,
        promise: "no job or call is held by nobody",
        unit: "jobs and calls in the air",
        vacuous: Vacuous::Pass,
        looked_at: "SELECT FROM outbound_call_jobs WHERE ($1 IS NULL OR business_id = $1) AND status IN ('dialing', 'calling')
            UNION ALL SELECT FROM call_log WHERE ($1 IS NULL OR business_id = $1) AND ended_at IS NULL",
        wrong: "SELECT format('job %s of business %s is %s but has no live call', j.id, j.business_id, j.status) AS what
            FROM outbound_call_jobs j
            WHERE ($1 IS NULL OR j.business_id = $1) AND j.status IN ('dialing', 'calling')
              AND NOT EXISTS (SELECT FROM call_log c WHERE c.business_id = j.business_id AND c.job_id = j.id
                              AND c.ended_at IS NULL)
            UNION ALL
            SELECT format('call %s of business %s should have been asked for at the carrier at %s', id, business_id,
                reconcile_at)
            FROM call_log
            WHERE ($1 IS NULL OR business_id = $1) AND ended_at IS NULL AND reconcile_at < now() - interval '5 minutes'",
    },
    Check {
        section: 5,
        promise: "the counters of every run are those of its jobs",
        unit: "runs",
        vacuous: Vacuous::NotVerified,
        looked_at: "SELECT FROM outbound_call_runs WHERE $1 IS NULL OR business_id = $1",
        wrong: "SELECT format('run %s of business %s counts %s, its jobs are %s', r.id, r.business_id,
                ARRAY[r.queued_count, r.in_progress_count, r.completed_count, r.failed_count, r.cancelled_count], j.counts)
                AS what
            FROM outbound_call_runs r
            CROSS JOIN LATERAL (
                SELECT ARRAY[count(*) FILTER (WHERE status = 'queued'),
                             count(*) FILTER (WHERE status IN ('dialing', 'calling')),
                             count(*) FILTER (WHERE status = 'completed'), count(*) FILTER (WHERE status = 'failed'),
                             count(*) FILTER (WHERE status = 'cancelled')]::int[] AS counts
                FROM outbound_call_jobs j WHERE j.business_id = r.business_id AND j.run_id = r.id) j
            WHERE ($1 IS NULL OR r.business_id = $1)
              AND j.counts <> ARRAY[r.queued_count, r.in_progress_count, r.completed_count, r.failed_count,
                                    r.cancelled_count]",
    },
    Check {
        section: 5,
        promise: "no event waits longer than a minute for the broker",
        unit: "events",
        vacuous: Vacuous::NotVerified,
        looked_at: "SELECT FROM outbox_events WHERE $1 IS NULL OR business_id = $1",
        wrong: "SELECT format('%s of business %s waits since %s', type, business_id, created_at) AS what
            FROM outbox_events
            WHERE ($1 IS NULL OR business_id = $1) AND published_at IS NULL AND created_at < now() - interval '1 minute'",
    },
];
