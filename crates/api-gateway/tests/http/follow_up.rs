use chassis::clock::Clock;
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use storage::ServiceRole;
use storage::lead_contact::{self, Contact};
use testkit::Business;

use crate::support::World;

fn at(text: &str) -> DateTime<Utc> {
    text.parse().expect("a time")
}

/// What a conversation at `occurred_at` promises, as the status engine writes it.
async fn promised(world: &World, business: &Business, occurred_at: &str, follow_up_at: &str) {
    let (lead, occurred_at, follow_up_at) = (business.leads[0], at(occurred_at), at(follow_up_at));
    let db = world.database.db(ServiceRole::StatusEngine);
    db.tenant(business.id, move |tx| {
        let locked = lead_contact::lock(tx, lead)?;
        let contact = Contact {
            lead,
            occurred_at,
            summary: "A talk",
            notes: None,
            service: None,
            city: None,
            follow_up_at: Some(follow_up_at),
        };
        lead_contact::record(tx, occurred_at, &locked, &contact)
    })
    .await
    .expect("records");
}

#[tokio::test]
async fn a_lead_shows_what_was_promised_last_by_a_person_or_in_a_conversation() {
    let world = World::at(Clock::fixed(at("2026-11-24T09:00:00Z"))).await;
    let business = world.business(1).await;
    let (api, path) = (
        world.api(&business),
        format!("/api/leads/{}", business.leads[0]),
    );
    let shown = async || api.get(&path).await.1["follow_up_at"].clone();
    assert_eq!(shown().await, Value::Null);

    promised(
        &world,
        &business,
        "2026-11-24T08:00:00Z",
        "2026-11-25T08:00:00Z",
    )
    .await;
    assert_eq!(shown().await, "2026-11-25T08:00:00Z");

    let by_hand = json!({ "follow_up_at": "2026-12-01T12:00:00Z" });
    let (status, _) = api.patch(&path, &by_hand).await;
    assert_eq!(status, 200);
    promised(
        &world,
        &business,
        "2026-11-24T08:30:00Z",
        "2026-11-26T08:00:00Z",
    )
    .await;
    assert_eq!(shown().await, "2026-12-01T12:00:00Z");

    promised(
        &world,
        &business,
        "2026-11-24T10:00:00Z",
        "2026-11-27T08:00:00Z",
    )
    .await;
    assert_eq!(shown().await, "2026-11-27T08:00:00Z");
}
