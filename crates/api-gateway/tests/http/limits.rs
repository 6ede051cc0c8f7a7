//! How much, how often and how slowly one may ask.

use std::time::Duration;

use chassis::clock::Clock;
use chrono::{DateTime, TimeDelta, Utc};
use reqwest::{Method, Response};
use rstest::rstest;
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::support::{PATIENCE, World, problem, read};

fn clock() -> Clock {
    let start: DateTime<Utc> = "2026-11-27T09:00:00Z".parse().expect("a time");
    Clock::fixed(start)
}

/// A gateway that answers six requests per minute to a caller and three to a stranger.
async fn strict(clock: &Clock) -> World {
    World::set_up(clock.clone(), |settings| {
        settings.limits.requests_per_minute = 6;
        settings.limits.strangers_per_minute = 3;
    })
    .await
}

async fn get(world: &World, key: Option<&str>) -> Response {
    let request = world.request(Method::GET, "/api/leads");
    let request = match key {
        Some(key) => request.bearer_auth(key),
        None => request,
    };
    request.send().await.expect("an answer")
}

fn header<'a>(answer: &'a Response, name: &str) -> &'a str {
    let value = answer
        .headers()
        .get(name)
        .unwrap_or_else(|| panic!("no {name}"));
    value.to_str().expect("a text")
}

#[tokio::test]
async fn a_caller_is_told_how_often_it_may_ask_and_waits_when_it_asked_too_often() {
    let clock = clock();
    let world = strict(&clock).await;
    let (business, other) = (world.business(0).await, world.business(0).await);
    let key = Some(&*business.api_keys[0]);
    for (left, seconds) in [(5, 10), (4, 20), (3, 30), (2, 40), (1, 50), (0, 60)] {
        let answer = get(&world, key).await;
        assert_eq!(answer.status(), 200);
        assert_eq!(header(&answer, "ratelimit-policy"), "\"caller\";q=6;w=60");
        let expected = format!("\"caller\";r={left};t={seconds}");
        assert_eq!(header(&answer, "ratelimit"), expected);
    }
    let refused = get(&world, key).await;
    assert_eq!(header(&refused, "retry-after"), "10");
    assert_eq!(header(&refused, "ratelimit"), "\"caller\";r=0;t=10");
    assert_eq!(header(&refused, "x-content-type-options"), "nosniff");
    assert_eq!(problem(refused).await["code"], "too_many_requests");
    // Others have a bucket of their own: another key, and a person of the same business.
    assert_eq!(get(&world, Some(&other.api_keys[0])).await.status(), 200);
    let token = world.token(&business.users[0]).await;
    assert_eq!(get(&world, Some(&token)).await.status(), 200);
    clock.advance(TimeDelta::seconds(10));
    assert_eq!(get(&world, key).await.status(), 200);
    assert_eq!(get(&world, key).await.status(), 429);
}

#[tokio::test]
async fn who_shows_nothing_valid_is_counted_by_address_and_the_carrier_not_at_all() {
    let clock = clock();
    let world = strict(&clock).await;
    let business = world.business(0).await;
    for key in [None, Some("cba_guess"), Some("cb_guess_guess")] {
        assert_eq!(get(&world, key).await.status(), 401);
    }
    let refused = get(&world, Some("cba_another")).await;
    assert_eq!(header(&refused, "ratelimit-policy"), "\"address\";q=3;w=60");
    assert_eq!(problem(refused).await["code"], "too_many_requests");
    assert_eq!(get(&world, Some(&business.api_keys[0])).await.status(), 200);
    for _ in 0..20 {
        let webhook = world.request(Method::POST, "/webhooks/twilio/voice/status");
        let (status, refused) = read(webhook.body("CallSid=CA1")).await;
        assert_eq!((status, &refused["code"]), (403, &json!("wrong_signature")));
    }
}

#[rstest]
#[case::headers(&["X-Long"], 17 << 10, 431, "headers_too_large")]
#[case::address(&[], 9 << 10, 414, "uri_too_long")]
#[tokio::test]
async fn what_is_too_long_is_refused_before_it_is_read(
    #[case] headers: &[&str],
    #[case] length: usize,
    #[case] status: u16,
    #[case] code: &str,
) {
    let world = World::start().await;
    let business = world.business(0).await;
    let long = "x".repeat(length);
    let path = if headers.is_empty() {
        format!("/api/leads?q={long}")
    } else {
        "/api/leads".to_owned()
    };
    let mut request = world.api(&business).request(Method::GET, &path);
    for name in headers {
        request = request.header(*name, &long);
    }
    let (got, refused) = read(request).await;
    assert_eq!((got, refused["code"].as_str()), (status, Some(code)));
}

