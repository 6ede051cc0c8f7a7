//! What the services export, scraped from the running processes and compared with the tables of the code.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use carrier_sim::{Chance, Faults, Outcome, WhatsappMessage};
use observe::{Kind, Metric};
use reqwest::Method;
use serde_json::json;
use testkit::{Business, eventually};
use wiremock::matchers::method;
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::world::{Setting, World, ends_in, says};

/// Longer than the slowest measurement's tick.
const PATIENCE: Duration = Duration::from_secs(60);

/// Under their own names, by `metrics-process`.
pub const OF_PROCESSES: [&str; 6] = [
    "process_start_time_seconds",
    "process_cpu_seconds_total",
    "process_resident_memory_bytes",
    "process_open_fds",
    "process_max_fds",
    "process_threads",
];

/// The metrics of each service.
pub fn tables() -> [(&'static str, Vec<Metric>); 4] {
    let shared = [
        &chassis::telemetry::PROCESS[..],
        &storage::METRICS,
        &messaging::METRICS,
    ]
    .concat();
    let with = |own: &[&[Metric]]| [shared.clone(), own.concat()].concat();
    [
        ("api-gateway", with(&[&api_gateway::METRICS])),
        (
            "dialer",
            with(&[dialer::METRICS[0], dialer::METRICS[1], &carrier::METRICS]),
        ),
        (
            "recording-processor",
            with(&[&recording_processor::METRICS, &carrier::METRICS]),
        ),
        ("status-engine", with(&[&status_engine::METRICS])),
    ]
}

/// Metrics that a service has no part in, although it has the table.
fn is_absent(service: &str, metric: &str) -> bool {
    let of_consumers = [
        "callboard_event_lag_seconds",
        "callboard_event_handling_seconds",
        "callboard_events_consumed_total",
    ];
    service == "api-gateway" && of_consumers.contains(&metric)
}

/// Open labels, of which a series comes only when something goes wrong: who sees them, and whom this test spares it.
fn is_spared(service: &str, metric: &str) -> bool {
    (service, metric) == ("recording-processor", "callboard_carrier_errors_total")
}

/// Series by the name of their metric, each with its labels.
type Series = BTreeMap<String, BTreeSet<BTreeMap<String, String>>>;

fn read(text: &str) -> Series {
    let mut series = Series::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let Some((series_of, _)) = line.rsplit_once(' ') else {
            continue;
        };
        let (name, labels) = series_of.split_once('{').unwrap_or((series_of, "}"));
        let labels = labels.trim_end_matches('}').split("\",");
        let labels = labels.filter_map(|label| {
            let (label, value) = label.split_once("=\"")?;
            let value = value.trim_end_matches('"');
            (label != "le").then(|| (label.to_owned(), value.to_owned()))
        });
        series
            .entry(name.to_owned())
            .or_default()
            .insert(labels.collect());
    }
    series
}

/// The label values that the table fixes: every combination.
fn expected(metric: &Metric) -> Vec<BTreeMap<String, String>> {
    let mut all = vec![BTreeMap::new()];
    for label in metric.labels {
        all = all
            .iter()
            .flat_map(|series: &BTreeMap<_, _>| {
                label.values.iter().map(|value| {
                    let mut series = series.clone();
                    series.insert(label.name.to_owned(), (*value).to_owned());
                    series
                })
            })
            .collect();
    }
    all
}

/// What of `metric` is not exported as its table says.
fn missing(metric: &Metric, exported: &Series) -> Option<String> {
    let name = match metric.kind {
        Kind::Histogram => format!("{}_bucket", metric.name),
        Kind::Counter | Kind::Gauge => metric.name.to_owned(),
    };
    let none = BTreeSet::new();
    let series = exported.get(&name).unwrap_or(&none);
    if series.is_empty() {
        return Some(format!("{name} is not exported"));
    }
    let names: BTreeSet<&str> = metric.labels.iter().map(|label| label.name).collect();
    let odd = series.iter().find(|labels| {
        let has: BTreeSet<&str> = labels.keys().map(String::as_str).collect();
        let is_foreign = metric.labels.iter().any(|label| {
            let value = labels.get(label.name).map(String::as_str);
            let values = label.values;
            !values.is_empty() && value.is_some_and(|value| !values.contains(&value))
        });
        has != names || is_foreign
    });
    if let Some(odd) = odd {
        return Some(format!("{name}{odd:?} is not in the table"));
    }
    // A histogram begins with its first value.
    let wanted = match metric.kind {
        Kind::Histogram => Vec::new(),
        Kind::Counter | Kind::Gauge => expected(metric),
    };
    let lacking = wanted.into_iter().find(|labels| !series.contains(labels))?;
    Some(format!("{name}{lacking:?} is not exported"))
}

const PAGE: &str = "../../proto-docs/observability.md";
const TABLE_BEGINS: &str = "| metric | type | labels | what it tells | services |";

