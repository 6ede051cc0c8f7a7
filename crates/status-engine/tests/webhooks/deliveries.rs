use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use rstest::rstest;
use serde_json::{Value, json};
use wiremock::ResponseTemplate;

use crate::world::{World, business};

fn time(value: &Value) -> DateTime<Utc> {
    serde_json::from_value(value.clone()).expect("a time")
}

#[rstest]
#[case::server_error(ResponseTemplate::new(500), Some(500), "status")]
#[case::client_error(ResponseTemplate::new(401), Some(401), "status")]
#[case::too_many(ResponseTemplate::new(429), Some(429), "status")]
#[case::timeout(ResponseTemplate::new(200).set_delay(Duration::from_secs(60)), None, "timeout")]
#[tokio::test]
async fn what_is_not_accepted_is_tried_again_when_it_is_due(
    #[case] answer: ResponseTemplate,
    #[case] status: Option<u16>,
    #[case] error: &str,
) {
    let world = World::with(&[], 1).await;
    world.receiver_says(answer).await;
    world.endpoint().await;
    let event = world.tell().await;
    let first = world.attempted(&event, 1).await;
    assert_eq!(first["state"], "pending");
    assert_eq!(
        (&first["response_status"], &first["error"]),
        (&json!(status), &json!(error))
    );
    let wait = time(&first["due_at"]) - world.clock.now();
    assert!(
        wait >= TimeDelta::seconds(5) && wait <= TimeDelta::seconds(6),
        "{wait}"
    );
    let failing = "SELECT failing_since FROM webhook_endpoints";
    assert_eq!(
        time(&world.row(failing).await["failing_since"]),
        world.clock.now()
    );

    world.skip_to(&first);
    let second = world.attempted(&event, 2).await;
    let wait = time(&second["due_at"]) - world.clock.now();
    assert!(
        wait >= TimeDelta::seconds(60) && wait <= TimeDelta::seconds(72),
        "{wait}"
    );
    let before = world.received().await;
    assert_eq!(before.len(), 2);

    world.receiver_says(ResponseTemplate::new(204)).await;
    world.skip_to(&second);
    let last = world.delivered(&event).await;
    assert_eq!(
        (&last["attempts"], &last["error"]),
        (&json!(3), &Value::Null)
    );
    assert_eq!(world.row(failing).await["failing_since"], Value::Null);
    for request in before.iter().chain(&world.received().await) {
        assert_eq!(request.headers["webhook-id"], event.id.to_string());
        assert_eq!(request.body, before[0].body);
    }
    world.end().await;
}

#[tokio::test]
async fn nobody_at_the_other_end_is_tried_again_too() {
    let world = World::with(&[], 1).await;
    // A port that was free a moment ago.
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .and_then(|listener| listener.local_addr())
        .expect("a port")
        .port();
    let url = format!("http://127.0.0.1:{port}/");
    world.endpoint_at(&world.business, &url).await;
    let event = world.tell().await;
    let first = world.attempted(&event, 1).await;
    assert_eq!(
        (&first["state"], &first["error"]),
        (&json!("pending"), &json!("no_connection"))
    );
    world.end().await;
}

#[tokio::test]
async fn an_endpoint_that_asks_to_be_left_alone_gets_nothing_until_then() {
    let world = World::with(&[], 1).await;
    let busy = ResponseTemplate::new(429).insert_header("Retry-After", "1800");
    world.receiver_says(busy).await;
    world.endpoint().await;
    let first = world.tell().await;
    let tried = world.attempted(&first, 1).await;
    assert_eq!(
        time(&tried["due_at"]),
        world.clock.now() + TimeDelta::minutes(30)
    );

    world.receiver_says(ResponseTemplate::new(200)).await;
    let second = world.tell().await;
    let other = business(&world.db).await;
    let url = format!("{}/other", world.receiver.uri());
    world.endpoint_at(&other, &url).await;
    let theirs = world.event(&other);
    world.publish(&theirs).await;
    // By then the loop has looked since the second event was written.
    world.delivered(&theirs).await;
    let waiting = world.delivery(&second, |_| true).await;
    assert_eq!(
        (&waiting["state"], &waiting["attempts"]),
        (&json!("pending"), &json!(0))
    );

    world.clock.advance(TimeDelta::minutes(30));
    world.delivered(&first).await;
    world.delivered(&second).await;
    world.end().await;
}

