//! One call while what is heard of it is folded over it: pure, no statement.

use chrono::{DateTime, Utc};
use domain::attempt::{self, Attempt};
use domain::breaker;
use domain::call::{AnsweredBy, CallStatus, Direction};
use domain::events::{CallCompleted, CallStarted};
use domain::ids::{AttemptId, BusinessId, JobId, LeadId, LockToken, RunId};
use domain::planted;

use super::{Applied, Heard, NeverCalled, NeverCalledReason, News, Report, Retry};
use crate::outbox::Staged;
use crate::run_state::{JobEnd, Stops};
use crate::{Result, outbox};

/// A call as it was last known. Whoever keeps one may be behind; its revision says of which version it is, and what was
/// folded over an older one is not written.
#[derive(Debug, Clone)]
pub struct Known {
    pub(crate) business: BusinessId,
    pub(crate) id: i64,
    pub(crate) revision: i32,
    pub(crate) attempt: AttemptId,
    pub(crate) lead: LeadId,
    /// The run and the job that it is a call of.
    pub(crate) of: Option<(RunId, JobId)>,
    /// The how-maniest call of its job it is.
    pub(crate) number: i16,
    pub(crate) line: i16,
    pub(crate) direction: Direction,
    pub(crate) token: Option<LockToken>,
    pub(crate) call_sid: Option<String>,
    pub(crate) state: Attempt,
    pub(crate) answered_at: Option<DateTime<Utc>>,
    pub(crate) duration: Option<i32>,
}

/// When something is heard.
#[derive(Debug, Clone, Copy)]
pub struct When {
    /// Now.
    pub now: DateTime<Utc>,
    /// When the carrier is asked about a call that it has just accepted, if nothing more is heard of it.
    pub look_again_at: DateTime<Utc>,
}

/// A call with everything that was heard of it in one turn.
#[derive(Debug, Clone)]
pub struct Fold {
    pub(crate) call: Known,
    pub(crate) changed: bool,
    /// The carrier's id of the call is known since now.
    pub(crate) learned_sid: bool,
    pub(crate) error_code: Option<i32>,
    pub(crate) error_message: Option<String>,
    pub(crate) ended: bool,
    pub(crate) job: Option<JobOutcome>,
    pub(crate) reconcile_at: Option<DateTime<Utc>>,
    pub(crate) asked: bool,
    /// The trace of what was heard last.
    traceparent: Option<String>,
    stops: Option<(Stops, String)>,
}

/// What the end of a call means for its job.
#[derive(Debug, Clone)]
pub(crate) struct JobOutcome {
    /// While its run still dials.
    pub(crate) how: JobEnd,
    /// When it does not any more.
    pub(crate) otherwise: JobEnd,
    pub(crate) outcome: &'static str,
    /// When it is due again, and what it waits for until then.
    pub(crate) due: Option<(DateTime<Utc>, &'static str)>,
    /// What its run remembers of it, if it says anything of the run.
    pub(crate) remembered: Option<breaker::Outcome>,
}

impl Known {
    /// Its attempt.
    #[must_use]
    pub const fn attempt(&self) -> AttemptId {
        self.attempt
    }

    /// The line that it holds.
    #[must_use]
    pub const fn line(&self) -> i16 {
        self.line
    }

    /// The run that it is of, if what is heard ends it otherwise than by a person who picked up: then the retry policy must
    /// be at hand, and what the run's last calls came to.
    #[must_use]
    pub fn wants_run(&self, heard: &Heard) -> Option<RunId> {
        let reached_nobody = match heard {
            Heard::Report(report) => {
                let answered_by = report.answered_by.or(self.state.answered_by);
                let machine = answered_by == Some(AnsweredBy::Machine);
                let status = report.status.filter(|status| status.is_terminal());
                status.is_some_and(|status| machine || status != CallStatus::Completed)
            }
            Heard::NeverCalled(_) => true,
            Heard::Unanswered(_) => false,
        };
        self.of.filter(|_| reached_nobody).map(|(run, _)| run)
    }
}

impl Fold {
    /// A call of which nothing has been heard yet.
    #[must_use]
    pub const fn over(call: Known) -> Self {
        Self {
            call,
            changed: false,
            learned_sid: false,
            error_code: None,
            error_message: None,
            ended: false,
            job: None,
            reconcile_at: None,
            asked: false,
            traceparent: None,
            stops: None,
        }
    }

