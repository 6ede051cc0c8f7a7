//! The life of calls as the real client and a real web server see it.

mod world;

use carrier::callback::{AmdCallback, RecordingCallback, StatusCallback, VoiceRequest};
use carrier::{AnsweredBy, CallStatus, EndVerb, Ended, MachineDetection, RecordingStatus};
use carrier_sim::{InboundCall, Outcome, Script, SimConfig};
use futures::TryStreamExt as _;
use rstest::rstest;
use world::{CALLER, LEAD, TALK, World, lead, until};

#[tokio::test]
async fn an_answered_call_reports_everything_signed_and_in_order() {
    let world = World::start(&[lead(|_| {})]).await;
    world.answer_with(TALK).await;
    let call = world
        .client
        .create_call(&world.order())
        .await
        .expect("accepted");
    assert_eq!(call.status, CallStatus::Initiated);
    let report = world.settle().await;

    let all = world.received().await;
    assert!(all.iter().all(|one| one.signed), "not signed: {all:?}");
    let statuses: Vec<StatusCallback> = world
        .received_at("/status")
        .await
        .iter()
        .map(|one| StatusCallback::parse(&one.fields).expect("a report"))
        .collect();
    let seen: Vec<(Option<u32>, CallStatus)> = statuses
        .iter()
        .map(|one| (one.sequence_number, one.status))
        .collect();
    assert_eq!(
        seen,
        [
            (Some(0), CallStatus::Initiated),
            (Some(1), CallStatus::Ringing),
            (Some(2), CallStatus::InProgress),
            (Some(3), CallStatus::Completed)
        ]
    );
    let last = &statuses[3];
    assert_eq!(last.duration_seconds, Some(5));
    assert_eq!(last.sip_response_code, Some(200));
    assert!(last.recording_sid.is_some());

    let asked = world.received_at("/answer").await;
    let request = VoiceRequest::parse(&asked[0].fields).expect("a request");
    assert_eq!(request.call_sid, call.sid);
    assert_eq!(request.status, CallStatus::InProgress);

    let fetched = world.client.fetch_call(&call.sid).await.expect("a call");
    assert_eq!(fetched.status, CallStatus::Completed);
    assert_eq!(fetched.duration, Some(5));
    assert_eq!(report.callbacks.delivered, 5);
    assert_eq!(report.callbacks.refused, []);
    assert_eq!(report.outcomes["completed"], 1);
    world.sim.stop().await;
}

async fn download(world: &World, url: &url::Url) -> Vec<u8> {
    let stream = world.client.download_recording(url, 1 << 20).await;
    let chunks = stream.expect("audio").map_ok(|chunk| chunk.to_vec());
    chunks.try_concat().await.expect("all of the audio")
}

async fn transcribe(world: &World, audio: Vec<u8>) -> serde_json::Value {
    let form = reqwest::multipart::Form::new()
        .part(
            "file",
            reqwest::multipart::Part::bytes(audio).file_name("a.wav"),
        )
        .text("model", "whisper-1")
        .text("response_format", "verbose_json");
    let url = format!("{}/v1/audio/transcriptions", world.sim.base_url());
    let answer = world.http.post(url).multipart(form).send().await;
    answer.expect("an answer").json().await.expect("JSON")
}

#[tokio::test]
async fn the_recording_of_a_call_says_what_the_script_says() {
    let world = World::start(&[lead(|script| {
        script.language = "he".into();
        script.transcript[1].text = "כן, אשמח לקבוע פגישה ליום שלישי".into();
    })])
    .await;
    world.answer_with(TALK).await;
    let call = world
        .client
        .create_call(&world.order())
        .await
        .expect("accepted");
    world.settle().await;

    let callbacks = world.received_at("/recording").await;
    let ready = RecordingCallback::parse(&callbacks[0].fields).expect("a report");
    assert_eq!(ready.status, RecordingStatus::Completed);
    assert_eq!(ready.duration_seconds, Some(5));
    let url = ready.url.expect("an address").parse().expect("a URL");
    let audio = download(&world, &url).await;
    let reader = hound::WavReader::new(audio.as_slice()).expect("a WAV");
    assert_eq!(reader.duration(), 5 * reader.spec().sample_rate);
    let listed = world
        .client
        .list_recordings(&call.sid)
        .await
        .expect("a list");
    assert_eq!(listed[0].sid, ready.recording_sid);

    let answer = transcribe(&world, audio).await;
    assert_eq!(answer["language"], "hebrew");
    assert_eq!(answer["duration"], 5.0);
    assert!(
        answer["text"]
            .as_str()
            .expect("text")
            .ends_with("פגישה ליום שלישי")
    );
    assert_eq!(
        answer["segments"][1]["end"].as_f64().map(f64::round),
        Some(5.0)
    );

    world
        .client
        .delete_recording(&ready.recording_sid)
        .await
        .expect("deleted");
    assert!(
        world
            .client
            .list_recordings(&call.sid)
            .await
            .expect("a list")
            .is_empty()
    );
    world.sim.stop().await;
}

