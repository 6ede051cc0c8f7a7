use push::VapidKey;
use reqwest::Method;
use serde_json::{Value, json};
use testkit::{Browser, Business, User};
use wiremock::matchers::path;
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::support::{World, fields, read};

const SUBSCRIPTIONS: &str = "/api/push/subscriptions";

async fn ask(world: &World, token: &str, method: Method, path: &str, body: &Value) -> (u16, Value) {
    read(world.request(method, path).bearer_auth(token).json(body)).await
}

fn subscription(browser: &Browser, endpoint: &str) -> Value {
    json!({
        "endpoint": endpoint, "expirationTime": null, "keys": { "p256dh": browser.p256dh(), "auth": browser.auth() },
    })
}

/// Signs in on a browser and subscribes it.
async fn subscribed(world: &World, user: &User, browser: &Browser, endpoint: &str) -> String {
    let token = world.token(user).await;
    let body = subscription(browser, endpoint);
    let (status, made) = ask(world, &token, Method::POST, SUBSCRIPTIONS, &body).await;
    assert_eq!(status, 201, "{made}");
    token
}

async fn subscriptions(world: &World, user: &User) -> i64 {
    world
        .count(&format!("push_subscriptions WHERE user_id = {}", user.id))
        .await
}

async fn world_with_business() -> (World, Business) {
    let world = World::start().await;
    let business = world.business(1).await;
    (world, business)
}

#[tokio::test]
async fn a_browser_is_subscribed_once_and_belongs_to_who_is_signed_in_on_it() {
    let (world, business) = world_with_business().await;
    let neighbours = world.business(1).await;
    let (admin, agent) = (&business.users[0], &business.users[1]);
    let (browser, endpoint) = (Browser::new(), "https://push.example.com/one");
    let token = subscribed(&world, admin, &browser, endpoint).await;
    let body = subscription(&Browser::new(), endpoint);
    let (status, again) = ask(&world, &token, Method::POST, SUBSCRIPTIONS, &body).await;
    assert_eq!(
        (status, &again["push_service"]),
        (200, &json!("push.example.com"))
    );
    assert_eq!(subscriptions(&world, admin).await, 1);

    subscribed(&world, agent, &browser, endpoint).await;
    assert_eq!(subscriptions(&world, admin).await, 0);
    assert_eq!(subscriptions(&world, agent).await, 1);
    let neighbour = &neighbours.users[0];
    subscribed(&world, neighbour, &browser, endpoint).await;
    assert_eq!(subscriptions(&world, agent).await, 0);
    assert_eq!(subscriptions(&world, neighbour).await, 1);

    // Who knows the address cannot take the subscription away from another user.
    let body = json!({ "endpoint": endpoint });
    let (status, _) = ask(&world, &token, Method::DELETE, SUBSCRIPTIONS, &body).await;
    assert_eq!(status, 204);
    assert_eq!(subscriptions(&world, neighbour).await, 1);
    let token = world.token(neighbour).await;
    ask(&world, &token, Method::DELETE, SUBSCRIPTIONS, &body).await;
    assert_eq!(world.count("push_subscriptions").await, 0);
}

#[tokio::test]
async fn what_is_no_subscription_is_named() {
    let (world, business) = world_with_business().await;
    let strict = world
        .gateway_with(|settings| settings.push.allow_private = false)
        .await;
    let token = world.token(&business.users[0]).await;
    let send = async |body: &Value| {
        let request = world.http.post(format!("{strict}{SUBSCRIPTIONS}"));
        read(request.bearer_auth(&token).json(body)).await
    };
    let browser = Browser::new();
    for endpoint in [
        "http://push.example.com/a",
        "https://127.0.0.1/a",
        "https://169.254.169.254/latest",
        "https://[::1]/a",
        "https://localhost/a",
        "https://user:pass@push.example.com/a",
        "javascript:alert(1)",
        "",
    ] {
        let (status, refused) = send(&subscription(&browser, endpoint)).await;
        assert_eq!(
            (status, fields(&refused)),
            (422, vec!["endpoint"]),
            "{endpoint}"
        );
    }
    let wrong = json!({
        "endpoint": format!("https://push.example.com/{}", "a".repeat(2000)),
        "keys": { "p256dh": "AAAA", "auth": "AAAA" },
    });
    let (status, refused) = send(&wrong).await;
    let named = vec!["endpoint", "keys.auth", "keys.p256dh"];
    assert_eq!((status, fields(&refused)), (422, named));
    let (status, _) = send(&subscription(&browser, "https://push.example.com/a")).await;
    assert_eq!(status, 201);
}

