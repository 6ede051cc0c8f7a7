//! The recording processor through its doors: what is put into its queues, what it asks the carrier and the speech server,
//! and what the database then says.

mod crash;
mod faults;
mod follow_up;
mod retention;
mod rough_servers;
mod transcription;
mod whatsapp;
mod world;

use std::time::Duration;

use domain::call::{AnsweredBy, CallStatus};
use domain::events::{CallCompleted, Envelope};
use rstest::rstest;
use serde_json::{Value, json};
use testkit::eventually;

use world::{PATIENCE, Shape, World, wav};

const SAID: &str = "Agent: hello, how can we help?\nCustomer: yes, I am interested, please send me a price for the roof.";

#[rstest]
#[case::busy(CallStatus::Busy, 0, None, "busy")]
#[case::no_answer(CallStatus::NoAnswer, 0, None, "no-answer")]
#[case::failed(CallStatus::Failed, 0, None, "failed")]
#[case::canceled(CallStatus::Canceled, 0, None, "canceled")]
#[case::machine(CallStatus::Completed, 12, Some(AnsweredBy::Machine), "voicemail")]
#[case::no_length(CallStatus::Completed, 0, None, "no-answer")]
#[tokio::test]
async fn a_call_that_nobody_answered_is_suggested_from_its_outcome(
    #[case] status: CallStatus,
    #[case] seconds: i32,
    #[case] answered_by: Option<AnsweredBy>,
    #[case] outcome: &str,
) {
    let world = World::new().await;
    let mut call = world.ended_call("CA1", status, seconds).await;
    call.answered_by = answered_by;
    world.deliver(&call).await;

    let suggestion = world.suggestion("CA1").await;
    assert_eq!(suggestion["outcome"], outcome);
    let summary = suggestion["summary"].as_str().expect("a summary");
    assert!(summary.is_ascii() && !summary.is_empty(), "{summary}");
    let stored = world.one("SELECT summary FROM call_log").await;
    assert_eq!(stored["summary"], suggestion["summary"]);
    assert!(
        world
            .server
            .received_requests()
            .await
            .expect("recorded")
            .is_empty()
    );
    world.end().await;
}

#[tokio::test]
async fn a_recording_that_comes_before_the_end_of_its_call_is_used() {
    let world = World::new().await;
    world.serve_recording("RE1", 0).await;
    world.hear(SAID, 0).await;
    world.deliver(&world.recording("CA1", "RE1")).await;
    eventually(PATIENCE, || async {
        (world.one("SELECT count(*) AS n FROM recordings").await["n"] == 1).then_some(())
    })
    .await;
    world
        .deliver(&world.ended_call("CA1", CallStatus::Completed, 40).await)
        .await;

    let suggestion = world.suggestion("CA1").await;
    assert_eq!(suggestion["outcome"], Value::Null);
    assert_eq!(suggestion["source"], "call_summary");
    assert_eq!(suggestion["direction"], "outbound");
    let call = world.one("SELECT * FROM call_log").await;
    assert_eq!(call["recording_sid"], "RE1");
    assert!(
        call["final_transcript"]
            .as_str()
            .expect("a text")
            .contains("price for the roof")
    );
    assert_eq!(call["summary"], suggestion["summary"]);
    let recording = world.one("SELECT * FROM recordings").await;
    assert_eq!(recording["state"], "stored");
    assert_eq!(recording["bytes"], wav(3).len());
    assert_eq!(recording["duration_seconds"], 3.0);
    let key = format!("business/{}/calls/CA1/RE1.wav", world.business.id);
    assert_eq!(recording["object_key"], key);
    assert_eq!(
        std::fs::read(world.media.join(key)).expect("stored"),
        wav(3)
    );
    world.end().await;
}

#[tokio::test]
async fn a_speech_server_that_fails_at_first_is_asked_again() {
    let world = World::new().await;
    world.serve_recording("RE1", 0).await;
    world.hear(SAID, 2).await;
    world
        .deliver(&world.ended_call("CA1", CallStatus::Completed, 40).await)
        .await;
    world.deliver(&world.recording("CA1", "RE1")).await;

    world.suggestion("CA1").await;
    let call = world.one("SELECT transcription FROM call_log").await;
    assert!(
        call["transcription"]
            .as_str()
            .expect("a text")
            .contains("price for the roof")
    );
    assert_eq!(world.asked("/transcriptions").await, 3);
    assert_eq!(
        world.asked("RE1.wav").await,
        1,
        "the recording is fetched once"
    );
    world.end().await;
}

