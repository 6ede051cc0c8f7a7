//! What goes wrong. Every fault is a switch and each maps to behaviour of the real carrier that was documented or seen.

use rand::Rng as _;
use rand::rngs::StdRng;
use serde::{Deserialize, Serialize};

use crate::config::ConfigError;

/// How often a fault happens.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Chance {
    /// On each occasion with this probability, 0 to 1.
    pub probability: f64,
    /// On the next so many occasions for certain; counts down.
    pub count: u32,
    /// Only for callbacks of this kind: `initiated`, `ringing`, `answered`, `completed`, `recording` or `amd`.
    pub on: Option<String>,
}

impl Chance {
    /// The next `count` occasions.
    #[must_use]
    pub fn next(count: u32) -> Self {
        Self {
            count,
            ..Self::default()
        }
    }

    /// Every occasion.
    #[must_use]
    pub fn always() -> Self {
        Self::with(1.0)
    }

    /// Each occasion with this probability.
    #[must_use]
    pub fn with(probability: f64) -> Self {
        Self {
            probability,
            ..Self::default()
        }
    }

    /// Only callbacks of this kind.
    #[must_use]
    pub fn on(self, kind: &str) -> Self {
        Self {
            on: Some(kind.to_owned()),
            ..self
        }
    }

    /// Whether it happens now.
    pub(crate) fn strikes(&mut self, rng: &mut StdRng, kind: &str) -> bool {
        if self.on.as_deref().is_some_and(|only| only != kind) {
            return false;
        }
        if self.count > 0 {
            self.count -= 1;
            return true;
        }
        self.probability > 0.0 && rng.random::<f64>() < self.probability
    }
}

/// All switches; everything is off by default.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Faults {
    /// A callback is never sent.
    pub lose_callback: Chance,
    /// A callback is sent twice.
    pub duplicate_callback: Chance,
    /// A callback is sent after the next one of the same call.
    pub reorder_callback: Chance,
    /// A callback is sent late, by `delay_seconds`.
    pub delay_callback: Chance,
    /// See `delay_callback`; simulated seconds.
    pub delay_seconds: f64,
    /// The call is made and the connection breaks without an answer.
    pub create_drop_connection: Chance,
    /// The call is made and the answer never comes.
    pub create_never_answer: Chance,
    /// 429, nothing made.
    pub create_429: Chance,
    /// 500, nothing made.
    pub create_5xx_before: Chance,
    /// 500, but the call is made.
    pub create_5xx_after: Chance,
    /// Fetching and listing calls show the state of so many simulated seconds ago.
    pub lag_seconds: f64,
    /// The audio of a recording answers 404 for so many simulated seconds after it was reported as complete.
    pub recording_missing_seconds: f64,
    /// No recording comes of a call: it is reported as absent.
    pub recording_absent: Chance,
    /// 500 to a request to delete a recording, which stays.
    pub recording_delete_500: Chance,
    /// At most so many calls are dialled per simulated second, the others wait in the queue. 0: no limit.
    pub calls_per_second: f64,
    /// The language model recommends a status that the business does not have.
    pub label_hallucinated: Chance,
    /// The speech service answers 500.
    pub transcription_500: Chance,
    /// The language model's service answers 500.
    pub completion_500: Chance,
}

impl Faults {
    pub(crate) fn check(&self) -> Result<(), ConfigError> {
        const KINDS: [&str; 7] = [
            "initiated",
            "ringing",
            "answered",
            "completed",
            "recording",
            "amd",
            "whatsapp",
        ];
        let fault = |name, reason: String| Err(ConfigError::Fault { name, reason });
        for (name, chance) in [
            ("lose_callback", &self.lose_callback),
            ("duplicate_callback", &self.duplicate_callback),
            ("reorder_callback", &self.reorder_callback),
            ("delay_callback", &self.delay_callback),
            ("create_drop_connection", &self.create_drop_connection),
            ("create_never_answer", &self.create_never_answer),
            ("create_429", &self.create_429),
            ("create_5xx_before", &self.create_5xx_before),
            ("create_5xx_after", &self.create_5xx_after),
            ("recording_absent", &self.recording_absent),
            ("recording_delete_500", &self.recording_delete_500),
            ("label_hallucinated", &self.label_hallucinated),
            ("transcription_500", &self.transcription_500),
            ("completion_500", &self.completion_500),
        ] {
            if !(0.0..=1.0).contains(&chance.probability) {
                return fault(name, "probability must be 0 to 1".to_owned());
            }
            let kind = chance.on.as_deref().unwrap_or(KINDS[0]);
            if !KINDS.contains(&kind) || (chance.on.is_some() && !name.ends_with("_callback")) {
                return fault(
                    name,
                    format!("on belongs to callbacks and is one of {}", KINDS.join(", ")),
                );
            }
        }
        for (name, seconds) in [
            ("delay_seconds", self.delay_seconds),
            ("lag_seconds", self.lag_seconds),
            ("recording_missing_seconds", self.recording_missing_seconds),
            ("calls_per_second", self.calls_per_second),
        ] {
            if !(0.0..=1e6).contains(&seconds) {
                return fault(name, "it must be 0 to 1000000".to_owned());
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng as _;

    use super::*;

    #[test]
    fn a_count_strikes_so_often_and_no_more() {
        let mut rng = StdRng::seed_from_u64(1);
        let mut chance = Chance::next(2);
        let strikes: Vec<bool> = (0..4)
            .map(|_| chance.strikes(&mut rng, "ringing"))
            .collect();
        assert_eq!(strikes, [true, true, false, false]);
    }

    #[test]
    fn the_same_seed_gives_the_same_faults() {
        let run = |seed| {
            let mut rng = StdRng::seed_from_u64(seed);
            let mut chance = Chance::with(0.5);
            (0..64)
                .map(|_| chance.strikes(&mut rng, "ringing"))
                .collect::<Vec<bool>>()
        };
        assert_eq!(run(7), run(7));
        assert_ne!(run(7), run(8));
        assert!(run(7).contains(&true) && run(7).contains(&false));
    }

    #[test]
    fn a_fault_for_one_kind_leaves_the_others_alone() {
        let mut rng = StdRng::seed_from_u64(1);
        let mut chance = Chance::always().on("completed");
        assert!(!chance.strikes(&mut rng, "ringing"));
        assert!(chance.strikes(&mut rng, "completed"));
    }

    #[test]
    fn an_impossible_fault_is_refused_by_name() {
        let faults = Faults {
            create_429: Chance::with(1.5),
            ..Faults::default()
        };
        assert_eq!(
            faults.check().map_err(|error| error.to_string()),
            Err("the fault create_429 cannot happen: probability must be 0 to 1".to_owned())
        );
        let faults = Faults {
            lose_callback: Chance::always().on("lunch"),
            ..Faults::default()
        };
        assert!(faults.check().is_err());
    }
}
