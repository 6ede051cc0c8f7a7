//! The end of recordings: judged by what the carrier was asked, what lies in the object store, and what the row says. The
//! clock stands until a test moves it.

use std::path::PathBuf;

use chrono::{Duration, SecondsFormat};
use domain::call::CallStatus;
use domain::ids::{BusinessId, RecordingId};
use rstest::rstest;
use serde_json::{Value, json};
use storage::{ServiceRole, recordings};
use testkit::eventually;
use wiremock::matchers::{method, path_regex};
use wiremock::{Mock, ResponseTemplate};

use crate::world::{PATIENCE, Shape, World, wav};

const SAID: &str = "Customer: thank you, I will call you again next week.";

async fn world(replicas: usize) -> World {
    World::shaped(Shape {
        replicas,
        fixed_clock: true,
        ..Shape::default()
    })
    .await
}

/// The carrier answers so to the next `times` requests to delete a recording of which the SID begins so.
async fn answer_deletions(world: &World, sid: &str, status: u16, times: u64) {
    Mock::given(method("DELETE"))
        .and(path_regex(format!(r"/Recordings/{sid}\w*\.json$")))
        .respond_with(ResponseTemplate::new(status))
        .up_to_n_times(times)
        .mount(&world.server)
        .await;
}

/// How often the carrier was asked to delete it.
async fn deletions(world: &World, sid: &str) -> usize {
    let end = format!("/Recordings/{sid}.json");
    let requests = world.server.received_requests().await.expect("recorded");
    requests
        .iter()
        .filter(|request| request.method.as_str() == "DELETE")
        .filter(|request| request.url.path().ends_with(&end))
        .count()
}

fn file(world: &World, business: BusinessId, sid: &str) -> PathBuf {
    let key = format!("business/{business}/calls/CA{sid}/{sid}.wav");
    world.media.join(key)
}

/// A recording that was announced now and stored, of a call that is none of the test's concern.
async fn stored(world: &World, business: BusinessId, sid: &str) -> PathBuf {
    stored_ago(world, business, sid, Duration::zero()).await
}

async fn stored_ago(world: &World, business: BusinessId, sid: &str, ago: Duration) -> PathBuf {
    let at = file(world, business, sid);
    std::fs::create_dir_all(at.parent().expect("a directory")).expect("made");
    std::fs::write(&at, wav(1)).expect("written");
    let since = (world.clock.now() - ago).to_rfc3339_opts(SecondsFormat::Micros, true);
    world
        .db
        .execute(&format!(
            "INSERT INTO recordings (business_id, call_sid, recording_sid, source_url, state, object_key, created_at, stored_at)
             VALUES ({business}, 'CA{sid}', '{sid}', '', 'stored',
                     'business/{business}/calls/CA{sid}/{sid}.wav', '{since}', '{since}')"
        ))
        .await;
    at
}

async fn row(world: &World, sid: &str) -> Value {
    world
        .one(&format!(
            "SELECT id, state, deletion_attempts, deletion_error, deleted_at IS NOT NULL AS has_end,
                    carrier_deleted_at IS NOT NULL AS carrier_gone, media_deleted_at IS NOT NULL AS media_gone
             FROM recordings WHERE recording_sid = '{sid}'"
        ))
        .await
}

async fn until_deleted(world: &World, sid: &str) -> Value {
    eventually(PATIENCE, || async {
        let row = row(world, sid).await;
        (row["state"] == "deleted").then_some(row)
    })
    .await
}

async fn until_failed(world: &World, sid: &str, times: i32) -> Value {
    eventually(PATIENCE, || async {
        let row = row(world, sid).await;
        (row["deletion_attempts"] == times).then_some(row)
    })
    .await
}

/// Everything that is due now has been looked at when this is over: a batch is finished before the next is looked up.
async fn one_more_look(world: &World) {
    for n in 0..2 {
        let sid = format!("REmark{n}x{}", world.clock.now().timestamp_millis());
        let days = Duration::days(4000);
        stored_ago(world, world.business.id, &sid, days).await;
        until_deleted(world, &sid).await;
    }
}

