//! What the events of a benchmark say.

use std::collections::{BTreeMap, BTreeSet};

use super::workload::{LINES, ideal_ms};

/// One call, by the machine's monotonic clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Event {
    pub(super) tenant: u32,
    pub(super) job: u32,
    pub(super) start_ns: u64,
    pub(super) end_ns: u64,
}

/// What was asked for and what came.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Analysis {
    /// Last end less first start.
    pub(super) makespan_ms: f64,
    /// Ideal by actual makespan.
    pub(super) efficiency: f64,
    /// From the end of a call to the start that takes its place.
    pub(super) gap_p50_ms: Option<f64>,
    pub(super) gap_p99_ms: Option<f64>,
    /// Most calls of one tenant at once.
    pub(super) most_at_once: usize,
    /// Calls by makespan.
    pub(super) per_second: f64,
    /// What must not be: empty when all is well.
    pub(super) faults: Vec<String>,
}

/// Judges the events of `tenants` with `jobs` each. Without a `limit` any number may be in the air at once.
#[expect(
    clippy::cast_precision_loss,
    reason = "milliseconds of a benchmark, and counts of its calls"
)]
pub(super) fn analyse(events: &[Event], tenants: u32, jobs: u32, limited: bool) -> Analysis {
    let faults = of_each_job_once(events, tenants, jobs);
    let mut by_tenant: BTreeMap<u32, Vec<Event>> = BTreeMap::new();
    for event in events {
        by_tenant.entry(event.tenant).or_default().push(*event);
    }
    let lines = LINES.unsigned_abs().into();
    let (mut gaps, mut most_at_once, mut over) = (Vec::new(), 0, 0_usize);
    for calls in by_tenant.values() {
        gaps.extend(gaps_ms(calls, lines));
        let most = most_at_once_of(calls);
        most_at_once = most_at_once.max(most);
        over += usize::from(limited && most > lines);
    }
    let mut faults = faults;
    if over > 0 {
        faults.push(format!(
            "{over} tenants had more than {lines} calls in the air at once, the most had {most_at_once}"
        ));
    }
    gaps.sort_by(f64::total_cmp);
    let first = events.iter().map(|event| event.start_ns).min().unwrap_or(0);
    let last = events.iter().map(|event| event.end_ns).max().unwrap_or(0);
    let makespan_ms = last.saturating_sub(first) as f64 / 1e6;
    let per = |n: f64| {
        if makespan_ms > 0.0 {
            n / makespan_ms
        } else {
            0.0
        }
    };
    Analysis {
        makespan_ms,
        efficiency: per(ideal_ms(tenants, jobs) as f64),
        gap_p50_ms: percentile(&gaps, 0.5),
        gap_p99_ms: percentile(&gaps, 0.99),
        most_at_once,
        per_second: per(events.len() as f64) * 1e3,
        faults,
    }
}

/// What is wrong with the calls that were made.
fn of_each_job_once(events: &[Event], tenants: u32, jobs: u32) -> Vec<String> {
    let mut faults = Vec::new();
    let mut seen = BTreeSet::new();
    let (mut twice, mut foreign) = (0, 0);
    for event in events {
        if event.tenant >= tenants || event.job >= jobs {
            foreign += 1;
        } else if !seen.insert((event.tenant, event.job)) {
            twice += 1;
        }
    }
    let missing = u64::from(tenants) * u64::from(jobs) - seen.len() as u64;
    for (count, what) in [
        (missing, "jobs were not called"),
        (twice, "calls were of jobs that had been called already"),
        (foreign, "calls were of no job"),
    ] {
        if count > 0 {
            faults.push(format!("{count} {what}"));
        }
    }
    faults
}

/// From each end of a call to the start that takes its place, while jobs remain: the k-th end makes room for the
/// (k + lines)-th start. Negative where the limit was passed.
#[expect(clippy::cast_precision_loss, reason = "milliseconds of a benchmark")]
fn gaps_ms(calls: &[Event], lines: usize) -> Vec<f64> {
    let mut starts: Vec<u64> = calls.iter().map(|call| call.start_ns).collect();
    let mut ends: Vec<u64> = calls.iter().map(|call| call.end_ns).collect();
    starts.sort_unstable();
    ends.sort_unstable();
    starts
        .iter()
        .skip(lines)
        .zip(ends)
        .map(|(start, end)| {
            let gap = start.abs_diff(end) as f64 / 1e6;
            if *start < end { -gap } else { gap }
        })
        .collect()
}

