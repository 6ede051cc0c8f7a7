//! How often passwords may be guessed, on a clock that the test holds.

use api_gateway::TrustedProxies;
use chassis::clock::Clock;
use chrono::{DateTime, Duration, Utc};
use reqwest::header::{COOKIE, RETRY_AFTER};
use reqwest::{Method, Response};
use serde_json::json;
use testkit::PASSWORD;

use crate::support::{World, problem};

/// Free attempts at an account, and from an address.
const FREE: usize = 10;
const FREE_OF_ADDRESS: usize = 100;

fn clock() -> Clock {
    let start: DateTime<Utc> = "2026-11-27T09:00:00Z".parse().expect("a time");
    Clock::fixed(start)
}

/// Somebody who signs in at a gateway.
struct Visitor<'a> {
    world: &'a World,
    gateway: String,
    headers: Vec<(&'static str, String)>,
}

impl<'a> Visitor<'a> {
    fn new(world: &'a World) -> Self {
        Self {
            world,
            gateway: world.address(),
            headers: Vec::new(),
        }
    }

    fn with(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }

    async fn tries(&self, email: &str, password: &str) -> Response {
        let url = format!("{}/api/auth/login", self.gateway);
        let body = json!({ "email": email, "password": password });
        let mut request = self.world.http.request(Method::POST, url).json(&body);
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        request.send().await.expect("an answer")
    }

    /// Guesses wrong, and is told so.
    async fn guesses(&self, email: &str, times: usize) {
        for n in 0..times {
            let answer = self.tries(email, "a guess").await;
            assert_eq!(answer.status(), 401, "guess {n} of {email}");
        }
    }

    /// How long they have to wait; what they send is right.
    async fn is_locked_for(&self, email: &str) -> String {
        let answer = self.tries(email, PASSWORD).await;
        let wait = answer.headers().get(RETRY_AFTER).cloned();
        assert_eq!(problem(answer).await["code"], "sign_in_locked");
        let wait = wait.expect("a time to wait");
        wait.to_str().expect("a text").to_owned()
    }
}

#[tokio::test]
async fn an_account_is_locked_on_every_replica_longer_each_time_and_never_for_good() {
    let clock = clock();
    let world = World::at(clock.clone()).await;
    let business = world.business(0).await;
    let email = &*business.users[0].email;
    let here = Visitor::new(&world);
    let there = Visitor {
        gateway: world.another_gateway(clock.clone()).await,
        ..Visitor::new(&world)
    };
    here.guesses(email, FREE - 4).await;
    there.guesses(email, 4).await;
    for visitor in [&here, &there] {
        assert_eq!(visitor.is_locked_for(&email.to_uppercase()).await, "30");
    }
    // Others are not affected.
    let other = &*business.users[1].email;
    assert_eq!(here.tries(other, PASSWORD).await.status(), 200);
    clock.advance(Duration::seconds(29));
    assert_eq!(there.is_locked_for(email).await, "1");
    clock.advance(Duration::seconds(1));
    there.guesses(email, 1).await;
    assert_eq!(here.is_locked_for(email).await, "60");
    for lock in [60, 120, 240, 480, 900, 900] {
        clock.advance(Duration::seconds(lock));
        here.guesses(email, 1).await;
    }
    assert_eq!(here.is_locked_for(email).await, "900");
    clock.advance(Duration::seconds(900));
    // The right password is let in, and then nothing counts any more.
    assert_eq!(here.tries(email, PASSWORD).await.status(), 200);
    here.guesses(email, FREE).await;
    assert_eq!(here.is_locked_for(email).await, "30");
}

#[tokio::test]
async fn guesses_that_are_made_at_once_gain_nothing() {
    let world = World::at(clock()).await;
    let business = world.business(0).await;
    let email = &*business.users[0].email;
    let visitor = Visitor::new(&world);
    let guesses = (0..3 * FREE).map(|_| visitor.tries(email, "a guess"));
    let answers = futures::future::join_all(guesses).await;
    let looked_at = answers.iter().filter(|answer| answer.status() == 401);
    assert_eq!(looked_at.count(), FREE);
}