#[tokio::test]
async fn a_recording_is_deleted_in_both_places_after_its_days_and_not_a_moment_before() {
    let world = world(1).await;
    answer_deletions(&world, "RE", 204, u64::MAX).await;
    world.serve_recording("RE1", 0).await;
    world.hear(SAID, 0).await;
    let ended = world.ended_call("CARE1", CallStatus::Completed, 40).await;
    world.deliver(&ended).await;
    world.deliver(&world.recording("CARE1", "RE1")).await;
    world.suggestion("CARE1").await;
    let file = file(&world, world.business.id, "RE1");
    assert!(file.is_file());

    world
        .clock
        .advance(Duration::days(7) - Duration::milliseconds(1));
    one_more_look(&world).await;
    assert_eq!(deletions(&world, "RE1").await, 0);
    assert!(file.is_file());
    assert_eq!(row(&world, "RE1").await["state"], "stored");

    world.clock.advance(Duration::milliseconds(1));
    let row = until_deleted(&world, "RE1").await;
    let told = [&row["has_end"], &row["carrier_gone"], &row["media_gone"]];
    assert_eq!(told, [&json!(true); 3]);
    assert!(!file.exists());
    one_more_look(&world).await;
    assert_eq!(deletions(&world, "RE1").await, 1);
    let call = world
        .one("SELECT recording_sid, recording_url IS NOT NULL AS has_url, summary IS NOT NULL AS summarised FROM call_log")
        .await;
    assert_eq!(
        call,
        json!({ "recording_sid": "RE1", "has_url": true, "summarised": true })
    );
    world.end().await;
}

#[tokio::test]
async fn pieces_of_a_transcription_that_was_given_up_go_with_their_recording() {
    let world = world(1).await;
    answer_deletions(&world, "RE", 204, u64::MAX).await;
    stored_ago(&world, world.business.id, "RE1", Duration::days(6)).await;
    world
        .db
        .execute(
            "INSERT INTO transcript_pieces (business_id, recording_id, channel, starts_at_ms, ends_at_ms, transcript, heard_at)
             SELECT business_id, id, 0, 0, 1000, '{\"text\": \"said\"}', now() FROM recordings WHERE recording_sid = 'RE1'",
        )
        .await;
    world.clock.advance(Duration::days(1));
    until_deleted(&world, "RE1").await;
    let pieces = world
        .one("SELECT count(*) AS n FROM transcript_pieces")
        .await;
    assert_eq!(pieces["n"], 0);
    world.end().await;
}

#[tokio::test]
async fn what_the_carrier_refuses_is_tried_again_and_the_object_store_is_left_alone() {
    let world = world(1).await;
    answer_deletions(&world, "RE1", 500, 1).await;
    answer_deletions(&world, "RE", 204, u64::MAX).await;
    let file = stored(&world, world.business.id, "RE1").await;
    world.clock.advance(Duration::days(7));

    let row = until_failed(&world, "RE1", 1).await;
    assert_eq!(
        (&row["state"], &row["carrier_gone"], &row["media_gone"]),
        (&json!("stored"), &json!(false), &json!(true))
    );
    let why = row["deletion_error"].as_str().expect("a reason");
    assert!(
        why.contains("carrier") && why.contains("500") && !why.contains("store"),
        "{why}"
    );
    assert!(!file.exists());
    one_more_look(&world).await;
    assert_eq!(deletions(&world, "RE1").await, 1, "not at once");

    // Whatever lies there now is not touched.
    std::fs::create_dir_all(file.parent().expect("a directory")).expect("made");
    std::fs::write(&file, "another").expect("written");
    world.clock.advance(Duration::seconds(60));
    let row = until_deleted(&world, "RE1").await;
    assert_eq!(row["deletion_error"], Value::Null);
    assert_eq!(deletions(&world, "RE1").await, 2);
    assert!(file.is_file());
    world.end().await;
}

