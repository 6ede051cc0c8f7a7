//! What must be read before something that was heard can be folded over its call.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use diesel::prelude::*;
use diesel::sql_types::{
    Array, BigInt, Integer, Jsonb, Nullable, SmallInt, Text, Timestamptz, Uuid as SqlUuid,
};
use domain::attempt::Attempt;
use domain::call::{AnsweredBy, CallStatus, Direction};
use domain::ids::{AttemptId, BusinessId, CallbackId, JobId, LeadId, LockToken, RunId};
use domain::retry::RetryPolicy;
use uuid::Uuid;

use super::Known;
use crate::prepared::Prepared;
use crate::{Result, StorageError, Tx};

/// A stored callback: its raw parameters, as the carrier sent them.
#[derive(Debug, Clone, QueryableByName)]
pub struct StoredCallback {
    #[diesel(sql_type = BigInt)]
    business_id: i64,
    #[diesel(sql_type = BigInt)]
    id: i64,
    /// What it is about.
    #[diesel(sql_type = Text)]
    pub kind: String,
    /// The form fields, a list of pairs.
    #[diesel(sql_type = Jsonb)]
    pub params: serde_json::Value,
}

impl StoredCallback {
    /// Which one it is.
    #[must_use]
    pub const fn key(&self) -> (BusinessId, CallbackId) {
        (BusinessId(self.business_id), CallbackId(self.id))
    }
}

/// The stored callbacks of `wanted` that are there, in no order.
///
/// # Errors
/// When the statement fails.
pub fn callbacks(
    tx: &mut Tx<'_>,
    wanted: &[(BusinessId, CallbackId)],
) -> Result<Vec<StoredCallback>> {
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let (businesses, ids): (Vec<i64>, Vec<i64>) = wanted
        .iter()
        .map(|(business, callback)| (business.0, callback.0))
        .unzip();
    Ok(Prepared(
        diesel::sql_query(
            "SELECT c.business_id, c.id, c.kind, c.params
             FROM unnest($1, $2) AS wanted (business_id, id) JOIN carrier_callbacks c USING (business_id, id)",
        )
        .bind::<Array<BigInt>, _>(businesses)
        .bind::<Array<BigInt>, _>(ids),
    )
    .load(tx.conn)?)
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = BigInt)]
    business_id: i64,
    #[diesel(sql_type = BigInt)]
    id: i64,
    #[diesel(sql_type = Integer)]
    revision: i32,
    #[diesel(sql_type = SqlUuid)]
    attempt_id: Uuid,
    #[diesel(sql_type = BigInt)]
    lead_id: i64,
    #[diesel(sql_type = Nullable<BigInt>)]
    run_id: Option<i64>,
    #[diesel(sql_type = Nullable<BigInt>)]
    job_id: Option<i64>,
    #[diesel(sql_type = SmallInt)]
    attempt_number: i16,
    #[diesel(sql_type = SmallInt)]
    line: i16,
    #[diesel(sql_type = Text)]
    direction: String,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    lock_token: Option<Uuid>,
    #[diesel(sql_type = Nullable<Text>)]
    call_sid: Option<String>,
    #[diesel(sql_type = Text)]
    status: String,
    #[diesel(sql_type = Text)]
    dial_state: String,
    #[diesel(sql_type = Nullable<Text>)]
    answered_by: Option<String>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    answered_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Nullable<Integer>)]
    duration: Option<i32>,
}

/// The calls of `attempts` as they stand, in no order; those that nobody knows are left out.
///
/// # Errors
/// When the statement fails; [`StorageError::Corrupt`] when a call cannot be read.
pub fn known(tx: &mut Tx<'_>, attempts: &[AttemptId]) -> Result<Vec<(AttemptId, Known)>> {
    if attempts.is_empty() {
        return Ok(Vec::new());
    }
    let attempts: Vec<Uuid> = attempts.iter().map(|attempt| attempt.0).collect();
    let query = diesel::sql_query(
        "SELECT c.business_id, c.id, c.revision, c.attempt_id, c.lead_id, c.run_id, c.job_id, c.attempt_number,
                c.line, c.direction, c.lock_token, c.call_sid, c.status, c.dial_state, c.answered_by, c.answered_at, c.duration
         FROM call_log c WHERE c.attempt_id = ANY($1)",
    )
    .bind::<Array<SqlUuid>, _>(&attempts);
    let rows: Vec<Row> = Prepared(query).load(tx.conn)?;
    rows.into_iter().map(Row::into_known).collect()
}