    /// Takes in one piece of news. `retry` is the policy of its run, where [`Known::wants_run`] asks for it.
    pub fn hear(&mut self, news: &News, retry: Option<&Retry>, when: When) -> Applied {
        let holder = match &news.heard {
            Heard::Report(_) => None,
            Heard::NeverCalled(why) => why.token,
            Heard::Unanswered(why) => Some(why.token),
        };
        if holder.is_some() && holder != self.call.token && !planted::bug("no_fencing") {
            return Applied::Unchanged;
        }
        let change = self.call.state.apply(&of_attempt(&news.heard));
        if change.is_nothing() {
            return Applied::Unchanged;
        }
        self.changed = true;
        self.asked |= news.asked;
        self.traceparent.clone_from(&news.traceparent);
        self.learned_sid |= change.learned_sid;
        if self.call.state.status == CallStatus::InProgress {
            self.call.answered_at.get_or_insert(when.now);
        }
        match &news.heard {
            Heard::Report(report) => self.reported(report, change, retry, when),
            Heard::NeverCalled(why) => self.never_called(why),
            Heard::Unanswered(why) => {
                self.error_message = Some(why.message.clone());
                self.reconcile_at = Some(why.look_at);
            }
        }
        if change.ended {
            Applied::Ended(self.call.business)
        } else if change.learned_who
            && self.call.state.answered_by == Some(AnsweredBy::Machine)
            && !self.call.state.status.is_terminal()
        {
            Applied::MachineAnswered
        } else {
            Applied::Advanced
        }
    }

    fn reported(
        &mut self,
        report: &Report,
        change: attempt::Change,
        retry: Option<&Retry>,
        when: When,
    ) {
        self.call
            .call_sid
            .get_or_insert_with(|| report.call_sid.clone());
        if change.learned_sid {
            self.reconcile_at = Some(when.look_again_at);
        }
        if change.ended {
            self.ended = true;
            self.call.duration = Some(report.duration_seconds.unwrap_or(0));
            self.job = self.call.of.map(|_| self.job_outcome(retry, when.now));
        }
    }

    /// The job goes back into the queue, its attempt not spent, if it may be tried again and its run still dials.
    fn never_called(&mut self, why: &NeverCalled) {
        self.ended = true;
        self.call.duration = Some(0);
        self.error_code = why.error_code;
        self.error_message = Some(why.message.clone());
        self.stops = why.stops.clone().map(|stops| (stops, why.message.clone()));
        let how = match why.try_again_at {
            Some(_) => JobEnd::Requeued,
            None => JobEnd::Failed,
        };
        self.job = self.call.of.map(|_| JobOutcome {
            how,
            otherwise: JobEnd::Cancelled,
            outcome: self.call.state.dial_state.as_str(),
            due: why.try_again_at.map(|at| (at, "carrier")),
            remembered: (how == JobEnd::Failed).then_some(breaker::Outcome::Refused),
        });
    }

    fn job_outcome(&self, retry: Option<&Retry>, now: DateTime<Utc>) -> JobOutcome {
        let status = self.call.state.status;
        let machine = self.call.state.answered_by == Some(AnsweredBy::Machine);
        let due = retry.and_then(|retry| retry.next_call(status, machine, self.call.number, now));
        let over = match status {
            CallStatus::Failed => JobEnd::Failed,
            CallStatus::Canceled => JobEnd::Cancelled,
            _ => JobEnd::Completed,
        };
        let outcome = if status == CallStatus::Completed && machine {
            "voicemail"
        } else {
            status.as_str()
        };
        JobOutcome {
            how: if due.is_some() {
                JobEnd::Requeued
            } else {
                over
            },
            otherwise: over,
            outcome,
            due: due.map(|at| (at, "retry")),
            remembered: match status {
                CallStatus::Completed if machine => Some(breaker::Outcome::Voicemail),
                CallStatus::Completed => Some(breaker::Outcome::Answered),
                CallStatus::Busy | CallStatus::NoAnswer => Some(breaker::Outcome::Unanswered),
                CallStatus::Failed => Some(breaker::Outcome::Failed),
                _ => None,
            },
        }
    }

