//! The work on a call is opened again by an operator.

use domain::ids::BusinessId;
use serde_json::{Value, json};
use storage::ServiceRole;
use storage::conversations::{self, Anew, Reopened};

use crate::world::{World, says};

const WRITTEN: &str = "
SELECT (SELECT count(*) FROM lead_status_events) AS decisions, (SELECT count(*) FROM lead_status_history) AS changes,
       (SELECT count(*) FROM lead_activities WHERE type = 'call') AS calls,
       (SELECT count(*) FROM outbox_events WHERE type = 'status.suggested') AS suggestions";

async fn reprocess(world: &World, business: BusinessId, call: &str, anew: Anew) {
    let (operator, call) = (world.database.db(ServiceRole::Operator), call.to_owned());
    let now = chassis::clock::Clock::system().now();
    let (_, opened) = operator
        .system(move |tx| conversations::reopen(tx, now, Some(business), &call, anew))
        .await
        .expect("an operator may");
    assert!(matches!(opened, Reopened::Opened(_)), "{opened:?}");
}

async fn until_suggested(world: &World, suggestions: i64) -> Value {
    let is_at_rest = |rows: &[Value]| rows[0]["suggestions"] == suggestions;
    world.until(WRITTEN, is_at_rest).await;
    world.settle().await;
    // The suggestion is published by then; it is handled when the engine has seen as many.
    let handled = "SELECT count(*) AS n FROM inbox_events WHERE consumer = 'status-engine'";
    world
        .until(handled, |rows| rows[0]["n"] == suggestions)
        .await;
    world.database.sql(WRITTEN).await.remove(0)
}

#[tokio::test]
async fn what_decided_nothing_moves_the_lead_once_it_can() {
    let world = World::start().await;
    let business = world.business(1).await;
    let id = business.id;
    world.script(
        &business,
        &[says("Yes, I am interested, please send me a quote.")],
    );
    let threshold = |value: &str| {
        format!(
            "UPDATE business_settings SET confidence_threshold = {value} WHERE business_id = {id}"
        )
    };
    world.database.execute(&threshold("1")).await;
    world.start_run(&business, 1).await;
    world.settle().await;
    let decided = "SELECT id, source_event_id, reason, applied FROM lead_status_events";
    let first = world.database.sql(decided).await.remove(0);
    assert_eq!(
        (&first["reason"], &first["applied"]),
        (&json!("confidence"), &json!(false))
    );

    world.database.execute(&threshold("0.5")).await;
    let call = first["source_event_id"].as_str().expect("a call");
    reprocess(&world, id, call, Anew::Summary).await;
    let written = json!({ "decisions": 1, "changes": 1, "calls": 1, "suggestions": 2 });
    assert_eq!(until_suggested(&world, 2).await, written);
    let second = world.database.sql(decided).await.remove(0);
    assert_eq!(second["id"], first["id"]);
    assert_eq!(
        (&second["reason"], &second["applied"]),
        (&json!("applied"), &json!(true))
    );
    assert_eq!(world.statuses(&business).await, ["interested"]);

    // All of it once more, from the recording on: nothing is written twice.
    reprocess(&world, id, call, Anew::Recording).await;
    let written = json!({ "decisions": 1, "changes": 1, "calls": 1, "suggestions": 3 });
    assert_eq!(until_suggested(&world, 3).await, written);
    assert_eq!(world.statuses(&business).await, ["interested"]);
    world.check_promises().await;
    world.stop().await;
}
