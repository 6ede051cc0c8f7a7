//! How durations are spread, in so few numbers that those of many days can be added up: a histogram whose places grow by a
//! tenth each, as in `DDSketch`. What is told of it is at most 5 % from the truth, whatever the durations are.

use std::collections::BTreeMap;

/// By how much the next place begins later than the one before.
pub const GROWTH: f64 = 1.1;

/// Counts by place: 0 for less than a second, n for `GROWTH^(n-1)` seconds and more, but less than `GROWTH^n`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Spread {
    counts: BTreeMap<i16, u64>,
}

impl Spread {
    /// Adds what was counted at a place.
    pub fn add(&mut self, place: i16, count: u64) {
        *self.counts.entry(place).or_default() += count;
    }

    /// Adds another one.
    pub fn merge(&mut self, other: &Self) {
        for (place, count) in &other.counts {
            self.add(*place, *count);
        }
    }

    /// How many values there are.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.counts.values().sum()
    }

    /// The places that have values, in order, each with how many.
    pub fn places(&self) -> impl Iterator<Item = (i16, u64)> {
        self.counts.iter().map(|(place, count)| (*place, *count))
    }

    /// Where the smallest value lies that at least `percent` of a hundred values do not exceed (nearest rank). None without
    /// values.
    #[must_use]
    pub fn place_at(&self, percent: u64) -> Option<i16> {
        let rank = (self.count() * percent).div_ceil(100).max(1);
        let mut seen = 0;
        self.places().find_map(|(place, count)| {
            seen += count;
            (seen >= rank).then_some(place)
        })
    }

    /// That value, in whole seconds; the middle of its place.
    #[must_use]
    pub fn seconds_at(&self, percent: u64) -> Option<f64> {
        self.place_at(percent).map(seconds_of)
    }
}

/// The value that is as far, in proportion, from both ends of a place.
fn seconds_of(place: i16) -> f64 {
    if place <= 0 {
        return 0.0;
    }
    let begins = GROWTH.powi(i32::from(place) - 1);
    (begins * 2.0 * GROWTH / (1.0 + GROWTH)).round()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn place_of(seconds: f64) -> i16 {
        if seconds < 1.0 {
            0
        } else {
            (seconds.ln() / GROWTH.ln()).floor() as i16 + 1
        }
    }

    proptest! {
        #[test]
        fn a_quantile_is_within_five_percent(
            values in prop::collection::vec(0_u32..70_000_000, 1..200),
            percent in 1_u64..=100,
        ) {
            let mut spread = Spread::default();
            for value in &values {
                spread.add(place_of(f64::from(*value)), 1);
            }
            let mut sorted = values;
            sorted.sort_unstable();
            let rank = (sorted.len() * percent as usize).div_ceil(100).max(1);
            let exact = f64::from(sorted[rank - 1]);
            let told = spread.seconds_at(percent).expect("there are values");
            // Half a second is lost to whole seconds.
            prop_assert!((told - exact).abs() <= exact * 0.05 + 0.5, "{told} for {exact}");
        }
    }

    #[test]
    fn nothing_has_no_median() {
        assert_eq!(Spread::default().seconds_at(50), None);
    }

    #[test]
    fn two_are_one() {
        let (mut one, mut other) = (Spread::default(), Spread::default());
        one.add(3, 2);
        other.add(3, 1);
        other.add(9, 1);
        one.merge(&other);
        assert_eq!(one.places().collect::<Vec<_>>(), [(3, 3), (9, 1)]);
        assert_eq!(one.place_at(75), Some(3));
        assert_eq!(one.place_at(76), Some(9));
    }
}
