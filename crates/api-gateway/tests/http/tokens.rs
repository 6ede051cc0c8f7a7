//! Tokens of clients that keep no cookie, on a clock that the test holds.

use chassis::clock::Clock;
use chrono::{DateTime, Duration, Utc};
use reqwest::Method;
use reqwest::header::COOKIE;
use rstest::rstest;
use serde_json::{Value, json};
use storage::users::Role;
use testkit::{Business, PASSWORD};

use crate::support::{PATIENCE, World, read};

fn clock() -> Clock {
    let start: DateTime<Utc> = "2026-11-27T09:00:00Z".parse().expect("a time");
    Clock::fixed(start)
}

/// What a client has after signing in, or after its last refresh.
#[derive(Debug, Clone)]
struct Client {
    access: String,
    refresh: String,
}

impl Client {
    fn of(answer: &Value) -> Self {
        let text = |field: &str| answer[field].as_str().expect(field).to_owned();
        Self {
            access: text("access_token"),
            refresh: text("refresh_token"),
        }
    }

    async fn signs_in(world: &World, email: &str) -> Self {
        let body = json!({ "email": email, "password": PASSWORD });
        let request = world.request(Method::POST, "/api/auth/login").json(&body);
        Self::of(&read(request).await.1)
    }

    /// The status and code of a request with the access token.
    async fn works(&self, world: &World) -> (u16, Value) {
        let request = world.request(Method::GET, "/api/leads");
        let (status, answer) = read(request.bearer_auth(&self.access)).await;
        (status, answer["code"].clone())
    }

    async fn refreshes(&self, world: &World) -> Result<Self, (u16, Value)> {
        let body = json!({ "refresh_token": self.refresh });
        let request = world.request(Method::POST, "/api/auth/refresh").json(&body);
        match read(request).await {
            (200, answer) => Ok(Self::of(&answer)),
            (status, refused) => Err((status, refused["code"].clone())),
        }
    }

    async fn posts(&self, world: &World, path: &str, body: &Value) -> u16 {
        let request = world.request(Method::POST, path).json(body);
        read(request.bearer_auth(&self.access)).await.0
    }
}

fn unauthenticated() -> (u16, Value) {
    (401, json!("unauthenticated"))
}

async fn shop(world: &World) -> Business {
    testkit::business(&world.operator)
        .with_user(Role::Owner)
        .with_user(Role::Agent)
        .with_api_key(Role::Owner)
        .await
}

#[tokio::test]
async fn an_access_token_lasts_a_quarter_of_an_hour_and_is_refreshed_until_the_session_ends() {
    let clock = clock();
    let world = World::at(clock.clone()).await;
    let business = shop(&world).await;
    let mut client = Client::signs_in(&world, &business.users[0].email).await;
    clock.advance(Duration::minutes(14));
    assert_eq!(client.works(&world).await.0, 200);
    clock.advance(Duration::minutes(1));
    assert_eq!(client.works(&world).await, unauthenticated());
    client = client.refreshes(&world).await.expect("refreshed");
    assert_eq!(client.works(&world).await.0, 200);
    // The last one is given for the rest of the fourteen days only.
    clock.advance(Duration::days(14) - Duration::minutes(20));
    client = client.refreshes(&world).await.expect("refreshed");
    assert_eq!(client.works(&world).await.0, 200);
    clock.advance(Duration::minutes(5));
    assert_eq!(client.works(&world).await, unauthenticated());
    let refused = client
        .refreshes(&world)
        .await
        .expect_err("the session has ended");
    assert_eq!(refused, (401, json!("refresh_token_invalid")));
}

#[tokio::test]
async fn a_refresh_token_that_is_used_again_ends_the_session_and_no_other() {
    let world = World::at(clock()).await;
    let business = shop(&world).await;
    let email = &*business.users[0].email;
    let client = Client::signs_in(&world, email).await;
    let other_device = Client::signs_in(&world, email).await;
    let next = client.refreshes(&world).await.expect("refreshed");
    let newest = next.refreshes(&world).await.expect("refreshed");
    assert_eq!(newest.works(&world).await.0, 200);
    let refused = client.refreshes(&world).await.expect_err("used before");
    assert_eq!(refused, (401, json!("refresh_token_reused")));
    for token in [&client, &next, &newest] {
        assert_eq!(token.works(&world).await, unauthenticated());
    }
    let refused = newest
        .refreshes(&world)
        .await
        .expect_err("its session has ended");
    assert_eq!(refused, (401, json!("refresh_token_invalid")));
    assert_eq!(other_device.works(&world).await.0, 200);
}

#[tokio::test]
async fn of_two_refreshes_at_once_one_is_the_first() {
    let world = World::at(clock()).await;
    let business = shop(&world).await;
    let client = Client::signs_in(&world, &business.users[0].email).await;
    let both = futures::join!(client.refreshes(&world), client.refreshes(&world));
    let refreshed = [&both.0, &both.1].into_iter().flatten().count();
    assert_eq!(refreshed, 1, "{both:?}");
    assert_eq!(world.count("sessions").await, 0);
}