#[rstest]
#[case::busy(Outcome::Busy, 3.0, CallStatus::Busy, 486)]
#[case::declined(Outcome::NoAnswer, 3.0, CallStatus::NoAnswer, 487)]
#[case::rings_out(Outcome::Answered, 31.0, CallStatus::NoAnswer, 487)]
#[case::failed(Outcome::Failed, 3.0, CallStatus::Failed, 404)]
#[tokio::test]
async fn a_call_that_nobody_answers_ends_without_asking(
    #[case] outcome: Outcome,
    #[case] ring_seconds: f64,
    #[case] status: CallStatus,
    #[case] sip: u16,
) {
    let world = World::start(&[lead(|script| {
        script.outcome = outcome;
        script.ring_seconds = ring_seconds;
    })])
    .await;
    world.answer_with(TALK).await;
    world
        .client
        .create_call(&world.order())
        .await
        .expect("accepted");
    world.settle().await;
    assert!(world.received_at("/answer").await.is_empty());
    assert!(world.received_at("/recording").await.is_empty());
    let reports = world.received_at("/status").await;
    let last = StatusCallback::parse(&reports.last().expect("reports").fields).expect("a report");
    assert_eq!(last.status, status);
    assert_eq!(last.sip_response_code, Some(sip));
    assert_eq!(last.duration_seconds, Some(0));
    world.sim.stop().await;
}

#[tokio::test]
async fn a_reply_is_recorded_and_the_action_decides_what_follows() {
    let world = World::start(&[lead(|script| script.talk_seconds = 60.0)]).await;
    let twiml = format!(
        "<Response><Say>Hello &amp; welcome</Say><Record action=\"/next\" maxLength=\"4\" recordingStatusCallback=\"{}\"/>\
         <Redirect>/never</Redirect></Response>",
        world.hook("/recording")
    );
    world.answer_with(&twiml).await;
    let order = carrier::CreateCall {
        record: None,
        ..world.order()
    };
    world.client.create_call(&order).await.expect("accepted");
    world.settle().await;
    let next = world.received_at("/next").await;
    assert_eq!(next.len(), 1);
    assert!(next[0].signed);
    let reply = RecordingCallback::parse(&world.received_at("/recording").await[0].fields)
        .expect("a report");
    assert_eq!(reply.source.as_deref(), Some("RecordVerb"));
    assert_eq!(reply.duration_seconds, Some(4));
    assert_eq!(next[0].field("RecordingSid"), reply.recording_sid.as_str());
    assert!(world.received_at("/never").await.is_empty());
    world.sim.stop().await;
}

#[tokio::test]
async fn a_bridge_rings_the_agent_and_records() {
    let agent = Script {
        number: "+972549999999".into(),
        outcome: Outcome::Busy,
        ..Script::default()
    };
    let world = World::start(&[lead(|script| script.talk_seconds = 30.0), agent]).await;
    let dial = |number: &str| {
        format!(
            "<Dial record=\"record-from-answer\" recordingStatusCallback=\"{}\">{number}</Dial>",
            world.hook("/recording")
        )
    };
    world
        .answer_with(&format!(
            "<Response>{}{}<Hangup/></Response>",
            dial("+972549999999"),
            dial("+972548888888")
        ))
        .await;
    let order = carrier::CreateCall {
        record: None,
        ..world.order()
    };
    world.client.create_call(&order).await.expect("accepted");
    world.settle().await;
    let recordings = world.received_at("/recording").await;
    assert_eq!(recordings.len(), 1, "the busy agent was recorded too");
    assert_eq!(recordings[0].field("RecordingSource"), "DialVerb");
    world.sim.stop().await;
}

#[tokio::test]
async fn machine_detection_tells_who_picked_up() {
    let world = World::start(&[lead(|script| script.outcome = Outcome::Voicemail)]).await;
    world.answer_with(TALK).await;
    let mut order = world.order();
    order.machine_detection = Some(MachineDetection {
        callback: world.hook("/amd").parse().expect("a URL"),
        waits_for_beep: false,
    });
    let call = world.client.create_call(&order).await.expect("accepted");
    world.settle().await;
    let verdicts = world.received_at("/amd").await;
    let verdict = AmdCallback::parse(&verdicts[0].fields).expect("a verdict");
    assert_eq!(verdict.answered_by, AnsweredBy::Machine);
    let fetched = world.client.fetch_call(&call.sid).await.expect("a call");
    assert_eq!(fetched.answered_by, Some(AnsweredBy::Machine));
    world.sim.stop().await;
}

