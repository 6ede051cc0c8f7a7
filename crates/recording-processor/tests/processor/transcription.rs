//! How a recording is heard: in which pieces, for whom, and what happens when the speech server fails.

use std::time::Duration;

use serde_json::{Value, json};
use testkit::eventually;
use wiremock::{Request, ResponseTemplate};

use crate::world::{PATIENCE, Shape, World, recording};

/// Loudnesses by which the speech server of the tests tells who speaks.
const CUSTOMER: i16 = 8000;
const LATER: i16 = 7000;
const AGENT: i16 = 4000;

/// The file of a request, and what its first loud sample is.
fn sent(request: &Request) -> (Vec<i16>, i16) {
    let at = request
        .body
        .windows(4)
        .position(|bytes| bytes == b"RIFF")
        .expect("a file");
    let reader = hound::WavReader::new(&request.body[at..]).expect("a WAV");
    assert_eq!(reader.spec().channels, 1);
    let samples: Vec<i16> = reader
        .into_samples()
        .map(|sample| sample.expect("a sample"))
        .collect();
    let loud = samples.iter().copied().find(|sample| *sample != 0);
    (samples, loud.unwrap_or_default())
}

fn segments(said: &[(f64, &str)]) -> ResponseTemplate {
    let segments: Vec<Value> = said
        .iter()
        .map(|(start, text)| json!({ "start": start, "end": start + 0.5, "text": text }))
        .collect();
    let texts: Vec<&str> = said.iter().map(|(_, text)| *text).collect();
    ResponseTemplate::new(200).set_body_json(json!({
        "text": texts.join(" "), "language": "english", "segments": segments,
    }))
}

/// Tells what was sent: how many milliseconds.
fn by_length(request: &Request) -> ResponseTemplate {
    let (samples, _) = sent(request);
    let text = format!("a piece of {} ms", samples.len() / 8);
    ResponseTemplate::new(200).set_body_json(json!({ "text": text }))
}

async fn speech_requests(world: &World) -> Vec<Request> {
    let requests = world.server.received_requests().await.expect("recorded");
    requests
        .into_iter()
        .filter(|request| request.url.path().ends_with("/transcriptions"))
        .collect()
}

async fn transcript(world: &World, call: &str) -> Value {
    let row = world
        .one(&format!(
            "SELECT final_transcript FROM call_log WHERE call_sid = '{call}'"
        ))
        .await;
    row["final_transcript"].clone()
}

/// 21 s of speech with pauses at 7 s and 14 s.
const WITH_PAUSES: &[(u32, i16)] = &[
    (6800, CUSTOMER),
    (400, 0),
    (6600, CUSTOMER),
    (400, 0),
    (6800, CUSTOMER),
];

#[tokio::test]
async fn a_long_recording_is_heard_in_pieces_cut_in_its_pauses() {
    let world = World::shaped(Shape {
        piece_seconds: 12.0,
        ..Shape::default()
    })
    .await;
    world.serve_audio("RE1", recording(&[WITH_PAUSES])).await;
    world.answer_speech(by_length, u64::MAX).await;
    world.recorded_call("CA1", "RE1").await;
    world.suggestion("CA1").await;

    let pieces: Vec<Vec<i16>> = speech_requests(&world)
        .await
        .iter()
        .map(|request| sent(request).0)
        .collect();
    assert_eq!(pieces.len(), 3);
    assert!((6800 * 8..7200 * 8).contains(&pieces[0].len()));
    assert!((13_800 * 8..14_200 * 8).contains(&(pieces[0].len() + pieces[1].len())));
    let file = recording(&[WITH_PAUSES]);
    let whole = hound::WavReader::new(file.as_slice()).expect("a WAV");
    let samples: Vec<i16> = whole.into_samples().map(Result::unwrap).collect();
    assert_eq!(pieces.concat(), samples, "nothing is lost or heard twice");
    let lines: Vec<String> = pieces
        .iter()
        .map(|piece| format!("a piece of {} ms", piece.len() / 8))
        .collect();
    assert_eq!(transcript(&world, "CA1").await, lines.join("\n"));
    let rows = world
        .one("SELECT count(*) AS n FROM transcript_pieces")
        .await;
    assert_eq!(rows["n"], 0, "they are not needed any more");
    let used = world.one("SELECT used_ms FROM transcription_days").await;
    assert_eq!(used["used_ms"], 21_000);
    world.end().await;
}