#[tokio::test]
async fn what_the_object_store_refuses_is_tried_again_and_the_carrier_is_left_alone() {
    let world = world(1).await;
    answer_deletions(&world, "RE", 204, u64::MAX).await;
    let file = stored(&world, world.business.id, "RE1").await;
    // No store deletes a directory as if it were a file.
    std::fs::remove_file(&file).expect("removed");
    std::fs::create_dir_all(file.join("in the way")).expect("made");
    world.clock.advance(Duration::days(7));

    let row = until_failed(&world, "RE1", 1).await;
    assert_eq!(
        (&row["state"], &row["carrier_gone"], &row["media_gone"]),
        (&json!("stored"), &json!(true), &json!(false))
    );
    let why = row["deletion_error"].as_str().expect("a reason");
    assert!(why.starts_with("object store"), "{why}");
    // The wait doubles: what failed twice is not tried again after a minute.
    world.clock.advance(Duration::seconds(60));
    until_failed(&world, "RE1", 2).await;
    world.clock.advance(Duration::seconds(59));
    one_more_look(&world).await;
    assert_eq!(row_attempts(&world, "RE1").await, 2);

    std::fs::remove_dir_all(&file).expect("removed");
    std::fs::write(&file, wav(1)).expect("written");
    world.clock.advance(Duration::seconds(61));
    until_deleted(&world, "RE1").await;
    assert!(!file.exists());
    assert_eq!(deletions(&world, "RE1").await, 1);
    world.end().await;
}

async fn row_attempts(world: &World, sid: &str) -> Value {
    row(world, sid).await["deletion_attempts"].take()
}

#[tokio::test]
async fn what_neither_place_has_any_more_is_deleted() {
    let world = world(1).await;
    answer_deletions(&world, "RE1", 404, u64::MAX).await;
    answer_deletions(&world, "RE", 204, u64::MAX).await;
    let file = stored(&world, world.business.id, "RE1").await;
    std::fs::remove_file(&file).expect("removed");
    world.clock.advance(Duration::days(7));
    let row = until_deleted(&world, "RE1").await;
    assert_eq!(row["deletion_attempts"], 0);
    one_more_look(&world).await;
    assert_eq!(deletions(&world, "RE1").await, 1);
    world.end().await;
}

#[tokio::test]
async fn a_recording_that_could_never_be_fetched_is_deleted_at_the_carrier() {
    let world = world(1).await;
    answer_deletions(&world, "RE", 204, u64::MAX).await;
    Mock::given(method("GET"))
        .and(path_regex(r"/Recordings/RE1\.wav$"))
        .respond_with(ResponseTemplate::new(403))
        .mount(&world.server)
        .await;
    let ended = world.ended_call("CARE1", CallStatus::Completed, 40).await;
    world.deliver(&ended).await;
    world.deliver(&world.recording("CARE1", "RE1")).await;
    eventually(PATIENCE, || async {
        let rows = world.db.sql("SELECT state FROM recordings").await;
        (rows.first()?["state"] == "failed").then_some(())
    })
    .await;
    // A file whose worker died before it was noted.
    let file = file(&world, world.business.id, "RE1");
    std::fs::create_dir_all(file.parent().expect("a directory")).expect("made");
    std::fs::write(&file, wav(1)).expect("written");

    world.clock.advance(Duration::days(10));
    until_deleted(&world, "RE1").await;
    assert_eq!(deletions(&world, "RE1").await, 1);
    assert!(!file.exists());
    world.end().await;
}

#[tokio::test]
async fn two_replicas_delete_each_recording_once() {
    let world = world(2).await;
    answer_deletions(&world, "RE", 204, u64::MAX).await;
    let sids: Vec<String> = (0..60).map(|n| format!("RE{n}")).collect();
    for sid in &sids {
        stored(&world, world.business.id, sid).await;
    }
    world.clock.advance(Duration::days(7));
    for sid in &sids {
        until_deleted(&world, sid).await;
    }
    for sid in &sids {
        assert_eq!(deletions(&world, sid).await, 1, "{sid}");
    }
    world.end().await;
}

