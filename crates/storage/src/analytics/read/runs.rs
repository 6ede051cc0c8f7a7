use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{
    Array, BigInt, Date, Double, Integer, Nullable, SmallInt, Text, Timestamptz,
};
use domain::ids::{ListId, RunId};

use crate::analytics::Days;
use crate::{Result, TenantTx};

/// The bulk runs that were asked for on the days $2 to $3 of the clock $4, of the list $5 where it is one.
macro_rules! asked_for {
    () => {
        "r.business_id = $1 AND r.kind = 'bulk'
         AND r.created_at >= ($2::timestamp AT TIME ZONE $4) - interval '3 hours'
         AND r.created_at < (($3 + 1)::timestamp AT TIME ZONE $4) + interval '3 hours'
         AND (r.created_at AT TIME ZONE $4)::date BETWEEN $2 AND $3 AND ($5 IS NULL OR r.outbound_list_id = $5)"
    };
}
/// For how long a run has gone on, up to $6, and for how long its lines could have carried calls.
macro_rules! lasted {
    () => {
        "greatest(0, extract(epoch FROM coalesce(r.ended_at, $6) - r.started_at))::float8"
    };
}

/// A run, as far as its results are concerned.
#[derive(Debug, Clone, PartialEq, QueryableByName)]
pub struct Run {
    /// Its id.
    #[diesel(sql_type = BigInt)]
    pub run_id: i64,
    /// `pending`, `running`, `paused`, `completed`, `failed` or `cancelled`.
    #[diesel(sql_type = Text)]
    pub status: String,
    /// The list that it calls, where it is one.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub list_id: Option<i64>,
    /// What that is called.
    #[diesel(sql_type = Nullable<Text>)]
    pub list_name: Option<String>,
    /// Most calls in the air at once.
    #[diesel(sql_type = SmallInt)]
    pub concurrency: i16,
    /// Its leads.
    #[diesel(sql_type = Integer)]
    pub total_leads: i32,
    /// Those that wait.
    #[diesel(sql_type = Integer)]
    pub queued: i32,
    /// Those that are being called.
    #[diesel(sql_type = Integer)]
    pub in_progress: i32,
    /// Those that are done.
    #[diesel(sql_type = Integer)]
    pub completed: i32,
    /// Those that could not be called.
    #[diesel(sql_type = Integer)]
    pub failed: i32,
    /// Those that were taken out.
    #[diesel(sql_type = Integer)]
    pub cancelled: i32,
    /// When it was asked for.
    #[diesel(sql_type = Timestamptz)]
    pub created_at: DateTime<Utc>,
    /// When it began.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub started_at: Option<DateTime<Utc>>,
    /// When it was over.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub ended_at: Option<DateTime<Utc>>,
    /// Its calls.
    #[diesel(embed)]
    pub results: Results,
}

/// What calls of runs came to.
#[derive(Debug, Clone, Default, PartialEq, QueryableByName)]
pub struct Results {
    /// Ended calls that the carrier took.
    #[diesel(sql_type = BigInt)]
    pub calls: i64,
    /// Calls that it did not take.
    #[diesel(sql_type = BigInt)]
    pub not_placed: i64,
    /// Calls that were picked up.
    #[diesel(sql_type = BigInt)]
    pub answered: i64,
    /// Those of them that no machine is known to have picked up.
    #[diesel(sql_type = BigInt)]
    pub reached: i64,
    /// Of those that were picked up.
    #[diesel(sql_type = BigInt)]
    pub talk_seconds: i64,
    /// For how long the calls held their lines.
    #[diesel(sql_type = Double)]
    pub line_seconds: f64,
    /// From the beginning to the end, or until now.
    #[diesel(sql_type = Double)]
    pub run_seconds: f64,
    /// How long the lines could have been held: those seconds, once for each call that may be in the air at once.
    #[diesel(sql_type = Double)]
    pub capacity_seconds: f64,
    /// Statuses that the calls moved leads to, each with how often.
    #[diesel(sql_type = Array<Text>)]
    pub statuses: Vec<String>,
    /// How often.
    #[diesel(sql_type = Array<BigInt>)]
    pub moves: Vec<i64>,
}

/// Sums of the calls of the runs `d.scope_id` names.
const SUMS: &str = "coalesce(sum(d.calls) FILTER (WHERE d.outcome <> 'not_placed'), 0)::bigint AS calls,
    coalesce(sum(d.calls) FILTER (WHERE d.outcome = 'not_placed'), 0)::bigint AS not_placed,
    coalesce(sum(d.calls) FILTER (WHERE d.outcome IN ('reached', 'voicemail')), 0)::bigint AS answered,
    coalesce(sum(d.calls) FILTER (WHERE d.outcome = 'reached'), 0)::bigint AS reached,
    coalesce(sum(d.talk_seconds), 0)::bigint AS talk_seconds, coalesce(sum(d.line_seconds), 0)::float8 AS line_seconds
    FROM analytics_call_days d WHERE d.business_id = $1 AND d.scope = 'run' AND d.scope_id ";
