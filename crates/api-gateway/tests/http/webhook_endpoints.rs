use reqwest::Method;
use rstest::rstest;
use serde_json::{Value, json};
use storage::users::Role;

use crate::support::{World, fields, read};

const PATH: &str = "/api/webhook-endpoints";

fn endpoint() -> Value {
    json!({ "url": "https://crm.example.com/hook?token=1", "description": " CRM ", "event_types": ["status.changed"] })
}

fn path(endpoint: &Value) -> String {
    format!("{PATH}/{}", endpoint["id"])
}

#[tokio::test]
async fn an_endpoint_is_made_shown_changed_and_deleted() {
    let world = World::start().await;
    let business = world.business(0).await;
    let api = world.api(&business);
    let (status, mut made) = api.post(PATH, &endpoint()).await;
    assert_eq!(status, 201, "{made}");
    let secret = made["secret"].take();
    let secret = secret.as_str().expect("a secret");
    assert!(
        secret.starts_with("whsec_") && secret.len() == 6 + 44,
        "{secret}"
    );
    assert_eq!(made["description"], "CRM");
    assert_eq!(
        (&made["is_active"], &made["version"]),
        (&json!(true), &json!(1))
    );

    let (_, list) = api.get(PATH).await;
    assert_eq!(list["items"].as_array().map(Vec::len), Some(1));
    let (_, shown) = api.get(&path(&made)).await;
    assert_eq!(shown["secrets_overlap_until"], Value::Null);
    for answer in [&list, &shown] {
        assert!(!answer.to_string().contains("whsec_"), "{answer}");
    }

    let change = json!({ "event_types": ["run.finished", "call.completed", "run.finished"], "is_active": false });
    let (status, changed) = api.patch(&path(&made), &change).await;
    assert_eq!(status, 200, "{changed}");
    assert_eq!(
        changed["event_types"],
        json!(["call.completed", "run.finished"])
    );
    assert_eq!(changed["disabled_reason"], "by_hand");
    assert_eq!(
        (&changed["url"], &changed["version"]),
        (&made["url"], &json!(2))
    );
    // The same again is no change.
    assert_eq!(
        api.patch(&path(&made), &change).await,
        (200, changed.clone())
    );
    let old = api
        .request(Method::PATCH, &path(&made))
        .header("If-Match", "\"1\"");
    let (status, refused) = read(old.json(&json!({ "is_active": true }))).await;
    assert_eq!(
        (status, &refused["code"]),
        (409, &json!("version_conflict"))
    );
    let (_, on) = api.patch(&path(&made), &json!({ "is_active": true })).await;
    assert_eq!(
        (&on["disabled_at"], &on["disabled_reason"]),
        (&Value::Null, &Value::Null)
    );
    let (_, shown) = api.get(&path(&made)).await;
    let kinds: Vec<&str> = shown["changes"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|change| change["kind"].as_str().expect("a text"))
        .collect();
    assert_eq!(kinds, ["activated", "deactivated", "changed", "created"]);

    assert_eq!(read(api.request(Method::DELETE, &path(&made))).await.0, 204);
    assert_eq!(api.get(&path(&made)).await.0, 404);
    assert_eq!(read(api.request(Method::DELETE, &path(&made))).await.0, 404);
    assert_eq!(world.count("webhook_secrets").await, 0);
    let deleted = "webhook_endpoint_changes WHERE kind = 'deleted'";
    assert_eq!(world.count(deleted).await, 1);
}

#[rstest]
#[case::no_address("crm")]
#[case::another_scheme("ftp://example.com/")]
#[case::a_user("https://user:pass@example.com/")]
#[case::a_fragment("https://example.com/#here")]
#[case::mail("https://example.com:25/")]
#[case::loopback("http://127.0.0.1:8080/")]
#[case::decimal("http://2130706433/")]
#[case::hex("http://0x7f.1/")]
#[case::octal("http://0177.0.0.1/")]
#[case::metadata("http://169.254.169.254/latest/meta-data")]
#[case::private("https://10.0.0.5/hook")]
#[case::loopback_6("http://[::1]/")]
#[case::mapped("http://[::ffff:10.0.0.1]/")]
#[case::nat64("http://[64:ff9b::a00:1]/")]
#[case::six_to_four("http://[2002:a00:1::]/")]
#[tokio::test]
async fn an_address_that_is_not_sent_to_is_refused_with_all_else_that_is_wrong(#[case] url: &str) {
    let world = World::start().await;
    let business = world.business(0).await;
    let api = world.api(&business);
    let mut wrong = endpoint();
    wrong["url"] = json!(url);
    let (status, refused) = api.post(PATH, &wrong).await;
    assert_eq!((status, fields(&refused)), (422, vec!["url"]), "{refused}");
    wrong["event_types"] = json!(["call.reported"]);
    wrong["description"] = json!("x".repeat(501));
    let (_, refused) = api.post(PATH, &wrong).await;
    assert_eq!(fields(&refused), ["description", "event_types", "url"]);
    let (_, made) = api.post(PATH, &endpoint()).await;
    let (status, refused) = api
        .patch(&path(&made), &json!({ "url": url, "event_types": [] }))
        .await;
    assert_eq!(
        (status, fields(&refused)),
        (422, vec!["event_types", "url"])
    );
}