#[tokio::test]
async fn an_event_that_comes_three_times_is_sent_once() {
    let world = World::new().await;
    world.endpoint().await;
    let event = world.event(&world.business);
    for _ in 0..3 {
        world.publish(&event).await;
    }
    let after = world.tell().await;
    world.delivered(&event).await;
    world.delivered(&after).await;
    assert_eq!(world.received().await.len(), 2);
    world.publish(&event).await;
    let last = world.tell().await;
    world.delivered(&last).await;
    assert_eq!(world.received().await.len(), 3);
    world.end().await;
}

#[tokio::test]
async fn a_resend_is_the_same_message_once_more_whatever_became_of_it() {
    let world = World::new().await;
    let endpoint = world.endpoint().await;
    let event = world.tell().await;
    let delivered = world.delivered(&event).await;
    let id = delivered["id"].as_i64().expect("an id");
    world.clock.advance(TimeDelta::hours(1));
    world.resend(endpoint, id).await;
    let again = world
        .delivery(&event, |it| {
            it["state"] == "delivered" && it["finished_at"] != delivered["finished_at"]
        })
        .await;
    assert_eq!(again["attempts"], 1);
    let received = world.received().await;
    assert_eq!(received.len(), 2);
    assert_eq!(received[0].body, received[1].body);
    assert_eq!(
        received[0].headers["webhook-id"],
        received[1].headers["webhook-id"]
    );
    assert_ne!(
        received[0].headers["webhook-timestamp"],
        received[1].headers["webhook-timestamp"]
    );
    world.end().await;
}

#[tokio::test]
async fn of_an_answer_the_first_part_is_kept_and_the_rest_not_even_read() {
    let world = World::with(&[], 1).await;
    let long = format!("a\0{}", "\u{5d0}".repeat(4 << 20));
    world
        .receiver_says(ResponseTemplate::new(200).set_body_string(long))
        .await;
    world.endpoint().await;
    let event = world.tell().await;
    let delivered = world.delivered(&event).await;
    let excerpt = delivered["response_excerpt"].as_str().expect("a text");
    assert!(excerpt.starts_with("a\u{fffd}\u{5d0}\u{5d0}"), "{excerpt}");
    assert_eq!(excerpt.chars().filter(|it| *it == '\u{5d0}').count(), 511);
    world.end().await;
}

#[tokio::test]
async fn a_business_is_told_of_its_own_events_only() {
    let world = World::new().await;
    let other = business(&world.db).await;
    world.endpoint().await;
    let url = format!("{}/other", world.receiver.uri());
    world.endpoint_at(&other, &url).await;
    let (ours, theirs) = (world.event(&world.business), world.event(&other));
    for event in [&ours, &theirs] {
        world.publish(event).await;
        world.delivered(event).await;
    }
    let got: Vec<(String, Value)> = world
        .received()
        .await
        .iter()
        .map(|request| {
            let body: Value = serde_json::from_slice(&request.body).expect("JSON");
            (
                request.url.path().to_owned(),
                body["data"]["business_id"].clone(),
            )
        })
        .collect();
    let expected = [
        ("/hook".to_owned(), json!(world.business.id)),
        ("/other".to_owned(), json!(other.id)),
    ];
    assert_eq!(got, expected);
    world.end().await;
}

#[tokio::test]
async fn deliveries_are_kept_for_thirty_days() {
    let world = World::with(&[], 0).await;
    let endpoint = world.endpoint().await;
    let (business, now) = (world.business.id, world.clock.now());
    for (days, state, finished) in [
        (31, "delivered", true),
        (31, "pending", false),
        (29, "failed", true),
    ] {
        let at = now - TimeDelta::days(days);
        let (due, finished) = if finished {
            ("NULL", "now()")
        } else {
            ("'2100-01-01'", "NULL")
        };
        let old = format!(
            "INSERT INTO webhook_deliveries (business_id, endpoint_id, event_id, event_type, body, state, due_at, created_at,
                 finished_at)
             VALUES ({business}, {endpoint}, gen_random_uuid(), 'status.changed', '{{}}', '{state}', {due}, '{at}', {finished})"
        );
        world.db.execute(&old).await;
    }
    world.engine().await;
    let left = testkit::eventually(crate::world::PATIENCE, || async {
        let left = world.db.sql("SELECT state FROM webhook_deliveries").await;
        (left.len() == 1).then_some(left)
    })
    .await;
    assert_eq!(left, [json!({ "state": "failed" })]);
    world.end().await;
}
