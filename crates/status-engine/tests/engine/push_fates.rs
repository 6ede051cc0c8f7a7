//! What becomes of a push that is not taken.

use storage::{ServiceRole, push_deliveries};
use wiremock::ResponseTemplate;

use crate::town::Town;

const NOON: &str = "2026-01-15T10:00:00Z";

#[tokio::test]
async fn a_browser_that_is_gone_is_forgotten_and_the_others_go_on() {
    let town = Town::at(NOON).await;
    town.browser(0, "gone").await;
    town.answers("gone", ResponseTemplate::new(410), 1, None)
        .await;
    let phone = town.browser(0, "phone").await;
    town.moves(0, "Interested").await;
    town.until_pushed().await;
    town.moves(1, "Interested").await;
    town.shown(&phone, "phone", 2).await;
    town.until_pushed().await;
    assert_eq!(town.bodies("gone").await.len(), 1);
    assert_eq!(town.count("push_subscriptions").await, 1);
    town.world.end().await;
}

#[tokio::test]
async fn a_push_service_that_is_busy_is_asked_again_as_late_as_it_says() {
    let town = Town::at(NOON).await;
    let phone = town.browser(0, "phone").await;
    let busy = ResponseTemplate::new(429).insert_header("retry-after", "600");
    town.answers("phone", busy, 1, Some(1)).await;
    town.moves(0, "Interested").await;
    let waits = "EXISTS (SELECT FROM push_deliveries WHERE attempts = 1 AND due_at = '2026-01-15T10:10:00Z')";
    town.eventually(waits).await;
    // What comes up meanwhile about the same lead takes its place, and does not come before.
    town.moves(0, "Meeting set").await;
    town.eventually("EXISTS (SELECT FROM push_deliveries WHERE revision = 2 AND due_at = '2026-01-15T10:10:00Z')")
        .await;
    town.until("2026-01-15T10:10:00Z");
    let shown = town.shown(&phone, "phone", 2).await;
    assert_eq!(shown[1]["title"], "Lead 1: Meeting set");
    town.until_pushed().await;
    town.world.end().await;
}

#[tokio::test]
async fn a_push_that_nobody_takes_is_given_up_after_hours_and_the_browser_stays() {
    let town = Town::at(NOON).await;
    let phone = town.browser(0, "phone").await;
    town.answers("phone", ResponseTemplate::new(503), 1, Some(2))
        .await;
    town.moves(0, "Interested").await;
    town.eventually("EXISTS (SELECT FROM push_deliveries WHERE attempts = 1)")
        .await;
    let soon =
        "push_deliveries WHERE due_at BETWEEN '2026-01-15T10:00:22Z' AND '2026-01-15T10:00:38Z'";
    assert_eq!(town.count(soon).await, 1);
    // Just before the end: one more attempt, and the next would be too late.
    town.until("2026-01-15T13:59:59Z");
    town.until_pushed().await;
    assert_eq!(town.bodies("phone").await.len(), 2);
    assert_eq!(town.count("push_subscriptions").await, 1);
    town.moves(1, "Interested").await;
    town.shown(&phone, "phone", 3).await;
    town.world.end().await;
}

#[tokio::test]
async fn what_is_refused_is_not_tried_again() {
    let town = Town::at(NOON).await;
    let phone = town.browser(0, "phone").await;
    town.answers("phone", ResponseTemplate::new(400), 1, Some(1))
        .await;
    town.moves(0, "Interested").await;
    town.until_pushed().await;
    town.moves(1, "Interested").await;
    town.shown(&phone, "phone", 2).await;
    town.world.end().await;
}

#[tokio::test]
async fn who_switches_pushes_off_gets_none_that_wait() {
    let town = Town::at("2026-01-15T10:20:00Z").await;
    town.browser(0, "phone").await;
    town.prefer(0, "push = 'daily', digest_hour = 13").await;
    town.moves(0, "Interested").await;
    let waits = "push_deliveries WHERE due_at = '2026-01-15T11:00:00Z'";
    assert_eq!(town.count(waits).await, 1);
    town.prefer(0, "push = 'off'").await;
    town.until("2026-01-15T11:00:00Z");
    town.until_pushed().await;
    assert!(town.bodies("phone").await.is_empty());
    town.world.end().await;
}

/// What moves while a push is on its way is not taken for sent with it.
#[tokio::test]
async fn what_took_the_place_of_a_push_on_its_way_is_pushed_too() {
    let town = Town::with_engines(0, NOON).await;
    let phone = town.browser(0, "phone").await;
    let mut without_push = town.settings.clone();
    without_push.retain(|(name, _)| *name != "VAPID_PRIVATE_KEY");
    town.world.one_more_engine(&without_push).await;
    town.moves(0, "Interested").await;
    let (business, now) = (town.world.business.id, town.now());
    let engine = town.world.db.db(ServiceRole::StatusEngine);
    let claimed = engine
        .tenant(business, move |tx| {
            let (_, subscription) = push_deliveries::due(tx, now, 1)?[0];
            push_deliveries::claim(tx, now, chrono::Duration::seconds(60), subscription)
        })
        .await
        .expect("claims")
        .expect("is due");
    town.moves(0, "Meeting set").await;
    engine
        .tenant(business, move |tx| {
            push_deliveries::sent(tx, claimed.subscription.id, &claimed.items)
        })
        .await
        .expect("settles");
    town.world.one_more_engine(&town.settings).await;
    let shown = town.shown(&phone, "phone", 1).await;
    assert_eq!(shown[0]["title"], "Lead 1: Meeting set");
    town.until_pushed().await;
    town.world.end().await;
}