#[tokio::test]
async fn a_secret_is_shown_once_and_kept_where_the_gateway_cannot_read_it() {
    let world = World::start().await;
    let business = world.business(0).await;
    let api = world.api(&business);
    let make = || {
        let request = api
            .request(Method::POST, PATH)
            .header("Idempotency-Key", "k-1");
        read(request.json(&endpoint()))
    };
    let (_, mut first) = make().await;
    let secret = first["secret"].as_str().expect("a secret").to_owned();
    first.as_object_mut().expect("an object").remove("secret");
    assert_eq!(make().await, (201, first.clone()));
    assert_eq!(world.count("webhook_endpoints").await, 1);
    assert_eq!(world.count("webhook_secrets").await, 1);
    let kept = world
        .database
        .sql("SELECT body::text AS body FROM idempotency_keys")
        .await;
    assert!(!json!(kept).to_string().contains(&secret));
    let readers = world
        .database
        .sql(
            "SELECT rolname AS role FROM pg_roles WHERE rolname LIKE 'callboard\\_%'
             AND rolname IN ('callboard_api_gateway', 'callboard_dialer', 'callboard_recording_processor',
                             'callboard_status_engine', 'callboard_operator')
             AND has_column_privilege(rolname, 'webhook_secrets', 'secret', 'SELECT')",
        )
        .await;
    assert_eq!(readers, [json!({ "role": "callboard_status_engine" })]);

    let rotate = format!("{}/rotate-secret", path(&first));
    let (status, rotated) = api.post(&rotate, &json!({})).await;
    assert_eq!(status, 200, "{rotated}");
    assert_ne!(rotated["secret"], json!(secret));
    let current = "webhook_secrets WHERE expires_at IS NULL";
    assert_eq!(world.count(current).await, 1);
    assert_eq!(world.count("webhook_secrets").await, 2);
    let (_, shown) = api.get(&path(&first)).await;
    assert!(shown["secrets_overlap_until"].is_string(), "{shown}");
    assert_eq!(shown["changes"][0]["kind"], "secret_rotated");

    // Many in a row: each request would carry a signature of all of them.
    for _ in 0..5 {
        api.post(&rotate, &json!({})).await;
    }
    assert_eq!(world.count("webhook_secrets").await, 4);
    // Somebody has the old ones.
    api.post(&rotate, &json!({ "overlap_hours": 0 })).await;
    assert_eq!(world.count("webhook_secrets").await, 1);
    let (_, shown) = api.get(&path(&first)).await;
    assert_eq!(shown["secrets_overlap_until"], Value::Null);
    let (status, refused) = api.post(&rotate, &json!({ "overlap_hours": 169 })).await;
    assert_eq!((status, fields(&refused)), (422, vec!["overlap_hours"]));
}

#[tokio::test]
async fn a_business_has_twenty_endpoints_at_most_also_when_two_are_made_at_once() {
    let world = World::start().await;
    let business = world.business(0).await;
    let api = world.api(&business);
    for _ in 0..19 {
        assert_eq!(api.post(PATH, &endpoint()).await.0, 201);
    }
    let wanted = endpoint();
    let (one, other) = tokio::join!(api.post(PATH, &wanted), api.post(PATH, &wanted));
    let mut statuses = [one.0, other.0];
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409]);
    let (_, refused) = api.post(PATH, &wanted).await;
    assert_eq!(refused["code"], "too_many_webhook_endpoints");
    assert_eq!(world.count("webhook_endpoints").await, 20);
}

#[tokio::test]
async fn who_did_it_stands_in_the_history() {
    let world = World::start().await;
    let business = testkit::business(&world.operator)
        .with_user(Role::Admin)
        .await;
    let token = world.token(&business.users[0]).await;
    let request = world.request(Method::POST, PATH).bearer_auth(&token);
    let (status, made) = read(request.json(&endpoint())).await;
    assert_eq!(status, 201, "{made}");
    let request = world.request(Method::GET, &path(&made)).bearer_auth(&token);
    let (_, shown) = read(request).await;
    assert_eq!(shown["changes"][0]["user_id"], json!(business.users[0].id));
}
