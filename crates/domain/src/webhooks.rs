//! Outgoing webhooks: which events are shown outside, what an answer means, and when the next attempt is.

use chrono::{DateTime, TimeDelta, Utc};

use crate::events::{
    CallCompleted, CallStarted, EventData as _, LeadSuppressed, NotificationRequested, RunFinished,
    RunProgress, StatusChanged,
};

/// The events that an endpoint may ask for. The others are between the services.
pub const EVENT_TYPES: [&str; 7] = [
    CallCompleted::TYPE,
    CallStarted::TYPE,
    LeadSuppressed::TYPE,
    NotificationRequested::TYPE,
    RunFinished::TYPE,
    RunProgress::TYPE,
    StatusChanged::TYPE,
];

/// Seconds from a failed attempt to the next one: 5 s, 1 min, 5 min, 15 min, 30 min, 1 h, 2 h, 4 h, 8 h, 10 h. After the
/// eleventh attempt, a good day after the first, a delivery is given up.
pub const SCHEDULE: [i64; 10] = [5, 60, 300, 900, 1800, 3600, 7200, 14_400, 28_800, 36_000];

/// How much longer than the schedule says a pause may be, as a part of it. Never shorter: the last attempt is to be a whole
/// day after the first.
const JITTER: f64 = 0.2;

/// An endpoint that accepts nothing for so long is switched off.
pub const PATIENCE: TimeDelta = TimeDelta::days(1);

/// The longest rest that an endpoint may ask for.
const LONGEST_REST: TimeDelta = TimeDelta::days(1);

/// What came of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// An HTTP answer.
    Answered {
        /// Its status.
        status: u16,
        /// How long it asked to be left alone.
        retry_after: Option<TimeDelta>,
    },
    /// No answer.
    Unanswered,
}

/// What becomes of a delivery after an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It was accepted.
    Delivered,
    /// It is tried again after so long; the endpoint gets nothing at all for `rest`.
    Retry {
        /// Until the next attempt.
        after: TimeDelta,
        /// As the endpoint asked.
        rest: Option<TimeDelta>,
    },
    /// It was the last attempt.
    GivenUp {
        /// As the endpoint asked.
        rest: Option<TimeDelta>,
    },
    /// The endpoint is no more (410).
    Gone,
}

/// What becomes of a delivery after its `attempts`-th attempt, counted from 1. `chance` is a random number from 0 to 1.
#[must_use]
pub fn verdict(outcome: Outcome, attempts: u32, chance: f64) -> Verdict {
    let rest = match outcome {
        Outcome::Answered {
            status: 200..=299, ..
        } => return Verdict::Delivered,
        Outcome::Answered { status: 410, .. } => return Verdict::Gone,
        Outcome::Answered { retry_after, .. } => {
            retry_after.map(|rest| rest.clamp(TimeDelta::zero(), LONGEST_REST))
        }
        Outcome::Unanswered => None,
    };
    let step = usize::try_from(attempts.saturating_sub(1)).unwrap_or(usize::MAX);
    let Some(seconds) = SCHEDULE.get(step) else {
        return Verdict::GivenUp { rest };
    };
    let longer = TimeDelta::milliseconds(stretched(*seconds, chance));
    Verdict::Retry {
        after: rest.map_or(longer, |rest| rest.max(longer)),
        rest,
    }
}

/// Milliseconds of so many seconds and up to [`JITTER`] more.
fn stretched(seconds: i64, chance: f64) -> i64 {
    (seconds as f64 * 1000.0 * (1.0 + JITTER * chance.clamp(0.0, 1.0))) as i64
}

/// Whether an endpoint that has accepted nothing since then is to be switched off.
#[must_use]
pub fn is_worn_out(failing_since: DateTime<Utc>, now: DateTime<Utc>) -> bool {
    now - failing_since >= PATIENCE
}

