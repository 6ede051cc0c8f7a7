//! Histories in partitions, under the whole city.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use testkit::Business;

use crate::world::{World, says};

const HISTORIES: &str = include_str!("../../../../deploy/partitions/histories.sql");

async fn timelines(world: &World, business: &Business) -> Vec<Value> {
    let mut timelines = Vec::new();
    for lead in &business.leads {
        let page = world
            .see(business, &format!("/api/leads/{lead}/timeline"))
            .await;
        timelines.push(page["items"].clone());
    }
    timelines
}

async fn call_for_both(world: &World, procedure: &str, arguments: &str) {
    for table in ["lead_activities", "lead_status_history"] {
        let call = format!("CALL {procedure}('{table}'{arguments})");
        world.database.execute(&call).await;
    }
}

#[tokio::test]
async fn leads_move_and_show_their_histories_while_these_are_partitioned_and_retired() {
    let world = World::start().await;
    let business = world.business(4).await;
    world.script(
        &business,
        &[says("Yes, I am interested, please send me an offer.")],
    );
    world.start_run(&business, 3).await;
    world.settle().await;
    let before = timelines(&world, &business).await;
    assert!(before.iter().all(|timeline| !timeline[0].is_null()));

    world.database.execute(HISTORIES).await;
    call_for_both(&world, "partition_history", "").await;
    assert_eq!(timelines(&world, &business).await, before);

    call_for_both(&world, "roll_history", ", 1, 0").await;
    world.start_run(&business, 3).await;
    world.settle().await;
    for lead in &business.leads {
        let (status, answer) = world
            .ask(
                &business,
                Method::PATCH,
                &format!("/api/leads/{lead}"),
                Some(json!({ "status": "won" })),
            )
            .await;
        assert_eq!(status, StatusCode::OK, "{answer}");
    }
    let both = timelines(&world, &business).await;
    call_for_both(&world, "retire_history", ", interval '0'").await;
    let after = timelines(&world, &business).await;
    for ((before, both), after) in before.iter().zip(&both).zip(&after) {
        let [before, both, after] =
            [before, both, after].map(|items| items.as_array().expect("a list"));
        let newer = both.len() - before.len();
        assert!(newer >= 2, "{both:#?}");
        assert_eq!(
            after,
            &both[..newer],
            "the newer ones stay, the older ones are gone"
        );
    }
    assert_eq!(world.statuses(&business).await, ["won"; 4]);
    assert_eq!(world.verify(&business).await, Vec::<String>::new());
}
