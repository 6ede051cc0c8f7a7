//! Carriers, stores, speech servers and language models that do what they should not. Whatever they do, a call ends with a
//! summary or with an honest reason, and nobody is asked more often than there is hope.

use std::time::Duration;

use domain::call::CallStatus;
use rstest::rstest;
use serde_json::{Value, json};
use storage::ServiceRole;
use storage::conversations::{self, Anew, Reopened};
use testkit::eventually;
use wiremock::matchers::{method, path};
use wiremock::{Mock, Request, ResponseTemplate};

use crate::rough_servers::{Answer, RoughServer};
use crate::world::{Model, PATIENCE, Shape, World, recording_path, wav};

const SAID: &str = "Customer: yes, please send me a price for the roof.";

fn is_honest(suggestion: &Value, why: &str) {
    assert_eq!(
        suggestion["summary"],
        format!("No summary of this call: {why}")
    );
}

#[tokio::test]
async fn a_recording_that_is_missing_for_two_minutes_is_fetched_then() {
    let world = World::shaped(Shape {
        fixed_clock: true,
        in_earnest: true,
        ..Shape::default()
    })
    .await;
    let (clock, ended_at) = (world.clock.clone(), world.clock.now());
    let carrier = move |_: &Request| {
        if clock.now() - ended_at < chrono::Duration::seconds(120) {
            ResponseTemplate::new(404)
        } else {
            ResponseTemplate::new(200).set_body_raw(wav(3), "audio/x-wav")
        }
    };
    Mock::given(method("GET"))
        .and(path(recording_path("RE1")))
        .respond_with(carrier)
        .mount(&world.server)
        .await;
    world.hear(SAID, 0).await;
    world.deliver(&world.recording("CA1", "RE1")).await;
    eventually(PATIENCE, || async {
        (world.one("SELECT count(*) AS n FROM recordings").await["n"] == 1).then_some(())
    })
    .await;
    let ended = world.ended_call("CA1", CallStatus::Completed, 40).await;
    world.deliver(&ended).await;
    let suggestion = eventually(PATIENCE, || async {
        world.on_to_the_next_attempt().await;
        world.suggestions("CA1").await.pop()
    })
    .await;
    let summary = suggestion["summary"].as_str().expect("a summary");
    assert!(!summary.starts_with("No summary"), "{summary}");
    assert_eq!(
        world.one("SELECT state FROM recordings").await["state"],
        "stored"
    );
    world.end().await;
}

/// A connection that breaks in the middle of the file: more is announced than comes.
fn cut_connection(_: u64) -> Vec<u8> {
    answer(wav(3).len(), &wav(3)[..20_000])
}

/// A file that was cut before it was sent: its header tells of more audio than there is.
fn cut_file(_: u64) -> Vec<u8> {
    answer(20_000, &wav(3)[..20_000])
}

fn cut_twice(asked: u64) -> Vec<u8> {
    match asked {
        0 => cut_connection(asked),
        1 => cut_file(asked),
        _ => answer(wav(3).len(), &wav(3)),
    }
}

fn answer(told: usize, body: &[u8]) -> Vec<u8> {
    let head =
        format!("HTTP/1.1 200 OK\r\ncontent-type: audio/x-wav\r\ncontent-length: {told}\r\n\r\n");
    [head.as_bytes(), body].concat()
}

#[rstest]
#[case::twice(cut_twice, 3, None)]
#[case::by_the_connection_each_time(cut_connection, 4, Some("no recording arrived"))]
#[case::by_the_carrier_each_time(cut_file, 4, Some("no recording arrived"))]
#[tokio::test]
async fn audio_that_is_cut_in_the_middle_is_fetched_again(
    #[case] carrier: Answer,
    #[case] asked: u64,
    #[case] honest: Option<&str>,
) {
    let carrier = RoughServer::start(carrier, 1).await;
    let world = World::shaped(Shape {
        carrier: Some(carrier.at),
        ..Shape::default()
    })
    .await;
    world.hear(SAID, 0).await;
    let ended = world.ended_call("CA1", CallStatus::Completed, 40).await;
    let mut ready = world.recording("CA1", "RE1");
    ready.url = format!("http://{}{}", carrier.at, recording_path("RE1"));
    world.deliver(&ended).await;
    world.deliver(&ready).await;
    let suggestion = world.suggestion("CA1").await;
    assert_eq!(carrier.asked(), asked);
    let file = world
        .media
        .join(format!("business/{}/calls/CA1/RE1.wav", world.business.id));
    match honest {
        Some(why) => is_honest(&suggestion, why),
        None => assert_eq!(std::fs::read(&file).expect("stored"), wav(3)),
    }
    assert_eq!(
        file.exists(),
        honest.is_none(),
        "a part of a recording is no recording"
    );
    world.end().await;
}

