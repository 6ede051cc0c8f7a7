//! Tasks end in order, late ones are named, and a task that fails takes the process with it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use chassis::lifecycle::Lifecycle;

const SOON: Duration = Duration::from_secs(5);

#[tokio::test]
async fn a_drain_waits_for_what_was_begun() {
    let lifecycle = Lifecycle::new();
    let finished = Arc::new(AtomicBool::new(false));
    let (token, flag) = (lifecycle.shutdown_token(), Arc::clone(&finished));
    lifecycle.spawn("worker", async move {
        token.cancelled().await;
        tokio::time::sleep(Duration::from_millis(50)).await;
        flag.store(true, Ordering::SeqCst);
    });
    lifecycle.drain(SOON).await.expect("drained");
    assert!(finished.load(Ordering::SeqCst));
}

#[tokio::test]
async fn a_task_that_does_not_end_is_named() {
    let lifecycle = Lifecycle::new();
    lifecycle.spawn("stubborn", std::future::pending::<()>());
    lifecycle.spawn("quick", async {});
    let error = lifecycle
        .drain(Duration::from_millis(50))
        .await
        .expect_err("one is left");
    assert_eq!(
        error.to_string(),
        "not drained within 50ms; still running: stubborn"
    );
}

#[tokio::test]
async fn a_task_that_fails_stops_the_process_and_its_exit_status() {
    let lifecycle = Lifecycle::new();
    lifecycle.spawn("failing", async { anyhow::bail!("no such queue") });
    tokio::time::timeout(SOON, lifecycle.shutdown_token().cancelled())
        .await
        .expect("the process stops");
    let error = lifecycle.drain(SOON).await.expect_err("it failed");
    assert_eq!(error.to_string(), "a task failed: failing");
}

#[tokio::test]
async fn a_task_that_panics_stops_the_process() {
    let lifecycle = Lifecycle::new();
    lifecycle.spawn("panicking", async {
        assert!(std::hint::black_box(false), "on purpose");
    });
    tokio::time::timeout(SOON, lifecycle.shutdown_token().cancelled())
        .await
        .expect("the process stops");
    lifecycle.drain(SOON).await.expect_err("it failed");
}
