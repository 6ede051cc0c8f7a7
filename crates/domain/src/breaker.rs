//! The circuit breaker of a run: what its last calls came to, and when that means that something is wrong which a person
//! should look at before more leads are burnt.
//!
//! A run remembers its last [`WINDOW`] outcomes as a text, one letter each, the newest last.

use crate::messages::{self, Language};

/// How many outcomes a run remembers.
pub const WINDOW: usize = 50;

/// An error burst: so many of the last so many calls could not be made.
const BURST: usize = 10;
const BURST_OF: usize = 12;

/// A sudden fall: nobody picked up in the newest part of a full window, of whose older part at least this many did.
///
/// Honest runs must not be stopped by chance. With a steady answer rate p, the chance that 30 calls in a row are not
/// answered is (1-p)^30, and that 20 calls before them had 10 answers is the upper tail of Binomial(20, p). Their product,
/// over the places in 500 calls where such a row can begin (500 p), is largest near p = 0.25 and stays below 1 in 1,000.
const SILENT: usize = 30;
const ANSWERED_BEFORE: usize = 10;

/// What a call came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// A person, or something that was not told from one, picked up.
    Answered,
    /// A machine picked up.
    Voicemail,
    /// Busy, or nobody picked up.
    Unanswered,
    /// The carrier could not connect it.
    Failed,
    /// The carrier refused to call.
    Refused,
}

impl Outcome {
    /// Its letter.
    #[must_use]
    pub const fn letter(self) -> &'static str {
        match self {
            Self::Answered => "a",
            Self::Voicemail => "v",
            Self::Unanswered => "u",
            Self::Failed => "f",
            Self::Refused => "r",
        }
    }
}

/// Why a run is stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trip {
    /// Most of the last calls failed or were refused.
    ErrorBurst {
        /// How many.
        errors: usize,
        /// Of how many.
        calls: usize,
    },
    /// Nobody picks up any more.
    AnswerRateFell {
        /// How many of the calls before were answered.
        answered: usize,
        /// How many calls that were.
        before: usize,
        /// How many calls since were not answered.
        since: usize,
    },
}

impl Trip {
    /// For the people of the business.
    #[must_use]
    pub fn message(&self, language: Language) -> String {
        match *self {
            Self::ErrorBurst { errors, calls } => messages::text(
                language,
                "run-paused-error-burst",
                &[("errors", errors.into()), ("calls", calls.into())],
            ),
            Self::AnswerRateFell {
                answered,
                before,
                since,
            } => messages::text(
                language,
                "run-paused-answer-rate",
                &[
                    ("answered", answered.into()),
                    ("before", before.into()),
                    ("since", since.into()),
                ],
            ),
        }
    }
}

/// Adds an outcome to those that a run remembers.
pub fn remember(recent: &mut String, outcome: Outcome) {
    recent.push_str(outcome.letter());
    let forgotten = recent.len().saturating_sub(WINDOW);
    recent.replace_range(..forgotten, "");
}

/// Whether the run should be stopped, by its last outcomes.
#[must_use]
pub fn judge(recent: &str) -> Option<Trip> {
    let outcomes = recent.as_bytes();
    let count = |part: &[u8], letters: &[u8]| {
        part.iter()
            .filter(|letter| letters.contains(letter))
            .count()
    };
    if let Some(newest) = newest(outcomes, BURST_OF) {
        let errors = count(newest, b"fr");
        if errors >= BURST {
            return Some(Trip::ErrorBurst {
                errors,
                calls: BURST_OF,
            });
        }
    }
    let (older, newest) = newest(outcomes, WINDOW)?.split_at(WINDOW - SILENT);
    let answered = count(older, b"a");
    (answered >= ANSWERED_BEFORE && count(newest, b"a") == 0).then_some(Trip::AnswerRateFell {
        answered,
        before: older.len(),
        since: SILENT,
    })
}

fn newest(outcomes: &[u8], count: usize) -> Option<&[u8]> {
    outcomes
        .len()
        .checked_sub(count)
        .map(|from| &outcomes[from..])
}

#[cfg(test)]
mod tests {
    use rand::rngs::StdRng;
    use rand::{Rng as _, SeedableRng as _};
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::too_few("ffffffffff", None)]
    #[case::a_burst("aaffffffffff", Some(Trip::ErrorBurst { errors: 10, calls: 12 }))]
    #[case::refusals_count("uurrrrrfffff", Some(Trip::ErrorBurst { errors: 10, calls: 12 }))]
    #[case::a_burst_that_is_over("ffffffffffffaaa", None)]
    #[case::nobody_is_in("uuuuuuuuuuuuuuuuuuuuuuuu", None)]
    fn errors_in_a_row_trip(#[case] recent: &str, #[case] trip: Option<Trip>) {
        assert_eq!(judge(recent), trip);
    }

    #[test]
    fn a_fall_of_the_answer_rate_trips_once_thirty_calls_show_it() {
        let mut recent = "au".repeat(10);
        for call in 1..=SILENT {
            assert_eq!(judge(&recent), None, "after {} calls", call - 1);
            let outcome = match call % 2 {
                0 => Outcome::Unanswered,
                _ => Outcome::Voicemail,
            };
            remember(&mut recent, outcome);
        }
        assert_eq!(recent.len(), WINDOW);
        assert_eq!(
            judge(&recent),
            Some(Trip::AnswerRateFell {
                answered: 10,
                before: 20,
                since: 30
            })
        );
    }

    #[test]
    fn honest_runs_are_not_stopped_by_chance() {
        let mut random = StdRng::seed_from_u64(20_261_124);
        for percent in [10, 25, 60] {
            let runs = 1_000;
            let tripped = (0..runs)
                .filter(|_| {
                    let mut recent = String::new();
                    (0..500).any(|_| {
                        let answered = random.random_ratio(percent, 100);
                        let failed = random.random_ratio(5, 100);
                        let outcome = match (answered, failed) {
                            (true, _) => Outcome::Answered,
                            (false, true) => Outcome::Failed,
                            (false, false) => Outcome::Unanswered,
                        };
                        remember(&mut recent, outcome);
                        judge(&recent).is_some()
                    })
                })
                .count();
            assert!(tripped <= 1, "{tripped} of {runs} at {percent} %");
        }
    }

    #[test]
    fn people_read_why_in_their_language() {
        let trip = Trip::ErrorBurst {
            errors: 11,
            calls: 12,
        };
        for language in Language::ALL {
            let message = trip.message(language);
            assert!(
                message.contains("11") && message.contains("12"),
                "{message}"
            );
        }
    }
}
