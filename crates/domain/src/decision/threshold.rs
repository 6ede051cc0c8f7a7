//! The confidence threshold that a business's corrections suggest.

use serde::Serialize;

/// Thresholds are multiples of 0.05; a step is one twentieth.
pub const STEPS_PER_ONE: u8 = 20;
/// The lowest threshold that is ever suggested, in steps (0.50).
const LOWEST: u8 = 10;
/// The highest one (0.95).
const HIGHEST: u8 = 19;
/// The share of decisions that must stand: one correction in ten is what a manager puts up with.
const KEPT_AT_LEAST: f64 = 0.90;
/// Fewer decisions than these at or above a threshold are no evidence for it.
const FEWEST: u32 = 50;
/// The 97.5 % quantile of the standard normal distribution: a two-sided interval of 95 %.
const Z: f64 = 1.959_963_984_540_054;

/// The judged decisions of one band of confidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tally {
    /// Where the band begins, in steps; it is one step wide.
    pub step: u8,
    /// Decisions that moved a lead and whose time for being corrected is over, or that were corrected.
    pub decisions: u32,
    /// Those that were corrected.
    pub corrected: u32,
}

/// A threshold and what speaks for it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct SuggestedThreshold {
    /// 0.50 to 0.95, a multiple of 0.05.
    pub value: f64,
    /// Judged decisions at or above it.
    pub decisions: u32,
    /// How many of them were corrected.
    pub corrected: u32,
    /// The share of them that stood.
    pub kept_rate: f64,
    /// What that share is at least, with 95 % confidence.
    pub lower_bound: f64,
    /// Where the lowest band with a judged decision begins. Below it nothing was tried: a threshold there rests on the
    /// decisions above it.
    pub judged_from: f64,
}

/// Why no threshold is suggested.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum NoThreshold {
    /// Fewer than 50 decisions at 0.50 or above are judged.
    TooFewDecisions,
    /// At no threshold with 50 judged decisions did enough of them stand.
    TooManyCorrections,
}

impl NoThreshold {
    /// The word in the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TooFewDecisions => "too_few_decisions",
            Self::TooManyCorrections => "too_many_corrections",
        }
    }
}

/// The lowest threshold on the grid 0.50, 0.55, … 0.95 of which the corrections show that nine decisions in ten at or
/// above it stand: at least 50 of them are judged, and the lower end of the 95 % Wilson score interval of their kept share
/// is at least 0.90 (50 of 50 reach 0.929; of 100, 96 reach 0.902). Low, so that as much as possible is automatic; the
/// lower end and not the share itself, so that luck with few decisions is not taken for quality.
///
/// # Errors
/// [`NoThreshold`] when there is none.
pub fn suggest(tallies: &[Tally]) -> Result<SuggestedThreshold, NoThreshold> {
    let at_or_above = |step: u8| {
        let above = tallies.iter().filter(|tally| tally.step >= step);
        above.fold((0_u32, 0_u32), |(decisions, corrected), tally| {
            (
                decisions.saturating_add(tally.decisions),
                corrected.saturating_add(tally.corrected),
            )
        })
    };
    if at_or_above(LOWEST).0 < FEWEST {
        return Err(NoThreshold::TooFewDecisions);
    }
    let judged = tallies.iter().filter(|tally| tally.decisions > 0);
    let judged_from = judged.map(|tally| tally.step).min().unwrap_or(LOWEST);
    (LOWEST..=HIGHEST)
        .find_map(|step| {
            let (decisions, corrected) = at_or_above(step);
            let kept = decisions.saturating_sub(corrected);
            let lower_bound = wilson_lower_bound(kept, decisions);
            (decisions >= FEWEST && lower_bound >= KEPT_AT_LEAST).then(|| SuggestedThreshold {
                value: of_step(step),
                decisions,
                corrected,
                kept_rate: f64::from(kept) / f64::from(decisions),
                lower_bound,
                judged_from: of_step(judged_from),
            })
        })
        .ok_or(NoThreshold::TooManyCorrections)
}

/// The confidence at which a band begins.
#[must_use]
pub fn of_step(step: u8) -> f64 {
    f64::from(step) / f64::from(STEPS_PER_ONE)
}

