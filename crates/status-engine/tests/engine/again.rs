//! A conversation that was worked on again: the texts are told anew, and what was decided stands unless it was nothing.

use domain::events::StatusSuggested;
use domain::ids::DecisionId;
use rstest::rstest;
use serde_json::{Value, json};
use storage::ServiceRole;
use storage::decisions::{self, Undo};
use storage::lead_status::{self, Author, StatusChange};

use crate::world::World;

const UNHEARD: &str = "No summary of this call: the transcription failed";

/// The lead, what there is of its timeline besides changes of status, and how much was written of what is written once.
async fn picture(world: &World) -> Value {
    let lead = world.lead(0).await;
    let told = world
        .db
        .sql("SELECT payload->'summary' AS said FROM lead_activities WHERE type <> 'status_change' ORDER BY at DESC, id")
        .await;
    let told: Vec<&Value> = told.iter().map(|row| &row["said"]).collect();
    let mut written = Vec::new();
    for table in ["lead_status_events", "lead_status_history", "notifications"] {
        let count = format!("SELECT count(*) AS n FROM {table}");
        written.push(world.number(&count).await);
    }
    json!({
        "status": lead["status"], "summary": lead["summary"], "notes": lead["notes"], "told": told, "written": written,
    })
}

fn retold(call: &StatusSuggested, summary: &str) -> StatusSuggested {
    StatusSuggested {
        summary: summary.to_owned(),
        ..call.clone()
    }
}

#[rstest]
#[case::no_transcript(UNHEARD, 0.9, "nothing_said")]
#[case::unknown_label("Talk. [Recommendation: Platinum]", 0.9, "unknown_label")]
#[case::unsure("Talk. [Recommendation: Interested]", 0.3, "confidence")]
#[tokio::test]
async fn what_decided_nothing_is_decided_again_in_its_row(
    #[case] summary: &str,
    #[case] confidence: f64,
    #[case] reason: &str,
) {
    let world = World::new().await;
    let call = StatusSuggested {
        confidence: Some(confidence),
        ..world.call(0, "CA1", 5, summary)
    };
    world.suggest(call.clone()).await;
    let first = world.decision("CA1").await;
    assert_eq!(
        (&first["reason"], &first["applied"]),
        (&json!(reason), &json!(false))
    );

    let better = StatusSuggested {
        confidence: Some(0.9),
        ..retold(&call, "Wants a quote. [Recommendation: Interested]")
    };
    // Twice: the second one says nothing new.
    world.suggest(better.clone()).await;
    world.suggest(better).await;
    let second = world.decision("CA1").await;
    assert_eq!(second["id"], first["id"]);
    assert_eq!(
        (&second["reason"], &second["applied"]),
        (&json!("applied"), &json!(true))
    );
    assert_eq!(
        (&second["from_status"], &second["to_status"]),
        (&json!("new"), &json!("interested"))
    );
    assert_eq!(second["created_at"], first["created_at"]);
    let said = "Wants a quote. [Recommendation: Interested]";
    assert_eq!(
        picture(&world).await,
        json!({
            "status": "interested", "summary": said, "notes": format!("Summary: {said}"), "told": [said],
            "written": [1, 1, 1],
        })
    );
    assert_eq!(world.raised("status.changed").await.len(), 1);
    world.end().await;
}

#[derive(Debug, Clone, Copy)]
enum Since {
    Nothing,
    Undo,
    Person,
}

#[rstest]
#[case::applied("Talk. [Recommendation: Interested]", Since::Nothing, "interested", [1, 1, 1])]
#[case::undone("Talk. [Recommendation: Interested]", Since::Undo, "new", [1, 2, 1])]
#[case::moved_by_a_person(UNHEARD, Since::Person, "won", [1, 1, 0])]
#[case::stood_there_already("Talk. [Recommendation: New]", Since::Nothing, "new", [1, 0, 0])]
#[tokio::test]
async fn what_was_decided_stands_and_only_the_texts_are_told_anew(
    #[case] summary: &str,
    #[case] since: Since,
    #[case] status: &str,
    #[case] written: [i64; 3],
) {
    let world = World::new().await;
    let call = world.call(0, "CA1", 5, summary);
    world.suggest(call.clone()).await;
    match since {
        Since::Nothing => {}
        Since::Undo => undo(&world, "CA1").await,
        Since::Person => move_by_hand(&world, "won").await,
    }
    let before = world.decision("CA1").await;
    world
        .suggest(retold(&call, "Said no. [Recommendation: Not relevant]"))
        .await;
    let said = "Said no. [Recommendation: Not relevant]";
    assert_eq!(world.decision("CA1").await, before);
    assert_eq!(
        picture(&world).await,
        json!({
            "status": status, "summary": said, "notes": format!("Summary: {said}"), "told": [said], "written": written,
        })
    );
    world.end().await;
}

