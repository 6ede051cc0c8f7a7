use chrono::{DateTime, Duration, Utc};
use domain::decision::what_if::RuleChanges;
use reqwest::Method;
use serde_json::{Value, json};
use storage::StorageError;
use storage::replay::{self, Question};
use storage::testing::Owner;
use storage::users::Role;
use testkit::Business;

use crate::support::{World, fields, read};

const SIMULATE: &str = "/api/status-rules/simulate";
const WEATHER: &str = "דיברנו על מזג האוויר";

fn minute(minute: i64) -> DateTime<Utc> {
    let start: DateTime<Utc> = "2026-11-22T10:00:00Z".parse().expect("a time");
    start + Duration::minutes(minute)
}

/// Five leads: one that a call moved, one of which nothing was said, one whose move was taken back, one that a person moved
/// after a call did, and one that nobody talked to.
async fn with_a_past(world: &World) -> Business {
    let business = world.business(5).await;
    let (db, id, leads) = (&world.database, business.id, &business.leads);
    let interested = "דיברנו. [המלצה: מעוניין]";
    db.talked(id, leads[0], minute(1), interested, Some(0.7))
        .await;
    db.talked(id, leads[1], minute(2), WEATHER, None).await;
    let later = "דיברנו. [Recommendation: follow_up]";
    let undone = db.talked(id, leads[2], minute(3), later, Some(0.9)).await;
    db.taken_back(id, undone, minute(4)).await;
    db.talked(id, leads[3], minute(5), interested, Some(0.7))
        .await;
    db.moved_by_hand(id, leads[3], minute(6), "qualified").await;
    business
}

async fn simulate(world: &World, business: &Business, rules: &Value) -> Value {
    let (status, found) = world.api(business).post(SIMULATE, rules).await;
    assert_eq!(status, 200, "{found}");
    found
}

fn moved(found: &Value) -> Vec<(&str, &str, &str)> {
    let examples = found["examples"].as_array().expect("a list");
    examples
        .iter()
        .map(|one| {
            (
                one["stands"].as_str().unwrap_or_default(),
                one["would_stand"].as_str().unwrap_or_default(),
                one["reason"].as_str().unwrap_or_default(),
            )
        })
        .collect()
}

#[tokio::test]
async fn what_other_rules_would_make_of_the_past_is_told_and_nothing_changes() {
    let world = World::start().await;
    let business = with_a_past(&world).await;
    let before = world.database.everything().await;

    let today = simulate(&world, &business, &json!({})).await;
    assert_eq!(
        (&today["leads"], &today["conversations"]),
        (&json!(4), &json!(4))
    );
    assert_eq!(
        (&today["elsewhere"], &today["truncated"]),
        (&json!(0), &json!(false))
    );
    assert_eq!(today["decisions_changed"], json!([]));

    let stricter = simulate(&world, &business, &json!({ "confidence_threshold": 0.8 })).await;
    assert_eq!(moved(&stricter), [("interested", "new", "confidence")]);
    assert_eq!(
        stricter["by_status"],
        json!([{ "from": "interested", "to": "new", "leads": 1 }])
    );
    assert_eq!(
        stricter["decisions_changed"],
        json!([{ "from_reason": "applied", "to_reason": "confidence", "count": 2 }])
    );
    assert_eq!(stricter["examples"][0]["lead_id"], json!(business.leads[0]));

    let words = json!({ "status_words": { "HOT_INTERESTED": ["מזג האוויר"] } });
    let reworded = simulate(&world, &business, &words).await;
    assert_eq!(moved(&reworded), [("new", "interested", "applied")]);
    assert_eq!(reworded["examples"][0]["summary"], WEATHER);

    let since = json!({ "confidence_threshold": 0.8, "since": minute(5) });
    let since = simulate(&world, &business, &since).await;
    assert_eq!(
        (&since["leads"], &since["elsewhere"]),
        (&json!(1), &json!(0))
    );
    assert_eq!(world.database.everything().await, before);
}