/// The wait that a `Retry-After` header asks for (RFC 9110, section 10.2.3): seconds, or a date.
#[must_use]
pub fn retry_after(header: &str, now: DateTime<Utc>) -> Option<TimeDelta> {
    let header = header.trim();
    if let Ok(seconds) = header.parse::<u32>() {
        return Some(TimeDelta::seconds(seconds.into()));
    }
    let at = DateTime::parse_from_rfc2822(header).ok()?;
    Some((at.to_utc() - now).max(TimeDelta::zero()))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    const fn answered(status: u16) -> Outcome {
        Outcome::Answered {
            status,
            retry_after: None,
        }
    }

    #[rstest]
    #[case(200, Verdict::Delivered)]
    #[case(204, Verdict::Delivered)]
    #[case(299, Verdict::Delivered)]
    #[case(410, Verdict::Gone)]
    fn some_answers_are_final(#[case] status: u16, #[case] expected: Verdict) {
        assert_eq!(verdict(answered(status), 1, 0.5), expected);
    }

    #[rstest]
    #[case(100)]
    #[case(199)]
    #[case(301)]
    #[case(308)]
    #[case(400)]
    #[case(401)]
    #[case(404)]
    #[case(429)]
    #[case(500)]
    #[case(503)]
    fn every_other_answer_and_none_is_tried_again(#[case] status: u16) {
        let later = Verdict::Retry {
            after: TimeDelta::seconds(5),
            rest: None,
        };
        assert_eq!(verdict(answered(status), 1, 0.0), later);
        assert_eq!(verdict(Outcome::Unanswered, 1, 0.0), later);
    }

    /// The last attempt decides on switching the endpoint off, which takes a day.
    #[test]
    fn the_last_attempt_is_a_day_after_the_first_whatever_chance_says() {
        for chance in [0.0, 0.3, 1.0, 7.0] {
            let mut waited = TimeDelta::zero();
            let mut attempts = 1;
            while let Verdict::Retry { after, .. } = verdict(answered(500), attempts, chance) {
                waited += after;
                attempts += 1;
            }
            assert_eq!(attempts, 11);
            assert!(waited >= PATIENCE, "{waited}");
            assert!(waited <= TimeDelta::hours(32), "{waited}");
            let rest = None;
            assert_eq!(
                verdict(answered(500), u32::MAX, chance),
                Verdict::GivenUp { rest }
            );
        }
    }

    #[rstest]
    #[case(TimeDelta::minutes(10), TimeDelta::minutes(10), TimeDelta::minutes(10))]
    #[case(TimeDelta::seconds(1), TimeDelta::seconds(5), TimeDelta::seconds(1))]
    #[case(TimeDelta::days(400), TimeDelta::days(1), TimeDelta::days(1))]
    fn a_wish_to_be_left_alone_is_kept_within_bounds(
        #[case] wish: TimeDelta,
        #[case] after: TimeDelta,
        #[case] rest: TimeDelta,
    ) {
        let outcome = Outcome::Answered {
            status: 429,
            retry_after: Some(wish),
        };
        let rest = Some(rest);
        assert_eq!(verdict(outcome, 1, 0.0), Verdict::Retry { after, rest });
        assert_eq!(verdict(outcome, 11, 0.0), Verdict::GivenUp { rest });
    }

    #[rstest]
    #[case("120", Some(120))]
    #[case(" 0 ", Some(0))]
    #[case("Fri, 27 Nov 2026 10:01:00 GMT", Some(60))]
    #[case("Fri, 27 Nov 2026 09:00:00 GMT", Some(0))]
    #[case("-5", None)]
    #[case("soon", None)]
    #[case("", None)]
    fn a_wait_is_seconds_or_a_date(#[case] header: &str, #[case] seconds: Option<i64>) {
        let now = "2026-11-27T10:00:00Z".parse().expect("a time");
        assert_eq!(retry_after(header, now), seconds.map(TimeDelta::seconds));
    }

    #[test]
    fn a_day_of_failures_wears_an_endpoint_out() {
        let since = DateTime::UNIX_EPOCH;
        assert!(!is_worn_out(since, since + TimeDelta::hours(23)));
        assert!(is_worn_out(since, since + TimeDelta::hours(24)));
    }
}
