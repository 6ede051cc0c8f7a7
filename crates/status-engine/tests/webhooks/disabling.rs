use chrono::TimeDelta;
use domain::webhooks::SCHEDULE;
use serde_json::{Value, json};
use storage::ServiceRole;
use storage::webhook_endpoints::{self, Edit};
use wiremock::ResponseTemplate;

use crate::world::World;

const ENDPOINT: &str = "SELECT is_active, disabled_reason FROM webhook_endpoints";
const CHANGES: &str =
    "SELECT kind, reason, user_id FROM webhook_endpoint_changes ORDER BY id DESC LIMIT 1";
const BELL: &str = "SELECT user_id, lead_id, title, body FROM notifications";
const RAISED: &str =
    "SELECT body->'data' AS data FROM outbox_events WHERE type = 'notification.requested'";

impl World {
    /// The owner, and nobody else, was told once, in words, and what was done stands in the history.
    async fn is_told(&self, reason: &str, words: &str) {
        assert_eq!(
            self.row(ENDPOINT).await,
            json!({ "is_active": false, "disabled_reason": reason })
        );
        let disabled = json!({ "kind": "disabled", "reason": reason, "user_id": null });
        assert_eq!(self.row(CHANGES).await, disabled);
        let bell = self.db.sql(BELL).await;
        assert_eq!(bell.len(), 1, "{bell:?}");
        assert_eq!(bell[0]["user_id"], json!(self.business.users[0].id));
        assert_eq!(bell[0]["lead_id"], Value::Null);
        assert_eq!(bell[0]["title"], "A webhook endpoint was switched off");
        let body = bell[0]["body"].as_str().expect("a text");
        assert!(
            body.starts_with("127.0.0.1 ") && body.contains(words),
            "{body}"
        );
        assert!(!body.contains("hook"), "only the host is told: {body}");
        assert_eq!(self.db.sql(RAISED).await.len(), 1);
    }
}

#[tokio::test]
async fn an_endpoint_that_is_gone_is_switched_off_at_once() {
    let world = World::with(&[], 1).await;
    world.receiver_says(ResponseTemplate::new(410)).await;
    world.endpoint().await;
    let event = world.tell().await;
    let failed = world.attempted(&event, 1).await;
    assert_eq!(
        (&failed["state"], &failed["error"]),
        (&json!("failed"), &json!("gone"))
    );
    world.is_told("gone", "410").await;
    world.end().await;
}

#[tokio::test]
async fn after_a_day_of_failures_an_endpoint_is_switched_off_and_what_waits_is_sent_when_it_is_on_again()
 {
    let world = World::with(&[], 1).await;
    world.receiver_says(ResponseTemplate::new(500)).await;
    let endpoint = world.endpoint().await;
    let event = world.tell().await;
    let first = world.attempted(&event, 1).await;
    world.skip_to(&first);
    world.attempted(&event, 2).await;
    assert_eq!(world.row(ENDPOINT).await["is_active"], true);

    world.clock.advance(TimeDelta::hours(24));
    let waiting = world.attempted(&event, 3).await;
    assert_eq!(waiting["state"], "pending");
    world.is_told("failing", "for a day").await;

    // What happens while it is off is not written down for it; another one of the business says when it has happened.
    world.receiver_says(ResponseTemplate::new(200)).await;
    let other = world.endpoint().await;
    let missed = world.tell().await;
    world.delivered(&missed).await;
    world.skip_to(&waiting);
    let now = world.clock.now();
    world
        .db
        .db(ServiceRole::ApiGateway)
        .tenant(world.business.id, move |tx| {
            let held = webhook_endpoints::hold(tx, endpoint)?;
            let on = Edit {
                is_active: Some(true),
                ..Edit::default()
            };
            webhook_endpoints::edit(tx, now, &held, None, on, None)
        })
        .await
        .expect("is switched on");
    world.delivered(&event).await;
    let later = world.tell().await;
    world.delivered(&later).await;
    let look = format!(
        "SELECT count(*) AS n FROM webhook_deliveries WHERE event_id = '{}' AND endpoint_id <> {other}",
        missed.id
    );
    assert_eq!(world.number(&look).await, 0);
    world.end().await;
}

#[tokio::test]
async fn a_delivery_is_given_up_after_the_whole_schedule() {
    let world = World::with(&[], 1).await;
    world.receiver_says(ResponseTemplate::new(503)).await;
    world.endpoint().await;
    let start = world.clock.now();
    let event = world.tell().await;
    let attempts = i64::try_from(SCHEDULE.len()).expect("a few") + 1;
    for attempt in 1..attempts {
        let failed = world.attempted(&event, attempt).await;
        assert_eq!(failed["state"], "pending", "attempt {attempt}");
        world.skip_to(&failed);
    }
    let last = world.attempted(&event, attempts).await;
    assert_eq!(
        (&last["state"], &last["due_at"]),
        (&json!("failed"), &Value::Null)
    );
    assert!(world.clock.now() - start >= TimeDelta::days(1));
    assert_eq!(world.received().await.len(), SCHEDULE.len() + 1);
    world.is_told("failing", "for a day").await;
    world.end().await;
}
