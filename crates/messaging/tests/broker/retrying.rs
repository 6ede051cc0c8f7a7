//! What becomes of an event that was not handled.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use anyhow::anyhow;
use domain::events::{Envelope, EventData as _, LeadSuppressed, RunRequested, SuppressionOrigin};
use domain::ids::BusinessId;
use messaging::Decision;
use storage::StorageError;
use testkit::eventually;

use crate::world::{Count, QUEUE, SOON, World, event};

#[tokio::test(flavor = "multi_thread")]
async fn a_retried_event_climbs_the_ladder_and_comes_back_to_its_queue() {
    let world = World::with_ladder(&[100, 400]).await;
    let times = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&times);
    let handler = move |event: Envelope<RunRequested>| {
        assert_eq!(event.data.run_id.0, 7);
        let mut seen = seen.lock().expect("not poisoned");
        seen.push(Instant::now());
        let attempt = seen.len();
        async move {
            match attempt {
                3 => Ok(()),
                _ => Err(Decision::Retry(anyhow!("not yet"))),
            }
        }
    };
    world.consume(4, handler).await;
    world.publish(&event(BusinessId(1), 7)).await;
    eventually(SOON, || async {
        (times.lock().expect("not poisoned").len() == 3).then_some(())
    })
    .await;
    let times = times.lock().expect("not poisoned").clone();
    assert!(times[1] - times[0] >= Duration::from_millis(100));
    assert!(times[2] - times[1] >= Duration::from_millis(400));
    assert!(world.vhost().take("callboard.parked", 1).await.is_empty());
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_the_last_step_an_event_is_parked_with_the_reason() {
    let world = World::new().await;
    let attempts = Count::default();
    let seen = attempts.clone();
    let handler = move |_| {
        seen.one();
        async {
            Err(Decision::Retry(
                anyhow!("root cause").context("cannot dial"),
            ))
        }
    };
    world.consume(4, handler).await;
    let sent = event(BusinessId(1), 7);
    world.publish(&sent).await;
    let parked = world.parked().await;
    assert_eq!(attempts.get(), 3, "once, and once per step");
    let headers = &parked["properties"]["headers"];
    assert_eq!(headers["x-callboard-queue"], QUEUE);
    assert_eq!(headers["x-callboard-retries"], 2);
    assert_eq!(headers["x-callboard-reason"], "cannot dial: root cause");
    let body: Envelope<RunRequested> =
        serde_json::from_str(parked["payload"].as_str().expect("text")).expect("the event");
    assert_eq!(body, sent, "a parked event can be sent again as it is");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hopeless_event_is_parked_at_once() {
    let world = World::new().await;
    let attempts = Count::default();
    let seen = attempts.clone();
    let handler = move |_| {
        seen.one();
        async { Err(Decision::Park(anyhow!("no such run"))) }
    };
    world.consume(4, handler).await;
    world.publish(&event(BusinessId(1), 7)).await;
    let parked = world.parked().await;
    assert_eq!(
        parked["properties"]["headers"]["x-callboard-reason"],
        "no such run"
    );
    assert_eq!(attempts.get(), 1);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_malformed_message_is_parked_and_the_next_is_handled() {
    let world = World::new().await;
    let handled = Count::default();
    let seen = handled.clone();
    let handler = move |_| {
        seen.one();
        async { Ok(()) }
    };
    world.consume(1, handler).await;
    let broken = r#"{"specversion": "1.0", "data": {"phone": "+972501234567"}}"#;
    world.vhost().publish("", QUEUE, broken).await;
    world.publish(&event(BusinessId(1), 7)).await;
    let parked = world.parked().await;
    assert_eq!(parked["payload"], broken);
    let reason = parked["properties"]["headers"]["x-callboard-reason"].to_string();
    assert!(reason.contains("malformed"), "{reason}");
    assert!(!reason.contains("+972"), "nothing personal: {reason}");
    handled.reaches(1).await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handler_that_panics_is_retried() {
    let world = World::new().await;
    let attempts = Count::default();
    let seen = attempts.clone();
    let handler = move |_| {
        let attempt = seen.one();
        async move {
            assert!(attempt > 0, "on purpose");
            Ok(())
        }
    };
    world.consume(1, handler).await;
    world.publish(&event(BusinessId(1), 7)).await;
    attempts.reaches(2).await;
    assert!(world.vhost().take("callboard.parked", 1).await.is_empty());
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outage_of_the_database_parks_nothing() {
    let world = World::with_ladder(&[20, 40]).await;
    let attempts = Count::default();
    let seen = attempts.clone();
    let handler = move |_| {
        let attempt = seen.one();
        async move {
            if attempt < 6 {
                return Err(StorageError::Unavailable("gone".into()).into());
            }
            Ok(())
        }
    };
    world.consume(1, handler).await;
    world.publish(&event(BusinessId(1), 7)).await;
    attempts.reaches(7).await;
    assert!(world.vhost().take("callboard.parked", 1).await.is_empty());
    world.end().await;
}

/// Two versions share the queues: the newer one raises an event with a word that the older one has no meaning for.
#[tokio::test(flavor = "multi_thread")]
async fn a_word_of_a_later_version_is_parked_whole_and_what_an_older_version_knows_is_handled() {
    let world = World::new().await;
    let handled = Count::default();
    let seen = handled.clone();
    let handler = move |_| {
        seen.one();
        async { Ok::<_, Decision>(()) }
    };
    let token = world.lifecycle.shutdown_token();
    let consumer = world
        .broker
        .consume::<LeadSuppressed>("dialer", 4, token, handler);
    world.lifecycle.spawn("consumer", consumer);
    world.ready().await;
    let known = Envelope::new(
        "status-engine",
        chassis::clock::Clock::system().now(),
        LeadSuppressed {
            business_id: BusinessId(1),
            lead_id: None,
            phone_e164: "+972541234567".to_owned(),
            origin: SuppressionOrigin::Spoken,
            source_event_id: None,
        },
    );
    let mut later = serde_json::to_value(&known).expect("JSON");
    later["data"]["origin"] = "telepathy".into();
    let mut with_more = serde_json::to_value(&known).expect("JSON");
    with_more["data"]["laterfield"] = "of a later version".into();
    for event in [&later, &with_more] {
        let key = format!("{}.1", LeadSuppressed::TYPE);
        let body = event.to_string();
        assert!(world.vhost().publish("callboard.events", &key, &body).await);
    }
    let parked = world.parked().await;
    assert_eq!(
        parked["properties"]["headers"]["x-callboard-queue"],
        "dialer.lead.suppressed"
    );
    let payload = parked["payload"].as_str().expect("text");
    let payload: serde_json::Value = serde_json::from_str(payload).expect("JSON");
    assert_eq!(
        payload, later,
        "a version that knows the word can have it as it is"
    );
    handled.reaches(1).await;
    world.end().await;
    assert_eq!(handled.get(), 1);
}
