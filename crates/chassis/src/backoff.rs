//! Delays that do not march in step: replicas that fail together must not come back together.

use std::time::Duration;

use rand::Rng as _;

/// `base`, give or take a quarter: for ticks.
#[must_use]
pub fn jittered(base: Duration) -> Duration {
    base.mul_f64(rand::rng().random_range(0.75..=1.25))
}

/// A random delay between zero and `base` · 2^`attempt`, never above `cap`: for attempts after a failure. The first
/// attempt is 0.
#[must_use]
pub fn exponential_full_jitter(attempt: u32, base: Duration, cap: Duration) -> Duration {
    let ceiling = 2_u32
        .checked_pow(attempt)
        .and_then(|factor| base.checked_mul(factor))
        .map_or(cap, |delay| delay.min(cap));
    ceiling.mul_f64(rand::rng().random_range(0.0..=1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_stay_inside_their_bounds_however_many_attempts() {
        let (base, cap) = (Duration::from_millis(100), Duration::from_secs(3));
        for attempt in [0, 1, 4, 5, 31, 32, 33, u32::MAX] {
            let ceiling = base.saturating_mul(2_u32.saturating_pow(attempt)).min(cap);
            for _ in 0..200 {
                assert!(exponential_full_jitter(attempt, base, cap) <= ceiling);
            }
        }
        for _ in 0..200 {
            let tick = jittered(base);
            assert!(tick >= base.mul_f64(0.75) && tick <= base.mul_f64(1.25));
        }
    }
}
