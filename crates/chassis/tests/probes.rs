//! What an orchestrator sees.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::ensure;
use chassis::lifecycle::Lifecycle;
use chassis::probes::{Check, Probes, check};
use serde_json::{Value, json};

async fn get(addr: std::net::SocketAddr, path: &str) -> (u16, String) {
    let client = chassis::http::client(Duration::from_secs(10)).expect("a client");
    let answer = client
        .get(format!("http://{addr}{path}"))
        .send()
        .await
        .expect("an answer");
    (
        answer.status().as_u16(),
        answer.text().await.expect("a body"),
    )
}

async fn ready(addr: std::net::SocketAddr) -> (u16, Value) {
    let (status, body) = get(addr, "/readyz").await;
    (status, serde_json::from_str(&body).expect("JSON"))
}

fn bind(lifecycle: &Lifecycle, checks: Vec<(&'static str, Check)>) -> std::net::SocketAddr {
    let any = "127.0.0.1:0".parse().expect("an address");
    Probes::bind(any, lifecycle.clone(), checks).expect("bound")
}

#[tokio::test(flavor = "multi_thread")]
async fn readiness_says_what_fails_and_comes_back() {
    let lifecycle = Lifecycle::new();
    let broker_up = Arc::new(AtomicBool::new(false));
    let up = Arc::clone(&broker_up);
    let addr = bind(
        &lifecycle,
        vec![
            ("database", check(|| async { Ok(()) })),
            (
                "broker",
                check(move || {
                    let up = up.load(Ordering::SeqCst);
                    async move {
                        ensure!(up, "no connection");
                        Ok(())
                    }
                }),
            ),
        ],
    );
    assert_eq!(get(addr, "/livez").await.0, 200);
    let (status, body) = ready(addr).await;
    assert_eq!(status, 503);
    assert_eq!(
        body,
        json!({"ready": false, "stopping": false, "checks": {"broker": "no connection"}})
    );
    broker_up.store(true, Ordering::SeqCst);
    assert_eq!(ready(addr).await, (200, json!({"ready": true})));
    lifecycle
        .drain(Duration::from_secs(5))
        .await
        .expect("drained");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_check_that_hangs_or_panics_fails_alone() {
    let lifecycle = Lifecycle::new();
    let addr = bind(
        &lifecycle,
        vec![
            ("hanging", check(std::future::pending)),
            ("panicking", check(|| async { panic!("on purpose") })),
        ],
    );
    let (status, body) = ready(addr).await;
    assert_eq!(status, 503);
    assert_eq!(body["checks"]["hanging"], "no answer within 2 s");
    assert_eq!(body["checks"]["panicking"], "the check panicked");
    assert_eq!(get(addr, "/livez").await.0, 200, "slow is not dead");
}

#[tokio::test(flavor = "multi_thread")]
async fn readiness_ends_first_and_the_probes_last() {
    let lifecycle = Lifecycle::new();
    let addr = bind(&lifecycle, Vec::new());
    let (token, gate) = (
        lifecycle.shutdown_token(),
        Arc::new(tokio::sync::Notify::new()),
    );
    let opened = Arc::clone(&gate);
    lifecycle.spawn("worker", async move {
        token.cancelled().await;
        opened.notified().await;
    });
    lifecycle.announce_stop();
    assert_eq!(ready(addr).await.0, 503);
    assert!(
        !lifecycle.shutdown_token().is_cancelled(),
        "work goes on after the announcement"
    );
    let draining = {
        let lifecycle = lifecycle.clone();
        async move { lifecycle.drain(Duration::from_secs(10)).await }
    };
    let watching = async {
        let (status, body) = ready(addr).await;
        assert_eq!((status, &body["stopping"]), (503, &json!(true)));
        assert_eq!(
            get(addr, "/livez").await.0,
            200,
            "alive until all has ended"
        );
        gate.notify_one();
    };
    let (drained, ()) = tokio::join!(draining, watching);
    drained.expect("drained");
}

#[tokio::test(flavor = "multi_thread")]
async fn metrics_are_prometheus_text() {
    let lifecycle = Lifecycle::new();
    let addr = bind(&lifecycle, Vec::new());
    metrics::counter!("callboard_test_total", "queue" => "a").increment(2);
    metrics::histogram!("callboard_test_seconds").record(0.02);
    let (status, text) = get(addr, "/metrics").await;
    assert_eq!(status, 200);
    assert!(
        text.contains("callboard_test_total{queue=\"a\"} 2"),
        "{text}"
    );
    assert!(
        text.contains("callboard_test_seconds_bucket{le=\"0.025\"} 1"),
        "{text}"
    );
}

#[tokio::test]
async fn an_address_in_use_is_a_clear_error() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("bound");
    let addr = taken.local_addr().expect("an address");
    let error = Probes::bind(addr, Lifecycle::new(), Vec::new()).expect_err("taken");
    assert!(
        error.to_string().starts_with("the probes cannot listen on"),
        "{error}"
    );
}
