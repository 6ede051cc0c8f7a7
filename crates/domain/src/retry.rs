//! When a lead that was not reached is called again.

use chrono::{DateTime, Duration, Utc};
use serde::{Deserialize, Serialize};

use crate::call::CallStatus;

/// How often and after how long one kind of outcome is tried again.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RetryRule {
    /// Further calls, at most.
    pub times: u8,
    /// The pause before each.
    pub after_seconds: u32,
}

/// Per outcome, when a job is queued again. The default is never.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RetryPolicy {
    /// The line was busy.
    pub busy: RetryRule,
    /// Rang out or was declined.
    pub no_answer: RetryRule,
    /// A machine answered.
    pub voicemail: RetryRule,
    /// The carrier could not connect the call.
    pub failed: RetryRule,
}

impl RetryPolicy {
    /// When the job is due again after a call that ended in `outcome` as the `attempts`-th of its calls; `None` when
    /// it is over.
    #[must_use]
    pub fn next_call(
        &self,
        outcome: CallStatus,
        machine_answered: bool,
        attempts: i16,
        now: DateTime<Utc>,
    ) -> Option<DateTime<Utc>> {
        let rule = match outcome {
            CallStatus::Completed if machine_answered => self.voicemail,
            CallStatus::Busy => self.busy,
            CallStatus::NoAnswer => self.no_answer,
            CallStatus::Failed => self.failed,
            _ => return None,
        };
        (attempts <= i16::from(rule.times))
            .then(|| now + Duration::seconds(i64::from(rule.after_seconds)))
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn policy() -> RetryPolicy {
        RetryPolicy {
            busy: RetryRule {
                times: 2,
                after_seconds: 60,
            },
            voicemail: RetryRule {
                times: 1,
                after_seconds: 30,
            },
            ..RetryPolicy::default()
        }
    }

    #[rstest]
    #[case::first_busy(CallStatus::Busy, false, 1, Some(60))]
    #[case::second_busy(CallStatus::Busy, false, 2, Some(60))]
    #[case::third_busy_was_the_last(CallStatus::Busy, false, 3, None)]
    #[case::not_asked_for(CallStatus::NoAnswer, false, 1, None)]
    #[case::a_conversation_is_never_repeated(CallStatus::Completed, false, 1, None)]
    #[case::voicemail(CallStatus::Completed, true, 1, Some(30))]
    #[case::hung_up_by_us(CallStatus::Canceled, false, 1, None)]
    fn a_job_is_due_again_as_the_policy_says(
        #[case] outcome: CallStatus,
        #[case] machine: bool,
        #[case] attempts: i16,
        #[case] after_seconds: Option<i64>,
    ) {
        let now = DateTime::UNIX_EPOCH;
        let due = policy().next_call(outcome, machine, attempts, now);
        assert_eq!(
            due,
            after_seconds.map(|seconds| now + Duration::seconds(seconds))
        );
    }
}
