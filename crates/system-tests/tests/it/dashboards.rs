//! Dashboards and alerts ask for what the services really export: names, labels and values as in the tables that
//! [`crate::metrics`] compares with the running services.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use observe::{Kind, Metric};
use serde_json::Value;

use crate::metrics::{OF_PROCESSES, tables};

const DASHBOARDS: &str = "../../deploy/grafana";
const ALERTS: &str = "../../deploy/prometheus/alerts.yaml";

/// Labels that whoever scrapes adds to every series, and the bounds of histograms.
const OF_EVERY_SERIES: [&str; 6] = ["instance", "job", "le", "namespace", "pod", "service"];

/// The names under which a metric is exported.
fn names(metric: &Metric) -> Vec<String> {
    match metric.kind {
        Kind::Histogram => ["bucket", "sum", "count"]
            .map(|suffix| format!("{}_{suffix}", metric.name))
            .into(),
        Kind::Counter | Kind::Gauge => vec![metric.name.to_owned()],
    }
}

fn exported() -> BTreeMap<String, Option<Metric>> {
    let tables = tables().into_iter().flat_map(|(_, metrics)| metrics);
    tables
        .flat_map(|metric| {
            names(&metric)
                .into_iter()
                .map(move |name| (name, Some(metric)))
        })
        .chain(OF_PROCESSES.map(|name| (name.to_owned(), None)))
        .collect()
}

/// Every query of a dashboard.
fn queries(dashboard: &Value, found: &mut Vec<String>) {
    match dashboard {
        Value::Object(fields) => {
            let own = ["expr", "query"].iter().filter_map(|key| fields.get(*key));
            found.extend(own.filter_map(Value::as_str).map(str::to_owned));
            fields.values().for_each(|value| queries(value, found));
        }
        Value::Array(values) => values.iter().for_each(|value| queries(value, found)),
        _ => {}
    }
}

/// The metrics that a text asks for, each with what stands in braces behind it.
fn asked_for(text: &str) -> Vec<(&str, &str)> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let mut asked = Vec::new();
    let mut rest = text;
    while let Some(begin) = rest.find(is_part) {
        let word = &rest[begin..];
        let end = word.find(|c| !is_part(c)).unwrap_or(word.len());
        let (name, behind) = word.split_at(end);
        rest = behind;
        if name.starts_with("callboard_") || name.starts_with("process_") {
            let inside = behind.strip_prefix('{').and_then(|it| it.split_once('}'));
            asked.push((name, inside.map_or("", |(inside, _)| inside)));
        }
    }
    asked
}

/// What is wrong with one question.
fn wrong(
    exported: &BTreeMap<String, Option<Metric>>,
    name: &str,
    matchers: &str,
) -> Option<String> {
    let Some(metric) = exported.get(name) else {
        return Some(format!("{name} is not exported"));
    };
    let labels = metric.map_or(&[][..], |metric| metric.labels);
    for matcher in matchers.split(',').filter(|it| !it.trim().is_empty()) {
        let (label, values) = matcher.split_once(['=', '!'])?;
        let label = label.trim();
        let known = labels.iter().find(|known| known.name == label);
        let Some(known) = known else {
            if OF_EVERY_SERIES.contains(&label) {
                continue;
            }
            return Some(format!("{name} has no label {label}"));
        };
        let values = values.trim_matches(['=', '~', '"', ' ']).split('|');
        let odd = values
            .filter(|value| {
                value
                    .chars()
                    .all(|c| c.is_ascii_alphanumeric() || "_-.".contains(c))
            })
            .find(|value| !known.values.is_empty() && !known.values.contains(value));
        if let Some(odd) = odd {
            return Some(format!("{label} of {name} is never {odd:?}"));
        }
    }
    None
}

fn texts() -> Vec<(PathBuf, String)> {
    let read = |path: &Path| {
        std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    };
    let files = std::fs::read_dir(DASHBOARDS).expect("there are dashboards");
    let mut texts: Vec<(PathBuf, String)> = files
        .map(|file| file.expect("a file").path())
        .filter(|path| path.extension().is_some_and(|it| it == "json"))
        .map(|path| {
            let dashboard = serde_json::from_str(&read(&path)).expect("JSON");
            let mut found = Vec::new();
            queries(&dashboard, &mut found);
            (path, found.join("\n"))
        })
        .collect();
    assert!(!texts.is_empty(), "there is no dashboard in {DASHBOARDS}");
    texts.push((ALERTS.into(), read(Path::new(ALERTS))));
    texts
}

#[test]
fn dashboards_and_alerts_ask_for_what_is_exported() {
    let exported = exported();
    let mut all = Vec::new();
    for (path, text) in texts() {
        let asked = asked_for(&text);
        assert!(!asked.is_empty(), "{} asks for nothing", path.display());
        let wrong = asked
            .iter()
            .filter_map(|(name, matchers)| wrong(&exported, name, matchers));
        all.extend(wrong.map(|what| format!("{}: {what}", path.display())));
    }
    assert_eq!(all, Vec::<String>::new());
}

#[test]
fn a_name_a_label_or_a_value_that_is_not_exported_is_found() {
    let exported = exported();
    for (query, what) in [
        (
            "rate(callboard_dialled_total[5m])",
            "callboard_dialled_total is not exported",
        ),
        (
            "callboard_event_lag_seconds",
            "callboard_event_lag_seconds is not exported",
        ),
        (
            r#"callboard_dials_total{result="unknown"}"#,
            "callboard_dials_total has no label result",
        ),
        (
            r#"callboard_dials_total{outcome=~"unknown|lost"}"#,
            r#"outcome of callboard_dials_total is never "lost""#,
        ),
    ] {
        let asked = asked_for(query);
        let found = wrong(&exported, asked[0].0, asked[0].1);
        assert_eq!(found.as_deref(), Some(what));
    }
    let right =
        r#"sum by (job) (rate(callboard_dials_total{job="dialer", outcome!="accepted"}[5m]))"#;
    let asked = asked_for(right);
    assert_eq!(wrong(&exported, asked[0].0, asked[0].1), None);
}