#[tokio::test]
async fn each_business_keeps_recordings_as_long_as_it_says_now() {
    let world = world(1).await;
    answer_deletions(&world, "RE", 204, u64::MAX).await;
    let other = testkit::business(&world.db.db(ServiceRole::Operator)).await;
    stored(&world, world.business.id, "RE1").await;
    let kept = stored(&world, other.id, "RE2").await;
    let keep = |days: i32| {
        let sql = format!(
            "UPDATE business_settings SET recording_retention_days = {days} WHERE business_id = {}",
            other.id
        );
        async { world.db.execute(&{ sql }).await }
    };
    keep(30).await;
    world.clock.advance(Duration::days(7));
    until_deleted(&world, "RE1").await;
    one_more_look(&world).await;
    assert_eq!(deletions(&world, "RE2").await, 0);
    assert!(kept.is_file());

    keep(6).await;
    until_deleted(&world, "RE2").await;
    assert!(!kept.exists());
    world.end().await;
}

#[tokio::test]
async fn the_claim_of_a_worker_that_was_killed_is_taken_over_when_it_has_run_out() {
    let world = world(1).await;
    answer_deletions(&world, "RE", 204, u64::MAX).await;
    let file = stored_ago(&world, world.business.id, "RE1", Duration::days(6)).await;
    let id = RecordingId(row(&world, "RE1").await["id"].as_i64().expect("an id"));
    // What a worker leaves that claims it in the very moment and dies.
    let due = world.clock.now() + Duration::days(1);
    let claim = |lease: Duration| {
        let db = world.db.db(ServiceRole::RecordingProcessor);
        async move {
            db.tenant(world.business.id, move |tx| {
                recordings::claim(tx, due, id, lease)
            })
            .await
            .expect("a claim")
        }
    };
    assert!(claim(Duration::minutes(2)).await.is_some());
    assert_eq!(claim(Duration::minutes(2)).await, None);
    world
        .clock
        .advance(Duration::days(1) + Duration::minutes(1));
    one_more_look(&world).await;
    assert_eq!(deletions(&world, "RE1").await, 0);
    assert!(file.is_file());

    world.clock.advance(Duration::minutes(1));
    until_deleted(&world, "RE1").await;
    assert_eq!(deletions(&world, "RE1").await, 1);
    world.end().await;
}

#[rstest]
#[case::recorded("recorded")]
#[case::awaited("awaiting_recording")]
#[tokio::test]
async fn a_recording_that_is_still_to_be_transcribed_is_waited_for_but_not_for_ever(
    #[case] state: &str,
) {
    let world = world(1).await;
    answer_deletions(&world, "RE", 204, u64::MAX).await;
    world.list_recordings("CARE1", json!([])).await;
    world.ended_call("CARE1", CallStatus::Completed, 40).await;
    let file = stored(&world, world.business.id, "RE1").await;
    let (business, lead) = (world.business.id, world.business.leads[0]);
    world
        .db
        .execute(&format!(
            "INSERT INTO conversations (business_id, source, source_event_id, lead_id, direction, outcome, duration_seconds,
                                        occurred_at, state, due_at)
             VALUES ({business}, 'call_summary', 'CARE1', {lead}, 'outbound', 'completed', 40, now(), '{state}', 'infinity')"
        ))
        .await;
    world.clock.advance(Duration::days(7) + Duration::days(3));
    world.clock.advance(Duration::milliseconds(-1));
    one_more_look(&world).await;
    assert_eq!(deletions(&world, "RE1").await, 0);
    assert!(file.is_file());

    world.clock.advance(Duration::milliseconds(1));
    until_deleted(&world, "RE1").await;
    assert!(!file.exists());
    // What it was needed for is said to be missing.
    world
        .db
        .execute("UPDATE conversations SET due_at = '-infinity', attempts = 3")
        .await;
    let suggestion = world.suggestion("CARE1").await;
    let summary = suggestion["summary"].as_str().expect("a summary");
    assert!(summary.starts_with("No summary of this call"), "{summary}");
    world.end().await;
}