/// The lock, the answer and the work are those of an account that exists.
#[tokio::test]
async fn nothing_tells_whether_an_account_exists() {
    let clock = clock();
    let world = World::at(clock.clone()).await;
    let business = world.business(0).await;
    let visitor = Visitor::new(&world);
    let mut told = Vec::new();
    for email in [&*business.users[0].email, "nobody@example.com"] {
        let before = passwords_checked();
        let refused = visitor.tries(email, "a guess").await;
        let checked = passwords_checked() - before;
        let mut names: Vec<String> = refused.headers().keys().map(ToString::to_string).collect();
        names.sort_unstable();
        let refused = problem(refused).await;
        visitor.guesses(email, FREE - 1).await;
        let locked = visitor.is_locked_for(email).await;
        told.push((refused, names, checked, locked));
    }
    assert_eq!(told[0], told[1]);
    assert_eq!((told[0].2, &*told[0].3), (1, "30"));
}

fn passwords_checked() -> u64 {
    let text = chassis::telemetry::metrics_text();
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("callboard_passwords_checked_total "));
    line.map_or(0, |number| number.parse().expect("a number"))
}

#[tokio::test]
async fn an_owner_comes_in_by_a_browser_that_is_known_while_strangers_lock_the_account() {
    let clock = clock();
    let world = World::at(clock.clone()).await;
    let business = world.business(0).await;
    let [email, other] = [&*business.users[0].email, &*business.users[1].email];
    let stranger = Visitor::new(&world);
    let signed_in = stranger.tries(email, PASSWORD).await;
    let cookies = signed_in.headers().get_all("set-cookie");
    let device = cookies
        .iter()
        .filter_map(|cookie| cookie.to_str().ok())
        .find(|cookie| cookie.starts_with("callboard_device="))
        .expect("a browser is known from then on")
        .to_owned();
    assert!(device.contains("HttpOnly") && device.contains("Path=/api/auth"));
    let device = device.split(';').next().expect("a value");
    stranger.guesses(email, FREE).await;
    assert_eq!(stranger.is_locked_for(email).await, "30");
    let owner = Visitor::new(&world).with(COOKIE.as_str(), device);
    assert_eq!(owner.tries(email, PASSWORD).await.status(), 200);
    // The stranger is not let in by that, and the cookie is of no use for other accounts.
    assert_eq!(stranger.is_locked_for(email).await, "30");
    stranger.guesses(other, FREE).await;
    assert_eq!(owner.is_locked_for(other).await, "30");
    // Whoever has the cookie guesses no more than others do.
    owner.guesses(email, FREE).await;
    assert_eq!(owner.is_locked_for(email).await, "30");
}

#[tokio::test]
async fn an_address_that_tries_many_accounts_is_locked_as_a_trusted_proxy_tells_it() {
    let world = World::set_up(clock(), |settings| {
        let proxies = TrustedProxies::try_from("127.0.0.0/8".to_owned());
        settings.limits.trusted_proxies = proxies.expect("a network");
    })
    .await;
    let business = world.business(0).await;
    let email = &*business.users[0].email;
    // What the client says of itself comes before what the proxy adds.
    let at = |address: &str| {
        let said = format!("8.8.8.8, {address}");
        Visitor::new(&world).with("X-Forwarded-For", &said)
    };
    let attacker = at("203.0.113.5");
    for n in 0..FREE_OF_ADDRESS {
        attacker.guesses(&format!("user{n}@example.com"), 1).await;
    }
    assert_eq!(attacker.is_locked_for(email).await, "30");
    assert_eq!(at("203.0.113.6").tries(email, PASSWORD).await.status(), 200);
}

#[tokio::test]
async fn whoever_names_another_address_without_a_proxy_is_not_believed() {
    let world = World::at(clock()).await;
    let business = world.business(0).await;
    for n in 0..FREE_OF_ADDRESS {
        let claimed = format!("203.0.113.{n}");
        let attacker = Visitor::new(&world).with("X-Forwarded-For", &claimed);
        attacker.guesses(&format!("user{n}@example.com"), 1).await;
    }
    let attacker = Visitor::new(&world).with("X-Forwarded-For", "198.51.100.1");
    assert_eq!(attacker.is_locked_for(&business.users[0].email).await, "30");
    let stored = world
        .database
        .sql("SELECT t::text AS row FROM sign_in_throttles t")
        .await;
    assert!(stored.len() > FREE_OF_ADDRESS);
    for row in &stored {
        let row = row["row"].as_str().expect("a text");
        assert!(!row.contains("user") && !row.contains("127.0.0.1"), "{row}");
    }
}
