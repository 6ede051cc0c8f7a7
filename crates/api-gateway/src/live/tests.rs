//! The fan-out by itself: no broker, no database, paused time.

use std::pin::Pin;
use std::time::Duration;

use bytes::Bytes;
use chassis::clock::Clock;
use chrono::DateTime;
use domain::ids::{BusinessId, UserId};
use futures::{Stream, StreamExt as _};
use messaging::Watched;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::news::News;
use super::stream::Chunk;
use super::*;

const HEARTBEAT: Duration = Duration::from_secs(15);

type Heard = Pin<Box<dyn Stream<Item = Chunk>>>;

fn replica(clock: &Clock) -> Hub {
    channel(clock.clone(), HEARTBEAT, 0).0
}

fn clock() -> Clock {
    Clock::fixed(DateTime::from_timestamp(1_795_250_000, 0).expect("a time"))
}

fn opening(business: i64) -> Opening {
    Opening {
        business: BusinessId(business),
        user: None,
        credential: Credential::ApiKey("key".to_owned()),
        kinds: Kinds::ALL,
        last: None,
        longest: Duration::from_secs(3600),
    }
}

fn open(hub: &Hub, opening: Opening) -> Heard {
    Box::pin(
        hub.open(opening, CancellationToken::new())
            .expect("a stream"),
    )
}

fn after(last: &str) -> Opening {
    Opening {
        last: Some(last.to_owned()),
        ..opening(1)
    }
}

fn event(kind: &str, business: i64, extra: &Value) -> Value {
    let mut data = json!({ "business_id": business, "lead_id": 5, "run_id": 6, "call_sid": "CA1" });
    for (name, value) in extra.as_object().into_iter().flatten() {
        data[name] = value.clone();
    }
    json!({ "id": "e-1", "type": kind, "time": "2026-11-27T09:30:00Z", "data": data })
}

fn tell(hub: &Hub, event: &Value) {
    if let Some(news) = News::read(event) {
        let data = Value::Object(news.data.clone()).to_string();
        hub.tell(news, &data);
    }
}

fn moved(hub: &Hub, to: &str) {
    tell(hub, &event("status.changed", 1, &json!({ "to": to })));
}

/// What a stream says next; nothing when it says nothing for a while, or is over.
async fn next(stream: &mut Heard) -> Option<String> {
    let waiting = tokio::time::timeout(Duration::from_millis(50), stream.next());
    let Ok(chunk) = waiting.await.ok().flatten()?;
    Some(String::from_utf8_lossy(&chunk).into_owned())
}

/// The id in what a stream said.
fn id(said: &str) -> &str {
    let line = said.lines().find_map(|line| line.strip_prefix("id: "));
    line.expect("an id")
}

#[tokio::test(start_paused = true)]
async fn a_stream_hears_its_own_business_and_nothing_internal() {
    let hub = replica(&clock());
    let mut stream = open(&hub, opening(1));
    assert!(
        next(&mut stream)
            .await
            .expect("greets")
            .starts_with("retry: ")
    );
    tell(&hub, &event("status.changed", 2, &json!({})));
    tell(&hub, &event("call.reported", 1, &json!({})));
    moved(&hub, "won");
    let said = next(&mut stream).await.expect("speaks");
    assert!(
        said.starts_with("event: status.changed\nid: 1795250000000-"),
        "{said}"
    );
    assert!(
        said.contains("\"to\":\"won\"") && said.contains("\"event_id\":\"e-1\""),
        "{said}"
    );
    assert_eq!(next(&mut stream).await, None);
}

