//! One call, followed through every service by the spans that they export.

use std::collections::HashMap;
use std::time::Duration;

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value as AnyValue;
use opentelemetry_proto::tonic::resource::v1::Resource;
use prost::Message as _;
use serde_json::json;
use testkit::eventually;
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::world::{Setting, World, says};

const PATIENCE: Duration = Duration::from_secs(60);

/// Whoever asks for the run has a trace already.
const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const ASKING: &str = "b7ad6b7169203331";

/// A span as it was exported.
#[derive(Debug, Clone)]
struct Span {
    service: String,
    name: String,
    trace: String,
    parent: String,
}

/// Where spans are exported to (OTLP over HTTP).
struct Collector(MockServer);

impl Collector {
    async fn start() -> Self {
        let server = MockServer::start().await;
        Mock::given(method("POST"))
            .and(path("/v1/traces"))
            .respond_with(ResponseTemplate::new(200))
            .mount(&server)
            .await;
        Self(server)
    }

    /// Every span so far, by its id.
    async fn spans(&self) -> HashMap<String, Span> {
        let requests = self.0.received_requests().await.expect("it records");
        let mut spans = HashMap::new();
        for request in requests {
            let exported = ExportTraceServiceRequest::decode(&*request.body).expect("OTLP");
            for of_process in exported.resource_spans {
                let service = service_of(of_process.resource);
                let scopes = of_process.scope_spans.into_iter();
                for span in scopes.flat_map(|scope| scope.spans) {
                    let exported = Span {
                        service: service.clone(),
                        name: span.name,
                        trace: hex(&span.trace_id),
                        parent: hex(&span.parent_span_id),
                    };
                    spans.insert(hex(&span.span_id), exported);
                }
            }
        }
        spans
    }
}

fn service_of(resource: Option<Resource>) -> String {
    let attributes = resource.map_or_else(Vec::new, |resource| resource.attributes);
    let mut names = attributes.into_iter().filter(|it| it.key == "service.name");
    match names.next().and_then(|it| it.value).and_then(|it| it.value) {
        Some(AnyValue::StringValue(name)) => name,
        other => panic!("not the name of a service: {other:?}"),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Span {
    /// As `service: name`.
    fn of(&self) -> String {
        format!("{}: {}", self.service, self.name)
    }
}

/// The spans that led to the given one, itself first; and the parent of the last.
fn way_to(spans: &HashMap<String, Span>, given: &str) -> Option<(Vec<String>, String)> {
    let mut span = spans.values().find(|span| span.of() == given)?;
    let mut way = Vec::new();
    loop {
        assert_eq!(span.trace, TRACE, "{span:?}");
        way.push(span.of());
        match spans.get(&span.parent) {
            Some(parent) => span = parent,
            None => return Some((way, span.parent.clone())),
        }
    }
}

/// From the request to the ringing phone.
const UNTIL_IT_RINGS: [&str; 4] = [
    "dialer: dial",
    "dialer: process run.requested",
    "api-gateway: publish run.requested",
    "api-gateway: POST /api/outbound/bulk-enqueue",
];

/// From there to what makes the recording-processor begin: the recording, or the end of the call, whichever is heard of last.
const RECORDED: [&str; 3] = [
    "recording-processor: process recording.ready",
    "api-gateway: publish recording.ready",
    "api-gateway: callback",
];
const COMPLETED: [&str; 5] = [
    "recording-processor: process call.completed",
    "dialer: publish call.completed",
    "dialer: process call.reported",
    "api-gateway: publish call.reported",
    "api-gateway: callback",
];

/// And from there to the change of the status.
const DECIDED: [&str; 7] = [
    "status-engine: process status.changed",
    "status-engine: publish status.changed",
    "status-engine: decide",
    "status-engine: process status.suggested",
    "recording-processor: publish status.suggested",
    "recording-processor: suggest",
    "recording-processor: conversation",
];

fn way(parts: &[&[&'static str]]) -> Vec<String> {
    let parts = parts.iter().flat_map(|part| part.iter());
    parts.map(|name| (*name).to_owned()).collect()
}

#[tokio::test]
async fn a_call_is_one_trace_from_the_request_to_the_change_of_the_status() {
    let collector = Collector::start().await;
    let world = World::with(Setting {
        are_processes: true,
        environment: vec![
            ("OTEL_EXPORTER_OTLP_ENDPOINT", collector.0.uri()),
            ("OTEL_BSP_SCHEDULE_DELAY", "100".to_owned()),
            // The event is to be faster than the sweep.
            ("CALLBOARD__DIALER__SWEEP_SECONDS", "20".to_owned()),
        ],
        ..Setting::default()
    })
    .await;
    let business = world.business(1).await;
    world.script(&business, &[says("Yes, I am interested, send me a quote.")]);
    let answer = chassis::http::client(Duration::from_secs(10))
        .expect("a client")
        .post(world.url("/api/outbound/bulk-enqueue"))
        .bearer_auth(&business.api_keys[0])
        .header("traceparent", format!("00-{TRACE}-{ASKING}-01"))
        .json(&json!({ "lead_ids": business.leads, "concurrency": 1 }))
        .send()
        .await
        .expect("an answer");
    assert_eq!(answer.status(), 202);
    world.settle().await;

    let [(way_there, _), (completed, _)] = eventually(PATIENCE, || async {
        let spans = collector.spans().await;
        // Each process exports when it has the time.
        let ways = [way_to(&spans, DECIDED[0])?, way_to(&spans, COMPLETED[0])?];
        ways.iter()
            .all(|(_, began)| began == ASKING)
            .then_some(ways)
    })
    .await;
    let by_recording = way(&[&DECIDED, &RECORDED, &UNTIL_IT_RINGS]);
    let by_its_end = way(&[&DECIDED, &COMPLETED, &UNTIL_IT_RINGS]);
    assert!(
        way_there == by_recording || way_there == by_its_end,
        "{way_there:#?}"
    );
    assert_eq!(completed, way(&[&COMPLETED, &UNTIL_IT_RINGS]));
    world.check_promises().await;
    world.stop().await;
}

#[tokio::test]
async fn nothing_is_kept_of_traces_while_nobody_collects_them() {
    let world = World::with(Setting {
        are_processes: true,
        ..Setting::default()
    })
    .await;
    let business = world.business(1).await;
    world.script(&business, &[says("Yes, I am interested, send me a quote.")]);
    world.start_run(&business, 1).await;
    world.settle().await;
    let kept = "SELECT (SELECT count(*) FROM trace_contexts)
                     + (SELECT count(*) FROM outbox_events WHERE body ? 'traceparent') AS n";
    let kept = world.until(kept, |rows| rows.len() == 1).await;
    assert_eq!(kept[0]["n"], 0);
    world.stop().await;
}
