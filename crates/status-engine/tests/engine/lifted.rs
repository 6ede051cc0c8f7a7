//! A person lifts a suppression that was spoken in a call.

use domain::ids::SuppressionId;
use serde_json::{Value, json};
use storage::{ServiceRole, suppressions};

use crate::world::World;

const ASKS: &str = "The customer asked us not to call again. Remove me from your list.";

/// The suppressions, oldest first, by the conversation that asked.
async fn asked_for(world: &World) -> Vec<Value> {
    let sql = "SELECT source_event_id AS call, lifted_at IS NOT NULL AS lifted FROM suppressions ORDER BY id";
    world.db.sql(sql).await
}

#[tokio::test]
async fn the_same_conversation_suppresses_no_more_and_a_new_one_does() {
    let world = World::new().await;
    let call = world.call(0, "CA1", 60, ASKS);
    let first = world.envelope(call.clone());
    world.deliver(&first).await;
    world.until_handled(1).await;
    assert_eq!(
        asked_for(&world).await,
        [json!({ "call": "CA1", "lifted": false })]
    );
    let id = world.number("SELECT id AS n FROM suppressions").await;
    let (user, at) = (world.business.users[0].id, world.ago(30));
    world
        .db
        .db(ServiceRole::ApiGateway)
        .tenant(world.business.id, move |tx| {
            suppressions::lift(tx, at, SuppressionId(id), Some(user))
        })
        .await
        .expect("a person may");

    // Delivered again, and told again under another event id.
    world.deliver(&first).await;
    world.suggest(call).await;
    let lifted = json!({ "call": "CA1", "lifted": true });
    assert_eq!(asked_for(&world).await, std::slice::from_ref(&lifted));
    assert_eq!(world.raised("lead.suppressed").await.len(), 1);

    world.suggest(world.call(0, "CA2", 10, ASKS)).await;
    let anew = json!({ "call": "CA2", "lifted": false });
    assert_eq!(asked_for(&world).await, [lifted, anew]);
    assert_eq!(world.raised("lead.suppressed").await.len(), 2);
    let timeline = "SELECT type FROM lead_activities WHERE type LIKE 'suppression%' ORDER BY id";
    let types: Vec<Value> = world.db.sql(timeline).await;
    assert_eq!(
        types,
        ["suppression", "suppression_lifted", "suppression"].map(|kind| json!({ "type": kind }))
    );
    world.end().await;
}