/// The most calls in the air at once; an end comes before a start of the same moment.
fn most_at_once_of(calls: &[Event]) -> usize {
    let mut steps: Vec<(u64, bool)> = calls
        .iter()
        .flat_map(|call| [(call.start_ns, true), (call.end_ns, false)])
        .collect();
    steps.sort_unstable();
    let (mut now, mut most) = (0_isize, 0);
    for (_, begins) in steps {
        now += if begins { 1 } else { -1 };
        most = most.max(now);
    }
    most.unsigned_abs()
}

/// Between the two nearest values, of sorted ones.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a place in a list of some ten thousand"
)]
fn percentile(sorted: &[f64], p: f64) -> Option<f64> {
    let place = sorted.len().checked_sub(1)? as f64 * p;
    let low = *sorted.get(place as usize)?;
    let high = sorted.get(place as usize + 1).copied().unwrap_or(low);
    Some((high - low).mul_add(place.fract(), low))
}

#[cfg(test)]
mod tests {
    use super::super::workload::duration_ms;
    use super::*;

    const MS: u64 = 1_000_000;

    /// Four calls of one tenant on three lines, the fourth `gap` after the first end.
    fn four(gap_ms: i64) -> Vec<Event> {
        let mut events: Vec<Event> = (0..3)
            .map(|job| Event {
                tenant: 0,
                job,
                start_ns: MS,
                end_ns: MS + duration_ms(0, job) * MS,
            })
            .collect();
        let first_end = events
            .iter()
            .map(|event| event.end_ns)
            .min()
            .expect("three");
        let start_ns = first_end
            .checked_add_signed(gap_ms * MS.cast_signed())
            .expect("after the beginning");
        events.push(Event {
            tenant: 0,
            job: 3,
            start_ns,
            end_ns: start_ns + duration_ms(0, 3) * MS,
        });
        events
    }

    #[test]
    fn a_schedule_without_gaps_is_ideal() {
        let analysis = analyse(&four(0), 1, 4, true);
        assert_eq!(analysis.faults, Vec::<String>::new());
        assert_eq!(analysis.most_at_once, 3);
        assert!((analysis.efficiency - 1.0).abs() < 1e-9, "{analysis:?}");
        assert_eq!(analysis.gap_p50_ms, Some(0.0));
    }

    #[test]
    fn a_gap_is_from_an_end_to_the_start_that_takes_its_place() {
        let analysis = analyse(&four(7), 1, 4, true);
        assert_eq!(analysis.gap_p50_ms, Some(7.0));
        assert_eq!(analysis.gap_p99_ms, Some(7.0));
    }

    #[test]
    fn a_passed_limit_is_told() {
        let analysis = analyse(&four(-5), 1, 4, true);
        assert_eq!(analysis.most_at_once, 4);
        assert_eq!(
            analysis.faults,
            ["1 tenants had more than 3 calls in the air at once, the most had 4"]
        );
        assert_eq!(analysis.gap_p50_ms, Some(-5.0));
        assert_eq!(analyse(&four(-5), 1, 4, false).faults, Vec::<String>::new());
    }

    #[test]
    fn a_missing_job_and_a_doubled_one_are_told() {
        let mut events = four(0);
        events[3].job = 2;
        assert_eq!(
            analyse(&events, 1, 4, true).faults,
            [
                "1 jobs were not called",
                "1 calls were of jobs that had been called already"
            ]
        );
        events[3].tenant = 5;
        assert_eq!(
            analyse(&events, 1, 4, true).faults,
            ["1 jobs were not called", "1 calls were of no job"]
        );
        assert_eq!(analyse(&[], 2, 4, true).faults, ["8 jobs were not called"]);
    }

    #[test]
    fn percentiles_lie_between_their_neighbours() {
        assert_eq!(percentile(&[], 0.5), None);
        assert_eq!(percentile(&[1.0, 2.0], 0.5), Some(1.5));
        assert_eq!(percentile(&[1.0, 2.0, 3.0], 1.0), Some(3.0));
    }
}
