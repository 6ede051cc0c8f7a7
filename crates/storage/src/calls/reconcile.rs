//! Calls whose fate has to be asked for.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Integer, Nullable, SmallInt, Text, Timestamptz, Uuid as SqlUuid};
use domain::ids::{AttemptId, BusinessId, RunId};
use uuid::Uuid;

use crate::{Result, Tx};

/// A call whose fate has to be asked for.
#[derive(Debug, Clone)]
pub struct OpenCall {
    /// The tenant.
    pub business: BusinessId,
    /// The attempt.
    pub attempt: AttemptId,
    /// The carrier's id, where it is known.
    pub call_sid: Option<String>,
    /// E.164.
    pub from: String,
    /// E.164.
    pub to: String,
    /// When the intent was committed.
    pub created_at: DateTime<Utc>,
    /// How often it was asked for already.
    pub looks: i16,
}

/// Calls in the air that the carrier should be asked about now, at most `most`. They are asked about again at
/// `next_look` (the carrier knows the call) or `next_search` (it is not known whether it does), and by nobody before.
/// An intent whose worker vanished is unknown from here on.
///
/// # Errors
/// When the statement fails.
pub fn claim_reconciliation(
    tx: &mut Tx<'_>,
    now: DateTime<Utc>,
    next_look: DateTime<Utc>,
    next_search: DateTime<Utc>,
    most: i32,
) -> Result<Vec<OpenCall>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = BigInt)]
        business_id: i64,
        #[diesel(sql_type = SqlUuid)]
        attempt_id: Uuid,
        #[diesel(sql_type = Nullable<Text>)]
        call_sid: Option<String>,
        #[diesel(sql_type = Text)]
        from_number: String,
        #[diesel(sql_type = Text)]
        to_number: String,
        #[diesel(sql_type = Timestamptz)]
        created_at: DateTime<Utc>,
        #[diesel(sql_type = SmallInt)]
        reconcile_count: i16,
    }
    let rows: Vec<Row> = diesel::sql_query(
        "UPDATE call_log c
         SET revision = revision + 1, reconcile_at = CASE WHEN c.call_sid IS NULL THEN $4 ELSE $2 END, reconcile_count = least(c.reconcile_count + 1, 30000),
             dial_state = CASE c.dial_state WHEN 'planned' THEN 'unknown' ELSE c.dial_state END
         WHERE (c.business_id, c.id) IN (
             SELECT business_id, id FROM call_log WHERE ended_at IS NULL AND reconcile_at <= $1
             ORDER BY reconcile_at LIMIT $3 FOR UPDATE SKIP LOCKED)
         RETURNING business_id, attempt_id, call_sid, from_number, to_number, created_at, reconcile_count",
    )
    .bind::<Timestamptz, _>(now)
    .bind::<Timestamptz, _>(next_look)
    .bind::<Integer, _>(most)
    .bind::<Timestamptz, _>(next_search)
    .load(tx.conn)?;
    Ok(rows
        .into_iter()
        .map(|row| OpenCall {
            business: BusinessId(row.business_id),
            attempt: AttemptId(row.attempt_id),
            call_sid: row.call_sid,
            from: row.from_number,
            to: row.to_number,
            created_at: row.created_at,
            looks: row.reconcile_count,
        })
        .collect())
}

/// Whether one of our calls has this id of the carrier's already.
///
/// # Errors
/// When the statement fails.
pub fn sid_is_known(tx: &mut Tx<'_>, sid: &str) -> Result<bool> {
    use crate::schema::call_log::dsl;
    Ok(diesel::select(diesel::dsl::exists(
        dsl::call_log.filter(dsl::call_sid.eq(sid)),
    ))
    .get_result(tx.conn)?)
}

/// The carrier's ids of a run's calls in the air, with whether each was answered: what to hang up.
///
/// # Errors
/// When the statement fails.
pub fn in_the_air(
    tx: &mut Tx<'_>,
    business: BusinessId,
    run: RunId,
) -> Result<Vec<(String, bool)>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Text)]
        call_sid: String,
        #[diesel(sql_type = diesel::sql_types::Bool)]
        answered: bool,
    }
    let rows: Vec<Row> = diesel::sql_query(
        "SELECT call_sid, status = 'in-progress' AS answered FROM call_log
         WHERE business_id = $1 AND run_id = $2 AND direction = 'outbound' AND call_sid IS NOT NULL
           AND ended_at IS NULL",
    )
    .bind::<BigInt, _>(business.0)
    .bind::<BigInt, _>(run.0)
    .load(tx.conn)?;
    Ok(rows
        .into_iter()
        .map(|row| (row.call_sid, row.answered))
        .collect())
}
