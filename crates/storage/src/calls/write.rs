//! Writing down what became of calls: the calls, their lines, their jobs and the counters of their runs, in one statement.

use std::sync::LazyLock;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{
    Array, BigInt, Bool, Integer, Nullable, SmallInt, Text, Timestamptz, Uuid as SqlUuid,
};
use domain::breaker;
use uuid::Uuid;

use super::Told;
use super::state::Outcome;
use crate::prepared::Prepared;
use crate::run_state::{self, RunState};
use crate::{Result, Tx};

/// A call is stamped as ended by the database's clock in the statement that frees its lines, so the history itself shows
/// that no line ever carried two calls. A job is touched only while it is still held by this attempt.
///
/// $1 to $20 and $23 one array per column of `heard`, $21 now, $22 when the carrier is asked if nothing more is heard.
static WRITE: LazyLock<String> = LazyLock::new(|| {
    format!(
        "
WITH heard AS MATERIALIZED (
    SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20,
                         $23)
        AS h (business_id, id, attempt_id, call_sid, dial_state, status, answered_by, answered_at, duration, error_code,
              error_message, ended, line_outbound, line_total, job_id, lock_token, job_status, outcome, due_at, spent, letter)
), call AS (
    UPDATE call_log c
    SET call_sid = h.call_sid, dial_state = h.dial_state, status = h.status, answered_by = h.answered_by,
        answered_at = h.answered_at, duration = h.duration, error_code = coalesce(h.error_code, c.error_code),
        error_message = coalesce(h.error_message, c.error_message),
        ended_at = CASE WHEN h.ended THEN clock_timestamp() ELSE c.ended_at END,
        reconcile_at = CASE WHEN NOT h.ended AND c.ended_at IS NULL THEN $22 END
    FROM heard h WHERE c.business_id = h.business_id AND c.id = h.id
), slot AS (
    UPDATE call_slots s SET attempt_id = NULL, taken_at = NULL
    FROM (SELECT business_id, attempt_id, 'outbound' AS pool, line_outbound AS line FROM heard WHERE ended
          UNION ALL SELECT business_id, attempt_id, 'total', line_total FROM heard WHERE ended) f
    WHERE s.business_id = f.business_id AND s.pool = f.pool AND s.line = f.line AND s.attempt_id = f.attempt_id
), job AS (
    UPDATE outbound_call_jobs j
    SET status = h.job_status, attempts = j.attempts + h.spent, twilio_call_sid = h.call_sid,
        outcome = coalesce(h.outcome, j.outcome),
        error_message = CASE WHEN h.ended THEN h.error_message ELSE j.error_message END,
        due_at = coalesce(h.due_at, j.due_at),
        dial_lock_token = CASE WHEN h.ended THEN NULL ELSE j.dial_lock_token END,
        locked_by_worker = CASE WHEN h.ended THEN NULL ELSE j.locked_by_worker END,
        lock_ts = CASE WHEN h.ended THEN NULL ELSE j.lock_ts END,
        completed_at = CASE WHEN h.ended AND h.job_status <> 'queued' THEN $21 END
    FROM heard h
    WHERE h.job_status IS NOT NULL AND j.business_id = h.business_id AND j.id = h.job_id
      AND j.dial_lock_token = h.lock_token AND j.status IN ('dialing', 'calling')
    RETURNING j.business_id, j.run_id, j.status, h.ended, h.letter
)
UPDATE outbound_call_runs r
SET in_progress_count = r.in_progress_count - n.ended, queued_count = r.queued_count + n.queued,
    completed_count = r.completed_count + n.completed, failed_count = r.failed_count + n.failed,
    cancelled_count = r.cancelled_count + n.cancelled,
    recent_outcomes = right(r.recent_outcomes || coalesce(n.letters, ''), {window}), {progress}
FROM (SELECT business_id, run_id, count(*)::int AS ended, count(*) FILTER (WHERE status = 'queued')::int AS queued,
             count(*) FILTER (WHERE status = 'completed')::int AS completed,
             count(*) FILTER (WHERE status = 'failed')::int AS failed,
             count(*) FILTER (WHERE status = 'cancelled')::int AS cancelled, string_agg(letter, '') AS letters
      FROM job WHERE ended GROUP BY business_id, run_id) n
WHERE r.business_id = n.business_id AND r.id = n.run_id
RETURNING {columns}",
        window = breaker::WINDOW,
        progress = run_state::PROGRESS,
        columns = run_state::COLUMNS,
    )
});

