//! The trace that work belongs to, across processes: W3C Trace Context (<https://www.w3.org/TR/trace-context/>), of which
//! only `traceparent` is carried.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use opentelemetry::Context;
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator as _};
use opentelemetry::trace::TraceContextExt as _;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

/// The name of the header, of the attribute of an event, and of the column.
pub const TRACEPARENT: &str = "traceparent";

static IS_ON: AtomicBool = AtomicBool::new(false);
static TOLD_TO: OnceLock<Vec<String>> = OnceLock::new();

/// From now on spans are exported, and requests to the hosts in `told_to` say which trace they belong to.
pub fn switch_on(told_to: Vec<String>) {
    let _ = TOLD_TO.set(told_to);
    IS_ON.store(true, Ordering::Release);
}

/// Whether spans are exported. While they are not, nothing is done for them.
#[must_use]
pub fn is_on() -> bool {
    IS_ON.load(Ordering::Acquire)
}

/// The `traceparent` of the current span; none while nothing is exported.
#[must_use]
pub fn parent() -> Option<String> {
    is_on().then(|| of(&Span::current()))?
}

/// The `traceparent` of `span`, which begins with that; none while nothing is exported.
#[must_use]
pub fn of(span: &Span) -> Option<String> {
    if !is_on() {
        return None;
    }
    let context = span.context();
    context.span().span_context().is_valid().then(|| {
        let mut written = Written::default();
        TraceContextPropagator::new().inject_context(&context, &mut written);
        written.0
    })
}

/// The id of the trace that is worked on here and now; none while nothing is exported.
#[must_use]
pub fn current_id() -> Option<String> {
    if !is_on() {
        return None;
    }
    let context = Context::current();
    let span = context.span();
    let id = span.span_context().trace_id();
    span.span_context().is_valid().then(|| id.to_string())
}

/// Lets `span`, which has not begun, go on from `traceparent`. Without one, or with one that cannot be read, it stands where
/// it was made.
pub fn follow(span: &Span, traceparent: Option<&str>) {
    let Some(traceparent) = traceparent.filter(|_| is_on()) else {
        return;
    };
    let context =
        TraceContextPropagator::new().extract_with_context(&Context::new(), &Read(traceparent));
    if context.span().span_context().is_valid() {
        // An error says that the span is filtered out: then nobody can go on from it.
        let _ = span.set_parent(context);
    }
}

/// The `traceparent` for a request to `host`; none unless the installation has said that this host is told. Others, such as
/// the carrier and the receivers of webhooks, learn nothing of our traces.
#[must_use]
pub fn parent_for(host: Option<&str>) -> Option<String> {
    let told_to = TOLD_TO.get()?;
    let is_told = told_to.iter().any(|told| host == Some(told.as_str()));
    is_told.then(parent)?
}

/// Takes up the one field.
#[derive(Default)]
struct Written(String);

impl Injector for Written {
    fn set(&mut self, key: &str, value: String) {
        if key == TRACEPARENT {
            self.0 = value;
        }
    }
}

/// Hands out the one field.
struct Read<'a>(&'a str);

impl Extractor for Read<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        (key == TRACEPARENT).then_some(self.0)
    }

    fn keys(&self) -> Vec<&str> {
        vec![TRACEPARENT]
    }
}
