//! `call_log` as the dialer writes it: what became of an intent to dial. Every function here may be called any number of
//! times in any order; a call only ever moves forward, and the transaction that ends it also frees its lines, ends its
//! job and raises `call.completed`.

mod end;
mod never_called;
mod reconcile;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Integer, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use domain::call::{AnsweredBy, CallStatus, Direction};
use domain::events::CallStarted;
use domain::ids::{AttemptId, BusinessId, CallbackId, JobId, LeadId, RunId};
use uuid::Uuid;

pub use never_called::{NeverCalled, record_never_called};
pub use reconcile::{OpenCall, claim_reconciliation, in_the_air, record_unknown, sid_is_known};

use crate::{Result, StorageError, Tx, outbox};

/// What the carrier told of a call, by a callback or when asked.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// The carrier's id of the call.
    pub call_sid: String,
    /// Its status, where the report has one.
    pub status: Option<CallStatus>,
    /// Length of the conversation.
    pub duration_seconds: Option<i32>,
    /// Who picked up.
    pub answered_by: Option<AnsweredBy>,
}

/// What a report did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Applied {
    /// The call is over now: its lines are free.
    Ended(BusinessId),
    /// The call moved on, or learned something.
    Advanced,
    /// Nothing new.
    Unchanged,
}

#[derive(QueryableByName)]
struct CallRow {
    #[diesel(sql_type = BigInt)]
    business_id: i64,
    #[diesel(sql_type = BigInt)]
    id: i64,
    #[diesel(sql_type = SqlUuid)]
    attempt_id: Uuid,
    #[diesel(sql_type = BigInt)]
    lead_id: i64,
    #[diesel(sql_type = Nullable<BigInt>)]
    run_id: Option<i64>,
    #[diesel(sql_type = Nullable<BigInt>)]
    job_id: Option<i64>,
    #[diesel(sql_type = Nullable<Text>)]
    call_sid: Option<String>,
    #[diesel(sql_type = Text)]
    direction: String,
    #[diesel(sql_type = Text)]
    status: String,
    #[diesel(sql_type = Nullable<Text>)]
    answered_by: Option<String>,
    #[diesel(sql_type = Nullable<Integer>)]
    duration: Option<i32>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    lock_token: Option<Uuid>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    answered_at: Option<DateTime<Utc>>,
}

impl CallRow {
    fn business(&self) -> BusinessId {
        BusinessId(self.business_id)
    }

    fn status(&self) -> Result<CallStatus> {
        self.status
            .parse()
            .map_err(|error| StorageError::Corrupt(format!("call_log.status: {error}")))
    }

    fn is_over(&self) -> Result<bool> {
        Ok(self.status()?.is_terminal())
    }

    fn direction(&self) -> Direction {
        if self.direction == "inbound" {
            Direction::Inbound
        } else {
            Direction::Outbound
        }
    }

    fn machine_answered(&self) -> bool {
        self.answered_by.as_deref() == Some(AnsweredBy::Machine.as_str())
    }
}

fn lock(tx: &mut Tx<'_>, attempt: AttemptId) -> Result<CallRow> {
    Ok(diesel::sql_query(
        "SELECT business_id, id, attempt_id, lead_id, run_id, job_id, call_sid, direction, status, answered_by, duration,
                lock_token, answered_at
         FROM call_log WHERE attempt_id = $1 FOR UPDATE",
    )
    .bind::<SqlUuid, _>(attempt.0)
    .get_result(tx.conn)?)
}

/// The report that a stored callback makes: its raw parameters, as the carrier sent them.
///
/// # Errors
/// [`StorageError::NotFound`] when there is no such callback.
pub fn callback_parameters(
    tx: &mut Tx<'_>,
    business: BusinessId,
    callback: CallbackId,
) -> Result<(String, serde_json::Value)> {
    use crate::schema::carrier_callbacks::dsl;
    Ok(dsl::carrier_callbacks
        .filter(dsl::business_id.eq(business.0).and(dsl::id.eq(callback.0)))
        .select((dsl::kind, dsl::params))
        .first(tx.conn)?)
}