#[tokio::test]
async fn a_call_can_be_cancelled_hung_up_and_is_then_over() {
    let world = World::with(SimConfig {
        stepped: true,
        scripts: vec![lead(|script| script.talk_seconds = 600.0)],
        ..SimConfig::default()
    })
    .await;
    world.answer_with(TALK).await;

    let ringing = world
        .client
        .create_call(&world.order())
        .await
        .expect("accepted");
    assert!(world.sim.step(2.0));
    until("it rings", async || world.statuses().await.len() == 2).await;
    let asked = world
        .client
        .end_call(&ringing.sid, EndVerb::Cancel)
        .await
        .expect("an answer");
    assert!(matches!(asked, Ended::Asked(_)));
    until("it is cancelled", async || {
        world
            .statuses()
            .await
            .last()
            .is_some_and(|status| status == "canceled")
    })
    .await;

    let talking = world
        .client
        .create_call(&world.order())
        .await
        .expect("accepted");
    assert!(world.sim.step(10.0));
    until("it is answered", async || {
        world
            .statuses()
            .await
            .last()
            .is_some_and(|status| status == "in-progress")
    })
    .await;
    let ignored = world
        .client
        .end_call(&talking.sid, EndVerb::Cancel)
        .await
        .expect("an answer");
    assert!(matches!(ignored, Ended::Asked(call) if call.status == CallStatus::InProgress));
    world
        .client
        .end_call(&talking.sid, EndVerb::Complete)
        .await
        .expect("an answer");
    until("it is over", async || {
        world
            .statuses()
            .await
            .last()
            .is_some_and(|status| status == "completed")
    })
    .await;
    let again = world
        .client
        .end_call(&talking.sid, EndVerb::Complete)
        .await
        .expect("an answer");
    assert_eq!(again, Ended::AlreadyOver);
    world.sim.stop().await;
}

#[tokio::test]
async fn a_stepped_clock_moves_only_when_told() {
    let world = World::with(SimConfig {
        stepped: true,
        scripts: vec![lead(|_| {})],
        ..SimConfig::default()
    })
    .await;
    world.answer_with(TALK).await;
    world
        .client
        .create_call(&world.order())
        .await
        .expect("accepted");
    assert_eq!(world.sim.idle().calls_in_air, 1);
    assert!(world.statuses().await.is_empty());
    // Several steps of the call's life pass at once, and its length is still the scripted one.
    assert!(world.sim.step(3600.0));
    let report = world.settle().await;
    assert_eq!(report.in_air, 0);
    let reports = world.received_at("/status").await;
    assert_eq!(reports.last().expect("reports").field("CallDuration"), "5");
    world.sim.stop().await;
}

#[rstest]
#[case::answered("<Response><Pause length=\"60\"/></Response>", "completed", "2", true)]
#[case::busy("<Response><Reject reason=\"busy\"/></Response>", "busy", "0", false)]
#[case::rejected("<Response><Reject/></Response>", "no-answer", "0", false)]
#[case::polite(
    "<Response><Say>All lines are taken</Say><Hangup/></Response>",
    "completed",
    "2",
    false
)]
#[tokio::test]
async fn an_inbound_call_does_what_the_webhook_says(
    #[case] twiml: &str,
    #[case] status: &str,
    #[case] duration: &str,
    #[case] taken: bool,
) {
    let world = World::start(&[lead(|script| script.talk_seconds = 2.0)]).await;
    world.answer_with(twiml).await;
    let sid = world
        .sim
        .inbound(&InboundCall {
            from: LEAD.into(),
            to: CALLER.into(),
            voice_url: Some(world.hook("/answer")),
            status_callback: Some(world.hook("/status")),
            script: None,
        })
        .expect("an inbound call");
    let report = world.settle().await;
    let asked = world.received_at("/answer").await;
    assert!(asked[0].signed);
    assert_eq!(asked[0].field("CallSid"), sid);
    assert_eq!(asked[0].field("Direction"), "inbound");
    assert_eq!(asked[0].field("CallStatus"), "ringing");
    let ended = world.received_at("/status").await;
    assert_eq!(ended.len(), 1);
    assert_eq!(ended[0].field("CallStatus"), status);
    assert_eq!(ended[0].field("CallDuration"), duration);
    assert_eq!(report.inbound[0].answered_at.is_some(), taken);
    let line = report.caller(CALLER).expect("the business's number");
    assert_eq!(
        (
            line.inbound_calls,
            line.most_simultaneous,
            line.most_simultaneous_outbound
        ),
        (1, 1, 0)
    );
    world.sim.stop().await;
}
