//! The one place that reads the wall clock.

use std::fmt;
use std::ops::Add;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};

/// What time it is: the machine's, or one that a test holds and moves. Clones of a fixed clock move together.
#[derive(Clone, Default)]
pub struct Clock(Source);

#[derive(Clone, Default)]
enum Source {
    #[default]
    System,
    Fixed(Arc<Mutex<DateTime<Utc>>>),
}

impl Clock {
    /// The machine's clock.
    #[must_use]
    pub const fn system() -> Self {
        Self(Source::System)
    }

    /// A clock that stands at `at` until it is moved.
    #[must_use]
    pub fn fixed(at: DateTime<Utc>) -> Self {
        Self(Source::Fixed(Arc::new(Mutex::new(at))))
    }

    /// The time now.
    #[must_use]
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that reads the wall clock"
    )]
    pub fn now(&self) -> DateTime<Utc> {
        match &self.0 {
            Source::System => Utc::now(),
            Source::Fixed(at) => *at.lock().unwrap_or_else(PoisonError::into_inner),
        }
    }

    /// How much time has passed since an instant in the past, the same one for as long as the process lives. It never goes
    /// back: for what would be wrong for an hour if the machine's clock were set back by one.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        static START: LazyLock<Instant> = LazyLock::new(Instant::now);
        match &self.0 {
            Source::System => START.elapsed(),
            Source::Fixed(_) => (self.now() - DateTime::UNIX_EPOCH)
                .to_std()
                .unwrap_or_default(),
        }
    }

    /// Moves a fixed clock (and all its clones) on by a [`std::time::Duration`] or a `chrono` one.
    ///
    /// # Panics
    /// On the machine's clock, which nobody moves.
    pub fn advance<D>(&self, by: D)
    where
        DateTime<Utc>: Add<D, Output = DateTime<Utc>>,
    {
        let Source::Fixed(at) = &self.0 else {
            panic!("only a fixed clock can be moved");
        };
        let mut at = at.lock().unwrap_or_else(PoisonError::into_inner);
        *at = *at + by;
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Source::System => f.write_str("Clock(system)"),
            Source::Fixed(_) => write!(f, "Clock(fixed at {})", self.now()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fixed_clock_stands_still_until_it_is_moved_and_its_clones_move_with_it() {
        let clock = Clock::fixed(DateTime::UNIX_EPOCH);
        let other = clock.clone();
        assert_eq!(clock.now(), clock.now());
        clock.advance(Duration::from_secs(90));
        clock.advance(chrono::Duration::seconds(-30));
        assert_eq!(other.now().timestamp(), 60);
        assert_eq!(other.elapsed(), Duration::from_secs(60));
    }

    #[test]
    fn the_machines_clock_goes_forward() {
        let clock = Clock::system();
        assert!(clock.now() <= clock.now());
        assert!(clock.elapsed() <= clock.elapsed());
    }
}
