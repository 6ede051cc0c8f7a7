//! What an operator looks at first: calls in the air against the limit. Every replica reports the same.

use std::sync::Arc;
use std::time::Duration;

use observe::{Label, Metric};
use storage::load::{self, Lines};
use tracing::warn;

use crate::Dialer;

/// How often it is measured.
const TICK: Duration = Duration::from_secs(10);

const IN_AIR: Metric = Metric::shared(
    "callboard_calls_in_air",
    "Calls that hold a line now",
    &[Label::of("direction", &["outbound", "inbound"])],
);
const LINES: Metric = Metric::shared(
    "callboard_lines",
    "Open lines of the businesses that dial now or have a call in the air: the limit of callboard_calls_in_air",
    &[Label::of("kind", &["total", "outbound"])],
);
const DIALING: Metric = Metric::shared(
    "callboard_businesses_dialing",
    "Businesses with a running run",
    &[],
);
const AT_LIMIT: Metric = Metric::shared(
    "callboard_businesses_at_limit",
    "Businesses with a running run whose outbound lines are all taken",
    &[],
);
const UNRESOLVED: Metric = Metric::shared(
    "callboard_calls_unresolved",
    "Calls in the air of which it is unknown whether the carrier has them",
    &[],
);
const OLDEST: Metric = Metric::shared(
    "callboard_oldest_call_seconds",
    "Age of the oldest call in the air",
    &[],
);
const RUNS: Metric = Metric::shared(
    "callboard_runs",
    "Runs that are not over",
    &[Label::of("status", &["pending", "running", "paused"])],
);
const QUEUED: Metric = Metric::shared(
    "callboard_jobs_queued",
    "Jobs that wait in running runs",
    &[],
);

/// What is measured of the load.
pub(crate) const METRICS: [Metric; 8] = [
    IN_AIR, LINES, DIALING, AT_LIMIT, UNRESOLVED, OLDEST, RUNS, QUEUED,
];

/// Measures until the process stops.
pub(crate) async fn run(dialer: Arc<Dialer>) {
    let shutdown = dialer.lifecycle.shutdown_token();
    loop {
        let now = dialer.clock.now();
        match dialer.db.system(move |tx| load::lines(tx, now)).await {
            Ok(lines) => show(&lines),
            Err(error) => {
                warn!(error = %chassis::telemetry::chain(&error), "the load could not be measured");
            }
        }
        let pause = tokio::time::sleep(chassis::backoff::jittered(TICK));
        if shutdown.run_until_cancelled(pause).await.is_none() {
            return;
        }
    }
}

fn show(lines: &Lines) {
    let gauge = |metric: Metric, labels: &[(&'static str, &str)], value: i64| {
        metric.level(labels).set(value as f64);
    };
    gauge(IN_AIR, &[("direction", "outbound")], lines.outbound);
    gauge(IN_AIR, &[("direction", "inbound")], lines.inbound);
    gauge(LINES, &[("kind", "total")], lines.lines);
    gauge(LINES, &[("kind", "outbound")], lines.outbound_lines);
    gauge(DIALING, &[], lines.dialing);
    gauge(AT_LIMIT, &[], lines.at_limit);
    gauge(UNRESOLVED, &[], lines.unresolved);
    gauge(RUNS, &[("status", "pending")], lines.pending_runs);
    gauge(RUNS, &[("status", "running")], lines.running_runs);
    gauge(RUNS, &[("status", "paused")], lines.paused_runs);
    gauge(QUEUED, &[], lines.queued_jobs);
    OLDEST.level(&[]).set(lines.oldest_seconds);
}
