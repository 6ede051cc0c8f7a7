//! `call_slots` and `call_log` as the api-gateway writes them: an inbound call must be answered at once, so it is admitted
//! where it arrives, on the same lines and under the same limit as every other call. From then on it is the dialer's.

use chrono::{DateTime, Utc};
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Timestamptz;
use domain::call::{CallStatus, Direction};
use domain::events::CallStarted;
use domain::ids::{AttemptId, LeadId};

use crate::leads::lead_of_caller;
use crate::schema::{call_log, call_slots as t};
use crate::{Result, TenantTx, outbox};

const POOL: &str = "total";

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
    // Waits for whoever is about to take or free the line, instead of turning a caller away for nothing.
    let line: Option<i16> = t::table
        .filter(t::business_id.eq(business.0).and(t::pool.eq(POOL)))
        .filter(t::is_open.and(t::attempt_id.is_null()))
        .order(t::line)
        .select(t::line)
        .for_update()
        .first(tx.conn)
        .optional()?;
    let Some(line) = line else {
        return Ok(None);
    };
    let lead = lead_of_caller(tx, now, call.from.as_deref())?;
    diesel::insert_into(call_log::table)
        .values((
            call_log::business_id.eq(business.0),
            call_log::attempt_id.eq(call.attempt.0),
            call_log::lead_id.eq(lead.0),
            call_log::call_sid.eq(&call.call_sid),
            call_log::from_number.eq(call.from.as_deref().unwrap_or("anonymous")),
            call_log::to_number.eq(&call.to),
            call_log::direction.eq(Direction::Inbound.as_str()),
            call_log::status.eq(CallStatus::InProgress.as_str()),
            call_log::dial_state.eq("accepted"),
            call_log::line_total.eq(line),
            call_log::reconcile_at.eq(look_at),
            call_log::answered_at.eq(now),
            // After the line was locked, so that the history shows that no line carried two calls.
            call_log::created_at.eq(sql::<Timestamptz>("clock_timestamp()")),
        ))
        .execute(tx.conn)?;
    diesel::update(t::table.find((business.0, POOL, line)))
        .set((t::attempt_id.eq(call.attempt.0), t::taken_at.eq(now)))
        .execute(tx.conn)?;
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