    /// Whether there is anything to write.
    #[must_use]
    pub const fn changed(&self) -> bool {
        self.changed
    }

    /// Whether the call is over since now.
    #[must_use]
    pub const fn ended(&self) -> bool {
        self.ended
    }

    /// Its attempt.
    #[must_use]
    pub const fn attempt(&self) -> AttemptId {
        self.call.attempt
    }

    /// Its tenant.
    #[must_use]
    pub const fn business(&self) -> BusinessId {
        self.call.business
    }

    /// What it came to, if it is over since now: the direction, and the word for its end.
    #[must_use]
    pub fn end(&self) -> Option<(Direction, &'static str)> {
        let machine = self.call.state.answered_by == Some(AnsweredBy::Machine);
        let word = match self.call.state.status {
            _ if self.call.call_sid.is_none() => "never_called",
            CallStatus::Completed if machine => "voicemail",
            status => status.as_str(),
        };
        self.ended.then_some((self.call.direction, word))
    }

    /// The line that it frees, with its run.
    #[must_use]
    pub fn left(&self) -> Option<(BusinessId, i16, RunId)> {
        let (run, _) = self.call.of?;
        self.freed().map(|(business, line)| (business, line, run))
    }

    /// What its run remembers of its end, if that says anything of the run.
    #[must_use]
    pub fn remembered(&self) -> Option<(RunId, breaker::Outcome)> {
        let (run, _) = self.call.of?;
        Some((run, self.job.as_ref()?.remembered?))
    }

    /// The line that it frees.
    pub(crate) fn freed(&self) -> Option<(BusinessId, i16)> {
        self.ended.then_some((self.call.business, self.call.line))
    }

    /// Whether there is more to it than a call that we made and that took its way.
    pub(crate) fn is_unusual(&self) -> bool {
        self.asked || (self.ended && self.call.direction == Direction::Inbound)
    }

    /// What a refusal stops beyond the call, of which run, and why.
    #[must_use]
    pub fn stops(&self) -> Option<(RunId, &Stops, &str)> {
        let (run, _) = self.call.of?;
        self.stops
            .as_ref()
            .map(|(stops, why)| (run, stops, why.as_str()))
    }

    /// The call as it is known once this is written.
    #[must_use]
    pub fn into_known(self) -> Known {
        Known {
            revision: self.call.revision + 1,
            ..self.call
        }
    }

    /// The event of what became of it, if it is one: its end, or that the carrier has it. A call that is over before
    /// anything else was heard of it has only its end.
    pub(crate) fn event(&self, service: &str, now: DateTime<Utc>) -> Result<Option<Staged>> {
        let call = &self.call;
        let Some(call_sid) = call.call_sid.clone() else {
            return Ok(None);
        };
        let (run_id, job_id) = (call.of.map(|(run, _)| run), call.of.map(|(_, job)| job));
        if self.ended {
            let completed = CallCompleted {
                business_id: call.business,
                call_sid,
                lead_id: call.lead,
                run_id,
                job_id,
                direction: call.direction,
                status: call.state.status,
                duration_seconds: call.duration.unwrap_or(0),
                answered_by: call.state.answered_by,
                recording: None,
                ended_at: now,
            };
            return outbox::traced(service, now, completed, self.traceparent.clone()).map(Some);
        }
        if !self.learned_sid {
            return Ok(None);
        }
        let started = CallStarted {
            business_id: call.business,
            call_sid,
            lead_id: call.lead,
            run_id,
            job_id,
            direction: call.direction,
            status: call.state.status.as_str().to_owned(),
            duration_seconds: 0,
        };
        outbox::traced(service, now, started, self.traceparent.clone()).map(Some)
    }
}

fn of_attempt(heard: &Heard) -> attempt::Heard {
    match heard {
        Heard::Report(report) => attempt::Heard::Report {
            status: report.status,
            answered_by: report.answered_by,
        },
        Heard::NeverCalled(why) => match why.reason {
            NeverCalledReason::Refused => attempt::Heard::Rejected,
            NeverCalledReason::Absent => attempt::Heard::Absent,
        },
        Heard::Unanswered(_) => attempt::Heard::Unanswered,
    }
}
