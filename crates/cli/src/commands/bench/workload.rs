//! The calls of the benchmark: their length is a pure function of tenant and job, so every system that is measured makes
//! the same calls.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Calls of a tenant that may be in the air at once.
pub(super) const LINES: i16 = 3;

const SEED: u64 = 20_260_101;
const GAMMA: u64 = 0x9E37_79B9_7F4A_7C15;
const MEAN_MS: f64 = 200.0;

/// `SplitMix64`'s finaliser.
const fn mix(mut x: u64) -> u64 {
    x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    x ^ (x >> 31)
}

/// How long a call lasts in whole milliseconds, at least one; exponential with a mean of 200.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "53 bits fit a double, and the result is small and positive"
)]
pub(super) fn duration_ms(tenant: u32, job: u32) -> u64 {
    let key = u64::from(tenant) * 1_000_000 + u64::from(job);
    let x = mix(SEED.wrapping_add(key.wrapping_mul(GAMMA)));
    let u = (x >> 11) as f64 / (1_u64 << 53) as f64;
    let ms = (-(1.0 - u).ln() * MEAN_MS + 0.5).floor();
    (ms as u64).max(1)
}

/// How long the jobs of one tenant take without any gap: each goes, in the order of the queue, to the line that is free
/// first.
fn ideal_of_tenant_ms(tenant: u32, jobs: u32) -> u64 {
    let mut free: BinaryHeap<Reverse<u64>> = (0..LINES).map(|_| Reverse(0)).collect();
    let mut end = 0;
    for job in 0..jobs {
        let Reverse(from) = free.pop().unwrap_or_default();
        let until = from + duration_ms(tenant, job);
        end = end.max(until);
        free.push(Reverse(until));
    }
    end
}

/// The shortest makespan, in milliseconds: that of the tenant that takes longest.
pub(super) fn ideal_ms(tenants: u32, jobs: u32) -> u64 {
    (0..tenants)
        .map(|tenant| ideal_of_tenant_ms(tenant, jobs))
        .max()
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_as_long_as_everywhere_else() {
        let vectors = [
            (0, 0, 175),
            (0, 1, 591),
            (0, 2, 38),
            (1, 0, 34),
            (99, 59, 581),
            (999, 19, 163),
        ];
        for (tenant, job, ms) in vectors {
            assert_eq!(duration_ms(tenant, job), ms, "({tenant}, {job})");
        }
    }

    #[test]
    fn the_ideal_is_that_of_every_other_system() {
        assert_eq!(ideal_ms(1, 200), 11_922);
        assert_eq!(ideal_ms(100, 60), 5_489);
        assert_eq!(ideal_ms(1000, 20), 3_223);
        assert_eq!(ideal_ms(1, 0), 0);
    }
}