/// The lower end of the 95 % score interval for a share of which `kept` of `of` were seen:
/// `(p + z²/2n − z √(p(1−p)/n + z²/4n²)) / (1 + z²/n)`; 0 when nothing was seen.
///
/// E. B. Wilson, "Probable Inference, the Law of Succession, and Statistical Inference", Journal of the American
/// Statistical Association 22 (1927), 209–212.
#[must_use]
pub fn wilson_lower_bound(kept: u32, of: u32) -> f64 {
    if of == 0 {
        return 0.0;
    }
    let n = f64::from(of);
    let p = f64::from(kept.min(of)) / n;
    let z2 = Z * Z;
    let spread = Z * (p * (1.0 - p) / n + z2 / (4.0 * n * n)).sqrt();
    ((p + z2 / (2.0 * n) - spread) / (1.0 + z2 / n)).max(0.0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    const fn tally(step: u8, decisions: u32, corrected: u32) -> Tally {
        Tally {
            step,
            decisions,
            corrected,
        }
    }

    // R. G. Newcombe, "Two-sided confidence intervals for the single proportion", Statistics in Medicine 17 (1998), table I.
    #[rstest]
    #[case(81, 263, 0.2553)]
    #[case(15, 148, 0.0624)]
    #[case(0, 20, 0.0)]
    #[case(1, 29, 0.0061)]
    fn the_bound_is_the_one_of_the_books(#[case] kept: u32, #[case] of: u32, #[case] bound: f64) {
        assert!((wilson_lower_bound(kept, of) - bound).abs() < 0.000_05);
    }

    #[rstest]
    #[case::nothing_judged(&[], Err(NoThreshold::TooFewDecisions))]
    #[case::one_too_few(&[tally(18, 49, 0)], Err(NoThreshold::TooFewDecisions))]
    #[case::enough(&[tally(18, 50, 0)], Ok(0.50))]
    #[case::below_the_grid_counts_for_nothing(&[tally(9, 1_000, 0), tally(18, 49, 0)], Err(NoThreshold::TooFewDecisions))]
    #[case::just_good_enough(&[tally(13, 100, 4)], Ok(0.50))]
    #[case::just_not(&[tally(13, 100, 5)], Err(NoThreshold::TooManyCorrections))]
    #[case::the_worse_half_is_cut_off(&[tally(13, 50, 25), tally(16, 100, 2)], Ok(0.70))]
    #[case::good_above_but_too_few_there(&[tally(13, 50, 25), tally(16, 49, 0)], Err(NoThreshold::TooManyCorrections))]
    #[case::the_top(&[tally(18, 100, 50), tally(19, 50, 0)], Ok(0.95))]
    fn the_lowest_that_stands(
        #[case] tallies: &[Tally],
        #[case] expected: Result<f64, NoThreshold>,
    ) {
        assert_eq!(suggest(tallies).map(|found| found.value), expected);
    }

    #[test]
    fn a_suggestion_tells_its_evidence() {
        let found = suggest(&[tally(13, 50, 25), tally(16, 100, 2)]).expect("one");
        assert_eq!((found.decisions, found.corrected), (100, 2));
        assert!((found.kept_rate - 0.98).abs() < 1e-9);
        assert!((found.lower_bound - 0.930).abs() < 1e-3);
        assert!((found.judged_from - 0.65).abs() < 1e-9);
    }

    fn tallies() -> impl Strategy<Value = Vec<Tally>> {
        let band = (0_u8..20, 0_u32..200, 0_u32..40).prop_map(|(step, decisions, corrected)| {
            tally(step, decisions, corrected.min(decisions))
        });
        prop::collection::vec(band, 0..12)
    }

    /// Whether a threshold holds what is promised, counted decision by decision.
    fn holds(tallies: &[Tally], step: u8) -> bool {
        let above: Vec<&Tally> = tallies.iter().filter(|tally| tally.step >= step).collect();
        let decisions: u32 = above.iter().map(|tally| tally.decisions).sum();
        let corrected: u32 = above.iter().map(|tally| tally.corrected).sum();
        decisions >= 50 && wilson_lower_bound(decisions - corrected, decisions) >= 0.90
    }

    proptest! {
        #[test]
        fn it_holds_what_it_promises_and_no_lower_one_does(tallies in tallies()) {
            let lowest = (10..=19).find(|step| holds(&tallies, *step)).map(of_step);
            prop_assert_eq!(suggest(&tallies).ok().map(|found| found.value), lowest);
        }

        #[test]
        fn one_more_correction_never_lowers_it(tallies in tallies(), which in any::<prop::sample::Index>()) {
            let before = suggest(&tallies).map_or(1.0, |found| found.value);
            let mut worse = tallies;
            if let Some(band) = (!worse.is_empty()).then(|| which.index(worse.len())) {
                worse[band].corrected = (worse[band].corrected + 1).min(worse[band].decisions);
            }
            prop_assert!(suggest(&worse).map_or(1.0, |found| found.value) >= before);
        }

        #[test]
        fn the_bound_is_below_the_share_and_grows_with_the_evidence(kept in 0_u32..500, lost in 0_u32..500) {
            prop_assume!(kept + lost > 0);
            let bound = wilson_lower_bound(kept, kept + lost);
            let rounding = 1e-12;
            prop_assert!(bound >= 0.0 && bound <= f64::from(kept) / f64::from(kept + lost) + rounding);
            prop_assert!(wilson_lower_bound(2 * kept, 2 * (kept + lost)) + rounding >= bound);
            prop_assert!(wilson_lower_bound(kept + 1, kept + lost + 1) + rounding >= bound);
        }
    }
}
