//! A circuit breaker before a server: after some failures in a row it is left alone for a while, then asked once; its answer
//! decides whether it is asked as usual again. Libraries for this read the clock themselves and let more than one request
//! through to see whether the server is back.

use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};

/// Whether a server is asked. What time it is, is said by whoever asks.
#[derive(Debug)]
pub struct Breaker {
    failures: u32,
    rest: TimeDelta,
    state: Mutex<State>,
}

/// The server is left alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Resting {
    /// Until when it certainly is.
    pub until: DateTime<Utc>,
}

#[derive(Debug, Clone, Copy)]
enum State {
    /// Asked as usual; the last so many requests have failed.
    Closed { failed: u32 },
    /// Left alone until then.
    Open { until: DateTime<Utc> },
    /// One request is on its way to see whether the server is back. Should it never end, another goes then.
    Probing { until: DateTime<Utc> },
}

impl Breaker {
    /// A server is left alone for `rest` after so many failures in a row.
    #[must_use]
    pub const fn new(failures: u32, rest: TimeDelta) -> Self {
        Self {
            failures,
            rest,
            state: Mutex::new(State::Closed { failed: 0 }),
        }
    }

    /// Whether the server may be asked now. Whoever may tells how it went: [`answered`](Self::answered) or
    /// [`failed`](Self::failed).
    ///
    /// # Errors
    /// [`Resting`] while it is left alone, and while another request finds out whether it is back.
    pub fn pass(&self, now: DateTime<Utc>) -> Result<(), Resting> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        match *state {
            State::Closed { .. } => Ok(()),
            State::Open { until } | State::Probing { until } if now < until => {
                Err(Resting { until })
            }
            State::Open { .. } | State::Probing { .. } => {
                let until = now + self.rest;
                *state = State::Probing { until };
                Ok(())
            }
        }
    }

    /// Whether the server is left alone just now. Only to ask; [`pass`](Self::pass) decides.
    #[must_use]
    pub fn resting(&self, now: DateTime<Utc>) -> Option<Resting> {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        match *state {
            State::Open { until } | State::Probing { until } if now < until => {
                Some(Resting { until })
            }
            State::Closed { .. } | State::Open { .. } | State::Probing { .. } => None,
        }
    }

    /// The server has answered, be it with a refusal.
    pub fn answered(&self) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        *state = State::Closed { failed: 0 };
    }

    /// The server has not answered. Tells whether it is left alone from now on.
    pub fn failed(&self, now: DateTime<Utc>) -> Option<Resting> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let failed = match *state {
            State::Closed { failed } => failed.saturating_add(1),
            State::Open { until } => return Some(Resting { until }),
            State::Probing { .. } => self.failures,
        };
        if failed < self.failures {
            *state = State::Closed { failed };
            return None;
        }
        let until = now + self.rest;
        *state = State::Open { until };
        Some(Resting { until })
    }

    /// Whether the server is left alone, or asked only to see whether it is back.
    #[must_use]
    pub fn is_open(&self) -> bool {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        !matches!(*state, State::Closed { .. })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + seconds, 0).expect("a time")
    }

    fn breaker() -> Breaker {
        Breaker::new(3, TimeDelta::seconds(60))
    }

    /// A breaker that opened at 0.
    fn open() -> Breaker {
        let breaker = breaker();
        for _ in 0..3 {
            breaker.failed(at(0));
        }
        breaker
    }

    #[test]
    fn failures_in_a_row_open_it_and_an_answer_between_them_does_not() {
        let breaker = breaker();
        for _ in 0..5 {
            assert_eq!(breaker.failed(at(0)), None);
            assert_eq!(breaker.failed(at(0)), None);
            breaker.answered();
        }
        assert_eq!(breaker.failed(at(1)), None);
        assert_eq!(breaker.failed(at(2)), None);
        let until = at(63);
        assert_eq!(breaker.failed(at(3)), Some(Resting { until }));
        assert_eq!(breaker.pass(at(62)), Err(Resting { until }));
        assert_eq!(breaker.resting(at(62)), Some(Resting { until }));
        assert_eq!(breaker.resting(at(63)), None);
        assert!(breaker.is_open());
    }

    #[test]
    fn one_request_finds_out_whether_the_server_is_back() {
        let breaker = open();
        assert_eq!(breaker.pass(at(60)), Ok(()));
        let until = at(120);
        assert_eq!(breaker.pass(at(60)), Err(Resting { until }));
        breaker.answered();
        assert_eq!(breaker.pass(at(61)), Ok(()));
        assert_eq!(breaker.pass(at(61)), Ok(()));
        assert!(!breaker.is_open());
    }

    #[test]
    fn a_failed_probe_leaves_it_alone_again() {
        let breaker = open();
        assert_eq!(breaker.pass(at(60)), Ok(()));
        let until = at(130);
        assert_eq!(breaker.failed(at(70)), Some(Resting { until }));
        assert_eq!(breaker.pass(at(129)), Err(Resting { until }));
        assert_eq!(breaker.pass(at(130)), Ok(()));
    }

    #[test]
    fn a_probe_that_never_ends_is_followed_by_another() {
        let breaker = open();
        assert_eq!(breaker.pass(at(60)), Ok(()));
        assert!(breaker.pass(at(119)).is_err());
        assert_eq!(breaker.pass(at(120)), Ok(()));
    }

    #[test]
    fn a_request_from_before_that_fails_late_does_not_lengthen_the_rest() {
        let breaker = open();
        let until = at(60);
        assert_eq!(breaker.failed(at(30)), Some(Resting { until }));
        assert_eq!(breaker.pass(at(60)), Ok(()));
    }
}