/// The table of the page, from the tables of the code.
fn table() -> String {
    let mut rows: Vec<(Metric, Vec<&str>)> = Vec::new();
    for (service, metrics) in tables() {
        for metric in metrics {
            if is_absent(service, metric.name) {
                continue;
            }
            match rows.iter_mut().find(|(known, _)| *known == metric) {
                Some((_, services)) => services.push(service),
                None => rows.push((metric, vec![service])),
            }
        }
    }
    let mut lines = vec![TABLE_BEGINS.to_owned(), "|---|---|---|---|---|".to_owned()];
    for (metric, services) in rows {
        let labels = metric.labels.iter().map(|label| match label.values {
            [] => format!("`{}`", label.name),
            values => format!("`{}`: {}", label.name, values.join(", ")),
        });
        let labels = labels.collect::<Vec<_>>().join("; ");
        let kind = match metric.is_shared {
            true => "gauge, shared",
            false => metric.kind.as_str(),
        };
        let services = match services.len() {
            4 => "all".to_owned(),
            _ => services.join(", "),
        };
        lines.push(format!(
            "| `{}` | {kind} | {labels} | {} | {services} |",
            metric.name, metric.help
        ));
    }
    lines.join("\n") + "\n"
}

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "a switch of the test, not a setting of the service"
)]
fn the_page_has_every_metric() {
    let page = std::fs::read_to_string(PAGE).expect("the page");
    let before = page.split(TABLE_BEGINS).next().expect("a beginning");
    let wanted = format!("{before}{}", table());
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(PAGE, &wanted).expect("the page can be written");
    } else {
        assert_eq!(page, wanted, "run this test with UPDATE_DOCS=1");
    }
}

/// A program that is told of what happens.
async fn receiver(world: &World, business: &Business) -> MockServer {
    let receiver = MockServer::start().await;
    Mock::given(method("POST"))
        .respond_with(ResponseTemplate::new(200))
        .mount(&receiver)
        .await;
    let wanted = json!({
        "url": format!("{}/hook", receiver.uri()),
        "event_types": ["status.changed"],
    });
    let path = "/api/webhook-endpoints";
    let (status, endpoint) = world.ask(business, Method::POST, path, Some(wanted)).await;
    assert_eq!(status, 201, "{endpoint}");
    receiver
}

/// A run with answers and without, and a WhatsApp session that is closed.
async fn a_small_day(world: &World, business: &Business) {
    let scripts = [
        says("Yes, I am interested, please send me a quote."),
        ends_in(Outcome::NoAnswer),
        ends_in(Outcome::Busy),
    ];
    world.script(business, &scripts);
    world.start_run(business, 2).await;
    let message = WhatsappMessage {
        from: "+972541000001".to_owned(),
        to: business.caller_number.clone(),
        body: "Please send me a quote.".to_owned(),
        url: Some(world.url("/webhooks/twilio/whatsapp")),
        ..WhatsappMessage::default()
    };
    world.sim.whatsapp(&message).expect("it is sent");
    let open = "SELECT id FROM whatsapp_sessions";
    let sessions = world.until(open, |rows| rows.len() == 1).await;
    let close = format!("/api/whatsapp/sessions/{}/close", sessions[0]["id"]);
    let (status, answer) = world.ask(business, Method::POST, &close, None).await;
    assert_eq!(status, 200, "{answer}");
    world.settle().await;
}

#[tokio::test]
async fn every_metric_of_the_tables_is_exported_with_its_labels() {
    let world = World::with(Setting {
        are_processes: true,
        language_model: true,
        faults: Faults {
            create_429: Chance::next(1),
            ..Faults::default()
        },
        ..Setting::default()
    })
    .await;
    let business = world.business(6).await;
    let receiver = receiver(&world, &business).await;
    a_small_day(&world, &business).await;
    eventually(PATIENCE, || async {
        let told = receiver.received_requests().await?;
        (told.len() > 1).then_some(())
    })
    .await;

    for (service, metrics) in tables() {
        let process = world.processes().iter().find(|it| it.name == service);
        let process = process.expect("it runs");
        let metrics: Vec<Metric> = metrics
            .into_iter()
            .filter(|metric| !is_absent(service, metric.name) && !is_spared(service, metric.name))
            .collect();
        let deadline = std::time::Instant::now() + PATIENCE;
        // Some are measured now and then.
        let wrong = eventually(PATIENCE * 2, || async {
            let exported = read(&process.metrics().await);
            let of_process = OF_PROCESSES
                .into_iter()
                .filter(|name| !exported.contains_key(*name))
                .map(|name| format!("{name} is not exported"));
            let wrong = metrics.iter().filter_map(|it| missing(it, &exported));
            let wrong: Vec<String> = wrong.chain(of_process).collect();
            let is_over = wrong.is_empty() || std::time::Instant::now() > deadline;
            is_over.then_some(wrong)
        })
        .await;
        assert_eq!(wrong, Vec::<String>::new(), "{service}");
        let exported = read(&process.metrics().await);
        let known: BTreeSet<&str> = metrics.iter().map(|metric| metric.name).collect();
        let unknown: Vec<&String> = exported
            .keys()
            .filter(|name| name.starts_with("callboard_"))
            .filter(|name| {
                let suffixes = ["_bucket", "_sum", "_count"].into_iter();
                let mut bare = suffixes.filter_map(|suffix| name.strip_suffix(suffix));
                !known.contains(name.as_str())
                    && !bare.any(|bare| known.contains(bare))
                    && !is_spared(service, name)
            })
            .collect();
        assert_eq!(unknown, Vec::<&String>::new(), "{service} exports more");
    }
    world.check_promises().await;
    world.stop().await;
}