/// Takes in what the carrier says of an attempt. `look_again_at` is when it is asked if nothing more is heard.
///
/// # Errors
/// [`StorageError::NotFound`] for an attempt that is not ours.
pub fn apply_report(
    tx: &mut Tx<'_>,
    attempt: AttemptId,
    report: &Report,
    now: DateTime<Utc>,
    look_again_at: DateTime<Utc>,
) -> Result<Applied> {
    let mut call = lock(tx, attempt)?;
    let before = call.status()?;
    let learned_sid = call.call_sid.is_none();
    let learned_who = call.answered_by.is_none() && report.answered_by.is_some();
    if before.is_terminal() {
        return Ok(Applied::Unchanged);
    }
    let after = report
        .status
        .map_or(before, |reported| before.advanced_by(reported));
    if after == before && !learned_sid && !learned_who {
        return Ok(Applied::Unchanged);
    }
    call.call_sid.get_or_insert_with(|| report.call_sid.clone());
    call.answered_by = call
        .answered_by
        .or_else(|| report.answered_by.map(|who| who.as_str().to_owned()));
    call.status = after.as_str().to_owned();
    if after == CallStatus::InProgress {
        call.answered_at.get_or_insert(now);
    }
    if after.is_terminal() {
        call.duration = Some(report.duration_seconds.unwrap_or(0));
    }
    diesel::sql_query(
        "UPDATE call_log SET call_sid = $3, dial_state = 'accepted', status = $4, answered_by = $5, answered_at = $6,
                duration = $7, ended_at = CASE WHEN $8 THEN clock_timestamp() END,
                reconcile_at = CASE WHEN NOT $8 THEN $9 END
         WHERE business_id = $1 AND id = $2",
    )
    .bind::<BigInt, _>(call.business_id)
    .bind::<BigInt, _>(call.id)
    .bind::<Nullable<Text>, _>(&call.call_sid)
    .bind::<Text, _>(&call.status)
    .bind::<Nullable<Text>, _>(&call.answered_by)
    .bind::<Nullable<Timestamptz>, _>(call.answered_at)
    .bind::<Nullable<Integer>, _>(call.duration)
    .bind::<Bool, _>(after.is_terminal())
    .bind::<Timestamptz, _>(look_again_at)
    .execute(tx.conn)?;
    if learned_sid {
        started(tx, &call, now)?;
    }
    if after.is_terminal() {
        end::ended(tx, &call, after, now)?;
        return Ok(Applied::Ended(call.business()));
    }
    Ok(Applied::Advanced)
}

/// The first time that the carrier's id of a call is known: its job is `calling`, and everyone hears of it.
fn started(tx: &mut Tx<'_>, call: &CallRow, now: DateTime<Utc>) -> Result<()> {
    let sid = call.call_sid.clone().unwrap_or_default();
    if let Some(job) = call.job_id {
        diesel::sql_query(
            "UPDATE outbound_call_jobs SET status = 'calling', twilio_call_sid = $4, attempts = attempts + 1
             WHERE business_id = $1 AND id = $2 AND dial_lock_token = $3 AND status = 'dialing'",
        )
        .bind::<BigInt, _>(call.business_id)
        .bind::<BigInt, _>(job)
        .bind::<Nullable<SqlUuid>, _>(call.lock_token)
        .bind::<Text, _>(&sid)
        .execute(tx.conn)?;
    }
    outbox::stage(
        tx,
        now,
        CallStarted {
            business_id: call.business(),
            call_sid: sid,
            lead_id: LeadId(call.lead_id),
            run_id: call.run_id.map(RunId),
            job_id: call.job_id.map(JobId),
            direction: call.direction(),
            status: call.status.clone(),
            duration_seconds: 0,
        },
    )
}