#[tokio::test]
async fn subscriptions_end_with_their_session() {
    let (world, business) = world_with_business().await;
    let user = &business.users[1];
    let subscribe = async |n: u8| {
        let endpoint = format!("https://push.example.com/{n}");
        subscribed(&world, user, &Browser::new(), &endpoint).await
    };
    let (phone, laptop) = (subscribe(1).await, subscribe(2).await);
    ask(&world, &phone, Method::POST, "/api/auth/logout", &json!({})).await;
    let left = world
        .database
        .sql("SELECT endpoint FROM push_subscriptions")
        .await;
    assert_eq!(left, [json!({ "endpoint": "https://push.example.com/2" })]);
    subscribe(3).await;
    ask(
        &world,
        &laptop,
        Method::POST,
        "/api/auth/logout-everywhere",
        &json!({}),
    )
    .await;
    assert_eq!(subscriptions(&world, user).await, 0);
    subscribe(4).await;
    let deactivate = format!("/api/users/{}", user.id);
    let admin = &business.api_keys[0];
    let (status, _) = ask(&world, admin, Method::DELETE, &deactivate, &json!({})).await;
    assert_eq!(status, 204);
    assert_eq!(subscriptions(&world, user).await, 0);
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "one story, told in its order")]
async fn a_test_goes_to_one_s_own_browsers_and_tells_what_came_of_each() {
    let (world, business) = world_with_business().await;
    let service = MockServer::start().await;
    for (name, status) in [
        ("/fine", 201),
        ("/gone", 410),
        ("/busy", 429),
        ("/odd", 400),
    ] {
        let mock = Mock::given(path(name)).respond_with(ResponseTemplate::new(status));
        mock.mount(&service).await;
    }
    let (user, colleague) = (&business.users[0], &business.users[1]);
    let token = world.token(user).await;
    let (status, refused) = ask(&world, &token, Method::POST, "/api/push/test", &json!({})).await;
    assert_eq!(
        (status, &refused["code"]),
        (409, &json!("no_push_subscription"))
    );
    let fine = Browser::new();
    for name in ["fine", "gone", "busy", "odd"] {
        let endpoint = format!("{}/{name}", service.uri());
        subscribed(&world, user, &fine, &endpoint).await;
    }
    let theirs = format!("{}/theirs", service.uri());
    subscribed(&world, colleague, &Browser::new(), &theirs).await;

    let (status, tested) = ask(&world, &token, Method::POST, "/api/push/test", &json!({})).await;
    assert_eq!((status, &tested["sent"]), (200, &json!(1)), "{tested}");
    let outcomes = tested["outcomes"].as_array().expect("outcomes");
    let told: Vec<_> = outcomes
        .iter()
        .map(|tried| {
            (
                tried["outcome"].as_str().expect("a word"),
                tried["status"].as_u64(),
            )
        })
        .collect();
    let expected = [
        ("sent", None),
        ("gone", None),
        ("not_now", Some(429)),
        ("refused", Some(400)),
    ];
    assert_eq!(told, expected);
    assert_eq!(
        subscriptions(&world, user).await,
        3,
        "what is gone is forgotten"
    );
    let requests = service.received_requests().await.expect("recorded");
    assert!(
        requests
            .iter()
            .all(|request| request.url.path() != "/theirs")
    );
    let first = requests
        .iter()
        .find(|request| request.url.path() == "/fine");
    let text = fine.open(&first.expect("sent").body).expect("decrypts");
    let shown: Value = serde_json::from_slice(&text).expect("JSON");
    assert_eq!(
        (&shown["title"], &shown["dir"]),
        (&json!("ההתראות פועלות"), &json!("rtl"))
    );

    for _ in 0..4 {
        ask(&world, &token, Method::POST, "/api/push/test", &json!({})).await;
    }
    let (status, refused) = ask(&world, &token, Method::POST, "/api/push/test", &json!({})).await;
    assert_eq!(
        (status, &refused["code"]),
        (429, &json!("too_many_requests"))
    );
}

#[tokio::test]
async fn a_server_without_a_key_says_so() {
    let (world, business) = world_with_business().await;
    let plain = world
        .gateway_with(|settings| settings.vapid_private_key = None)
        .await;
    let token = world.token(&business.users[0]).await;
    let ask = async |method: Method, path: &str, body: Value| {
        let request = world.http.request(method, format!("{plain}{path}"));
        read(request.bearer_auth(&token).json(&body)).await
    };
    let browser = subscription(&Browser::new(), "https://push.example.com/1");
    for (method, path, body) in [
        (Method::GET, "/api/push/public-key", json!({})),
        (Method::POST, SUBSCRIPTIONS, browser),
        (Method::POST, "/api/push/test", json!({})),
    ] {
        let (status, refused) = ask(method, path, body).await;
        assert_eq!(
            (status, &refused["code"]),
            (404, &json!("push_not_configured"))
        );
        let title = refused["title"].as_str().expect("a title");
        assert!(title.contains("VAPID_PRIVATE_KEY"), "{title}");
    }
    let key = VapidKey::generate();
    let private = key.private_key();
    let pushing = world
        .gateway_with(|settings| settings.vapid_private_key = Some(private.into()))
        .await;
    let request = world.http.get(format!("{pushing}/api/push/public-key"));
    let answer = read(request.bearer_auth(&token)).await;
    assert_eq!(answer, (200, json!({ "public_key": key.public_key() })));
}
