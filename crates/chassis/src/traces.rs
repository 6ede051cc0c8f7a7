//! Spans on their way out of the process, by OTLP over HTTP, as the standard variables of OpenTelemetry say
//! (<https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/>). Without an endpoint there are none.

use std::sync::OnceLock;
use std::time::Duration;

use anyhow::Context as _;
use opentelemetry::KeyValue;
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_otlp::SpanExporter;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{SdkTracer, SdkTracerProvider};
use tracing::Subscriber;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::registry::LookupSpan;

use crate::settings;

/// Set to `true`, they switch everything of OpenTelemetry off.
const DISABLED: &str = "OTEL_SDK_DISABLED";
/// Where spans go; one of them must be set.
const ENDPOINTS: [&str; 2] = [
    "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
    "OTEL_EXPORTER_OTLP_ENDPOINT",
];
/// Overrides the name of the service.
const SERVICE_NAME: &str = "OTEL_SERVICE_NAME";

/// Longest wait for the last spans at the end of the process.
const LAST_WORDS: Duration = Duration::from_secs(3);

static PROVIDER: OnceLock<SdkTracerProvider> = OnceLock::new();

/// Starts exporting, where the environment names an endpoint.
///
/// # Errors
/// When the exporter cannot be set up: the endpoint is no address, or TLS cannot be had.
pub(crate) fn tracer(service: &'static str) -> anyhow::Result<Option<SdkTracer>> {
    let is_off =
        settings::variable(DISABLED).is_some_and(|value| value.eq_ignore_ascii_case("true"));
    if is_off
        || ENDPOINTS
            .iter()
            .all(|name| settings::variable(name).is_none())
    {
        return Ok(None);
    }
    let exporter = SpanExporter::builder()
        .with_http()
        .build()
        .context("OTEL_EXPORTER_OTLP_ENDPOINT")?;
    let resource = Resource::builder()
        .with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")));
    let resource = match settings::variable(SERVICE_NAME) {
        Some(_) => resource,
        None => resource.with_service_name(service),
    };
    let provider = SdkTracerProvider::builder()
        .with_batch_exporter(exporter)
        .with_resource(resource.build())
        .build();
    let tracer = provider.tracer(service);
    if PROVIDER.set(provider).is_ok() {
        observe::trace::switch_on(settings::told_of_traces()?);
    }
    Ok(Some(tracer))
}

/// The layer that makes spans of spans: those of ours, whatever is logged, and none of the libraries beneath.
pub(crate) fn layer<S>(tracer: SdkTracer) -> impl Layer<S> + Send + Sync
where
    S: Subscriber + for<'a> LookupSpan<'a> + Send + Sync,
{
    let libraries = [
        "actix_http",
        "actix_server",
        "h2",
        "hyper",
        "hyper_util",
        "lapin",
        "opentelemetry",
        "opentelemetry_sdk",
        "opentelemetry_otlp",
        "reqwest",
        "rustls",
        "tower",
    ];
    let silent = libraries.map(|name| (name, LevelFilter::OFF));
    let ours = Targets::new()
        .with_default(LevelFilter::INFO)
        .with_targets(silent);
    tracing_opentelemetry::layer()
        .with_tracer(tracer)
        .with_location(false)
        .with_threads(false)
        .with_target(false)
        .with_tracked_inactivity(false)
        .with_filter(ours)
}

/// Sends what has not been sent yet; to be called on a thread that may block, when nothing more comes.
pub(crate) fn finish() {
    if let Some(provider) = PROVIDER.get()
        && let Err(error) = provider.shutdown_with_timeout(LAST_WORDS)
    {
        tracing::warn!(%error, "the last spans were not exported");
    }
}
