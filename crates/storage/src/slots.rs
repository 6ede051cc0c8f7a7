//! `call_log` as the api-gateway writes it: an inbound call must be answered at once, so it is admitted where it arrives, on the same lines and under the same limit as every other call. From then on it is the dialer's.

use chrono::{DateTime, Utc};
use diesel::connection::SimpleConnection as _;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, SmallInt, Timestamptz};
use domain::call::{CallStatus, Direction};
use domain::events::CallStarted;
use domain::ids::{AttemptId, LeadId};

use crate::leads::lead_of_caller;
use crate::schema::call_log;
use crate::{Result, TenantTx, outbox};

/// Somebody calls a business.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InboundCall {
    /// Minted for it; names it in every callback URL from now on.
    pub attempt: AttemptId,
    /// The carrier's id.
    pub call_sid: String,
    /// Who calls, E.164; none when withheld.
    pub from: Option<String>,
    /// The business's number, E.164.
    pub to: String,
}

/// Gives the call a free line of the business and writes it down with its lead, which is created when nobody has the
/// number. The carrier is asked what became of the call at `look_at` if no callback has ended it by then. None when all
/// lines are taken: nothing was written.
///
/// # Errors
/// [`crate::StorageError::Conflict`] (`call_log_call_sid_key`) for a call that was admitted before.
pub fn admit_inbound(
    tx: &mut TenantTx<'_>,
    now: DateTime<Utc>,
    look_at: DateTime<Utc>,
    call: &InboundCall,
) -> Result<Option<LeadId>> {
    let business = tx.business;
    // Whoever was faster on a line leaves the others; a caller who is turned away leaves nothing, no lead either.
    let lead = loop {
        let Some(line) = free_line(tx)? else {
            return Ok(None);
        };
        tx.conn.batch_execute("SAVEPOINT answering")?;
        let lead = lead_of_caller(tx, now, call.from.as_deref())?;
        if answer_on(tx, now, look_at, call, lead, line)? {
            break lead;
        }
        tx.conn.batch_execute("ROLLBACK TO SAVEPOINT answering")?;
    };
    let started = CallStarted {
        business_id: business,
        call_sid: call.call_sid.clone(),
        lead_id: lead,
        run_id: None,
        job_id: None,
        direction: Direction::Inbound,
        status: CallStatus::InProgress.as_str().to_owned(),
        duration_seconds: 0,
    };
    outbox::stage(tx, now, started)?;
    Ok(Some(lead))
}

/// The first free line, one that does not serve outbound calls if there is one.
fn free_line(tx: &mut TenantTx<'_>) -> Result<Option<i16>> {
    #[derive(QueryableByName)]
    struct Free {
        #[diesel(sql_type = SmallInt)]
        line: i16,
    }
    let free: Option<Free> = diesel::sql_query(
        "SELECT s.line FROM call_slots s
         WHERE s.business_id = $1 AND s.is_open
           AND NOT EXISTS (SELECT FROM call_log c WHERE c.business_id = s.business_id AND c.line = s.line
                           AND c.ended_at IS NULL)
         ORDER BY s.serves_outbound, s.line LIMIT 1",
    )
    .bind::<BigInt, _>(tx.business.0)
    .get_result(tx.conn)
    .optional()?;
    Ok(free.map(|free| free.line))
}

/// Writes the call on the line; false when somebody else has taken it meanwhile.
fn answer_on(
    tx: &mut TenantTx<'_>,
    now: DateTime<Utc>,
    look_at: DateTime<Utc>,
    call: &InboundCall,
    lead: LeadId,
    line: i16,
) -> Result<bool> {
    let written = diesel::insert_into(call_log::table)
        .values((
            call_log::business_id.eq(tx.business.0),
            call_log::attempt_id.eq(call.attempt.0),
            call_log::lead_id.eq(lead.0),
            call_log::call_sid.eq(&call.call_sid),
            call_log::from_number.eq(call.from.as_deref().unwrap_or("anonymous")),
            call_log::to_number.eq(&call.to),
            call_log::direction.eq(Direction::Inbound.as_str()),
            call_log::status.eq(CallStatus::InProgress.as_str()),
            call_log::dial_state.eq("accepted"),
            call_log::line.eq(line),
            call_log::reconcile_at.eq(look_at),
            call_log::answered_at.eq(now),
            // Once the line was found free, so that the history shows that no line carried two calls.
            call_log::created_at.eq(sql::<Timestamptz>("clock_timestamp()")),
        ))
        .on_conflict((call_log::business_id, call_log::line))
        .filter_target(call_log::ended_at.is_null())
        .do_nothing()
        .execute(tx.conn)?;
    Ok(written == 1)
}

/// The attempt of an inbound call that was admitted. None for one that was turned away.
///
/// # Errors
/// When the statement fails.
pub fn admitted(tx: &mut TenantTx<'_>, call_sid: &str) -> Result<Option<AttemptId>> {
    let attempt: Option<uuid::Uuid> = call_log::table
        .filter(call_log::business_id.eq(tx.business.0))
        .filter(call_log::call_sid.eq(call_sid))
        .select(call_log::attempt_id)
        .first(tx.conn)
        .optional()?;
    Ok(attempt.map(AttemptId))
}
