//! Many runs, many businesses, many dialers: nobody is called twice, nobody above a limit, and nobody waits for a neighbour.

use std::time::Duration;

use carrier_sim::{Outcome, Report};
use reqwest::{Method, StatusCode};
use rstest::rstest;
use serde_json::json;
use testkit::Business;

use crate::world::{Setting, World, ends_in};

/// Every phone of the business rang once, on three lines at most.
fn judge(report: &Report, business: &Business) {
    let caller = report.caller(&business.caller_number).expect("it called");
    assert!(caller.most_simultaneous <= 3, "{caller:?}");
    for phone in &business.phones {
        // Another business may call the same person.
        let calls = report.dials_to(phone).iter();
        let ours = calls.filter(|call| call.from == business.caller_number);
        assert_eq!(ours.count(), 1, "{phone} rang once");
    }
}

async fn enqueue(world: &World, business: &Business, leads: &[domain::ids::LeadId]) -> i64 {
    let body = json!({ "lead_ids": leads, "concurrency": 3 });
    let (status, answer) = world
        .ask(
            business,
            Method::POST,
            "/api/outbound/bulk-enqueue",
            Some(body),
        )
        .await;
    assert_eq!(status, StatusCode::ACCEPTED, "{answer}");
    answer["run_id"].as_i64().expect("a run id")
}

#[tokio::test]
async fn a_hundred_runs_at_once_over_twenty_businesses() {
    let world = World::with(Setting {
        dialers: 2,
        ..Setting::default()
    })
    .await;
    let mut businesses = Vec::new();
    for _ in 0..20 {
        let business = world.business(10).await;
        world.script(
            &business,
            &[ends_in(Outcome::NoAnswer), ends_in(Outcome::Busy)],
        );
        businesses.push(business);
    }
    let runs = businesses.iter().flat_map(|business| {
        business
            .leads
            .chunks(2)
            .map(|leads| enqueue(&world, business, leads))
    });
    let runs = futures::future::join_all(runs).await;
    assert_eq!(runs.len(), 100);
    world.settle().await;

    let report = world.report().await;
    assert_eq!(report.calls_created, 200);
    for business in &businesses {
        judge(&report, business);
        assert_eq!(world.verify(business).await, Vec::<String>::new());
    }
    world.check_promises().await;
    world.stop().await;
}

#[rstest]
#[case(2)]
#[case(4)]
#[case(8)]
#[tokio::test]
async fn however_many_dialers_there_are_each_lead_is_called_once(#[case] dialers: usize) {
    let world = World::with(Setting {
        dialers,
        ..Setting::default()
    })
    .await;
    let (first, second) = (world.business(50).await, world.business(50).await);
    for business in [&first, &second] {
        world.script(business, &[ends_in(Outcome::NoAnswer)]);
        // Two runs compete for the lines.
        enqueue(&world, business, &business.leads[..30]).await;
        enqueue(&world, business, &business.leads[30..]).await;
    }
    world.settle().await;
    let report = world.report().await;
    assert_eq!(report.calls_created, 100);
    for business in [&first, &second] {
        judge(&report, business);
        assert_eq!(world.verify(business).await, Vec::<String>::new());
    }
    world.check_promises().await;
    world.stop().await;
}

#[tokio::test]
async fn a_run_of_two_thousand_does_not_delay_a_neighbours_run_of_ten() {
    let world = World::start().await;
    let (large, small) = (world.business(2_000).await, world.business(10).await);
    for business in [&large, &small] {
        world.script(business, &[ends_in(Outcome::NoAnswer)]);
    }
    let large_run = world.start_run(&large, 3).await;
    world
        .until("SELECT in_progress_count FROM outbound_call_runs", |rows| {
            rows[0]["in_progress_count"] == 3
        })
        .await;
    let from = std::time::Instant::now();
    let small_run = world.start_run(&small, 3).await;
    let of_small = format!("SELECT status FROM outbound_call_runs WHERE id = {small_run}");
    world
        .until(&of_small, |rows| rows[0]["status"] == "completed")
        .await;
    // Four rounds of calls that ring for a twentieth of a second each; the neighbour's 2,000 take more than half a minute.
    assert!(
        from.elapsed() < Duration::from_secs(10),
        "{:?}",
        from.elapsed()
    );
    let report = world.report().await;
    judge(&report, &small);
    assert_eq!(world.run(&large, large_run).await["status"], "running");

    let cancel = format!("/api/outbound/runs/{large_run}/cancel");
    let (status, answer) = world.ask(&large, Method::POST, &cancel, None).await;
    assert!(status.is_success(), "{answer}");
    world.settle().await;
    world.check_promises().await;
    world.stop().await;
}
