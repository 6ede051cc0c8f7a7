//! How long lines stand idle between two calls of a run.

use std::collections::HashMap;
use std::time::Duration;

use chrono::{DateTime, Utc};
use domain::ids::{BusinessId, RunId};
use observe::Metric;

/// A longer gap is a wait for something: calling hours, a retry that is not due, a person who pauses the run.
const LONGEST: Duration = Duration::from_secs(10);

/// Most lines whose end is remembered; beyond it the older ones are forgotten together.
const MOST: usize = 20_000;

pub(crate) const IDLE: Metric = Metric::seconds(
    "callboard_slot_idle_seconds",
    "Slot idle gap: from the report of a call's end to the claim that takes its line again for the same run; gaps over 10 s are waits and not counted",
    &[],
);

/// Lines that were left and not taken again yet, with the run and the time of it.
#[derive(Default)]
pub(super) struct Gaps(HashMap<(BusinessId, i16), (RunId, DateTime<Utc>)>);

impl Gaps {
    /// A call of the run left the line at `since`.
    pub(super) fn left(
        &mut self,
        business: BusinessId,
        line: i16,
        run: RunId,
        since: DateTime<Utc>,
    ) {
        if self.0.len() >= MOST {
            self.0.clear();
        }
        self.0.insert((business, line), (run, since));
    }

    /// A call of the run takes the line.
    pub(super) fn taken(
        &mut self,
        business: BusinessId,
        line: i16,
        run: RunId,
        now: DateTime<Utc>,
    ) {
        let Some((before, since)) = self.0.remove(&(business, line)) else {
            return;
        };
        // The report is stamped by the clock of the gateway, which may be ahead.
        let gap = (now - since).to_std().unwrap_or_default();
        if before == run && gap <= LONGEST {
            IDLE.timing(&[]).record(gap);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use metrics_exporter_prometheus::PrometheusBuilder;

    #[test]
    fn a_gap_counts_when_the_same_run_takes_the_line_again_soon() {
        let recorder = PrometheusBuilder::new().build_recorder();
        let business = BusinessId(1);
        let at = |seconds| DateTime::UNIX_EPOCH + chrono::Duration::seconds(seconds);
        metrics::with_local_recorder(&recorder, || {
            let mut gaps = Gaps::default();
            gaps.taken(business, 0, RunId(1), at(0));
            gaps.left(business, 0, RunId(1), at(10));
            gaps.taken(business, 0, RunId(1), at(12));
            gaps.left(business, 0, RunId(1), at(20));
            gaps.taken(business, 0, RunId(2), at(21));
            gaps.left(business, 1, RunId(1), at(20));
            gaps.taken(business, 1, RunId(1), at(31));
        });
        let text = recorder.handle().render();
        assert!(
            text.contains("callboard_slot_idle_seconds_count 1"),
            "{text}"
        );
        assert!(text.contains("callboard_slot_idle_seconds_sum 2"), "{text}");
    }
}
