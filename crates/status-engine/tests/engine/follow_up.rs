//! Whose word about the next call stands: the newest that was said, in whatever order it is told.

use chrono::{DateTime, TimeDelta, Utc};
use domain::events::StatusSuggested;
use serde_json::json;
use storage::ServiceRole;
use storage::leads::{self, Edit};

use crate::world::World;

/// A call `minutes` ago that promises to be in touch in so many hours.
fn promises(world: &World, sid: &str, minutes: i64, hours: i64) -> StatusSuggested {
    let mut call = world.call(0, sid, minutes, "Talked about the weather");
    call.follow_up_at = Some(world.ago(-60 * hours));
    call
}

async fn follow_up(world: &World) -> Option<DateTime<Utc>> {
    let lead = world.lead(0).await;
    let at = lead["follow_up_at"].as_str()?;
    Some(at.parse().expect("a time"))
}

fn is_in_hours(world: &World, at: Option<DateTime<Utc>>, hours: i64) -> bool {
    let wanted = world.ago(-60 * hours);
    at.is_some_and(|at| (at - wanted).abs() < TimeDelta::minutes(5))
}

/// What a person sets through the API, at this moment.
async fn set_by_hand(world: &World, at: Option<DateTime<Utc>>) {
    let (lead, now) = (world.business.leads[0], world.ago(30));
    let edit = Edit {
        follow_up_at: Some(at),
        ..Edit::default()
    };
    let db = world.db.db(ServiceRole::ApiGateway);
    db.tenant(world.business.id, move |tx| {
        leads::edit(tx, now, lead, None, &edit)
    })
    .await
    .expect("edits");
}

#[tokio::test]
async fn the_newest_conversation_s_promise_stands_and_the_timeline_tells_it() {
    let world = World::new().await;
    world.suggest(promises(&world, "CA2", 5, 48)).await;
    world.suggest(promises(&world, "CA1", 50, 2)).await;
    assert!(is_in_hours(&world, follow_up(&world).await, 48));

    let said = "SELECT payload->>'follow_up_at' AS said FROM lead_activities WHERE payload->>'call_sid' = 'CA1'";
    let told = world.db.sql(said).await.remove(0);
    let told = told["said"].as_str().and_then(|at| at.parse().ok());
    assert!(is_in_hours(&world, told, 2));

    world.suggest(promises(&world, "CA3", 1, 24)).await;
    assert!(is_in_hours(&world, follow_up(&world).await, 24));
    world.end().await;
}

#[tokio::test]
async fn a_promise_that_is_told_late_stands_where_nothing_newer_was_said_of_it() {
    let world = World::new().await;
    world.suggest(world.call(0, "CA2", 5, "Talked again")).await;
    world.suggest(promises(&world, "CA1", 50, 2)).await;
    assert!(is_in_hours(&world, follow_up(&world).await, 2));
    assert_eq!(world.lead(0).await["summary"], "Talked again");
    world.end().await;
}

#[tokio::test]
async fn what_a_person_sets_stands_until_a_newer_conversation() {
    let world = World::new().await;
    set_by_hand(&world, Some(world.ago(-60 * 72))).await;
    world.suggest(promises(&world, "CA1", 50, 2)).await;
    assert!(is_in_hours(&world, follow_up(&world).await, 72));
    set_by_hand(&world, None).await;
    world.suggest(promises(&world, "CA2", 40, 2)).await;
    assert_eq!(follow_up(&world).await, None, "a person emptied it");
    world.suggest(promises(&world, "CA3", 5, 24)).await;
    assert!(is_in_hours(&world, follow_up(&world).await, 24));
    world.end().await;
}

#[tokio::test]
async fn a_date_that_is_past_overwrites_nothing() {
    let world = World::new().await;
    world.suggest(promises(&world, "CA1", 50, 24)).await;
    world.suggest(promises(&world, "CA2", 40, -1)).await;
    assert!(is_in_hours(&world, follow_up(&world).await, 24));
    let of_none = world.lead(1).await;
    assert_eq!(of_none["follow_up_at"], json!(null));
    world.end().await;
}