#[tokio::test]
async fn a_recording_that_is_missing_for_a_while_is_fetched_later() {
    let world = World::new().await;
    world.serve_recording("RE1", 2).await;
    world.hear(SAID, 0).await;
    world
        .deliver(&world.ended_call("CA1", CallStatus::Completed, 40).await)
        .await;
    world.deliver(&world.recording("CA1", "RE1")).await;

    world.suggestion("CA1").await;
    assert_eq!(world.asked("RE1.wav").await, 3);
    assert_eq!(
        world.one("SELECT state FROM recordings").await["state"],
        "stored"
    );
    world.end().await;
}

#[tokio::test]
async fn a_recording_that_nobody_announced_is_asked_for() {
    let shape = Shape {
        recording_wait_seconds: 0.2,
        ..Shape::default()
    };
    let world = World::shaped(shape).await;
    world.serve_recording("RE1", 0).await;
    world.hear(SAID, 0).await;
    world
        .list_recordings(
            "CA1",
            json!([{ "sid": "RE1", "call_sid": "CA1", "status": "completed", "duration": "3" }]),
        )
        .await;
    world
        .deliver(&world.ended_call("CA1", CallStatus::Completed, 40).await)
        .await;

    world.suggestion("CA1").await;
    assert_eq!(
        world.one("SELECT recording_sid FROM call_log").await["recording_sid"],
        "RE1"
    );
    world.end().await;
}

#[rstest]
#[case::no_recording(true)]
#[case::no_transcriber(false)]
#[tokio::test]
async fn what_is_missing_is_said_and_the_lead_is_still_reported(#[case] can_listen: bool) {
    let shape = Shape {
        can_listen,
        recording_wait_seconds: 0.1,
        ..Shape::default()
    };
    let world = World::shaped(shape).await;
    world.list_recordings("CA1", json!([])).await;
    if !can_listen {
        world.serve_recording("RE1", 0).await;
        world.deliver(&world.recording("CA1", "RE1")).await;
    }
    world
        .deliver(&world.ended_call("CA1", CallStatus::Completed, 40).await)
        .await;

    let suggestion = world.suggestion("CA1").await;
    let summary = suggestion["summary"].as_str().expect("a summary");
    assert!(summary.starts_with("No summary of this call"), "{summary}");
    assert_eq!(suggestion["outcome"], Value::Null);
    assert_eq!(suggestion["recommendation"], Value::Null);
    let call = world
        .one("SELECT final_transcript, summary FROM call_log")
        .await;
    assert_eq!(call["final_transcript"], Value::Null);
    assert_eq!(call["summary"], summary);
    world.end().await;
}

#[rstest]
#[case::of_a_call_of_just_now(3.0, 0, 4)]
#[case::of_a_call_of_long_ago(0.1, 10, 1)]
#[tokio::test]
async fn a_carrier_without_a_recording_is_asked_again_while_it_may_still_come(
    #[case] recording_wait_seconds: f64,
    #[case] minutes_ago: i64,
    #[case] asked: usize,
) {
    let shape = Shape {
        recording_wait_seconds,
        ..Shape::default()
    };
    let world = World::shaped(shape).await;
    world.list_recordings("CA1", json!([])).await;
    let ended = world.ended_call("CA1", CallStatus::Completed, 40).await;
    let ended_at = ended.ended_at - chrono::Duration::minutes(minutes_ago);
    world.deliver(&CallCompleted { ended_at, ..ended }).await;
    world.suggestion("CA1").await;
    assert_eq!(world.asked("/Calls/CA1/Recordings.json").await, asked);
    world.end().await;
}

#[tokio::test]
async fn a_second_without_a_word_counts_as_not_answered() {
    let world = World::new().await;
    world.serve_recording("RE1", 0).await;
    world.hear("", 0).await;
    world
        .deliver(&world.ended_call("CA1", CallStatus::Completed, 1).await)
        .await;
    world.deliver(&world.recording("CA1", "RE1")).await;
    assert_eq!(world.suggestion("CA1").await["outcome"], "no-answer");
    world.end().await;
}

