use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use testkit::{Database, Vhost};

use crate::{Ran, command, on, run};

/// Tenant, job, start and end of every call.
fn events(text: &str) -> Vec<[u64; 4]> {
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some("tenant,job,start_ns,end_ns"));
    lines
        .map(|line| {
            let fields: Vec<u64> = line
                .split(',')
                .map(|field| field.parse().expect("a number"))
                .collect();
            fields.try_into().expect("four fields")
        })
        .collect()
}

/// The most calls of each tenant at once: at the start of every call, those that had begun and not ended.
fn most_at_once(events: &[[u64; 4]]) -> BTreeMap<u64, usize> {
    let mut most = BTreeMap::new();
    for [tenant, _, at, _] in events {
        let in_the_air = events
            .iter()
            .filter(|[whose, _, start, end]| whose == tenant && start <= at && at < end)
            .count();
        let so_far = most.entry(*tenant).or_insert(0);
        *so_far = in_the_air.max(*so_far);
    }
    most
}

async fn refill(processes: &str) {
    let database = Database::create().await;
    let folder = tempfile::tempdir().expect("a directory");
    let out = folder.path().join("events.csv");
    let out = out.to_str().expect("text");
    let arguments = [
        "bench",
        "W1",
        "--tenants",
        "3",
        "--jobs",
        "8",
        "--history",
        "50",
        "--processes",
        processes,
        "--out",
        out,
        "--json",
    ];
    let document = on(&database, &arguments).json();
    assert_eq!(document["ok"], true);
    assert_eq!(document["details"]["calls"], 24);
    assert!(
        document["figures"][0]["ours"]
            .as_f64()
            .is_some_and(|efficiency| efficiency > 0.0 && efficiency <= 1.0)
    );

    let events = events(&fs::read_to_string(out).expect("the file of events"));
    let jobs: BTreeSet<(u64, u64)> = events
        .iter()
        .map(|[tenant, job, ..]| (*tenant, *job))
        .collect();
    let expected = (0..3).flat_map(|tenant| (0..8).map(move |job| (tenant, job)));
    assert_eq!(events.len(), 24);
    assert_eq!(jobs, expected.collect());
    assert_eq!(
        most_at_once(&events),
        BTreeMap::from([(0, 3), (1, 3), (2, 3)])
    );
    // As the workload defines them.
    for (job, ms) in [(0, 175), (1, 591), (2, 38)] {
        let [_, _, start, end] = events
            .iter()
            .find(|event| event[..2] == [0, job])
            .expect("each job once");
        assert!(end - start >= ms * 1_000_000, "{job}");
    }
}

#[tokio::test]
async fn a_line_that_is_free_is_taken_and_no_more_than_that() {
    refill("1").await;
}

#[tokio::test]
async fn two_processes_call_every_job_once_and_keep_one_limit() {
    refill("2").await;
}

#[tokio::test]
async fn a_run_of_many_leads_and_a_drain_are_measured() {
    let database = Database::create().await;
    for how in ["named", "all"] {
        let enqueue = ["bench", "W2", "--n", "500", "--choose", how, "--json"];
        let enqueue = on(&database, &enqueue).json();
        assert_eq!(enqueue["ok"], true);
        assert!(
            enqueue["figures"][0]["ours"]
                .as_f64()
                .is_some_and(|seconds| seconds > 0.0)
        );
    }

    let drain = on(&database, &["bench", "W3", "--n", "200"]);
    assert_eq!(drain.status, 0, "{}\n{}", drain.stderr, drain.stdout);
    assert!(
        drain.stdout.contains("calls: 200") && !drain.stdout.contains("FAULT"),
        "{}",
        drain.stdout
    );
}

#[tokio::test]
async fn what_it_costs_to_wait_is_measured_with_every_line_busy() {
    let database = Database::create().await;
    let arguments = [
        "bench",
        "W4",
        "--tenants",
        "2",
        "--jobs",
        "5",
        "--seconds",
        "1",
        "--json",
    ];
    let document = on(&database, &arguments).json();
    assert_eq!(document["ok"], true);
    assert_eq!(document["details"]["calls up"], 6);
}

