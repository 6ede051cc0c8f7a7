//! Pause, resume, cancel, retry.

use carrier_sim::{Outcome, Script};
use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::world::{World, ends_in};

/// A call that goes on until somebody hangs up.
fn endless() -> Script {
    Script {
        ring_seconds: 2.0,
        talk_seconds: 3000.0,
        ..Script::default()
    }
}

#[tokio::test]
async fn cancel_stops_the_queue_at_once_and_hangs_up_when_asked() {
    let world = World::start().await;
    let business = world.business(10).await;
    world.script(&business, &[endless()]);
    let run = world.start_run(&business, 3).await;
    world
        .until(
            "SELECT count(*) AS n FROM call_log WHERE status = 'in-progress'",
            |rows| rows[0]["n"] == 3,
        )
        .await;

    let path = format!("/api/outbound/runs/{run}/cancel");
    let (status, answer) = world
        .ask(
            &business,
            Method::POST,
            &path,
            Some(json!({ "hang_up": true })),
        )
        .await;
    assert!(status.is_success(), "{answer}");
    world.settle().await;

    let run = world.run(&business, run).await;
    assert_eq!(run["status"], "cancelled");
    assert!(run["ended_at"].is_string(), "{run}");
    assert_eq!(run["cancelled"], 7, "{run}");
    let report = world.report().await;
    assert_eq!((report.calls_created, report.in_air), (3, 0));
    world.check_promises().await;
    world.stop().await;
}

#[tokio::test]
async fn a_paused_run_starts_no_call_until_it_is_resumed() {
    let world = World::start().await;
    let business = world.business(8).await;
    world.script(&business, &[ends_in(Outcome::NoAnswer)]);
    let run = world.start_run(&business, 2).await;
    let (status, _) = world
        .ask(
            &business,
            Method::POST,
            &format!("/api/outbound/runs/{run}/pause"),
            None,
        )
        .await;
    assert!(status.is_success());
    world
        .until(
            "SELECT status, in_progress_count FROM outbound_call_runs",
            |rows| rows[0]["status"] == "paused" && rows[0]["in_progress_count"] == 0,
        )
        .await;
    let before = world.report().await.calls_created;
    assert!(before < 8, "the pause came in time: {before}");
    // A sweep of the dialer passes: a second run, of another business, is done meanwhile.
    let other = world.business(2).await;
    world.script(&other, &[ends_in(Outcome::Busy)]);
    let second = world.start_run(&other, 2).await;
    world
        .until(
            &format!("SELECT status FROM outbound_call_runs WHERE id = {second}"),
            |rows| rows[0]["status"] == "completed",
        )
        .await;
    assert_eq!(world.report().await.calls_created, before + 2);

    let (status, _) = world
        .ask(
            &business,
            Method::POST,
            &format!("/api/outbound/runs/{run}/resume"),
            None,
        )
        .await;
    assert!(status.is_success());
    world.settle().await;
    assert_eq!(world.run(&business, run).await["status"], "completed");
    assert_eq!(world.report().await.calls_created, 10);
    world.check_promises().await;
    world.stop().await;
}

#[tokio::test]
async fn the_retry_policy_calls_again_as_often_as_it_says() {
    let world = World::start().await;
    let business = world.business(2).await;
    world.script(
        &business,
        &[ends_in(Outcome::Busy), ends_in(Outcome::NoAnswer)],
    );
    let body = json!({
        "lead_ids": business.leads,
        "retry": { "busy": { "times": 2, "after_seconds": 0 } },
    });
    let (status, answer) = world
        .ask(
            &business,
            Method::POST,
            "/api/outbound/bulk-enqueue",
            Some(body),
        )
        .await;
    assert_eq!(status, StatusCode::ACCEPTED, "{answer}");
    world.settle().await;
    let report = world.report().await;
    assert_eq!(
        report.dials_to(&business.phones[0]).len(),
        3,
        "busy: once and twice more"
    );
    assert_eq!(
        report.dials_to(&business.phones[1]).len(),
        1,
        "no answer: not asked for"
    );
    world.stop().await;
}
