use chassis::clock::Clock;
use chrono::{DateTime, Duration, Utc};
use reqwest::Method;
use serde_json::{Value, json};
use testkit::Business;

use crate::support::{Api, World, read};

/// An endpoint of the business, by its path.
async fn endpoint(api: Api<'_>) -> String {
    let wanted =
        json!({ "url": "https://crm.example.com/hook", "event_types": ["status.changed"] });
    let (status, made) = api.post("/api/webhook-endpoints", &wanted).await;
    assert_eq!(status, 201, "{made}");
    format!("/api/webhook-endpoints/{}", made["id"])
}

async fn test(api: Api<'_>, endpoint: &str) -> (u16, Value) {
    read(api.request(Method::POST, &format!("{endpoint}/test"))).await
}

async fn resend(api: Api<'_>, delivery: &str) -> (u16, Value) {
    read(api.request(Method::POST, &format!("{delivery}/resend"))).await
}

async fn world() -> (World, Business, Clock) {
    let start: DateTime<Utc> = "2026-11-27T09:00:00Z".parse().expect("a time");
    let clock = Clock::fixed(start);
    let world = World::at(clock.clone()).await;
    let business = world.business(0).await;
    (world, business, clock)
}

#[tokio::test]
async fn a_test_is_one_more_delivery_that_says_what_it_is() {
    let (world, business, clock) = world().await;
    let api = world.api(&business);
    let endpoint = endpoint(api).await;
    let (status, sent) = test(api, &endpoint).await;
    assert_eq!(status, 202, "{sent}");
    assert_eq!(
        json!([
            sent["event_type"],
            sent["status"],
            sent["attempts"],
            sent["next_attempt_at"]
        ]),
        json!(["webhook.test", "pending", 0, clock.now()])
    );
    let path = format!("{endpoint}/deliveries/{}", sent["id"]);
    let (_, shown) = api.get(&path).await;
    let body: Value = serde_json::from_str(shown["body"].as_str().expect("a text")).expect("JSON");
    assert_eq!(body["type"], "webhook.test");
    assert_eq!(
        (&body["id"], &body["specversion"]),
        (&sent["webhook_id"], &json!("1.0"))
    );
    assert_eq!(body["data"]["business_id"], json!(business.id));

    api.patch(&endpoint, &json!({ "is_active": false })).await;
    let (status, refused) = test(api, &endpoint).await;
    assert_eq!(
        (status, &refused["code"]),
        (409, &json!("webhook_endpoint_inactive"))
    );
    let (status, refused) = resend(api, &path).await;
    assert_eq!(
        (status, &refused["code"]),
        (409, &json!("webhook_endpoint_inactive"))
    );
}

#[tokio::test]
async fn the_log_comes_in_pages_and_by_what_became_of_it() {
    let (world, business, _) = world().await;
    let api = world.api(&business);
    let endpoint = endpoint(api).await;
    for _ in 0..5 {
        test(api, &endpoint).await;
    }
    world
        .database
        .execute(
            "UPDATE webhook_deliveries SET state = 'failed', due_at = NULL, finished_at = now(), response_status = 500,
                 response_excerpt = 'no', error = 'status' WHERE id <= 2",
        )
        .await;
    let deliveries = format!("{endpoint}/deliveries");
    let (_, first) = api.get(&format!("{deliveries}?limit=3")).await;
    let cursor = first["next_cursor"].as_str().expect("a second page");
    let (_, second) = api
        .get(&format!("{deliveries}?limit=3&cursor={cursor}"))
        .await;
    assert_eq!(second["next_cursor"], Value::Null);
    let ids: Vec<&Value> = [&first, &second]
        .iter()
        .flat_map(|page| page["items"].as_array().expect("items"))
        .map(|item| &item["id"])
        .collect();
    assert_eq!(ids, [5, 4, 3, 2, 1]);

    let (_, failed) = api.get(&format!("{deliveries}?status=failed")).await;
    assert_eq!(failed["items"].as_array().map(Vec::len), Some(2));
    let item = &failed["items"][0];
    assert_eq!(
        json!([
            item["response_code"],
            item["response_excerpt"],
            item["error"],
            item["next_attempt_at"]
        ]),
        json!([500, "no", "status", null])
    );
    let (_, none) = api
        .get(&format!("{deliveries}?event_type=run.finished"))
        .await;
    assert_eq!(none["items"], json!([]));
    let (status, refused) = api.get(&format!("{deliveries}?status=lost")).await;
    assert_eq!((status, &refused["code"]), (400, &json!("invalid_query")));
}

#[tokio::test]
async fn a_resend_makes_a_delivery_due_again_and_leaves_one_alone_that_is_under_way() {
    let (world, business, clock) = world().await;
    let api = world.api(&business);
    let endpoint = endpoint(api).await;
    let (_, sent) = test(api, &endpoint).await;
    let path = format!("{endpoint}/deliveries/{}", sent["id"]);
    let done = "UPDATE webhook_deliveries SET state = 'delivered', due_at = NULL, finished_at = now(), attempts = 3";
    world.database.execute(done).await;
    clock.advance(Duration::hours(1));
    let (status, again) = resend(api, &path).await;
    assert_eq!(status, 202, "{again}");
    assert_eq!(
        json!([
            again["status"],
            again["attempts"],
            again["next_attempt_at"],
            again["finished_at"]
        ]),
        json!(["pending", 0, clock.now(), null])
    );
    assert_eq!(again["webhook_id"], sent["webhook_id"]);

    let held = "UPDATE webhook_deliveries SET lock_token = gen_random_uuid(), attempts = 1";
    world.database.execute(held).await;
    clock.advance(Duration::hours(1));
    let (status, untouched) = resend(api, &path).await;
    assert_eq!((status, &untouched["attempts"]), (202, &json!(1)));
    assert_eq!(untouched["next_attempt_at"], again["next_attempt_at"]);
}

#[tokio::test]
async fn a_delivery_is_found_at_its_own_endpoint_only() {
    let (world, business, _) = world().await;
    let api = world.api(&business);
    let (one, other) = (endpoint(api).await, endpoint(api).await);
    let (_, sent) = test(api, &one).await;
    let astray = format!("{other}/deliveries/{}", sent["id"]);
    assert_eq!(api.get(&astray).await.0, 404);
    assert_eq!(resend(api, &astray).await.0, 404);
    let (_, none) = api.get(&format!("{other}/deliveries")).await;
    assert_eq!(none["items"], json!([]));
}
