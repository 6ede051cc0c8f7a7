//! What is under way, over all tenants, for the gauges of an operator. Each statement reads what is in the air or open by its
//! partial index, never a history.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Double, Text, Timestamptz};

use crate::{Result, Tx};

/// Calls, lines and runs at this moment.
#[derive(Debug, Clone, Copy, PartialEq, QueryableByName)]
pub struct Lines {
    /// Outbound calls in the air.
    #[diesel(sql_type = BigInt)]
    pub outbound: i64,
    /// Inbound calls in the air.
    #[diesel(sql_type = BigInt)]
    pub inbound: i64,
    /// Calls in the air of which it is unknown whether the carrier has them.
    #[diesel(sql_type = BigInt)]
    pub unresolved: i64,
    /// Age of the oldest call in the air, in seconds; 0 when there is none.
    #[diesel(sql_type = Double)]
    pub oldest_seconds: f64,
    /// Open lines of the businesses that dial or have a call in the air.
    #[diesel(sql_type = BigInt)]
    pub lines: i64,
    /// Those of them that serve outbound calls.
    #[diesel(sql_type = BigInt)]
    pub outbound_lines: i64,
    /// Businesses with a running run.
    #[diesel(sql_type = BigInt)]
    pub dialing: i64,
    /// Those of them whose outbound lines are all taken.
    #[diesel(sql_type = BigInt)]
    pub at_limit: i64,
    /// Runs that are to begin.
    #[diesel(sql_type = BigInt)]
    pub pending_runs: i64,
    /// Runs that dial.
    #[diesel(sql_type = BigInt)]
    pub running_runs: i64,
    /// Runs that are paused.
    #[diesel(sql_type = BigInt)]
    pub paused_runs: i64,
    /// Jobs that wait in running runs.
    #[diesel(sql_type = BigInt)]
    pub queued_jobs: i64,
}

const LINES: &str = "
WITH air AS (
    SELECT business_id, direction, dial_state, created_at, line FROM call_log WHERE ended_at IS NULL
), run AS (
    SELECT business_id, status, queued_count FROM outbound_call_runs WHERE status IN ('pending', 'running', 'paused')
), busy AS (
    SELECT business_id, bool_or(dials) AS dials
    FROM (SELECT business_id, true AS dials FROM run WHERE status = 'running'
          UNION ALL SELECT business_id, false FROM air) b
    GROUP BY business_id
), business_lines AS (
    SELECT b.dials, l.lines, l.outbound, l.taken
    FROM busy b CROSS JOIN LATERAL (
        SELECT count(*) AS lines, count(*) FILTER (WHERE s.serves_outbound) AS outbound,
               count(*) FILTER (WHERE s.serves_outbound AND EXISTS (
                   SELECT FROM call_log c WHERE c.business_id = s.business_id AND c.line = s.line
                   AND c.ended_at IS NULL)) AS taken
        FROM call_slots s WHERE s.business_id = b.business_id AND s.is_open) l
)
SELECT a.*, l.*, r.*
FROM (SELECT count(*) FILTER (WHERE direction = 'outbound') AS outbound,
             count(*) FILTER (WHERE direction = 'inbound') AS inbound,
             count(*) FILTER (WHERE dial_state = 'unknown') AS unresolved,
             coalesce(extract(epoch FROM $1 - min(created_at)), 0)::double precision AS oldest_seconds FROM air) a,
     (SELECT coalesce(sum(lines), 0)::bigint AS lines, coalesce(sum(outbound), 0)::bigint AS outbound_lines,
             count(*) FILTER (WHERE dials) AS dialing,
             count(*) FILTER (WHERE dials AND taken >= outbound) AS at_limit FROM business_lines) l,
     (SELECT count(*) FILTER (WHERE status = 'pending') AS pending_runs,
             count(*) FILTER (WHERE status = 'running') AS running_runs,
             count(*) FILTER (WHERE status = 'paused') AS paused_runs,
             coalesce(sum(queued_count) FILTER (WHERE status = 'running'), 0)::bigint AS queued_jobs FROM run) r";

/// Measures calls, lines and runs, as the dialer sees them.
///
/// # Errors
/// When the statement fails.
pub fn lines(tx: &mut Tx<'_>, now: DateTime<Utc>) -> Result<Lines> {
    Ok(diesel::sql_query(LINES)
        .bind::<Timestamptz, _>(now)
        .get_result(tx.conn)?)
}

/// Conversations that wait in one state.
#[derive(Debug, Clone, PartialEq, QueryableByName)]
pub struct Waiting {
    /// The state.
    #[diesel(sql_type = Text)]
    pub state: String,
    /// How many.
    #[diesel(sql_type = BigInt)]
    pub waiting: i64,
    /// For how long the most overdue step of them has been due, in seconds.
    #[diesel(sql_type = Double)]
    pub overdue_seconds: f64,
}

/// Measures what waits on its way to a suggestion; a state in which nothing waits is left out.
///
/// # Errors
/// When the statement fails.
pub fn conversations(tx: &mut Tx<'_>, now: DateTime<Utc>) -> Result<Vec<Waiting>> {
    Ok(
        diesel::sql_query("SELECT state, waiting, overdue_seconds FROM conversations_backlog($1)")
            .bind::<Timestamptz, _>(now)
            .load(tx.conn)?,
    )
}
