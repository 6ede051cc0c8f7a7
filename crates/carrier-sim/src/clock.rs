//! The simulator's time: it runs with the machine's, some factor faster, or stands until it is stepped.

use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use tokio::sync::watch;

/// Seconds since the start of the simulator, in simulated time.
pub(crate) type SimTime = f64;

/// The seconds between two moments as the carrier bills them: begun ones count. Moments are sums of fractions, so that five
/// seconds may differ from 5.0 in the last digit, which must not make them six.
pub(crate) fn begun_seconds(from: SimTime, to: SimTime) -> u32 {
    const ROUNDING_ERROR: f64 = 1e-6;
    (to - from - ROUNDING_ERROR).max(0.0).ceil() as u32
}

pub(crate) struct SimClock {
    started: Instant,
    epoch: DateTime<Utc>,
    mode: Mode,
}

enum Mode {
    /// This many simulated seconds per second.
    Scaled(f64),
    /// Time stands at the value until it is moved.
    Stepped(watch::Sender<SimTime>),
}

impl SimClock {
    pub(crate) fn scaled(epoch: DateTime<Utc>, scale: f64) -> Self {
        Self {
            started: Instant::now(),
            epoch,
            mode: Mode::Scaled(scale),
        }
    }

    pub(crate) fn stepped(epoch: DateTime<Utc>) -> Self {
        Self {
            started: Instant::now(),
            epoch,
            mode: Mode::Stepped(watch::Sender::new(0.0)),
        }
    }

    pub(crate) fn now(&self) -> SimTime {
        match &self.mode {
            Mode::Scaled(scale) => self.started.elapsed().as_secs_f64() * scale,
            Mode::Stepped(time) => *time.borrow(),
        }
    }

    pub(crate) async fn sleep_until(&self, at: SimTime) {
        match &self.mode {
            Mode::Scaled(scale) => {
                let missing = (at - self.now()) / scale;
                if missing > 0.0 {
                    tokio::time::sleep(Duration::from_secs_f64(missing)).await;
                }
            }
            Mode::Stepped(time) => {
                // The sender lives as long as the clock, so waiting cannot fail.
                let _ = time.subscribe().wait_for(|now| *now >= at).await;
            }
        }
    }

    /// Moves a stepped clock; false when time runs by itself.
    pub(crate) fn step(&self, seconds: f64) -> bool {
        match &self.mode {
            Mode::Scaled(_) => false,
            Mode::Stepped(time) => {
                time.send_modify(|now| *now += seconds);
                true
            }
        }
    }

    /// The date of a moment. A faster clock does not run ahead of everybody else's: dates are the machine's.
    pub(crate) fn date(&self, at: SimTime) -> DateTime<Utc> {
        let seconds = match &self.mode {
            Mode::Scaled(scale) => at / scale,
            Mode::Stepped(_) => at,
        };
        self.epoch + chrono::TimeDelta::microseconds((seconds * 1e6) as i64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case(0.0, 0)]
    #[case(0.1, 1)]
    #[case(5.0, 5)]
    #[case(5.01, 6)]
    fn begun_seconds_count_and_rounding_errors_do_not(#[case] length: f64, #[case] expected: u32) {
        for step in 0..1000 {
            let from = f64::from(step) * 0.1 + 0.2 + 0.8;
            assert_eq!(begun_seconds(from, from + length), expected, "from {from}");
        }
    }
}