#[tokio::test]
async fn a_store_that_takes_nothing_is_tried_until_it_does() {
    let world = World::shaped(Shape {
        fixed_clock: true,
        ..Shape::default()
    })
    .await;
    // No directory can be made where a file is, whoever tries.
    let in_the_way = world.media.join("business");
    std::fs::write(&in_the_way, "").expect("written");
    world.serve_recording("RE1", 0).await;
    world.hear(SAID, 0).await;
    world.recorded_call("CA1", "RE1").await;
    let why = eventually(PATIENCE, || async {
        let work = world
            .first("SELECT attempts, last_error FROM conversations")
            .await?;
        (work["attempts"] == 1).then(|| work["last_error"].clone())
    })
    .await;
    let why = why.as_str().expect("a reason");
    assert!(why.contains("the object store refused"), "{why}");
    std::fs::remove_file(&in_the_way).expect("removed");
    world.clock.advance(Duration::from_secs(1));
    let suggestion = world.suggestion("CA1").await;
    let summary = suggestion["summary"].as_str().expect("a summary");
    assert!(!summary.starts_with("No summary"), "{summary}");
    assert_eq!(world.asked("RE1.wav").await, 2);
    world.end().await;
}

#[rstest]
#[case::server_errors(&[500, 502, 503], 4, None)]
#[case::too_many_requests(&[429, 429], 3, None)]
#[case::a_refusal(&[401], 1, Some("the transcription failed"))]
#[tokio::test]
async fn a_speech_server_is_asked_again_while_there_is_hope(
    #[case] answers: &[u16],
    #[case] asked: usize,
    #[case] honest: Option<&str>,
) {
    let world = World::new().await;
    world.serve_recording("RE1", 0).await;
    for status in answers {
        world.answer_speech(ResponseTemplate::new(*status), 1).await;
    }
    world.hear(SAID, 0).await;
    world.recorded_call("CA1", "RE1").await;
    let suggestion = world.suggestion("CA1").await;
    assert_eq!(world.asked("/transcriptions").await, asked);
    match honest {
        Some(why) => is_honest(&suggestion, why),
        None => {
            let heard = world.one("SELECT final_transcript FROM call_log").await;
            assert_eq!(heard["final_transcript"], SAID);
        }
    }
    assert_eq!(world.suggestions("CA1").await.len(), 1);
    world.end().await;
}

#[tokio::test]
async fn a_model_that_answers_prose_is_paid_twice_and_then_replaced() {
    let world = World::shaped(Shape {
        model: Model::Mock,
        ..Shape::default()
    })
    .await;
    world.serve_recording("RE1", 0).await;
    world.hear(SAID, 0).await;
    world
        .model_says("I am glad to help! The customer sounded happy.")
        .await;
    world.recorded_call("CA1", "RE1").await;
    let suggestion = world.suggestion("CA1").await;
    let summary = suggestion["summary"].as_str().expect("a summary");
    assert!(
        summary.contains("price") && !summary.contains("glad to help"),
        "{summary}"
    );
    assert_eq!(world.asked("/completions").await, 2);
    world.end().await;
}

/// A megabyte of an answer.
fn megabyte(_: u64) -> Vec<u8> {
    let head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n";
    [&head[..], &vec![b' '; 1024 * 1024]].concat()
}

#[tokio::test]
async fn an_answer_without_end_is_not_read_to_its_end() {
    let model = RoughServer::start(megabyte, 1000).await;
    let world = World::shaped(Shape {
        model: Model::At(model.at),
        ..Shape::default()
    })
    .await;
    world.serve_recording("RE1", 0).await;
    world.hear(SAID, 0).await;
    world.recorded_call("CA1", "RE1").await;
    let suggestion = world.suggestion("CA1").await;
    assert!(
        suggestion["summary"]
            .as_str()
            .is_some_and(|text| text.contains("price"))
    );
    assert_eq!(model.asked(), 2);
    // A megabyte each is read; the rest lies in the buffers of the connections.
    assert!(model.written() < 40_000_000, "{} bytes", model.written());
    world.end().await;
}