#[rstest]
#[case::signing_out("/api/auth/logout", json!({}), true)]
#[case::signing_out_everywhere("/api/auth/logout-everywhere", json!({}), false)]
#[tokio::test]
async fn signing_out_ends_every_token_at_once(
    #[case] path: &str,
    #[case] body: Value,
    #[case] others_go_on: bool,
) {
    let world = World::at(clock()).await;
    let business = shop(&world).await;
    let email = &*business.users[0].email;
    let other_device = Client::signs_in(&world, email).await;
    let first = Client::signs_in(&world, email).await;
    let client = first.refreshes(&world).await.expect("refreshed");
    assert_eq!(client.posts(&world, path, &body).await, 204);
    for token in [&first, &client] {
        assert_eq!(token.works(&world).await, unauthenticated());
        let refused = token.refreshes(&world).await.expect_err("signed out");
        assert_eq!(refused, (401, json!("refresh_token_invalid")));
    }
    assert_eq!(other_device.works(&world).await.0 == 200, others_go_on);
    assert_eq!(other_device.refreshes(&world).await.is_ok(), others_go_on);
}

/// Also when the access token has expired: nobody should have to refresh it for that.
#[tokio::test]
async fn an_expired_access_token_still_signs_out() {
    let clock = clock();
    let world = World::at(clock.clone()).await;
    let business = shop(&world).await;
    let client = Client::signs_in(&world, &business.users[0].email).await;
    clock.advance(Duration::hours(1));
    assert_eq!(
        client.posts(&world, "/api/auth/logout", &json!({})).await,
        204
    );
    let refused = client.refreshes(&world).await.expect_err("signed out");
    assert_eq!(refused, (401, json!("refresh_token_invalid")));
    assert_eq!(world.count("session_tokens").await, 0);
}

#[tokio::test]
async fn a_new_password_leaves_the_one_token_that_set_it() {
    let world = World::at(clock()).await;
    let business = shop(&world).await;
    let email = &*business.users[0].email;
    let other_device = Client::signs_in(&world, email).await;
    let first = Client::signs_in(&world, email).await;
    let client = first.refreshes(&world).await.expect("refreshed");
    let change = json!({ "current_password": PASSWORD, "new_password": "another long password" });
    let path = "/api/users/me/password";
    assert_eq!(client.posts(&world, path, &change).await, 204);
    assert_eq!(client.works(&world).await.0, 200);
    assert!(client.refreshes(&world).await.is_err());
    for token in [&first, &other_device] {
        assert_eq!(token.works(&world).await, unauthenticated());
        assert!(token.refreshes(&world).await.is_err());
    }
}

#[rstest]
#[case::deactivated(json!({ "is_active": false }))]
#[case::given_another_password(json!({ "password": "another long password" }))]
#[tokio::test]
async fn who_is_shut_out_by_another_has_no_token_left(#[case] change: Value) {
    let world = World::at(clock()).await;
    let business = shop(&world).await;
    let agent = &business.users[1];
    let client = Client::signs_in(&world, &agent.email).await;
    let path = format!("/api/users/{}", agent.id);
    let (status, _) = world.api(&business).patch(&path, &change).await;
    assert_eq!(status, 200);
    assert_eq!(client.works(&world).await, unauthenticated());
    let refused = client.refreshes(&world).await.expect_err("shut out");
    assert_eq!(refused, (401, json!("refresh_token_invalid")));
}

#[tokio::test]
async fn each_token_opens_its_own_door_only() {
    let world = World::at(clock()).await;
    let business = shop(&world).await;
    let body = json!({ "email": business.users[0].email, "password": PASSWORD });
    let request = world.request(Method::POST, "/api/auth/login").json(&body);
    let answer = request.send().await.expect("an answer");
    let cookie = answer.headers()["set-cookie"]
        .to_str()
        .expect("text")
        .to_owned();
    let cookie = cookie.split(';').next().expect("a value").to_owned();
    let session = cookie.split_once('=').expect("a value").1.to_owned();
    let client = Client::of(&answer.json().await.expect("JSON"));
    let get = || world.request(Method::GET, "/api/leads");
    for wrong in [&session, &client.refresh] {
        assert_eq!(read(get().bearer_auth(wrong)).await.0, 401, "{wrong}");
    }
    for wrong in [&client.access, &client.refresh] {
        let cookie = format!("callboard_session={wrong}");
        assert_eq!(read(get().header(COOKIE, cookie)).await.0, 401, "{wrong}");
    }
    for wrong in [&session, &client.access] {
        let wrong = Client {
            refresh: wrong.clone(),
            ..client.clone()
        };
        let refused = wrong.refreshes(&world).await.expect_err("no refresh token");
        assert_eq!(refused, (401, json!("refresh_token_invalid")));
    }
    assert_eq!(read(get().header(COOKIE, cookie)).await.0, 200);
    assert_eq!(client.works(&world).await.0, 200);
}

#[tokio::test]
async fn live_events_end_soon_after_who_listens_has_signed_out() {
    let world = World::set_up(clock(), |settings| {
        settings.limits.stream_check_seconds = 0.02;
    })
    .await;
    let business = shop(&world).await;
    let email = &*business.users[0].email;
    let [leaving, staying] = [
        Client::signs_in(&world, email).await,
        Client::signs_in(&world, email).await,
    ];
    let listen = |client: &Client| {
        let request = world.request(Method::GET, "/api/events");
        request.bearer_auth(&client.access).send()
    };
    let left = listen(&leaving).await.expect("a stream");
    let mut stays = listen(&staying).await.expect("a stream");
    leaving.posts(&world, "/api/auth/logout", &json!({})).await;
    let rest = tokio::time::timeout(PATIENCE, left.text()).await;
    assert!(rest.is_ok(), "the stream goes on after signing out");
    let first = stays.chunk().await.expect("readable").expect("not over");
    assert!(first.starts_with(b"retry:"));
}