#[tokio::test]
async fn two_channels_become_a_dialogue_in_the_order_of_time() {
    let world = World::shaped(Shape {
        piece_seconds: 4.0,
        ..Shape::default()
    })
    .await;
    let customer: &[(u32, i16)] = &[(2800, CUSTOMER), (400, 0), (2800, LATER)];
    let agent: &[(u32, i16)] = &[(2000, AGENT), (4000, 0)];
    let file = recording(&[customer, agent]);
    world.serve_audio("RE1", file).await;
    let answer = |request: &Request| match sent(request) {
        (_, CUSTOMER) => segments(&[(0.5, "hello?"), (2.0, "yes, I am"), (2.4, "interested")]),
        (_, LATER) => segments(&[(1.0, "goodbye")]),
        _ => segments(&[(1.5, "this is Dana, about the roof")]),
    };
    world.answer_speech(answer, u64::MAX).await;
    world.recorded_call("CA1", "RE1").await;
    world.suggestion("CA1").await;

    assert_eq!(
        transcript(&world, "CA1").await,
        "Customer: hello?\nAgent: this is Dana, about the roof\nCustomer: yes, I am interested goodbye"
    );
    // The second piece of the agent's channel is silent: it is not paid for.
    assert_eq!(world.asked("/transcriptions").await, 3);
    let requests = world.server.received_requests().await.expect("recorded");
    let fetched = requests
        .iter()
        .find(|request| request.url.path().ends_with("RE1.wav"))
        .expect("a download");
    assert_eq!(fetched.url.query(), Some("RequestedChannels=2"));
    world.end().await;
}

#[tokio::test]
async fn a_recording_in_which_nobody_speaks_is_not_paid_for() {
    let world = World::new().await;
    world
        .serve_audio("RE1", recording(&[&[(5000, 0)], &[(5000, 20)]]))
        .await;
    world.recorded_call("CA1", "RE1").await;
    world.suggestion("CA1").await;
    assert_eq!(world.asked("/transcriptions").await, 0);
    assert_eq!(transcript(&world, "CA1").await, "");
    world.end().await;
}

#[tokio::test]
async fn who_goes_on_after_a_crash_pays_for_the_missing_pieces_only() {
    let mut world = World::shaped(Shape {
        piece_seconds: 12.0,
        stop_grace_seconds: 0.0,
        ..Shape::default()
    })
    .await;
    world.serve_audio("RE1", recording(&[WITH_PAUSES])).await;
    world.answer_speech(by_length, 1).await;
    let never = ResponseTemplate::new(200).set_delay(Duration::from_secs(600));
    world.answer_speech(never, 1).await;
    world.answer_speech(by_length, u64::MAX).await;
    world.recorded_call("CA1", "RE1").await;
    eventually(PATIENCE, || async {
        (world.asked("/transcriptions").await == 2).then_some(())
    })
    .await;
    let kept = world
        .one("SELECT starts_at_ms, heard_at IS NOT NULL AS paid FROM transcript_pieces")
        .await;
    assert_eq!(kept, json!({ "starts_at_ms": 0, "paid": true }));
    world.restart().await;
    world.suggestion("CA1").await;

    let lengths: Vec<usize> = speech_requests(&world)
        .await
        .iter()
        .map(|request| sent(request).0.len())
        .collect();
    assert_eq!(lengths.len(), 4);
    assert_eq!(lengths[1], lengths[2], "the piece that was not answered");
    assert_eq!(lengths[0] + lengths[1] + lengths[3], 21 * 8000);
    let said = transcript(&world, "CA1").await;
    assert_eq!(said.as_str().expect("a text").lines().count(), 3);
    world.end().await;
}

#[tokio::test]
async fn a_long_call_on_a_slow_server_keeps_its_lease() {
    let world = World::shaped(Shape {
        replicas: 2,
        piece_seconds: 3.0,
        lease_seconds: 5.0,
        ..Shape::default()
    })
    .await;
    world.serve_audio("RE1", recording(&[WITH_PAUSES])).await;
    let slowly = |request: &Request| by_length(request).set_delay(Duration::from_millis(700));
    world.answer_speech(slowly, u64::MAX).await;
    world.recorded_call("CA1", "RE1").await;
    world.suggestion("CA1").await;
    let requests = speech_requests(&world).await;
    assert!(
        requests.len() > 7,
        "all together take longer than the lease"
    );
    let samples: usize = requests.iter().map(|request| sent(request).0.len()).sum();
    assert_eq!(samples, 21 * 8000, "none was asked for twice");
    world.end().await;
}

