//! Calling hours, the gap between calls and the daily cap.

use carrier_sim::Outcome;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use testkit::Business;

use crate::world::{World, ends_in};

/// The first gate that stops the first lead of a business.
async fn why(world: &World, business: &Business) -> Value {
    let path = format!("/api/leads/{}/why", business.leads[0]);
    let (status, why) = world.ask(business, Method::GET, &path, None).await;
    assert_eq!(status, StatusCode::OK, "{why}");
    let gates = why["gates"].as_array().expect("gates");
    let first = gates.iter().find(|gate| gate["passed"] == false);
    first.cloned().unwrap_or(Value::Null)
}

async fn set(world: &World, business: &Business, settings: Value) {
    let (status, answer) = world
        .ask(business, Method::PATCH, "/api/settings", Some(settings))
        .await;
    assert_eq!(status, StatusCode::OK, "{answer}");
}

/// Waits until the run of one business is under way, and then until a later one of another business is over: the dialer
/// has claimed all the while.
async fn while_another_calls(world: &World, business: &Business, another: &Business) {
    let run = world.start_run(business, 2).await;
    let status_of = |run: i64| format!("SELECT status FROM outbound_call_runs WHERE id = {run}");
    world
        .until(&status_of(run), |rows| rows[0]["status"] == "running")
        .await;
    let run = world.start_run(another, 2).await;
    world
        .until(&status_of(run), |rows| rows[0]["status"] == "completed")
        .await;
}

#[tokio::test]
async fn nobody_is_dialled_outside_calling_hours_or_within_the_gap() {
    let world = World::start().await;
    let (business, another) = (world.business(2).await, world.business(4).await);
    world.script(&business, &[ends_in(Outcome::NoAnswer)]);
    world.script(&another, &[ends_in(Outcome::NoAnswer)]);
    let dials = async || {
        let report = world.report().await;
        business
            .phones
            .iter()
            .map(|phone| report.dials_to(phone).len())
            .sum::<usize>()
    };
    // Its only hours are three days from now.
    let opens = world
        .database
        .sql(
            "SELECT to_char(at, 'dy') AS weekday, to_char((date_trunc('day', at) + interval '9 hours')
                 AT TIME ZONE 'Asia/Jerusalem' AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') AS opening
             FROM (SELECT now() AT TIME ZONE 'Asia/Jerusalem' + interval '3 days' AS at) AS t",
        )
        .await;
    let weekday = opens[0]["weekday"].as_str().expect("a weekday");
    let hours = json!({ "days": { weekday: [["09:00", "19:00"]] } });
    set(&world, &business, json!({ "calling_windows": hours })).await;

    while_another_calls(&world, &business, &another).await;
    assert_eq!(dials().await, 0);
    let stopped = why(&world, &business).await;
    assert_eq!(
        (&stopped["gate"], &stopped["until"]),
        (&json!("calling_window"), &opens[0]["opening"]),
        "{stopped}"
    );

    set(&world, &business, json!({ "calling_windows": null })).await;
    world.settle().await;
    assert_eq!(dials().await, 2);

    set(&world, &business, json!({ "min_gap_minutes": 60 })).await;
    while_another_calls(&world, &business, &another).await;
    assert_eq!(dials().await, 2);
    let stopped = why(&world, &business).await;
    assert_eq!(stopped["gate"], "gap", "{stopped}");
    assert!(stopped["until"].is_string(), "{stopped}");

    set(&world, &business, json!({ "min_gap_minutes": null })).await;
    world.settle().await;
    assert_eq!(dials().await, 4);
    world.stop().await;
}

#[tokio::test]
async fn a_daily_cap_that_is_lifted_lets_those_go_that_it_kept_back() {
    let world = World::start().await;
    let business = world.business(2).await;
    world.script(&business, &[ends_in(Outcome::NoAnswer)]);
    set(&world, &business, json!({ "max_calls_per_day": 1 })).await;
    world.start_run(&business, 2).await;
    world.settle().await;
    let dials = async || world.report().await.calls_created;
    assert_eq!(dials().await, 2);

    let again = world.start_run(&business, 2).await;
    let kept_back = format!(
        "SELECT count(*) AS n FROM outbound_call_jobs WHERE run_id = {again} AND deferred_by = 'daily_cap'"
    );
    world.until(&kept_back, |rows| rows[0]["n"] == 2).await;
    assert_eq!(dials().await, 2);
    let stopped = why(&world, &business).await;
    assert_eq!(stopped["gate"], "daily_cap", "{stopped}");

    set(&world, &business, json!({ "max_calls_per_day": 2 })).await;
    world.settle().await;
    assert_eq!(dials().await, 4);
    world.check_promises().await;
    world.stop().await;
}
