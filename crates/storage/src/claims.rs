//! Taking the next jobs: the one place where an intent to dial comes into being. Reached by [`crate::lines::turn`].

use std::sync::LazyLock;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{
    Array, BigInt, Bool, Integer, Nullable, SmallInt, Text, Timestamptz, Uuid as SqlUuid,
};
use domain::ids::{AttemptId, BusinessId, JobId, LeadId, LockToken, RunId};
use uuid::Uuid;

use crate::gates::{self, Rules};
use crate::prepared::Prepared;
use crate::{Result, Tx};

/// An intent to dial, committed before the carrier is asked. Whoever holds the lock token may record what came of it.
#[derive(Debug, Clone)]
pub struct Claim {
    /// The tenant.
    pub business: BusinessId,
    /// Names the attempt in every callback URL.
    pub attempt: AttemptId,
    /// Fences the recording of the outcome.
    pub token: LockToken,
    /// The job.
    pub job: JobId,
    /// Its run.
    pub run: RunId,
    /// Its lead.
    pub lead: LeadId,
    /// When it was claimed, by the clock of the process.
    pub at: DateTime<Utc>,
    /// E.164.
    pub to: String,
    /// E.164.
    pub from: String,
    /// Whether a message is left when a machine picks up, so that detection must wait for the end of the machine's own.
    pub waits_for_beep: bool,
    /// How long the phone may ring.
    pub ring_timeout_seconds: u16,
    /// How long the call may last.
    pub time_limit_seconds: u32,
}

#[derive(QueryableByName)]
struct ClaimRow {
    #[diesel(sql_type = BigInt)]
    business_id: i64,
    #[diesel(sql_type = SqlUuid)]
    attempt_id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    lock_token: Uuid,
    #[diesel(sql_type = BigInt)]
    job_id: i64,
    #[diesel(sql_type = BigInt)]
    run_id: i64,
    #[diesel(sql_type = BigInt)]
    lead_id: i64,
    #[diesel(sql_type = Text)]
    to_number: String,
    #[diesel(sql_type = Text)]
    from_number: String,
    #[diesel(sql_type = Bool)]
    waits_for_beep: bool,
    #[diesel(sql_type = SmallInt)]
    ring_timeout_seconds: i16,
    #[diesel(sql_type = Integer)]
    time_limit_seconds: i32,
}

