//! An engine that dies between two steps, and another that finds what it left behind. Both are processes; the first aborts at a
//! named place. The event arrives, perhaps twice, and under the same id.

use rstest::rstest;
use wiremock::ResponseTemplate;

use crate::world::World;

#[rstest]
#[case::after_it_was_written("webhook_written", 1)]
#[case::after_it_was_claimed("webhook_claimed", 1)]
#[case::after_the_answer("webhook_answered", 2)]
#[case::after_it_was_recorded("webhook_recorded", 1)]
#[tokio::test]
async fn a_crash_loses_nothing_and_repeats_under_the_same_id(
    #[case] place: &str,
    #[case] requests: usize,
) {
    let world = World::with(&[], 0).await;
    world.receiver_says(ResponseTemplate::new(200)).await;
    world.endpoint().await;
    let mut first = world.process(&format!("{place}=return")).await;
    let event = world.tell().await;
    let status = first.ended().await;
    assert!(
        std::os::unix::process::ExitStatusExt::signal(&status).is_some(),
        "it died by its own hand, not by an error: {status}"
    );
    // Its lease runs out.
    world
        .db
        .execute("UPDATE webhook_deliveries SET due_at = now() WHERE lock_token IS NOT NULL")
        .await;
    let second = world.process("").await;
    // What comes after it is through as well: by then the first event has come again, if it had to.
    let after = world.tell().await;
    world.delivered(&after).await;
    world.delivered(&event).await;
    let received = world.received().await;
    let times = received
        .iter()
        .filter(|request| request.headers["webhook-id"] == event.id.to_string())
        .count();
    assert_eq!(times, requests);
    assert_eq!(received.len(), requests + 1);
    drop(second);
    world.end().await;
}
