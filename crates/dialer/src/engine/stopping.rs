//! What stops runs: refusals of the carrier, and what their last calls came to. It is known before the turn that takes it in,
//! which claims nothing for such a business; then the runs are stopped, and then the business is served again.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use domain::breaker;
use domain::ids::{BusinessId, RunId};
use observe::{Label, Metric};
use storage::calls::{Fold, RunOfCall};
use storage::lines::Progress;
use storage::run_state;
use tracing::warn;

use super::mind::Mind;

pub(crate) const PAUSED: Metric = Metric::counter(
    "callboard_runs_paused_total",
    "Runs that stopped by themselves: their circuit breaker tripped, or the carrier refused",
    &[Label::of("by", &["breaker", "refusal"])],
);

/// Businesses with a run that will remember outcomes over which its circuit breaker trips. `runs` are those that could: a call
/// that a person answered trips none, but as the twelfth call of a run of which ten failed, and then the run is paused after
/// the turn all the same.
pub(super) fn tripping(folds: &[Fold], runs: HashMap<RunId, RunOfCall>) -> HashSet<BusinessId> {
    let mut recent: HashMap<RunId, String> = runs
        .into_iter()
        .map(|(id, run)| (id, run.recent_outcomes))
        .collect();
    let mut tripping = HashSet::new();
    for fold in folds {
        let Some((run, outcome)) = fold.remembered() else {
            continue;
        };
        let Some(recent) = recent.get_mut(&run) else {
            continue;
        };
        breaker::remember(recent, outcome);
        if breaker::judge(recent).is_some() {
            tripping.insert(fold.business());
        }
    }
    tripping
}

impl Mind {
    /// Stops what refusals stop, before anything more of the same business is claimed; answers the businesses. What cannot be
    /// stopped now is refused once more, and stopped then.
    pub(super) fn stop(&mut self, folds: &[Fold], now: DateTime<Utc>) -> Vec<BusinessId> {
        let mut stopped = Vec::new();
        for fold in folds {
            let Some((run, stops, why)) = fold.stops() else {
                continue;
            };
            let business = fold.business();
            PAUSED.count(&[("by", "refusal")]).increment(1);
            let done = self
                .lane
                .transaction(|tx| run_state::stop(tx, business, run, stops, why, now));
            if let Err(error) = done {
                warn!(business_id = business.0, run_id = run.0, error = %chassis::telemetry::chain(&error), "what a refusal stops could not be stopped");
            }
            stopped.push(business);
        }
        stopped
    }

    /// Pauses the runs that cannot go well, but for those that have nothing left to go wrong. One that cannot be paused now is
    /// when its next call ends.
    pub(super) fn pause(&mut self, runs: &[Progress], now: DateTime<Utc>) {
        for progress in runs {
            let trip = progress.outcomes.as_deref().and_then(breaker::judge);
            if progress.is_done || trip.is_none() {
                continue;
            }
            let Progress { business, run, .. } = *progress;
            PAUSED.count(&[("by", "breaker")]).increment(1);
            let done = self
                .lane
                .transaction(|tx| run_state::trip_over(tx, business, run, now));
            if let Err(error) = done {
                warn!(business_id = business.0, run_id = run.0, error = %chassis::telemetry::chain(&error), "a run could not be paused");
            }
        }
    }
}