#[tokio::test]
async fn nothing_is_left_on_the_server() {
    let database = Database::create().await;
    let child = command(&["bench", "W2", "--n", "10", "--history", "0"])
        .env("DATABASE_URL", database.url())
        .spawn()
        .expect("it starts");
    let its_own = format!("callboard_bench_{}", child.id());
    let ran: Ran = child.wait_with_output().expect("it ends").into();
    assert_eq!((ran.status, ran.stderr.as_str()), (0, ""));
    let left = database
        .sql(&format!(
            "SELECT datname FROM pg_database WHERE datname LIKE '{its_own}%'"
        ))
        .await;
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn a_workload_takes_its_own_options_only() {
    for line in [
        "bench",
        "bench W5",
        "bench W1 --n 5",
        "bench W1 --tenants 0",
        "bench W2 --tenants 5",
        "bench W3 --n 51",
        "bench W4 --out x",
        "bench classify --n 0",
    ] {
        let words: Vec<&str> = line.split_whitespace().collect();
        let ran = run(&words);
        assert_eq!(ran.status, 2, "{line}: {}", ran.stderr);
        assert!(ran.stdout.is_empty() && !ran.stderr.is_empty(), "{line}");
    }
}

#[test]
fn how_fast_summaries_are_understood_is_measured_without_a_database() {
    let ran = run(&["bench", "classify", "--n", "50", "--json"]);
    let document = ran.json();
    assert_eq!(document["ok"], true, "{document}");
    for figure in 0..3 {
        let ours = document["figures"][figure]["ours"].as_f64();
        assert!(ours.is_some_and(|ours| ours > 0.0), "{document}");
    }
    let details = &document["details"];
    assert!(
        details["texts with a group"]
            .as_u64()
            .is_some_and(|n| n > 25)
    );
    assert!(
        details["times as fast as the plain search"]
            .as_f64()
            .is_some()
    );
}

/// The programs of the whole system are built with the workspace; a build of this package alone leaves them out.
#[tokio::test]
async fn the_whole_system_is_measured_by_what_the_carrier_saw() {
    let (database, vhost) = (Database::create().await, Vhost::create().await);
    let arguments = [
        "bench",
        "W1",
        "--mode",
        "system",
        "--tenants",
        "2",
        "--jobs",
        "5",
        "--call-seconds",
        "1.2",
        "--history",
        "50",
        "--processes",
        "2",
        "--json",
    ];
    let output = command(&arguments)
        .env("DATABASE_URL", database.url())
        .env("AMQP_URL", vhost.amqp_url())
        .output()
        .expect("runs");
    let document = Ran::from(output).json();
    assert_eq!(document["ok"], true, "{document}");
    assert_eq!(document["mode"], "system");
    let details = &document["details"];
    assert_eq!(details["calls, as the carrier saw it"], 10);
    let most = &details["most calls of a business at once, as the carrier saw it"];
    assert!(
        most.as_u64().is_some_and(|most| (2..=3).contains(&most)),
        "{most}"
    );
    assert!(
        document["figures"][0]["ours"]
            .as_f64()
            .is_some_and(|efficiency| efficiency > 0.1 && efficiency <= 1.0),
        "{document}"
    );
}

#[tokio::test]
async fn analytics_are_measured_over_a_past_that_is_told_whole() {
    let database = Database::create().await;
    let arguments = [
        "bench",
        "analytics",
        "--leads",
        "50",
        "--changes",
        "900",
        "--rounds",
        "3",
        "--json",
    ];
    let document = on(&database, &arguments).json();
    assert_eq!(
        (&document["ok"], &document["details"]["changes told"]),
        (&true.into(), &900.into())
    );
    let figures = document["figures"].as_array().expect("figures");
    assert_eq!(figures.len(), 6);
    assert!(
        figures
            .iter()
            .all(|figure| figure["ours"].is_f64() && figure["limit"] == 200.0)
    );
}