#[tokio::test]
async fn a_label_that_the_business_does_not_have_is_dropped_and_kept_for_people() {
    let world = World::shaped(Shape {
        model: Model::Mock,
        ..Shape::default()
    })
    .await;
    world.serve_recording("RE1", 0).await;
    world.hear(SAID, 0).await;
    let answer =
        json!({ "summary": "Wants a price.", "recommendation": "Platinum", "confidence": 0.9 });
    world.model_says(&answer.to_string()).await;
    world.recorded_call("CA1", "RE1").await;
    let suggestion = world.suggestion("CA1").await;
    assert_eq!(suggestion["recommendation"], Value::Null);
    assert_eq!(suggestion["dropped_label"], "Platinum");
    let kept = world.one("SELECT dropped_label FROM conversations").await;
    assert_eq!(kept["dropped_label"], "Platinum");
    world.end().await;
}

#[tokio::test]
async fn a_later_step_that_fails_does_not_change_the_reason() {
    let world = World::new().await;
    world.serve_recording("RE1", 0).await;
    world.answer_speech(ResponseTemplate::new(401), 1).await;
    // What a summary needs of the business cannot be read for a while.
    world
        .db
        .execute("UPDATE business_settings SET quiet_hours = '\"never\"'")
        .await;
    world.recorded_call("CA1", "RE1").await;
    eventually(PATIENCE, || async {
        let work = world
            .first("SELECT state, attempts FROM conversations")
            .await?;
        (work["state"] == "transcribed" && work["attempts"] != 0).then_some(())
    })
    .await;
    world
        .db
        .execute("UPDATE business_settings SET quiet_hours = NULL")
        .await;
    is_honest(&world.suggestion("CA1").await, "the transcription failed");
    world.end().await;
}

/// An operator opens the work on the call again; it is done once so many suggestions have been raised in all.
async fn reprocess(world: &World, anew: Anew, suggestions: usize) -> Value {
    let now = world.clock.now();
    let opened = world
        .db
        .db(ServiceRole::Operator)
        .system(move |tx| conversations::reopen(tx, now, None, "CA1", anew))
        .await
        .expect("an operator may");
    assert!(matches!(opened, (business, Reopened::Opened(_)) if business == world.business.id));
    eventually(PATIENCE, || async {
        let mut raised = world.suggestions("CA1").await;
        (raised.len() == suggestions)
            .then(|| raised.pop())
            .flatten()
    })
    .await
}

#[tokio::test]
async fn after_an_outage_what_is_missing_is_made_good_and_what_was_heard_is_kept() {
    let world = World::new().await;
    world.serve_recording("RE1", 0).await;
    world.answer_speech(ResponseTemplate::new(401), 1).await;
    let heard = json!({ "text": SAID, "language": "english" });
    world
        .answer_speech(ResponseTemplate::new(200).set_body_json(heard), 1)
        .await;
    world.answer_speech(ResponseTemplate::new(401), 1).await;
    world.recorded_call("CA1", "RE1").await;
    is_honest(&world.suggestion("CA1").await, "the transcription failed");

    let second = reprocess(&world, Anew::Missing, 2).await;
    assert_eq!(second["source_event_id"], "CA1");
    let summary = second["summary"].as_str().expect("a summary");
    assert!(summary.contains("price"), "{summary}");
    let call = world
        .one("SELECT summary, final_transcript FROM call_log")
        .await;
    assert_eq!(
        call,
        json!({ "summary": summary, "final_transcript": SAID })
    );
    assert_eq!(world.asked("/transcriptions").await, 2);
    assert_eq!(world.asked("RE1.wav").await, 1, "it is in the store");

    // Heard again in vain, it keeps what was heard.
    let third = reprocess(&world, Anew::Recording, 3).await;
    assert_eq!(world.asked("/transcriptions").await, 3);
    assert_eq!(third["summary"], summary);
    let kept = world.one("SELECT final_transcript FROM call_log").await;
    assert_eq!(kept["final_transcript"], SAID);
    world.end().await;
}
