use chassis::clock::Clock;
use chrono::{DateTime, Duration, Utc};
use reqwest::Method;
use serde_json::{Value, json};
use storage::users::Role;

use crate::support::{World, fields, read};

async fn with_key(world: &World, method: Method, path: &str, key: &str) -> (u16, Value) {
    read(world.request(method, path).bearer_auth(key)).await
}

#[tokio::test]
async fn a_key_is_shown_once_and_opens_until_it_is_revoked() {
    let world = World::start().await;
    let business = world.business(0).await;
    let api = world.api(&business);
    let wanted = json!({ "name": " billing ", "role": "agent" });
    let (status, made) = api.post("/api/api-keys", &wanted).await;
    assert_eq!(status, 201, "{made}");
    let key = made["key"].as_str().expect("a key");
    let prefix = made["prefix"].as_str().expect("a prefix");
    assert!(key.starts_with(&format!("cb_{prefix}_")), "{made}");
    assert_eq!(
        (&made["name"], &made["role"], &made["last_used_at"]),
        (&json!("billing"), &json!("agent"), &Value::Null)
    );
    assert_eq!(
        with_key(&world, Method::GET, "/api/leads", key).await.0,
        200
    );

    let (_, page) = api.get("/api/api-keys").await;
    let listed = &page["items"][0];
    assert_eq!(listed["id"], made["id"]);
    assert!(listed["last_used_at"].is_string(), "{listed}");
    let secret = key.rsplit('_').next().expect("a secret");
    assert!(!page.to_string().contains(secret));
    let hashes = world
        .database
        .sql("SELECT encode(key_hash, 'hex') AS hash FROM api_keys")
        .await;
    for row in &hashes {
        assert!(
            !page
                .to_string()
                .contains(row["hash"].as_str().expect("a hash"))
        );
    }

    let path = format!("/api/api-keys/{}", made["id"]);
    for _ in 0..2 {
        assert_eq!(
            read(api.request(Method::DELETE, &path)).await,
            (204, Value::Null)
        );
    }
    let (status, refused) = with_key(&world, Method::GET, "/api/leads", key).await;
    assert_eq!((status, &refused["code"]), (401, &json!("unauthenticated")));
    let (_, page) = api.get("/api/api-keys").await;
    assert!(page["items"][0]["revoked_at"].is_string(), "{page}");

    let wrong = json!({ "name": " ", "role": "system_admin" });
    let (status, refused) = api.post("/api/api-keys", &wrong).await;
    assert_eq!((status, fields(&refused)), (422, vec!["name", "role"]));
}

#[tokio::test]
async fn nobody_makes_or_revokes_a_key_above_their_own_role() {
    let world = World::start().await;
    let business = testkit::business(&world.operator)
        .with_api_key(Role::Admin)
        .with_api_key(Role::Owner)
        .await;
    let api = world.api(&business);
    let wanted = json!({ "name": "mine", "role": "owner" });
    let (status, refused) = api.post("/api/api-keys", &wanted).await;
    assert_eq!(
        (status, &refused["code"]),
        (403, &json!("role_above_yours"))
    );
    let (_, page) = api.get("/api/api-keys").await;
    let of_owner = &page["items"][0];
    assert_eq!(of_owner["role"], "owner");
    let path = format!("/api/api-keys/{}", of_owner["id"]);
    let (status, refused) = read(api.request(Method::DELETE, &path)).await;
    assert_eq!(
        (status, &refused["code"]),
        (403, &json!("role_above_yours"))
    );
    let owner = &*business.api_keys[1];
    assert_eq!(
        with_key(&world, Method::GET, "/api/settings", owner)
            .await
            .0,
        200
    );
    assert_eq!(world.count("api_keys").await, 2);
}

#[tokio::test]
async fn a_repeated_request_makes_no_second_key_and_its_secret_is_stored_nowhere() {
    let world = World::start().await;
    let business = world.business(0).await;
    let make = || {
        let request = world.api(&business).request(Method::POST, "/api/api-keys");
        let request = request.header("Idempotency-Key", "k-1");
        read(request.json(&json!({ "name": "billing", "role": "admin" })))
    };
    let (status, mut first) = make().await;
    assert_eq!(status, 201);
    let key = first["key"].as_str().expect("a key").to_owned();
    let secret = key.rsplit('_').next().expect("a secret");
    let kept = world
        .database
        .sql("SELECT body::text AS body FROM idempotency_keys")
        .await;
    assert_eq!(kept.len(), 1);
    assert!(!kept[0].to_string().contains(secret));
    let again = make().await;
    first.as_object_mut().expect("an object").remove("key");
    assert_eq!(again, (201, first));
    assert_eq!(world.count("api_keys").await, 2);
}

#[tokio::test]
async fn the_last_use_of_a_key_is_written_once_in_a_minute() {
    let start: DateTime<Utc> = "2026-03-01T09:00:00Z".parse().expect("a time");
    let clock = Clock::fixed(start);
    let world = World::at(clock.clone()).await;
    let business = world.business(0).await;
    for (seconds, known) in [(0, 0), (59, 0), (2, 61), (30, 61)] {
        clock.advance(Duration::seconds(seconds));
        assert_eq!(world.api(&business).get("/api/leads").await.0, 200);
        let rows = world
            .database
            .sql("SELECT last_used_at AS at FROM api_keys")
            .await;
        let at: DateTime<Utc> = serde_json::from_value(rows[0]["at"].clone()).expect("a time");
        assert_eq!(at - start, Duration::seconds(known));
    }
}

#[tokio::test]
async fn requests_at_once_are_each_answered_for_their_own_key() {
    let world = World::start().await;
    let (one, other) = (world.business(1).await, world.business(2).await);
    let made = world
        .api(&one)
        .post("/api/api-keys", &json!({ "name": "old", "role": "agent" }))
        .await
        .1;
    let revoked = made["key"].as_str().expect("a key").to_owned();
    let path = format!("/api/api-keys/{}", made["id"]);
    let (status, _) = read(world.api(&one).request(Method::DELETE, &path)).await;
    assert_eq!(status, 204);
    let right = &one.api_keys[0];
    let forged = format!("{}{}", &right[..right.len() - 8], "00000000");

    let leads = |leads: usize| Ok::<usize, u16>(leads);
    let cases = [
        (right.clone(), leads(1)),
        (other.api_keys[0].clone(), leads(2)),
        (revoked, Err(401)),
        (forged, Err(401)),
        ("cb_0123456789ab_00".to_owned(), Err(401)),
    ];
    let asked = (0..60).map(|turn| &cases[turn % cases.len()]);
    let answers = asked.map(async |(key, expected)| {
        let (status, page) = with_key(&world, Method::GET, "/api/leads", key).await;
        let seen = match status {
            200 => Ok(page["items"].as_array().expect("leads").len()),
            other => Err(other),
        };
        (seen, *expected)
    });
    for (seen, expected) in futures::future::join_all(answers).await {
        assert_eq!(seen, expected);
    }
}
