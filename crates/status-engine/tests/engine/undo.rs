//! A person takes a decision back: the same conversation never moves the lead again.

use domain::ids::DecisionId;
use rstest::rstest;
use serde_json::json;
use storage::ServiceRole;
use storage::decisions::{self, Undo};

use crate::world::World;

/// The business's owner undoes the decision on a conversation, `minutes` ago.
async fn undo(world: &World, sid: &str, minutes: i64) {
    let id = world.decision(sid).await["id"].as_i64().expect("an id");
    let (user, at) = (world.business.users[0].id, world.ago(minutes));
    let undone = world
        .db
        .db(ServiceRole::ApiGateway)
        .tenant(world.business.id, move |tx| {
            decisions::undo(tx, at, DecisionId(id), Some(user), "undone")
        })
        .await;
    assert_eq!(undone.expect("a person may"), Undo::Undone);
}

#[tokio::test]
async fn the_same_conversation_never_applies_again() {
    let world = World::new().await;
    let call = world.call(0, "CA1", 60, "[Recommendation: Interested]");
    let first = world.envelope(call.clone());
    world.deliver(&first).await;
    world.until_handled(1).await;
    assert_eq!(world.lead(0).await["status"], "interested");
    undo(&world, "CA1", 30).await;
    let undone = world.decision("CA1").await;
    assert!(undone["undone_at"].is_string());

    // The same delivery, then the same conversation under another event id, then as if it had taken place just now.
    world.deliver(&first).await;
    world.suggest(call.clone()).await;
    let mut later = call;
    later.occurred_at = world.ago(0);
    world.suggest(later).await;
    assert_eq!(world.lead(0).await["status"], "new");
    assert_eq!(world.decision("CA1").await, undone);
    for (table, rows) in [
        ("lead_status_events", 1),
        ("lead_status_history", 2),
        ("decision_corrections", 1),
    ] {
        let count = format!("SELECT count(*) AS n FROM {table}");
        assert_eq!(world.number(&count).await, rows, "{table}");
    }
    world.end().await;
}

#[rstest]
#[case::before_the_conversation_of_the_decision(90, "older_than_decision")]
#[case::between_it_and_the_undo(45, "manual_change")]
#[tokio::test]
async fn an_older_conversation_that_comes_after_the_undo_does_not_win(
    #[case] minutes: i64,
    #[case] gate: &str,
) {
    let world = World::new().await;
    world
        .suggest(world.call(0, "CA1", 60, "[Recommendation: Interested]"))
        .await;
    undo(&world, "CA1", 30).await;
    world
        .suggest(world.call(0, "CA2", minutes, "[Recommendation: Follow up]"))
        .await;
    let decision = world.decision("CA2").await;
    assert_eq!(
        (&decision["gate"], &decision["applied"]),
        (&json!(gate), &json!(false))
    );
    assert_eq!(world.lead(0).await["status"], "new");

    // A conversation after the undo is news.
    world
        .suggest(world.call(0, "CA3", 10, "[Recommendation: Interested]"))
        .await;
    assert_eq!(world.lead(0).await["status"], "interested");
    world.end().await;
}

#[tokio::test]
async fn automation_corrects_no_decision() {
    let world = World::new().await;
    for (minutes, label) in [(60, "Interested"), (50, "Not relevant")] {
        let summary = format!("[Recommendation: {label}]");
        world.suggest(world.call(0, label, minutes, &summary)).await;
    }
    assert_eq!(world.lead(0).await["status"], "not_relevant");
    let corrections = "SELECT count(*) AS n FROM decision_corrections";
    assert_eq!(world.number(corrections).await, 0);
    world.end().await;
}