#[tokio::test]
async fn an_older_conversation_is_told_anew_in_its_place() {
    let world = World::new().await;
    let older = world.call(0, "CA1", 50, UNHEARD);
    world.suggest(older.clone()).await;
    world
        .suggest(world.call(0, "CA2", 5, "Talked about the weather"))
        .await;
    let said = "Wants a quote. [Recommendation: Interested]";
    world.suggest(retold(&older, said)).await;
    // The newer one decided nothing, so the lead stands where the older one leads: as if both had been told of in order.
    assert_eq!(
        picture(&world).await,
        json!({
            "status": "interested", "summary": "Talked about the weather",
            "notes": format!("Summary: Talked about the weather\nSummary: {said}"),
            "told": ["Talked about the weather", said], "written": [2, 1, 1],
        })
    );
    // And where the newer one says something, that stands.
    world
        .suggest(world.call(0, "CA4", 2, "[Recommendation: Meeting set]"))
        .await;
    let third = world.call(0, "CA3", 3, UNHEARD);
    world.suggest(third.clone()).await;
    world
        .suggest(retold(&third, "[Recommendation: Not relevant]"))
        .await;
    assert_eq!(world.lead(0).await["status"], "qualified");
    assert_eq!(world.decision("CA3").await["gate"], "older_than_decision");
    world.nothing_is_lost().await;
    world.end().await;
}

#[tokio::test]
async fn notes_that_a_person_has_edited_stay_as_they_are() {
    let world = World::new().await;
    let call = world.call(0, "CA1", 5, UNHEARD);
    world.suggest(call.clone()).await;
    let id = world.business.leads[0];
    let edited = "listened to it myself: call in May";
    world
        .db
        .execute(&format!(
            "UPDATE leads SET notes = '{edited}' WHERE id = {id}"
        ))
        .await;
    world
        .suggest(retold(&call, "Talked about the weather"))
        .await;
    let lead = world.lead(0).await;
    assert_eq!(
        (&lead["notes"], &lead["summary"]),
        (&json!(edited), &json!("Talked about the weather"))
    );
    world.end().await;
}

#[tokio::test]
async fn a_request_that_is_only_heard_the_second_time_is_honoured() {
    let world = World::new().await;
    let call = world.call(0, "CA1", 5, UNHEARD);
    world.suggest(call.clone()).await;
    let suppressed = "SELECT count(*) AS n FROM suppressions";
    assert_eq!(world.number(suppressed).await, 0);
    for _ in 0..2 {
        let said = retold(
            &call,
            "Customer: take me off your list and do not call me again",
        );
        world.suggest(said).await;
    }
    assert_eq!(world.number(suppressed).await, 1);
    assert_eq!(world.raised("lead.suppressed").await.len(), 1);
    world.end().await;
}

#[tokio::test]
async fn a_label_that_was_dropped_is_kept_as_evidence() {
    let world = World::new().await;
    let call = StatusSuggested {
        dropped_label: Some("Platinum".to_owned()),
        ..world.call(0, "CA1", 5, "Talked about the weather")
    };
    world.suggest(call).await;
    let decision = world.decision("CA1").await;
    assert_eq!(decision["reason"], "nothing_said");
    assert_eq!(decision["evidence"]["input"]["dropped_label"], "Platinum");
    world.end().await;
}

#[tokio::test]
async fn the_database_lets_nobody_rewrite_a_decision_that_moved_a_lead() {
    let world = World::new().await;
    let call = world.call(0, "CA1", 5, "Talk. [Recommendation: Interested]");
    world.suggest(call.clone()).await;
    let decision = world.decision("CA1").await;
    let business = world.business.id;
    world
        .db
        .execute(&format!(
            "BEGIN; SET LOCAL ROLE callboard_status_engine; SELECT set_config('app.business_id', '{business}', true);
             UPDATE lead_status_events SET reason = 'rewritten', applied = false, applied_at = NULL;
             UPDATE lead_activities SET payload = '{{}}'; COMMIT"
        ))
        .await;
    assert_eq!(world.decision("CA1").await, decision);
    let rewritten = "SELECT type FROM lead_activities WHERE payload = '{}'";
    let rewritten = world.db.sql(rewritten).await;
    assert_eq!(rewritten, [json!({ "type": "call" })]);
    world.end().await;
}

async fn undo(world: &World, sid: &str) {
    let id = DecisionId(world.decision(sid).await["id"].as_i64().expect("an id"));
    let now = world.clock.now();
    let undone = world
        .db
        .db(ServiceRole::ApiGateway)
        .tenant(world.business.id, move |tx| {
            decisions::undo(tx, now, id, None, "undone")
        })
        .await;
    assert_eq!(undone.expect("a person may"), Undo::Undone);
}

async fn move_by_hand(world: &World, to: &'static str) {
    let (lead, now) = (world.business.leads[0], world.clock.now());
    let moved = world
        .db
        .db(ServiceRole::ApiGateway)
        .tenant(world.business.id, move |tx| {
            let change = StatusChange {
                lead,
                to,
                author: Author::Person { user: None },
                reason: None,
            };
            lead_status::change_status(tx, now, &change)
        })
        .await;
    moved.expect("a person may");
}