const MOVES: &str =
    "coalesce(array_agg(to_status ORDER BY moves DESC, to_status), '{}') AS statuses,
    coalesce(array_agg(moves ORDER BY moves DESC, to_status), '{}') AS moves
    FROM (SELECT to_status, sum(changes)::bigint AS moves FROM analytics_status_days
          WHERE business_id = $1 AND scope = 'run' AND scope_id ";

/// The runs that were asked for on the days of the clock `zone`, newest first: at most `most` with an id below `before`.
/// Those that go on are measured up to `now`.
///
/// # Errors
/// When the statement fails.
pub fn runs(
    tx: &mut TenantTx<'_>,
    days: Days,
    zone: &str,
    list: Option<ListId>,
    now: DateTime<Utc>,
    before: Option<RunId>,
    most: i64,
) -> Result<Vec<Run>> {
    let (asked_for, lasted) = (asked_for!(), lasted!());
    Ok(diesel::sql_query(format!(
        "SELECT r.id AS run_id, r.status, r.outbound_list_id AS list_id, l.name AS list_name, r.concurrency, r.total_leads,
                r.queued_count AS queued, r.in_progress_count AS in_progress, r.completed_count AS completed,
                r.failed_count AS failed, r.cancelled_count AS cancelled, r.created_at, r.started_at, r.ended_at,
                c.*, coalesce({lasted}, 0) AS run_seconds, coalesce({lasted} * r.concurrency, 0) AS capacity_seconds, m.*
         FROM (SELECT * FROM outbound_call_runs r WHERE {asked_for} AND r.id < $7 ORDER BY r.id DESC LIMIT $8) r
         LEFT JOIN outbound_lead_lists l ON l.business_id = r.business_id AND l.id = r.outbound_list_id
         CROSS JOIN LATERAL (SELECT {SUMS} = r.id) c
         CROSS JOIN LATERAL (SELECT {MOVES} = r.id GROUP BY 1) moved) m
         ORDER BY r.id DESC"
    ))
    .bind::<BigInt, _>(tx.business.0)
    .bind::<Date, _>(days.from)
    .bind::<Date, _>(days.to)
    .bind::<Text, _>(zone)
    .bind::<Nullable<BigInt>, _>(list.map(|list| list.0))
    .bind::<Timestamptz, _>(now)
    .bind::<BigInt, _>(before.map_or(i64::MAX, |run| run.0))
    .bind::<BigInt, _>(most)
    .load(tx.conn)?)
}

/// What the runs of the days came to together.
#[derive(Debug, Clone, PartialEq, QueryableByName)]
pub struct Totals {
    /// Runs.
    #[diesel(sql_type = BigInt)]
    pub runs: i64,
    /// Those of them that are over.
    #[diesel(sql_type = BigInt)]
    pub over: i64,
    /// Their leads.
    #[diesel(sql_type = BigInt)]
    pub total_leads: i64,
    /// Those that wait.
    #[diesel(sql_type = BigInt)]
    pub queued: i64,
    /// Those that are being called.
    #[diesel(sql_type = BigInt)]
    pub in_progress: i64,
    /// Those that are done.
    #[diesel(sql_type = BigInt)]
    pub completed: i64,
    /// Those that could not be called.
    #[diesel(sql_type = BigInt)]
    pub failed: i64,
    /// Those that were taken out.
    #[diesel(sql_type = BigInt)]
    pub cancelled: i64,
    /// Their calls.
    #[diesel(embed)]
    pub results: Results,
}

/// What the runs that were asked for on the days came to together; as [`runs`].
///
/// # Errors
/// When the statement fails.
pub fn totals(
    tx: &mut TenantTx<'_>,
    days: Days,
    zone: &str,
    list: Option<ListId>,
    now: DateTime<Utc>,
) -> Result<Totals> {
    let (asked_for, lasted) = (asked_for!(), lasted!());
    Ok(diesel::sql_query(format!(
        "WITH asked AS MATERIALIZED (SELECT * FROM outbound_call_runs r WHERE {asked_for})
         SELECT t.*, c.*, m.* FROM (
             SELECT count(*) AS runs, count(r.ended_at) AS over, coalesce(sum(r.total_leads), 0)::bigint AS total_leads,
                    coalesce(sum(r.queued_count), 0)::bigint AS queued,
                    coalesce(sum(r.in_progress_count), 0)::bigint AS in_progress,
                    coalesce(sum(r.completed_count), 0)::bigint AS completed,
                    coalesce(sum(r.failed_count), 0)::bigint AS failed,
                    coalesce(sum(r.cancelled_count), 0)::bigint AS cancelled,
                    coalesce(sum({lasted}), 0)::float8 AS run_seconds,
                    coalesce(sum({lasted} * r.concurrency), 0)::float8 AS capacity_seconds FROM asked r) t
         CROSS JOIN LATERAL (SELECT {SUMS} IN (SELECT id FROM asked)) c
         CROSS JOIN LATERAL (SELECT {MOVES} IN (SELECT id FROM asked) GROUP BY 1) moved) m"
    ))
    .bind::<BigInt, _>(tx.business.0)
    .bind::<Date, _>(days.from)
    .bind::<Date, _>(days.to)
    .bind::<Text, _>(zone)
    .bind::<Nullable<BigInt>, _>(list.map(|list| list.0))
    .bind::<Timestamptz, _>(now)
    .get_result(tx.conn)?)
}
