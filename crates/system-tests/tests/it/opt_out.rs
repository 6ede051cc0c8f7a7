//! "Remove me".

use carrier_sim::Outcome;
use serde_json::json;

use crate::world::{World, ends_in, says};

#[tokio::test]
async fn who_asks_to_be_left_alone_is_not_called_again() {
    let world = World::start().await;
    let business = world.business(2).await;
    world.script(
        &business,
        &[
            says("Please remove me from your list and stop calling me."),
            ends_in(Outcome::NoAnswer),
        ],
    );
    world.start_run(&business, 2).await;
    world.settle().await;
    let rows = world
        .database
        .sql("SELECT phone_e164, origin FROM suppressions")
        .await;
    assert_eq!(
        rows,
        [json!({ "phone_e164": business.phones[0], "origin": "spoken" })]
    );
    assert_eq!(
        world.statuses(&business).await,
        ["not_relevant", "no_answer"]
    );

    // A second run over the same two: the one who asked is passed over.
    let body = json!({ "lead_ids": business.leads });
    let (_, answer) = world
        .ask(
            &business,
            reqwest::Method::POST,
            "/api/outbound/bulk-enqueue",
            Some(body),
        )
        .await;
    assert_eq!(answer["queued"], 1, "{answer}");
    assert_eq!(answer["skipped"][0]["lead_id"], json!(business.leads[0]));
    world.settle().await;
    let report = world.report().await;
    assert_eq!(report.dials_to(&business.phones[0]).len(), 1);
    assert_eq!(report.dials_to(&business.phones[1]).len(), 2);
    world.check_promises().await;
    world.stop().await;
}

#[tokio::test]
async fn a_number_that_is_suppressed_while_queued_is_not_called() {
    let world = World::start().await;
    let business = world.business(6).await;
    world.script(&business, &[ends_in(Outcome::NoAnswer)]);
    let last = &business.phones[5];
    let run = world.start_run(&business, 1).await;
    // Straight into the table, as if every event about it were lost: the claim reads the list itself.
    world
        .database
        .execute(&format!("INSERT INTO suppressions (business_id, phone_e164, origin) VALUES ({}, '{last}', 'manual')", business.id))
        .await;
    world.settle().await;
    let report = world.report().await;
    assert!(report.dials_to(last).is_empty(), "it never rang");
    assert_eq!(report.calls_created, 5);
    let run = world.run(&business, run).await;
    assert_eq!(
        (&run["status"], &run["cancelled"]),
        (&json!("completed"), &json!(1)),
        "{run}"
    );
    world.check_promises().await;
    world.stop().await;
}
