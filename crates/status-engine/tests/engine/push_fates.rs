//! What becomes of a push that is not taken.

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