#[tokio::test]
async fn a_server_that_asks_for_time_gets_it() {
    let world = World::new().await;
    world.serve_recording("RE1", 0).await;
    let busy = ResponseTemplate::new(429).insert_header("retry-after", "1800");
    world.answer_speech(busy, u64::MAX).await;
    world.recorded_call("CA1", "RE1").await;
    let waits = eventually(PATIENCE, || async {
        let row = world
            .first("SELECT attempts, due_at > now() + interval '29 minutes' AS waits, last_error FROM conversations")
            .await?;
        (row["attempts"] == 1).then_some(row)
    })
    .await;
    assert_eq!(waits["waits"], true);
    assert_eq!(waits["last_error"], "the speech server asks to slow down");
    world.end().await;
}

#[rstest::rstest]
#[case::wrong_key(401, "refuses the key (HTTP 401)")]
#[case::too_large(413, "HTTP 413: it says sk-1")]
#[tokio::test]
async fn what_can_never_succeed_is_said_at_once(#[case] status: u16, #[case] kept: &str) {
    let world = World::new().await;
    world.serve_recording("RE1", 0).await;
    let refused = ResponseTemplate::new(status)
        .set_body_json(json!({ "error": { "message": "it says sk-1" } }));
    world.answer_speech(refused, u64::MAX).await;
    world.recorded_call("CA1", "RE1").await;
    let suggestion = world.suggestion("CA1").await;
    let summary = suggestion["summary"].as_str().expect("a summary");
    assert!(summary.ends_with("the transcription failed"), "{summary}");
    assert_eq!(world.asked("/transcriptions").await, 1);
    let row = world
        .one("SELECT transcription_error FROM conversations")
        .await;
    let error = row["transcription_error"].as_str().expect("an error");
    assert!(error.ends_with(kept), "{error}");
    let used = world.one("SELECT used_ms FROM transcription_days").await;
    assert_eq!(used["used_ms"], 0, "nothing was processed");
    world.end().await;
}

#[tokio::test]
async fn beyond_the_minutes_of_the_day_a_call_is_told_of_without_its_words() {
    let world = World::new().await;
    world
        .db
        .execute("UPDATE business_settings SET transcription_minutes_per_day = 1")
        .await;
    let file = recording(&[&[(40_000, CUSTOMER)]]);
    for (call, recording) in [("CA1", "RE1"), ("CA2", "RE2")] {
        world.serve_audio(recording, file.clone()).await;
        if call == "CA1" {
            // A request that was not processed is not counted.
            world.hear("please send me a price", 2).await;
        }
        world.recorded_call(call, recording).await;
        world.suggestion(call).await;
    }
    assert_eq!(transcript(&world, "CA1").await, "please send me a price");
    assert_eq!(transcript(&world, "CA2").await, Value::Null);
    let summary = world.suggestion("CA2").await["summary"].clone();
    let summary = summary.as_str().expect("a summary");
    assert!(summary.ends_with("for the day are used up"), "{summary}");
    assert_eq!(world.asked("/transcriptions").await, 3);
    let used = world.one("SELECT used_ms FROM transcription_days").await;
    assert_eq!(used["used_ms"], 40_000);
    world.end().await;
}

#[tokio::test]
async fn two_replicas_do_not_spend_more_than_there_is() {
    let world = World::shaped(Shape {
        replicas: 2,
        ..Shape::default()
    })
    .await;
    world
        .db
        .execute("UPDATE business_settings SET transcription_minutes_per_day = 1")
        .await;
    world.hear("please send me a price", 0).await;
    let file = recording(&[&[(25_000, CUSTOMER)]]);
    let calls: Vec<String> = (0..6).map(|n| format!("CA{n}")).collect();
    for (n, call) in calls.iter().enumerate() {
        world.serve_audio(&format!("RE{n}"), file.clone()).await;
        world.recorded_call(call, &format!("RE{n}")).await;
    }
    for call in &calls {
        world.suggestion(call).await;
    }
    assert_eq!(world.asked("/transcriptions").await, 2, "50 s of a minute");
    let used = world.one("SELECT used_ms FROM transcription_days").await;
    assert_eq!(used["used_ms"], 50_000);
    world.end().await;
}

