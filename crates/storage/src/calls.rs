//! `call_log` as the dialer writes it: what became of an intent to dial. What is heard of calls is taken in together, many
//! calls in few statements, and may be heard any number of times in any order: a call only ever moves forward, and the
//! transaction that ends it also frees its lines, ends its job and raises `call.completed`.

mod audit;
mod hear;
mod machine;
mod reconcile;
mod state;
mod write;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Text};
use domain::call::{AnsweredBy, CallStatus};
use domain::ids::{AttemptId, BusinessId, CallbackId, LockToken};

pub(crate) use hear::Hearing;
pub use hear::{Heard, Told};
pub use machine::{AtMachine, at_machine};
pub use reconcile::{OpenCall, claim_reconciliation, in_the_air, record_unknown, sid_is_known};

use crate::prepared::Prepared;
use crate::run_state::Stops;
use crate::{Result, Tx};

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

/// Why an attempt never became a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NeverCalledReason {
    /// The carrier refused the create, or was not asked.
    Refused,
    /// The carrier, asked, has no such call.
    Absent,
}

/// An attempt that never became a call: a definitive rejection, or the carrier's own answer that it has no such call. No
/// phone rang and none will.
#[derive(Debug, Clone)]
pub struct NeverCalled {
    /// Only its holder may say so; `None` for the reconciliation, which has asked the carrier.
    pub token: Option<LockToken>,
    /// Why.
    pub reason: NeverCalledReason,
    /// The carrier's error code, where it gave one.
    pub error_code: Option<i32>,
    /// For the job and the operator; nothing personal.
    pub message: String,
    /// When the job is queued again, its attempt not spent; `None` ends it as failed.
    pub try_again_at: Option<DateTime<Utc>>,
    /// What else it stops, for the same reason.
    pub stops: Option<Stops>,
}

/// What a report did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Applied {
    /// The call is over now: its lines are free.
    Ended(BusinessId),
    /// The call moved on, or learned something.
    Advanced,
    /// The call goes on, and since now it is known that a machine picked up.
    MachineAnswered,
    /// Nothing new.
    Unchanged,
    /// There is no such attempt.
    NotOurs,
}

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
    #[diesel(sql_type = diesel::sql_types::Jsonb)]
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

/// What is heard of one attempt.
#[derive(Debug, Clone)]
pub struct News {
    /// The attempt.
    pub attempt: AttemptId,
    /// What is heard of it.
    pub heard: Heard,
    /// Whether the carrier was asked, because nobody told: what that changes is kept for the audit.
    pub asked: bool,
}
