//! An intent to dial, as the one place where they come into being ([`crate::lines::turn`]) hands it out.

use chrono::{DateTime, Utc};
use domain::ids::{AttemptId, BusinessId, JobId, LeadId, LockToken, RunId};

use crate::calls::Known;
use crate::gates::BusinessRules;

/// An intent to dial, committed before the carrier is asked. Whoever holds the lock token may record what came of it.
#[derive(Debug, Clone)]
pub struct Claim {
    /// The tenant.
    pub business: BusinessId,
    /// Names the attempt in every callback URL.
    pub attempt: AttemptId,
    /// Fences the recording of the outcome.
    pub token: LockToken,
    /// The job.
    pub job: JobId,
    /// Its run.
    pub run: RunId,
    /// Its lead.
    pub lead: LeadId,
    /// When it was claimed, by the clock of the process.
    pub at: DateTime<Utc>,
    /// E.164.
    pub to: String,
    /// E.164.
    pub from: String,
    /// Whether a message is left when a machine picks up, so that detection must wait for the end of the machine's own.
    pub waits_for_beep: bool,
    /// How long the phone may ring.
    pub ring_timeout_seconds: u16,
    /// How long the call may last.
    pub time_limit_seconds: u32,
}

impl Claim {
    /// The claim of a call that was written as an intent at `at`, by rules that the claim itself has checked.
    pub(crate) fn of(
        call: &Known,
        (to, from): (String, String),
        rules: &BusinessRules,
        at: DateTime<Utc>,
    ) -> Self {
        let (run, job) = call.of.unwrap_or((RunId(0), JobId(0)));
        Self {
            business: call.business,
            attempt: call.attempt,
            token: call.token.unwrap_or(LockToken(uuid::Uuid::nil())),
            job,
            run,
            lead: call.lead,
            at,
            to,
            from,
            waits_for_beep: rules.waits_for_beep(),
            ring_timeout_seconds: rules.ring_timeout_seconds(),
            time_limit_seconds: rules.time_limit_seconds(),
        }
    }
}
