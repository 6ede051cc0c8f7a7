//! Calls that a person starts now, and single jobs.

use carrier_sim::{Outcome, Script};
use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::world::{World, ends_in};

const START: &str = "/api/outbound_calls/start";

/// A call that goes on until somebody hangs up.
fn endless() -> Script {
    Script {
        ring_seconds: 2.0,
        talk_seconds: 3000.0,
        ..Script::default()
    }
}

#[tokio::test]
async fn a_direct_call_goes_before_the_queue_and_is_refused_when_the_lines_are_full() {
    let world = World::start().await;
    let business = world.business(10).await;
    world.script(&business, &[endless()]);
    let body = json!({ "lead_ids": business.leads[..8], "concurrency": 2 });
    let (_, bulk) = world
        .ask(
            &business,
            Method::POST,
            "/api/outbound/bulk-enqueue",
            Some(body),
        )
        .await;
    let in_the_air = "SELECT count(*) AS n FROM call_log WHERE status = 'in-progress'";
    world.until(in_the_air, |rows| rows[0]["n"] == 2).await;

    let (status, answer) = world
        .ask(
            &business,
            Method::POST,
            START,
            Some(json!({ "lead_ids": business.leads[8..] })),
        )
        .await;
    assert_eq!(status, StatusCode::CONFLICT, "one line is free: {answer}");
    let one = json!({ "lead_ids": [business.leads[8]] });
    let (status, direct) = world
        .ask(&business, Method::POST, START, Some(one.clone()))
        .await;
    assert_eq!(status, StatusCode::ACCEPTED, "{direct}");
    world.until(in_the_air, |rows| rows[0]["n"] == 3).await;
    let report = world.report().await;
    assert_eq!(
        (
            report.calls_created,
            report.dials_to(&business.phones[8]).len()
        ),
        (3, 1),
        "six leads of the bulk run still wait"
    );
    let (status, answer) = world.ask(&business, Method::POST, START, Some(one)).await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert_eq!(
        (&answer["active_outbound"], &answer["max_outbound"]),
        (&json!(3), &json!(3)),
        "{answer}"
    );
    assert_eq!(
        (&answer["active_total"], &answer["max_total"]),
        (&json!(3), &json!(5)),
        "{answer}"
    );

    for run in [&bulk["run_id"], &direct["run_id"]] {
        let path = format!("/api/outbound/runs/{run}/cancel");
        let (status, _) = world
            .ask(
                &business,
                Method::POST,
                &path,
                Some(json!({ "hang_up": true })),
            )
            .await;
        assert!(status.is_success());
    }
    world.settle().await;
    let report = world.report().await;
    let caller = report.caller(&business.caller_number).expect("it called");
    assert_eq!(caller.most_simultaneous, 3);
    world.check_promises().await;
    world.stop().await;
}

#[tokio::test]
async fn a_job_that_is_cancelled_in_the_queue_is_not_called_and_the_others_are() {
    let world = World::start().await;
    let business = world.business(5).await;
    world.script(&business, &[ends_in(Outcome::NoAnswer)]);
    let run = world.start_run(&business, 1).await;
    let jobs = world
        .database
        .sql("SELECT id FROM outbound_call_jobs ORDER BY id")
        .await;
    let path = format!("/api/outbound_calls/jobs/{}/cancel", jobs[4]["id"]);
    let (status, answer) = world.ask(&business, Method::POST, &path, None).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    world.settle().await;
    let run = world.run(&business, run).await;
    assert_eq!(
        (&run["status"], &run["completed"], &run["cancelled"]),
        (&json!("completed"), &json!(4), &json!(1)),
        "{run}"
    );
    let report = world.report().await;
    assert_eq!(report.calls_created, 4);
    assert!(report.dials_to(&business.phones[4]).is_empty());
    let (status, _) = world.ask(&business, Method::POST, &path, None).await;
    assert_eq!(status, StatusCode::OK, "to cancel it again is no mistake");
    world.check_promises().await;
    world.stop().await;
}