#[tokio::test]
async fn a_server_that_is_out_of_order_is_left_alone_and_nobody_loses_an_attempt() {
    let world = World::shaped(Shape {
        breaker_failures: 1,
        fixed_clock: true,
        ..Shape::default()
    })
    .await;
    for recording in ["RE1", "RE2"] {
        world.serve_recording(recording, 0).await;
    }
    world.hear("please send me a price", 2).await;
    let held = async |call: &str| {
        let sql = format!(
            "SELECT attempts, due_at FROM conversations
             WHERE source_event_id = '{call}' AND held_since IS NOT NULL AND locked_by_worker IS NULL"
        );
        eventually(PATIENCE, || world.first(&sql)).await
    };
    world.recorded_call("CA1", "RE1").await;
    let first = held("CA1").await;
    world.recorded_call("CA2", "RE2").await;
    assert_eq!(first, held("CA2").await);
    assert_eq!(first["attempts"], 0);
    assert_eq!(world.asked("/transcriptions").await, 1, "one has found out");

    // The probe fails as well; then the server is back.
    world.clock.advance(Duration::from_secs(61));
    eventually(PATIENCE, || async {
        let again = [held("CA1").await, held("CA2").await];
        (again[0] == again[1] && again[0] != first).then_some(())
    })
    .await;
    assert_eq!(world.asked("/transcriptions").await, 2);
    world.clock.advance(Duration::from_secs(61));
    eventually(PATIENCE, || async {
        (!world.suggestions("CA1").await.is_empty() || !world.suggestions("CA2").await.is_empty())
            .then_some(())
    })
    .await;
    world.clock.advance(Duration::from_secs(61));
    for call in ["CA1", "CA2"] {
        world.suggestion(call).await;
        assert_eq!(transcript(&world, call).await, "please send me a price");
    }
    world.end().await;
}

#[tokio::test]
async fn an_outage_without_end_is_not_waited_for() {
    let world = World::shaped(Shape {
        breaker_failures: 1,
        breaker_rest_seconds: 0.0,
        stt_outage_seconds: 0.0,
        ..Shape::default()
    })
    .await;
    world.serve_recording("RE1", 0).await;
    world
        .answer_speech(ResponseTemplate::new(503), u64::MAX)
        .await;
    world.recorded_call("CA1", "RE1").await;
    let suggestion = world.suggestion("CA1").await;
    let summary = suggestion["summary"].as_str().expect("a summary");
    assert!(summary.ends_with("the transcription failed"), "{summary}");
    assert_eq!(world.asked("/transcriptions").await, 2);
    world.end().await;
}

#[rstest::rstest]
#[case::own("business", Some("en"))]
#[case::another("he", Some("he"))]
#[case::any("auto", None)]
#[tokio::test]
async fn the_server_is_told_which_language_to_expect(
    #[case] set: &str,
    #[case] told: Option<&str>,
) {
    let world = World::new().await;
    world
        .db
        .execute(&format!(
            "UPDATE business_settings SET transcription_language = '{set}'"
        ))
        .await;
    world.serve_recording("RE1", 0).await;
    world.hear("hello", 0).await;
    world.recorded_call("CA1", "RE1").await;
    world.suggestion("CA1").await;
    let requests = speech_requests(&world).await;
    let body = String::from_utf8_lossy(&requests[0].body);
    let field = body
        .split("name=\"language\"\r\n\r\n")
        .nth(1)
        .map(|rest| rest[..2].to_owned());
    assert_eq!(field.as_deref(), told);
    world.end().await;
}

#[tokio::test]
async fn a_small_file_of_another_coding_is_sent_as_it_is() {
    let world = World::new().await;
    let mut file = recording(&[&[(2000, CUSTOMER)]]);
    // 8-bit u-law: twice as long.
    file[20..22].copy_from_slice(&7_u16.to_le_bytes());
    file[28..32].copy_from_slice(&8000_u32.to_le_bytes());
    file[32..36].copy_from_slice(b"\x01\0\x08\0");
    world.serve_audio("RE1", file.clone()).await;
    world.hear("hello", 0).await;
    world.recorded_call("CA1", "RE1").await;
    world.suggestion("CA1").await;
    let requests = speech_requests(&world).await;
    assert!(
        requests[0]
            .body
            .windows(file.len())
            .any(|part| part == file)
    );
    assert_eq!(transcript(&world, "CA1").await, "hello");
    world.end().await;
}