#[rstest]
#[case::hebrew("הגעתם לתא הקולי של דנה. נא להשאיר הודעה לאחר הצליל.")]
#[case::english(
    "The person you have called is not available. Please leave a message after the tone."
)]
#[tokio::test]
async fn a_greeting_that_the_carrier_took_for_a_person_is_a_voicemail(#[case] greeting: &str) {
    let world = World::new().await;
    world.serve_recording("RE1", 0).await;
    world.hear(greeting, 0).await;
    world
        .deliver(&world.ended_call("CA1", CallStatus::Completed, 12).await)
        .await;
    world.deliver(&world.recording("CA1", "RE1")).await;
    let suggestion = world.suggestion("CA1").await;
    assert_eq!(suggestion["outcome"], "voicemail");
    let summary = suggestion["summary"].as_str().expect("a summary");
    assert!(summary.contains("12 seconds"), "{summary}");
    world.end().await;
}

#[tokio::test]
async fn the_end_and_the_recording_may_arrive_at_the_same_moment() {
    let world = World::new().await;
    world.hear(SAID, 0).await;
    let sids: Vec<String> = (0..20).map(|n| format!("CA{n}")).collect();
    for (n, sid) in sids.iter().enumerate() {
        let recording = format!("RE{n}");
        world.serve_recording(&recording, 0).await;
        let (ended, ready) = (
            world.ended_call(sid, CallStatus::Completed, 40).await,
            world.recording(sid, &recording),
        );
        tokio::join!(world.deliver(&ended), world.deliver(&ready));
    }
    for sid in &sids {
        world.suggestion(sid).await;
    }
    world.end().await;
}

#[tokio::test]
async fn duplicates_and_two_replicas_pay_once_and_suggest_once() {
    let world = World::shaped(Shape {
        replicas: 2,
        ..Shape::default()
    })
    .await;
    world.serve_recording("RE1", 0).await;
    world.hear(SAID, 0).await;
    let ended = Envelope::new(
        "dialer",
        world.clock.now(),
        world.ended_call("CA1", CallStatus::Completed, 40).await,
    );
    let recorded = world.recording("CA1", "RE1");
    for _ in 0..3 {
        world.deliver_again(&ended).await;
        world.deliver(&ended.data).await;
        world.deliver(&recorded).await;
    }
    world.suggestion("CA1").await;
    // Four different ends of the same call have been taken in by then; none of them starts the work anew.
    eventually(PATIENCE, || async {
        let taken = world.one("SELECT count(*) AS n FROM inbox_events").await["n"].as_i64();
        (taken >= Some(7)).then_some(())
    })
    .await;
    assert_eq!(world.suggestions("CA1").await.len(), 1);
    assert_eq!(world.asked("/transcriptions").await, 1);
    assert_eq!(world.asked("RE1.wav").await, 1);
    let work = world
        .one("SELECT state, locked_by_worker FROM conversations")
        .await;
    assert_eq!(
        work,
        json!({ "state": "suggested", "locked_by_worker": null })
    );
    world.end().await;
}

#[tokio::test]
async fn a_recording_that_comes_too_late_is_still_kept() {
    let world = World::shaped(Shape {
        recording_wait_seconds: 0.0,
        ..Shape::default()
    })
    .await;
    world.list_recordings("CA1", json!([])).await;
    world
        .deliver(&world.ended_call("CA1", CallStatus::Completed, 40).await)
        .await;
    world.suggestion("CA1").await;
    world.serve_recording("RE1", 0).await;
    world.deliver(&world.recording("CA1", "RE1")).await;

    eventually(Duration::from_secs(30), || async {
        let call = world.one("SELECT recording_sid FROM call_log").await;
        (call["recording_sid"] == "RE1").then_some(())
    })
    .await;
    assert_eq!(
        world.one("SELECT state FROM recordings").await["state"],
        "stored"
    );
    assert_eq!(world.suggestions("CA1").await.len(), 1);
    world.end().await;
}
