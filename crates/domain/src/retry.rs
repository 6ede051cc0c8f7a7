//! When a lead that was not reached is called again.

use std::fmt;

use chrono::{DateTime, Days, Duration, NaiveTime, TimeZone as _, Timelike as _, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use crate::call::CallStatus;

/// Within so many days every time of day comes, though a clock change leaves one out.
const DAYS: u64 = 3;

/// How often, after how long and at which times of day one kind of outcome is tried again.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RetryRule {
    /// Further calls, at most.
    pub times: u8,
    /// The pause before each, at least.
    pub after_seconds: u32,
    /// When the pause is over, the next of these times of day, on the business's clock: somebody who does not pick up at
    /// noon may do so in the evening. Without any, at once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub at: Vec<TimeOfDay>,
}

/// A time of day, written as `"HH:MM"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TimeOfDay(NaiveTime);

/// Not a time of day.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a time of day; write it as \"18:30\"")]
pub struct InvalidTimeOfDay(String);

impl TryFrom<String> for TimeOfDay {
    type Error = InvalidTimeOfDay;

    fn try_from(text: String) -> Result<Self, InvalidTimeOfDay> {
        match NaiveTime::parse_from_str(&text, "%H:%M") {
            Ok(time) if text.len() == 5 => Ok(Self(time)),
            _ => Err(InvalidTimeOfDay(text)),
        }
    }
}

impl From<TimeOfDay> for String {
    fn from(time: TimeOfDay) -> Self {
        time.to_string()
    }
}

impl fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.format("%H:%M"))
    }
}

/// Per outcome, when a job is queued again. The default is never.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
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
    /// When the job is due again after a call that ended in `outcome` at `now` as the `attempts`-th of its calls, for a
    /// business that lives in `zone`; `None` when it is over.
    #[must_use]
    pub fn next_call(
        &self,
        outcome: CallStatus,
        machine_answered: bool,
        attempts: i16,
        now: DateTime<Utc>,
        zone: Tz,
    ) -> Option<DateTime<Utc>> {
        let rule = match outcome {
            CallStatus::Completed if machine_answered => &self.voicemail,
            CallStatus::Busy => &self.busy,
            CallStatus::NoAnswer => &self.no_answer,
            CallStatus::Failed => &self.failed,
            _ => return None,
        };
        (attempts <= i16::from(rule.times)).then(|| rule.due(now, zone))
    }
}

impl RetryRule {
    /// When the pause after `now` is over. Of the rule's times of day those in another hour than the call that failed are
    /// preferred, as long as there are any.
    fn due(&self, now: DateTime<Utc>, zone: Tz) -> DateTime<Utc> {
        let earliest = now + Duration::seconds(i64::from(self.after_seconds));
        let failed_at = now.with_timezone(&zone).hour();
        let mut times: Vec<NaiveTime> = self.at.iter().map(|time| time.0).collect();
        if times.iter().any(|time| time.hour() != failed_at) {
            times.retain(|time| time.hour() != failed_at);
        }
        times.sort_unstable();
        let today = earliest.with_timezone(&zone).date_naive();
        (0..DAYS)
            .filter_map(|days| today.checked_add_days(Days::new(days)))
            .flat_map(|date| times.iter().map(move |time| date.and_time(*time)))
            // A time that a clock change leaves out is passed over.
            .filter_map(|local| zone.from_local_datetime(&local).earliest())
            .map(|at| at.to_utc())
            .find(|at| *at >= earliest)
            .unwrap_or(earliest)
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
                at: Vec::new(),
            },
            voicemail: RetryRule {
                times: 1,
                after_seconds: 30,
                at: Vec::new(),
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
        let due = policy().next_call(outcome, machine, attempts, now, Tz::UTC);
        assert_eq!(
            due,
            after_seconds.map(|seconds| now + Duration::seconds(seconds))
        );
    }

    fn utc(text: &str) -> DateTime<Utc> {
        text.parse().expect("a time")
    }

    #[rstest]
    #[case::later_today("2026-11-22T08:00:00Z", &["10:30", "18:00"], 3600, "2026-11-22T16:00:00Z")]
    #[case::not_before_the_pause_is_over("2026-11-22T08:00:00Z", &["10:30"], 3600, "2026-11-23T08:30:00Z")]
    #[case::tomorrow_when_today_is_over("2026-11-22T17:00:00Z", &["18:00", "10:30"], 60, "2026-11-23T08:30:00Z")]
    #[case::another_hour_than_the_one_that_failed("2026-11-22T08:00:00Z", &["10:10", "12:00"], 60, "2026-11-22T10:00:00Z")]
    #[case::the_same_hour_when_there_is_no_other("2026-11-22T08:00:00Z", &["10:10"], 60, "2026-11-22T08:10:00Z")]
    #[case::after_the_clocks_went_back("2026-10-24T20:00:00Z", &["09:00"], 60, "2026-10-25T07:00:00Z")]
    fn a_pause_ends_at_one_of_the_times_of_day(
        #[case] now: &str,
        #[case] at: &[&str],
        #[case] after_seconds: u32,
        #[case] due: &str,
    ) {
        let at = at.iter().map(|time| (*time).to_owned().try_into());
        let rule = RetryRule {
            times: 1,
            after_seconds,
            at: at.collect::<Result<_, _>>().expect("times of day"),
        };
        assert_eq!(rule.due(utc(now), Tz::Asia__Jerusalem), utc(due));
    }

    #[test]
    fn a_time_of_day_reads_as_it_is_written() {
        let rule: RetryRule =
            serde_json::from_str(r#"{"times": 1, "after_seconds": 60, "at": ["09:05"]}"#)
                .expect("a rule");
        let written = serde_json::to_value(&rule).expect("written");
        assert_eq!(written["at"], serde_json::json!(["09:05"]));
        for wrong in ["9:05", "24:00", "", "09:05:00", "noon"] {
            assert!(TimeOfDay::try_from(wrong.to_owned()).is_err(), "{wrong}");
        }
    }
}
