//! Who is told of what.

use domain::events::{ChangeSource, Envelope, StatusChanged};
use serde_json::json;

use crate::town::Town;

const NOON: &str = "2026-01-15T10:00:00Z";

#[tokio::test]
async fn users_are_told_of_the_statuses_and_sources_that_they_have_chosen() {
    let town = Town::at(NOON).await;
    town.prefer(0, "statuses = '{qualified,won}'").await;
    town.prefer(1, "sources = '{auto_inbound,manual}'").await;
    town.moves(0, "Interested").await;
    town.moves(0, "Meeting set").await;
    let told = town.world.raised("notification.requested").await;
    let audience: Vec<_> = told.iter().map(|event| event["user_ids"].clone()).collect();
    let (owner, third) = (town.user(0), town.user(2));
    assert_eq!(audience, [json!([third]), json!([owner, third])]);
    assert_eq!(told[1]["title"], "Lead 1: Meeting set");
    let lead = town.world.business.leads[0];
    assert_eq!(told[1]["url"], format!("/leads/{lead}"));
    assert!(
        told[1]["body"]
            .as_str()
            .is_some_and(|body| !body.is_empty())
    );
    town.world.end().await;
}

#[tokio::test]
async fn a_person_s_change_is_told_to_the_others_who_want_to_hear_of_that() {
    let town = Town::at(NOON).await;
    let phone = town.browser(1, "phone").await;
    for user in [0, 1] {
        town.prefer(user, "sources = '{manual}'").await;
    }
    let changed = |source, user| StatusChanged {
        business_id: town.world.business.id,
        lead_id: town.world.business.leads[0],
        from: Some("new".to_owned()),
        to: "won".to_owned(),
        source,
        source_event_id: None,
        decision_id: None,
        user_id: user,
        confidence: None,
        at: town.now(),
    };
    let automatic = changed(ChangeSource::AutoInbound, None);
    let by_owner = changed(ChangeSource::Manual, Some(town.user(0)));
    let event = Envelope::new("api-gateway", town.now(), by_owner);
    let of_engine = Envelope::new("status-engine", town.now(), automatic);
    town.world.deliver(&of_engine).await;
    for _ in 0..2 {
        town.world.deliver(&event).await;
    }
    let shown = town.shown(&phone, "phone", 1).await;
    assert_eq!(shown[0]["body"], "Lead 1, New → Won, by hand");
    town.until_pushed().await;
    let told = town.world.raised("notification.requested").await;
    assert_eq!(told.len(), 1);
    assert_eq!(told[0]["user_ids"], json!([town.user(1)]));
    assert_eq!(town.count("notifications").await, 1);
    town.world.end().await;
}
