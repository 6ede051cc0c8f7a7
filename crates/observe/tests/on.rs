//! While spans are exported: work goes on from where it is told, across processes.

use observe::trace;
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing::info_span;
use tracing_subscriber::layer::SubscriberExt as _;

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

#[test]
fn a_span_goes_on_from_a_traceparent_and_hands_its_own_on() {
    let tracer = SdkTracerProvider::builder().build().tracer("test");
    let layer = tracing_opentelemetry::layer().with_tracer(tracer);
    let subscriber = tracing_subscriber::registry().with(layer);
    trace::switch_on(vec!["speech.internal".to_owned()]);
    tracing::subscriber::with_default(subscriber, || {
        let read = format!("00-{TRACE}-00f067aa0ba902b7-01");
        let span = info_span!("work");
        trace::follow(&span, Some(&read));
        span.in_scope(|| {
            let handed_on = trace::parent().expect("it is in a trace");
            assert!(
                handed_on.starts_with(&format!("00-{TRACE}-")),
                "{handed_on}"
            );
            assert!(handed_on.ends_with("-01"), "{handed_on}");
            assert_ne!(handed_on, read);
            assert_eq!(trace::current_id().as_deref(), Some(TRACE));
            assert_eq!(trace::parent_for(Some("speech.internal")), Some(handed_on));
            for others in [Some("api.example.com"), None] {
                assert_eq!(trace::parent_for(others), None);
            }
        });
        // What cannot be read begins a trace of its own.
        for odd in ["", "00-0-0-01", "nonsense"] {
            let span = info_span!("work");
            trace::follow(&span, Some(odd));
            let own = trace::of(&span).expect("it is in a trace");
            assert!(!own.contains(TRACE), "{own}");
        }
    });
}