#[tokio::test]
async fn more_headers_than_anyone_needs_are_refused() {
    let world = World::start().await;
    let business = world.business(0).await;
    let asking = world.api(&business).request(Method::GET, "/api/leads");
    let asking = (0..300).fold(asking, |request, n| {
        request.header(format!("X-Header-{n}"), "x")
    });
    // By the parser itself, which has no words.
    let answer = asking.send().await.expect("an answer");
    assert_eq!(answer.status(), 431);
    assert_eq!(get(&world, None).await.status(), 401);
}

/// What a client reads that sends `head` and then `body` piece by piece, as long as the server lets it.
async fn trickle(world: &World, head: &str, piece: &[u8], pause: Duration) -> String {
    let address = world.address();
    let host = address.trim_start_matches("http://");
    let stream = TcpStream::connect(host).await.expect("connects");
    let (mut from, mut to) = stream.into_split();
    to.write_all(head.as_bytes()).await.expect("sent");
    let sending = async {
        while to.write_all(piece).await.is_ok() {
            tokio::time::sleep(pause).await;
        }
    };
    let mut answer = Vec::new();
    let reading = from.read_to_end(&mut answer);
    tokio::select! {
        _ = reading => {}
        () = sending => {}
        () = tokio::time::sleep(PATIENCE) => panic!("the server waits for ever"),
    }
    String::from_utf8_lossy(&answer).into_owned()
}

#[rstest]
#[case::json("/api/leads", "application/json", b"{")]
#[case::a_file("/api/leads/import", "text/csv", b"a")]
#[case::a_webhook(
    "/webhooks/twilio/voice/status",
    "application/x-www-form-urlencoded",
    b"a"
)]
#[tokio::test]
async fn a_body_that_comes_too_slowly_ends(
    #[case] path: &str,
    #[case] media_type: &str,
    #[case] piece: &[u8],
) {
    let world = World::set_up(Clock::system(), |settings| {
        settings.limits.body_timeout_seconds = 0.2;
    })
    .await;
    let business = world.business(0).await;
    let key = &business.api_keys[0];
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\nContent-Type: {media_type}\r\n\
         Content-Length: 100000\r\n\r\n"
    );
    let answer = trickle(&world, &head, piece, Duration::from_millis(20)).await;
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    assert!(answer.contains("\"code\":\"request_timeout\""), "{answer}");
    assert!(
        answer.contains("x-content-type-options: nosniff"),
        "{answer}"
    );
}

/// Whatever is answered, and by whom: a handler, an extractor, or what stands before both.
#[tokio::test]
async fn every_answer_bears_the_security_headers() {
    let world = World::start().await;
    let business = world.business(0).await;
    let key = &*business.api_keys[0];
    let long = format!("/api/leads?q={}", "x".repeat(9 << 10));
    let cases: [(Method, &str, Option<&str>, &str, u16); 9] = [
        (Method::GET, "/api/leads", Some(key), "", 200),
        (Method::GET, "/api/events", Some(key), "", 200),
        (Method::GET, "/api/openapi.json", None, "", 200),
        (Method::GET, "/api/leads", None, "", 401),
        (Method::GET, "/api/nothing", None, "", 404),
        (Method::PUT, "/api/leads", None, "", 405),
        (Method::GET, &long, None, "", 414),
        (Method::POST, "/api/leads", Some(key), "{", 415),
        (Method::POST, "/webhooks/twilio/voice/status", None, "", 403),
    ];
    for (method, path, key, body, status) in cases {
        let request = world.request(method.clone(), path).body(body.to_owned());
        let request = match key {
            Some(key) => request.bearer_auth(key),
            None => request,
        };
        let answer = request.send().await.expect("an answer");
        assert_eq!(answer.status(), status, "{method} {path}");
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("referrer-policy", "no-referrer"),
            ("cache-control", "no-store"),
            ("cross-origin-resource-policy", "same-origin"),
            (
                "content-security-policy",
                "default-src 'none'; frame-ancestors 'none'",
            ),
            (
                "permissions-policy",
                "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
            ),
        ] {
            assert_eq!(header(&answer, name), value, "{method} {path}");
        }
        assert!(!answer.headers().contains_key("strict-transport-security"));
    }
}