/// Pairs due jobs with free lines, business by business, and writes the intent to dial. What a gate keeps back (see
/// [`crate::gates`]) is not paired.
///
/// The intent is stamped by the database's clock once its lines are locked, and the end of a call before they are freed:
/// so the history itself shows that no line ever carried two calls.
///
/// $1 runs (locked), $2 worker, $3 now, $4 until when nobody else may ask what became of the attempt, $5 to $8 businesses
/// that space their calls to a person: since when the last one is too young, when the day began, how many it may hold,
/// $9 at most this many, or null: then direct calls first, each business in its turn, the one that waited longest first.
static CLAIM: LazyLock<String> = LazyLock::new(|| {
    format!(
        "
WITH candidate AS (
    SELECT r.business_id, r.id AS run_id, r.kind, r.lock_ts AS served_at, j.id AS job_id, j.lead_id, j.dial_started_at IS NULL AS first_dial, j.to_number,
           row_number() OVER (PARTITION BY r.business_id ORDER BY r.priority DESC, r.id, j.due_at, j.id) AS place
    FROM outbound_call_runs r
    LEFT JOIN unnest($5, $6, $7, $8) AS spaced (business_id, gap_began, day_began, calls_per_day) USING (business_id)
    CROSS JOIN LATERAL (
        SELECT j.id, j.lead_id, j.due_at, j.dial_started_at, l.phone_e164 AS to_number
        FROM outbound_call_jobs j
        JOIN leads l ON l.tenant_id = j.business_id AND l.id = j.lead_id
        WHERE j.run_id = r.id AND j.business_id = r.business_id AND j.status = 'queued' AND j.due_at <= $3
          AND NOT j.cancel_requested
          AND ({lasting}) IS NULL AND NOT {in_a_call}
          AND (spaced.gap_began IS NULL OR NOT {called_since_gap_began})
          AND (spaced.calls_per_day IS NULL OR ({calls_today}) < spaced.calls_per_day)
        ORDER BY j.due_at, j.id
        LIMIT r.concurrency - r.in_progress_count
        FOR UPDATE OF j SKIP LOCKED
    ) j
    -- Asked again: what was just heard may have paused the run.
    WHERE r.id = ANY($1) AND r.status = 'running' AND NOT r.cancel_requested AND NOT r.pause_requested
), outbound_line AS (
    SELECT s.business_id, s.line, row_number() OVER (PARTITION BY s.business_id ORDER BY s.line) AS place
    FROM (SELECT business_id, line FROM call_slots
          WHERE pool = 'outbound' AND is_open AND attempt_id IS NULL
            AND business_id IN (SELECT business_id FROM candidate)
          FOR UPDATE SKIP LOCKED) s
), total_line AS (
    SELECT s.business_id, s.line, row_number() OVER (PARTITION BY s.business_id ORDER BY s.line) AS place
    FROM (SELECT business_id, line FROM call_slots
          WHERE pool = 'total' AND is_open AND attempt_id IS NULL
            AND business_id IN (SELECT business_id FROM candidate)
          FOR UPDATE SKIP LOCKED) s
), intent AS (
    INSERT INTO call_log (business_id, attempt_id, lead_id, run_id, job_id, from_number, to_number, direction, status,
                          dial_state, line_outbound, line_total, lock_token, locked_by_worker, reconcile_at, created_at)
    SELECT c.business_id, gen_random_uuid(), c.lead_id, c.run_id, c.job_id, b.caller_number, c.to_number, 'outbound',
           'initiated', 'planned', o.line, t.line, gen_random_uuid(), $2, $4, clock_timestamp()
    FROM candidate c
    JOIN outbound_line o USING (business_id, place)
    JOIN total_line t USING (business_id, place)
    JOIN business_settings b USING (business_id)
    WHERE b.caller_number IS NOT NULL
    ORDER BY c.kind = 'direct' DESC, c.place, c.served_at NULLS FIRST, c.business_id
    LIMIT $9
    ON CONFLICT DO NOTHING
    RETURNING business_id, attempt_id, lead_id, run_id, job_id, from_number, to_number, line_outbound, line_total,
              lock_token
), slot AS (
    UPDATE call_slots s SET attempt_id = i.attempt_id, taken_at = $3
    FROM (SELECT business_id, attempt_id, 'outbound' AS pool, line_outbound AS line FROM intent
          UNION ALL SELECT business_id, attempt_id, 'total', line_total FROM intent) i
    WHERE s.business_id = i.business_id AND s.pool = i.pool AND s.line = i.line
), job AS (
    UPDATE outbound_call_jobs j
    SET status = 'dialing', dial_lock_token = i.lock_token, dial_started_at = $3, locked_by_worker = $2, lock_ts = $3,
        twilio_call_sid = NULL, started_at = coalesce(j.started_at, $3)
    FROM intent i WHERE j.business_id = i.business_id AND j.id = i.job_id
), run AS (
    UPDATE outbound_call_runs r
    SET queued_count = r.queued_count - n.claimed, in_progress_count = r.in_progress_count + n.claimed,
        cursor_position = r.cursor_position + n.first_dials, locked_by_worker = $2, lock_ts = $3
    FROM (SELECT i.business_id, i.run_id, count(*)::int AS claimed, count(*) FILTER (WHERE c.first_dial)::int AS first_dials
          FROM intent i JOIN candidate c USING (business_id, job_id) GROUP BY i.business_id, i.run_id) n
    WHERE r.business_id = n.business_id AND r.id = n.run_id
)
SELECT i.business_id, i.attempt_id, i.lock_token, i.job_id, i.run_id, i.lead_id, i.to_number, i.from_number,
       b.voicemail ->> 'action' = 'leave_message' AS waits_for_beep, b.ring_timeout_seconds, b.time_limit_seconds
FROM intent i JOIN business_settings b USING (business_id)",
        lasting = gates::LASTING,
        in_a_call = gates::IN_A_CALL,
        called_since_gap_began = gates::called_since("spaced.gap_began"),
        calls_today = gates::calls_since("spaced.day_began"),
    )
});

/// Takes as many jobs as there are free lines for the runs, whose locks the caller holds: slots, jobs, run counters and
/// the calls as `initiated`, in this transaction; at most `most` of them.
pub(crate) fn claim(
    tx: &mut Tx<'_>,
    runs: &[i64],
    rules: &Rules,
    worker: &str,
    now: DateTime<Utc>,
    mine_until: DateTime<Utc>,
    most: Option<i64>,
) -> Result<Vec<Claim>> {
    if runs.is_empty() {
        return Ok(Vec::new());
    }
    let statement = diesel::sql_query(CLAIM.as_str())
        .bind::<Array<BigInt>, _>(runs)
        .bind::<Text, _>(worker)
        .bind::<Timestamptz, _>(now)
        .bind::<Timestamptz, _>(mine_until)
        .bind::<Array<BigInt>, _>(&rules.spaced)
        .bind::<Array<Nullable<Timestamptz>>, _>(&rules.gap_began)
        .bind::<Array<Timestamptz>, _>(&rules.day_began)
        .bind::<Array<Nullable<SmallInt>>, _>(&rules.calls_per_day)
        .bind::<Nullable<BigInt>, _>(most);
    let rows: Vec<ClaimRow> = Prepared(statement).load(tx.conn)?;
    Ok(rows.into_iter().map(|row| row.claimed_at(now)).collect())
}

impl ClaimRow {
    fn claimed_at(self, at: DateTime<Utc>) -> Claim {
        let row = self;
        Claim {
            at,
            business: BusinessId(row.business_id),
            attempt: AttemptId(row.attempt_id),
            token: LockToken(row.lock_token),
            job: JobId(row.job_id),
            run: RunId(row.run_id),
            lead: LeadId(row.lead_id),
            to: row.to_number,
            from: row.from_number,
            waits_for_beep: row.waits_for_beep,
            ring_timeout_seconds: row.ring_timeout_seconds.unsigned_abs(),
            time_limit_seconds: row.time_limit_seconds.unsigned_abs(),
        }
    }
}