/// One array per column.
#[derive(Default)]
struct Columns {
    business_id: Vec<i64>,
    id: Vec<i64>,
    attempt_id: Vec<Uuid>,
    call_sid: Vec<Option<String>>,
    dial_state: Vec<String>,
    status: Vec<String>,
    answered_by: Vec<Option<String>>,
    answered_at: Vec<Option<DateTime<Utc>>>,
    duration: Vec<Option<i32>>,
    error_code: Vec<Option<i32>>,
    error_message: Vec<Option<String>>,
    ended: Vec<bool>,
    line_outbound: Vec<Option<i16>>,
    line_total: Vec<i16>,
    job_id: Vec<Option<i64>>,
    lock_token: Vec<Option<Uuid>>,
    job_status: Vec<Option<&'static str>>,
    outcome: Vec<Option<&'static str>>,
    due_at: Vec<Option<DateTime<Utc>>>,
    spent: Vec<i16>,
    letter: Vec<Option<&'static str>>,
}

impl Columns {
    fn push(&mut self, outcome: &Outcome) {
        let call = &outcome.call;
        self.business_id.push(call.business_id);
        self.id.push(call.id);
        self.attempt_id.push(call.attempt_id);
        self.call_sid.push(call.call_sid.clone());
        self.dial_state.push(call.dial_state.clone());
        self.status.push(call.status.clone());
        self.answered_by.push(call.answered_by.clone());
        self.answered_at.push(call.answered_at);
        self.duration.push(call.duration);
        self.error_code.push(outcome.error_code);
        self.error_message.push(outcome.error_message.clone());
        self.ended.push(outcome.ended.is_some());
        self.line_outbound.push(call.line_outbound);
        self.line_total.push(call.line_total);
        self.job_id.push(call.job_id);
        self.lock_token.push(call.lock_token);
        let job_status = match &outcome.ended {
            Some(end) => Some(end.how.job_status()),
            None if outcome.learned_sid => Some("calling"),
            None => None,
        };
        self.job_status
            .push(job_status.filter(|_| call.job_id.is_some()));
        self.outcome
            .push(outcome.ended.as_ref().map(|end| end.outcome));
        self.due_at
            .push(outcome.ended.as_ref().and_then(|end| end.due_at));
        self.spent.push(i16::from(outcome.learned_sid));
        let remembered = outcome.ended.as_ref().and_then(|end| end.remembered);
        self.letter.push(remembered.map(breaker::Outcome::letter));
    }
}

/// Writes what became of calls; answers the runs whose counters changed.
pub(super) fn write(tx: &mut Tx<'_>, outcomes: &[Outcome], told: Told) -> Result<Vec<RunState>> {
    if outcomes.is_empty() {
        return Ok(Vec::new());
    }
    let mut heard = Columns::default();
    for outcome in outcomes {
        heard.push(outcome);
    }
    let statement = diesel::sql_query(WRITE.as_str())
        .bind::<Array<BigInt>, _>(heard.business_id)
        .bind::<Array<BigInt>, _>(heard.id)
        .bind::<Array<SqlUuid>, _>(heard.attempt_id)
        .bind::<Array<Nullable<Text>>, _>(heard.call_sid)
        .bind::<Array<Text>, _>(heard.dial_state)
        .bind::<Array<Text>, _>(heard.status)
        .bind::<Array<Nullable<Text>>, _>(heard.answered_by)
        .bind::<Array<Nullable<Timestamptz>>, _>(heard.answered_at)
        .bind::<Array<Nullable<Integer>>, _>(heard.duration)
        .bind::<Array<Nullable<Integer>>, _>(heard.error_code)
        .bind::<Array<Nullable<Text>>, _>(heard.error_message)
        .bind::<Array<Bool>, _>(heard.ended)
        .bind::<Array<Nullable<SmallInt>>, _>(heard.line_outbound)
        .bind::<Array<SmallInt>, _>(heard.line_total)
        .bind::<Array<Nullable<BigInt>>, _>(heard.job_id)
        .bind::<Array<Nullable<SqlUuid>>, _>(heard.lock_token)
        .bind::<Array<Nullable<Text>>, _>(heard.job_status)
        .bind::<Array<Nullable<Text>>, _>(heard.outcome)
        .bind::<Array<Nullable<Timestamptz>>, _>(heard.due_at)
        .bind::<Array<SmallInt>, _>(heard.spent)
        .bind::<Timestamptz, _>(told.now)
        .bind::<Timestamptz, _>(told.look_again_at)
        .bind::<Array<Nullable<Text>>, _>(heard.letter);
    Ok(Prepared(statement).load(tx.conn)?)
}