impl Row {
    fn into_known(self) -> Result<(AttemptId, Known)> {
        let corrupt = |column: &str, error: &dyn std::fmt::Display| {
            StorageError::Corrupt(format!("call_log.{column}: {error}"))
        };
        let status: CallStatus = self
            .status
            .parse()
            .map_err(|error| corrupt("status", &error))?;
        let dial_state = self
            .dial_state
            .parse()
            .map_err(|error| corrupt("dial_state", &error))?;
        let attempt = AttemptId(self.attempt_id);
        let known = Known {
            business: BusinessId(self.business_id),
            id: self.id,
            revision: self.revision,
            attempt,
            lead: LeadId(self.lead_id),
            of: self.run_id.map(RunId).zip(self.job_id.map(JobId)),
            number: self.attempt_number,
            line: self.line,
            direction: if self.direction == Direction::Inbound.as_str() {
                Direction::Inbound
            } else {
                Direction::Outbound
            },
            token: self.lock_token.map(LockToken),
            state: Attempt {
                status,
                answered_by: self.answered_by.as_deref().map(AnsweredBy::from_carrier),
                knows_sid: self.call_sid.is_some(),
                dial_state,
            },
            call_sid: self.call_sid,
            answered_at: self.answered_at,
            duration: self.duration,
        };
        Ok((attempt, known))
    }
}

/// When the leads of a run are called again, and on whose clock.
#[derive(Debug, Clone)]
pub struct Retry {
    policy: RetryPolicy,
    zone: Tz,
}

impl Retry {
    pub(super) fn next_call(
        &self,
        outcome: CallStatus,
        machine_answered: bool,
        number: i16,
        now: DateTime<Utc>,
    ) -> Option<DateTime<Utc>> {
        self.policy
            .next_call(outcome, machine_answered, number, now, self.zone)
    }
}

/// What there is to know of a run when a call of it ends.
#[derive(Debug, Clone)]
pub struct RunOfCall {
    /// Its retry policy: its own, else its business's.
    pub retry: Retry,
    /// What its last calls came to (see [`domain::breaker`]).
    pub recent_outcomes: String,
}

/// What there is to know of `runs`.
///
/// # Errors
/// When the statement fails; [`StorageError::Corrupt`] when a policy or a time zone cannot be read.
pub fn runs(tx: &mut Tx<'_>, runs: &[RunId]) -> Result<HashMap<RunId, RunOfCall>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = BigInt)]
        id: i64,
        #[diesel(sql_type = Jsonb)]
        policy: serde_json::Value,
        #[diesel(sql_type = Text)]
        recent_outcomes: String,
        #[diesel(sql_type = Text)]
        time_zone: String,
    }
    if runs.is_empty() {
        return Ok(HashMap::new());
    }
    let runs: Vec<i64> = runs.iter().map(|run| run.0).collect();
    let query = diesel::sql_query(
        "SELECT r.id, coalesce(r.retry_policy, s.retry_policy) AS policy, r.recent_outcomes, b.time_zone
         FROM outbound_call_runs r
         JOIN business_settings s ON s.business_id = r.business_id
         JOIN business b ON b.id = r.business_id
         WHERE r.id = ANY($1)",
    )
    .bind::<Array<BigInt>, _>(&runs);
    let rows: Vec<Row> = Prepared(query).load(tx.conn)?;
    rows.into_iter()
        .map(|row| {
            let policy = serde_json::from_value(row.policy)
                .map_err(|error| StorageError::Corrupt(format!("retry_policy: {error}")))?;
            let zone = row.time_zone.parse().map_err(|_| {
                StorageError::Corrupt(format!("{:?} is no time zone", row.time_zone))
            })?;
            let run = RunOfCall {
                retry: Retry { policy, zone },
                recent_outcomes: row.recent_outcomes,
            };
            Ok((RunId(row.id), run))
        })
        .collect()
}
