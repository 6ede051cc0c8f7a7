//! One call while what was heard of it is taken in: pure, no statement.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{
    BigInt, Bool, Integer, Jsonb, Nullable, SmallInt, Text, Timestamptz, Uuid as SqlUuid,
};
use domain::attempt::{Attempt, DialState};
use domain::breaker;
use domain::call::{AnsweredBy, CallStatus, Direction};
use domain::ids::{BusinessId, JobId, LeadId, RunId};
use domain::retry::RetryPolicy;
use uuid::Uuid;

use super::{Applied, Heard, NeverCalled};
use crate::run_state::JobEnd;
use crate::{Result, StorageError};

/// A call as it stands, with what its end must know of its job and its run. The caller holds its lock.
#[derive(Debug, Clone, QueryableByName)]
pub(super) struct Call {
    #[diesel(sql_type = BigInt)]
    pub(super) business_id: i64,
    #[diesel(sql_type = BigInt)]
    pub(super) id: i64,
    #[diesel(sql_type = SqlUuid)]
    pub(super) attempt_id: Uuid,
    #[diesel(sql_type = BigInt)]
    pub(super) lead_id: i64,
    #[diesel(sql_type = Nullable<BigInt>)]
    pub(super) run_id: Option<i64>,
    #[diesel(sql_type = Nullable<BigInt>)]
    pub(super) job_id: Option<i64>,
    #[diesel(sql_type = Nullable<Text>)]
    pub(super) call_sid: Option<String>,
    #[diesel(sql_type = Text)]
    direction: String,
    #[diesel(sql_type = Text)]
    pub(super) status: String,
    #[diesel(sql_type = Text)]
    pub(super) dial_state: String,
    #[diesel(sql_type = Nullable<Text>)]
    pub(super) answered_by: Option<String>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub(super) answered_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Nullable<Integer>)]
    pub(super) duration: Option<i32>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    pub(super) lock_token: Option<Uuid>,
    #[diesel(sql_type = Nullable<SmallInt>)]
    pub(super) line_outbound: Option<i16>,
    #[diesel(sql_type = SmallInt)]
    pub(super) line_total: i16,
    #[diesel(sql_type = Nullable<SmallInt>)]
    attempts: Option<i16>,
    #[diesel(sql_type = Jsonb)]
    retry_policy: serde_json::Value,
    #[diesel(sql_type = Bool)]
    pub(super) has_live_run: bool,
}

/// What a fold of news over a call did.
#[derive(Debug, Clone)]
pub(super) struct Outcome {
    pub(super) call: Call,
    pub(super) changed: bool,
    /// The carrier's id of the call is known since now.
    pub(super) learned_sid: bool,
    pub(super) error_code: Option<i32>,
    pub(super) error_message: Option<String>,
    pub(super) ended: Option<JobOutcome>,
}

/// What the end of a call means for its job.
#[derive(Debug, Clone)]
pub(super) struct JobOutcome {
    pub(super) how: JobEnd,
    pub(super) outcome: &'static str,
    pub(super) due_at: Option<DateTime<Utc>>,
    /// What its run remembers of it, if it says anything of the run.
    pub(super) remembered: Option<breaker::Outcome>,
}

impl Outcome {
    pub(super) const fn of(call: Call) -> Self {
        Self {
            call,
            changed: false,
            learned_sid: false,
            error_code: None,
            error_message: None,
            ended: None,
        }
    }

