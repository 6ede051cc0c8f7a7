//! `call_log` as the dialer writes it: what became of an intent to dial. What is heard of a call is folded over the call as
//! it was last known, and may be heard any number of times in any order: a call only ever moves forward. What that makes of
//! it is written by [`crate::lines::turn`], in the transaction that also frees its line, ends its job and raises its events.

mod fold;
mod machine;
mod read;
mod reconcile;
mod write;

use chrono::{DateTime, Utc};
use domain::call::{AnsweredBy, CallStatus};
use domain::ids::{AttemptId, BusinessId, LockToken};

pub use fold::{Fold, Known, When};
pub use machine::{AtMachine, at_machine};
pub use read::{Retry, RunOfCall, StoredCallback, callbacks, known, runs};
pub use reconcile::{OpenCall, claim_reconciliation, in_the_air, sid_is_known};
pub(crate) use write::{TurnCall, TurnCallRow};

use crate::run_state::Stops;

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

/// No answer came to the request: nobody knows whether the carrier has the call. It keeps its line and is never dialled
/// again; the carrier is asked.
#[derive(Debug, Clone)]
pub struct Unanswered {
    /// Only its holder may say so.
    pub token: LockToken,
    /// For the operator; nothing personal.
    pub message: String,
    /// When the carrier is asked.
    pub look_at: DateTime<Utc>,
}

/// What can be heard of an attempt.
#[derive(Debug, Clone)]
pub enum Heard {
    /// The carrier has the call, and says this of it.
    Report(Report),
    /// The carrier has no such call and will not have it.
    NeverCalled(NeverCalled),
    /// The carrier did not answer.
    Unanswered(Unanswered),
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
    /// The trace that told it, where traces are exported.
    pub traceparent: Option<String>,
}

/// What a piece of news did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Applied {
    /// The call is over now: its line is free.
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
