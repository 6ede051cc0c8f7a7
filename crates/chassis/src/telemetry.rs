//! Logs, metrics and traces.
//!
//! Logs are one JSON object per line in production and readable in development. `CALLBOARD__LOG__FILTER` chooses what is
//! logged, in the language of `RUST_LOG` (`info,dialer=debug`); the default is `info`. Nothing personal is logged: what
//! the broker's client would print of returned messages is silenced whatever the filter says, and a panic whose message
//! was composed at run time is reported by its place alone in production.
//!
//! Spans are exported where `OTEL_EXPORTER_OTLP_ENDPOINT` says, and nowhere when it says nothing.

use std::sync::OnceLock;

use anyhow::Context as _;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use observe::{Label, Metric};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::JsonFields;
use tracing_subscriber::layer::{Layer as _, SubscriberExt as _};
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::log_line::LogLine;
use crate::settings::Environment;
use crate::traces;

/// Upper bounds of histograms, in seconds: from a statement in the database to a long call.
const BUCKETS: [f64; 16] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 120.0,
    600.0,
];

/// lapin logs a returned message together with its payload, which holds personal data. What a client sends that is no HTTP is
/// answered and is no error of ours: anyone could fill the logs with it.
const SILENCED: [&str; 2] = [
    "lapin::returned_messages=off",
    "actix_http::h1::dispatcher=off",
];

static METRICS: OnceLock<Option<PrometheusHandle>> = OnceLock::new();

const BUILD: Metric = Metric::gauge(
    "callboard_build_info",
    "1, for what runs",
    &[Label::open("service"), Label::open("version")],
);

/// What is measured of every process, beside the standard metrics of processes.
pub const PROCESS: [Metric; 1] = [BUILD];

/// Starts logging, counting and tracing for this process. A second call changes nothing.
///
/// # Errors
/// When `CALLBOARD__LOG__FILTER` cannot be read, or traces are asked for and cannot be exported.
pub fn init(service: &'static str, environment: Environment) -> anyhow::Result<()> {
    let filter = filter(&crate::settings::log_filter()?)?;
    let traces = traces::tracer(service)?.map(traces::layer);
    let registry = tracing_subscriber::registry().with(traces);
    // An error means that logging has been started already.
    let started = match environment {
        Environment::Production => {
            let lines = tracing_subscriber::fmt::layer()
                .fmt_fields(JsonFields::new())
                .event_format(LogLine);
            registry.with(lines.with_filter(filter)).try_init()
        }
        Environment::Development => {
            let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
            registry.with(lines.with_filter(filter)).try_init()
        }
    };
    if started.is_ok() {
        report_panics(environment);
    }
    describe(&PROCESS);
    let labels = [("service", service), ("version", env!("CARGO_PKG_VERSION"))];
    BUILD.level(&labels).set(1.0);
    Ok(())
}

/// Gives metrics their help texts and begins the series that are known beforehand at zero.
pub fn describe(metrics: &[Metric]) {
    recorder();
    observe::describe(metrics);
}

/// Sends the last spans; to be called when all else has ended, on a thread that may block.
pub(crate) fn finish() {
    traces::finish();
}

/// Everything counted so far, in Prometheus' text form. Empty when another recorder was installed before.
#[must_use]
pub fn metrics_text() -> String {
    metrics_process::Collector::default().collect();
    recorder().map(PrometheusHandle::render).unwrap_or_default()
}

/// An error with everything behind it, on one line, for a log.
#[must_use]
pub fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

/// Keeps the memory of histograms bounded; to be called every few seconds.
pub(crate) fn upkeep() {
    if let Some(handle) = recorder() {
        handle.run_upkeep();
    }
}

fn recorder() -> Option<&'static PrometheusHandle> {
    METRICS
        .get_or_init(|| {
            PrometheusBuilder::new()
                .set_buckets(&BUCKETS)
                .ok()?
                .install_recorder()
                .inspect(|_| metrics_process::Collector::default().describe())
                .ok()
        })
        .as_ref()
}

/// What is logged when `wanted` is asked for.
///
/// # Errors
/// When it cannot be read.
pub fn filter(wanted: &str) -> anyhow::Result<EnvFilter> {
    let mut filter = EnvFilter::try_new(wanted)
        .with_context(|| format!("CALLBOARD__LOG__FILTER is not a filter: {wanted:?}; write for example info,dialer=debug"))?;
    for silenced in SILENCED {
        filter = filter.add_directive(silenced.parse().context("the silenced target")?);
    }
    Ok(filter)
}

fn report_panics(environment: Environment) {
    std::panic::set_hook(Box::new(move |panic| {
        let payload = panic.payload();
        // A literal message is part of the program; a composed one may hold a person's data.
        let message = payload
            .downcast_ref::<&'static str>()
            .copied()
            .or_else(|| {
                payload
                    .downcast_ref::<String>()
                    .filter(|_| environment == Environment::Development)
                    .map(String::as_str)
            })
            .unwrap_or("(message withheld)");
        let place = panic
            .location()
            .map(ToString::to_string)
            .unwrap_or_default();
        tracing::error!(place, "panicked: {message}");
    }));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_have_sent_stays_silent_whatever_is_asked_for() {
        for wanted in ["info", "trace", "lapin=trace,info", "actix_http=trace"] {
            let filter = filter(wanted).expect("a filter").to_string();
            for silenced in SILENCED {
                assert!(filter.contains(silenced), "{filter}");
            }
        }
    }

    #[test]
    fn a_filter_that_cannot_be_read_says_how_to_write_one() {
        let error = filter("dialer=loud")
            .expect_err("no such level")
            .to_string();
        assert!(
            error.starts_with("CALLBOARD__LOG__FILTER is not a filter"),
            "{error}"
        );
    }
}