    /// Takes in one piece of news.
    pub(super) fn hear(&mut self, heard: &Heard, now: DateTime<Utc>) -> Result<Applied> {
        if let Heard::NeverCalled(why) = heard
            && why
                .token
                .is_some_and(|token| self.call.lock_token != Some(token.0))
        {
            return Ok(Applied::Unchanged);
        }
        let mut attempt = self.call.attempt()?;
        let change = attempt.apply(&heard.of_attempt());
        if change.is_nothing() {
            return Ok(Applied::Unchanged);
        }
        self.changed = true;
        self.learned_sid |= change.learned_sid;
        let call = &mut self.call;
        attempt.status.as_str().clone_into(&mut call.status);
        attempt.dial_state.as_str().clone_into(&mut call.dial_state);
        call.answered_by = attempt.answered_by.map(|who| who.as_str().to_owned());
        if attempt.status == CallStatus::InProgress {
            call.answered_at.get_or_insert(now);
        }
        match heard {
            Heard::Report(report) => {
                call.call_sid.get_or_insert_with(|| report.call_sid.clone());
                if change.ended {
                    call.duration = Some(report.duration_seconds.unwrap_or(0));
                    self.ended = Some(self.job_outcome(&attempt, now)?);
                }
            }
            Heard::NeverCalled(why) => {
                call.duration = Some(0);
                self.error_code = why.error_code;
                self.error_message = Some(why.message.clone());
                self.ended = Some(self.not_called_outcome(why, attempt.dial_state));
            }
        }
        Ok(if change.ended {
            Applied::Ended(self.call.business())
        } else if change.learned_who
            && attempt.answered_by == Some(AnsweredBy::Machine)
            && !attempt.status.is_terminal()
        {
            Applied::MachineAnswered
        } else {
            Applied::Advanced
        })
    }

    /// The job goes back into the queue, its attempt not spent, if it may be tried again and its run still dials.
    fn not_called_outcome(&self, why: &NeverCalled, dial_state: DialState) -> JobOutcome {
        let due_at = why.try_again_at.filter(|_| self.call.has_live_run);
        let how = match why.try_again_at {
            Some(_) if due_at.is_some() => JobEnd::Requeued,
            Some(_) => JobEnd::Cancelled,
            None => JobEnd::Failed,
        };
        JobOutcome {
            how,
            outcome: dial_state.as_str(),
            due_at,
            remembered: (how == JobEnd::Failed).then_some(breaker::Outcome::Refused),
        }
    }

    fn job_outcome(&self, attempt: &Attempt, now: DateTime<Utc>) -> Result<JobOutcome> {
        let (call, status) = (&self.call, attempt.status);
        let machine = attempt.answered_by == Some(AnsweredBy::Machine);
        let policy: RetryPolicy = serde_json::from_value(call.retry_policy.clone())
            .map_err(|error| StorageError::Corrupt(format!("retry_policy: {error}")))?;
        let attempts = call.attempts.unwrap_or(0) + i16::from(self.learned_sid);
        let due_at = policy
            .next_call(status, machine, attempts, now)
            .filter(|_| call.has_live_run);
        let how = match status {
            _ if due_at.is_some() => JobEnd::Requeued,
            CallStatus::Failed => JobEnd::Failed,
            CallStatus::Canceled => JobEnd::Cancelled,
            _ => JobEnd::Completed,
        };
        let outcome = if status == CallStatus::Completed && machine {
            "voicemail"
        } else {
            status.as_str()
        };
        Ok(JobOutcome {
            how,
            outcome,
            due_at,
            remembered: match status {
                CallStatus::Completed if machine => Some(breaker::Outcome::Voicemail),
                CallStatus::Completed => Some(breaker::Outcome::Answered),
                CallStatus::Busy | CallStatus::NoAnswer => Some(breaker::Outcome::Unanswered),
                CallStatus::Failed => Some(breaker::Outcome::Failed),
                _ => None,
            },
        })
    }
}

impl Call {
    pub(super) const fn business(&self) -> BusinessId {
        BusinessId(self.business_id)
    }

    pub(super) const fn lead(&self) -> LeadId {
        LeadId(self.lead_id)
    }

    pub(super) fn run(&self) -> Option<RunId> {
        self.run_id.map(RunId)
    }

    pub(super) fn job(&self) -> Option<JobId> {
        self.job_id.map(JobId)
    }

    pub(super) fn direction(&self) -> Direction {
        if self.direction == "inbound" {
            Direction::Inbound
        } else {
            Direction::Outbound
        }
    }

    fn attempt(&self) -> Result<Attempt> {
        let corrupt = |column: &str, error: &dyn std::fmt::Display| {
            StorageError::Corrupt(format!("call_log.{column}: {error}"))
        };
        Ok(Attempt {
            status: self
                .status
                .parse()
                .map_err(|error| corrupt("status", &error))?,
            answered_by: self.answered_by.as_deref().map(AnsweredBy::from_carrier),
            knows_sid: self.call_sid.is_some(),
            dial_state: self
                .dial_state
                .parse()
                .map_err(|error| corrupt("dial_state", &error))?,
        })
    }
}