#[tokio::test]
async fn the_answer_is_that_of_the_command_line() {
    let world = World::start().await;
    let business = with_a_past(&world).await;
    let rules = json!({ "automation": "shadow", "protected": ["new"] });
    let changes: RuleChanges = serde_json::from_value(rules.clone()).expect("reads");
    let question = Question {
        changes,
        ..Question::default()
    };
    let found = replay::what_if(&world.operator, business.id, question, |_, _| ()).await;
    let found = serde_json::to_value(found.expect("an answer")).expect("serialises");
    assert_eq!(found["elsewhere"], 1);
    assert_eq!(simulate(&world, &business, &rules).await, found);
}

#[tokio::test]
async fn the_settings_own_words_count_and_another_business_sees_nothing() {
    let world = World::start().await;
    let (business, other) = (with_a_past(&world).await, world.business(0).await);
    let words = json!({ "status_words": { "FOLLOW_UP": ["מזג האוויר"] } });
    let (status, changed) = world.api(&business).patch("/api/settings", &words).await;
    assert_eq!(
        (status, &changed["status_words"]),
        (200, &words["status_words"]),
        "{changed}"
    );
    let found = simulate(&world, &business, &json!({})).await;
    assert_eq!(moved(&found), [("new", "follow_up", "applied")]);
    let without = simulate(&world, &business, &json!({ "status_words": null })).await;
    assert_eq!(without["elsewhere"], 0);

    let theirs = simulate(&world, &other, &words).await;
    assert_eq!(
        (&theirs["leads"], &theirs["examples"]),
        (&json!(0), &json!([]))
    );
    let (_, settings) = world.api(&other).get("/api/settings").await;
    assert_eq!(settings["status_words"], Value::Null);
}

#[tokio::test]
async fn rules_that_make_no_sense_are_listed_and_an_agent_may_not_ask() {
    let world = World::start().await;
    let business = world.business(0).await;
    let wrong =
        json!({ "automation": "maybe", "colour": "red", "lexicon": { "he": "/etc/passwd" } });
    let (status, refused) = world.api(&business).post(SIMULATE, &wrong).await;
    assert_eq!(
        (status, fields(&refused)),
        (422, vec!["automation", "colour", "lexicon"])
    );
    let wrong = json!({
        "confidence_threshold": 7, "protected": ["gone"],
        "status_words": { "HOT_INTERESTED": ["x", "fine"], "FOLLOW_UP": ["Fine"], "WARM": [] },
    });
    let (status, refused) = world.api(&business).post(SIMULATE, &wrong).await;
    let named = vec![
        "confidence_threshold",
        "protected",
        "status_words.HOT_INTERESTED[0]",
        "status_words.HOT_INTERESTED[1]",
        "status_words.WARM",
    ];
    assert_eq!((status, fields(&refused)), (422, named), "{refused}");

    let agent = testkit::business(&world.operator)
        .with_api_key(Role::Agent)
        .await;
    let asked = world
        .request(Method::POST, SIMULATE)
        .bearer_auth(&agent.api_keys[0])
        .json(&json!({}));
    let (status, refused) = read(asked).await;
    assert_eq!((status, &refused["code"]), (403, &json!("forbidden")));
}

#[tokio::test]
async fn a_history_that_cannot_be_read_in_time_is_said() {
    let world = World::start().await;
    let business = world.business(0).await;
    let url = world.database.url().to_owned();
    let locked = tokio::task::spawn_blocking(move || {
        let mut owner = Owner::connect(&url)?;
        owner.execute("BEGIN; LOCK TABLE lead_status_events")?;
        Ok::<_, StorageError>(owner)
    });
    let _locked = locked.await.expect("runs").expect("locks");
    let (status, refused) = world.api(&business).post(SIMULATE, &json!({})).await;
    assert_eq!(
        (status, &refused["code"]),
        (503, &json!("simulation_timeout"))
    );
}
