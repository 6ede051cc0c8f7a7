//! A run that cannot go well stops itself before it has burnt all its leads.

use carrier_sim::Outcome;
use reqwest::{Method, StatusCode};

use crate::world::{World, ends_in};

#[tokio::test]
async fn a_burst_of_errors_pauses_the_run_until_a_person_resumes_it() {
    let world = World::start().await;
    let business = world.business(40).await;
    world.script(&business, &[ends_in(Outcome::Failed)]);
    let run = world.start_run(&business, 3).await;
    world
        .until("SELECT status FROM outbound_call_runs", |rows| {
            rows[0]["status"] == "paused"
        })
        .await;
    world.settle().await;
    let paused = world.run(&business, run).await;
    let reason = paused["last_error"].as_str().expect("a reason");
    assert!(reason.contains("12"), "{reason}");
    let burnt = world.report().await.calls_created;
    assert!(
        (12..=14).contains(&burnt),
        "{burnt} calls: twelve until it was clear, and two others in the air"
    );

    world.script(&business, &[ends_in(Outcome::Busy)]);
    let path = format!("/api/outbound/runs/{run}/resume");
    let (status, answer) = world.ask(&business, Method::POST, &path, None).await;
    assert!(
        status == StatusCode::OK || status == StatusCode::ACCEPTED,
        "{answer}"
    );
    world
        .until("SELECT status FROM outbound_call_runs", |rows| {
            rows[0]["status"] == "completed"
        })
        .await;
    world.settle().await;
    let report = world.report().await;
    for phone in &business.phones {
        assert_eq!(report.dials_to(phone).len(), 1, "each phone rang once");
    }
    world.check_promises().await;
    world.stop().await;
}