#[tokio::test(start_paused = true)]
async fn a_notification_is_heard_by_its_users_only_who_are_not_named() {
    let hub = replica(&clock());
    let of = |user| Opening { user, ..opening(1) };
    let mut streams = [None, Some(UserId(8)), Some(UserId(7))].map(|user| open(&hub, of(user)));
    for stream in &mut streams {
        next(stream).await.expect("greets");
    }
    let told = event(
        "notification.requested",
        1,
        &json!({ "user_ids": [7], "title": "t" }),
    );
    tell(&hub, &told);
    let [program, other, own] = &mut streams;
    assert_eq!((next(program).await, next(other).await), (None, None));
    let said = next(own).await.expect("speaks");
    assert!(
        said.starts_with("event: notification\n") && !said.contains("user_ids"),
        "{said}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_stream_hears_the_types_that_it_asked_for() {
    assert_eq!(Kinds::read("status.changed,calls"), Err("calls".to_owned()));
    let hub = replica(&clock());
    let kinds = Kinds::read("call.*, run.finished").expect("reads");
    let mut stream = open(
        &hub,
        Opening {
            kinds,
            ..opening(1)
        },
    );
    next(&mut stream).await.expect("greets");
    for kind in [
        "run.progress",
        "call.started",
        "status.changed",
        "run.finished",
    ] {
        tell(&hub, &event(kind, 1, &json!({})));
    }
    let said = next(&mut stream).await.expect("speaks");
    let kinds: Vec<&str> = said
        .lines()
        .filter_map(|line| line.strip_prefix("event: "))
        .collect();
    assert_eq!(kinds, ["call.started", "run.finished"]);
}

#[tokio::test(start_paused = true)]
async fn a_client_that_comes_back_goes_on_from_where_it_was_told_and_misses_nothing() {
    let hub = replica(&clock());
    let mut stream = open(&hub, opening(1));
    let greeted = next(&mut stream).await.expect("greets");
    moved(&hub, "first");
    let first = next(&mut stream).await.expect("speaks");
    drop(stream);
    moved(&hub, "second");
    moved(&hub, "third");

    let mut again = open(&hub, after(id(&first)));
    assert!(!next(&mut again).await.expect("greets").contains("resync"));
    let said = next(&mut again).await.expect("speaks");
    assert!(
        !said.contains("first") && said.contains("second") && said.contains("third"),
        "{said}"
    );
    // Also from the place of a greeting.
    let mut again = open(&hub, after(id(&greeted)));
    next(&mut again).await.expect("greets");
    assert!(next(&mut again).await.expect("speaks").contains("first"));
}

#[tokio::test(start_paused = true)]
async fn another_replica_goes_on_where_it_has_heard_everything_since_and_else_says_so() {
    let clock = clock();
    let (one, two) = (replica(&clock), replica(&clock));
    // The second has a stream of the business already, from before the time of the first one's places.
    let _held = open(&two, opening(1));
    clock.advance(Duration::from_secs(10));
    let mut stream = open(&one, opening(1));
    next(&mut stream).await.expect("greets");
    for hub in [&one, &two] {
        moved(hub, "told");
    }
    let told = next(&mut stream).await.expect("speaks");
    drop(stream);
    clock.advance(Duration::from_secs(1));
    moved(&two, "missed");

    let mut there = open(&two, after(id(&told)));
    assert!(!next(&mut there).await.expect("greets").contains("resync"));
    let said = next(&mut there).await.expect("speaks");
    assert!(said.contains("missed"), "{said}");
    // A third one has heard nothing yet.
    let three = replica(&clock);
    let mut there = open(&three, after(id(&told)));
    assert!(
        next(&mut there)
            .await
            .expect("greets")
            .contains("event: resync\nid: ")
    );
}

#[tokio::test(start_paused = true)]
async fn what_is_not_known_any_more_is_read_again() {
    let hub = replica(&clock());
    for unknown in [
        "",
        "abc",
        "e-1",
        "1-00000000-1",
        "9223372036854775807-ffffffff-1",
        "-9223372036854775808-0-0",
    ] {
        let mut stream = open(&hub, after(unknown));
        let said = next(&mut stream).await.expect("greets");
        assert!(said.contains("event: resync\n"), "{unknown}: {said}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_reads_too_slowly_is_told_to_read_everything_again() {
    let hub = replica(&clock());
    let mut stream = open(&hub, opening(1));
    next(&mut stream).await.expect("greets");
    for _ in 0..300 {
        moved(&hub, "won");
    }
    let said = next(&mut stream).await.expect("speaks");
    assert!(said.starts_with("event: resync\nid: "), "{said}");
    assert_eq!(next(&mut stream).await, None);
    // So is one whose events are few and large.
    for _ in 0..4 {
        moved(&hub, &"x".repeat(400 << 10));
    }
    let said = next(&mut stream).await.expect("speaks");
    assert!(said.starts_with("event: resync\nid: "), "{}", &said[..80]);
}

#[tokio::test(start_paused = true)]
async fn every_stream_is_told_of_a_gap_on_the_way_here() {
    let hub = replica(&clock());
    let mut streams = [1, 2].map(|business| open(&hub, opening(business)));
    for stream in &mut streams {
        next(stream).await.expect("greets");
    }
    hub.resync(None);
    for stream in &mut streams {
        assert!(
            next(stream)
                .await
                .expect("speaks")
                .starts_with("event: resync\n")
        );
    }
    hub.resync(Some(BusinessId(2)));
    assert_eq!(next(&mut streams[0]).await, None);
    assert!(next(&mut streams[1]).await.is_some());
}

#[tokio::test(start_paused = true)]
async fn more_than_can_wait_is_a_gap() {
    let (hub, _heard) = channel(clock(), HEARTBEAT, 0);
    let _stream = open(&hub, opening(1));
    let watched = Watched::Event(event("status.changed", 1, &json!({})));
    for _ in 0..4_096 {
        hub.hear(&watched);
    }
    assert!(!hub.has_overflown());
    hub.hear(&watched);
    assert!(hub.has_overflown());
    assert!(!hub.has_overflown());
}

#[tokio::test(start_paused = true)]
async fn a_silent_stream_gives_signs_of_life_that_move_its_place_on() {
    let clock = clock();
    let hub = replica(&clock);
    let mut stream = open(&hub, opening(1));
    stream.next().await.expect("greets").expect("well");
    clock.advance(Duration::from_secs(15));
    let beat: Bytes = stream.next().await.expect("beats").expect("well");
    let beat = String::from_utf8_lossy(&beat);
    assert!(
        beat.starts_with(": keep-alive\nid: 1795250015000-"),
        "{beat}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_stream_ends_after_its_time_and_at_once_when_its_credential_is_revoked() {
    let hub = replica(&clock());
    let mut short = open(
        &hub,
        Opening {
            longest: Duration::from_secs(1),
            ..opening(1)
        },
    );
    short.next().await.expect("greets").expect("well");
    assert!(short.next().await.is_none());

    let credential = Credential::Session(vec![1]);
    let mut revoked = open(
        &hub,
        Opening {
            credential: credential.clone(),
            ..opening(1)
        },
    );
    let mut other = open(&hub, opening(1));
    for stream in [&mut revoked, &mut other] {
        next(stream).await.expect("greets");
    }
    hub.guests().revoke(&credential);
    assert!(revoked.next().await.is_none());
    moved(&hub, "won");
    assert!(next(&mut other).await.is_some());
}

#[tokio::test(start_paused = true)]
async fn the_streams_of_a_replica_that_stops_end_one_by_one() {
    let hub = replica(&clock());
    let shutdown = CancellationToken::new();
    let streams: Vec<_> = (0..50)
        .filter_map(|_| hub.open(opening(1), shutdown.clone()))
        .map(Box::pin)
        .collect();
    shutdown.cancel();
    let began = tokio::time::Instant::now();
    let ends = futures::future::join_all(streams.into_iter().map(|stream| async move {
        let said: Vec<_> = stream.map(|chunk| chunk.expect("well")).collect().await;
        assert!(said.last().is_some_and(|said| said.starts_with(b"retry: ")));
        began.elapsed()
    }))
    .await;
    let distinct: std::collections::HashSet<_> = ends.iter().map(Duration::as_millis).collect();
    assert!(distinct.len() > 25, "{distinct:?}");
    assert!(ends.iter().all(|end| *end <= Duration::from_secs(3)));
}

#[tokio::test(start_paused = true)]
async fn a_business_that_nobody_listens_to_is_forgotten_after_a_while() {
    let hub = replica(&clock());
    let mut stream = open(&hub, opening(1));
    let greeted = next(&mut stream).await.expect("greets");
    assert_eq!(hub.tidy(), 1);
    drop(stream);
    assert_eq!(hub.tidy(), 0);
    let mut soon = open(&hub, after(id(&greeted)));
    assert!(!next(&mut soon).await.expect("greets").contains("resync"));
    drop(soon);
    hub.tidy();
    tokio::time::advance(Duration::from_secs(121)).await;
    hub.tidy();
    moved(&hub, "unheard");
    let mut late = open(&hub, after(id(&greeted)));
    assert_eq!(
        next(&mut late).await.map(|said| said.contains("resync")),
        Some(true)
    );
}
