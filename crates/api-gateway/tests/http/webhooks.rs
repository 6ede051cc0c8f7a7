use carrier::signature::{HEADER, sign};
use domain::ids::AttemptId;
use reqwest::{Method, RequestBuilder};
use rstest::rstest;
use serde_json::json;
use testkit::Business;

use crate::support::{CARRIER_TOKEN, PUBLIC_HOST, World, problem, read};

const SID: &str = "CA0123456789abcdef0123456789abcdef";
const RECORDING: &str = "RE0123456789abcdef0123456789abcdef";

/// A call of the business's first lead, as the dialer writes it before it asks the carrier.
pub(crate) async fn add_call(world: &World, business: &Business, sid: &str) -> AttemptId {
    let attempt = AttemptId::mint();
    world
        .database
        .execute(&format!(
            "INSERT INTO call_log (business_id, attempt_id, lead_id, call_sid, from_number, to_number, direction, status,
                                   dial_state, line, reconcile_at)
             VALUES ({}, '{attempt}', {}, '{sid}', '{}', '{}', 'outbound', 'initiated', 'accepted', 1, now())",
            business.id, business.leads[0], business.caller_number, business.phones[0],
        ))
        .await;
    attempt
}

fn form(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

fn report() -> Vec<(String, String)> {
    form(&[
        ("CallSid", SID),
        ("CallStatus", "ringing"),
        ("SequenceNumber", "1"),
        ("CallbackSource", "call-progress-events"),
    ])
}

fn signed(world: &World, path: &str, fields: &[(String, String)]) -> RequestBuilder {
    let signature = sign(CARRIER_TOKEN, &format!("{PUBLIC_HOST}{path}"), fields);
    world
        .request(Method::POST, path)
        .header(HEADER, signature)
        .form(fields)
}

#[tokio::test]
async fn a_report_is_kept_once_and_raises_one_event_however_often_it_comes() {
    let world = World::start().await;
    let business = world.business(1).await;
    let attempt = add_call(&world, &business, SID).await;
    let path = format!("/webhooks/twilio/status/{attempt}");
    let fields = report();
    let deliver = || read(signed(&world, &path, &fields));
    let (first, second, third) = tokio::join!(deliver(), deliver(), deliver());
    assert_eq!([first.0, second.0, third.0], [204; 3]);
    let kept = world
        .database
        .sql("SELECT kind, attempt_id, call_sid, params FROM carrier_callbacks")
        .await;
    assert_eq!(kept.len(), 1);
    assert_eq!(kept[0]["params"][0], json!(["CallSid", SID]));
    assert_eq!(kept[0]["attempt_id"], attempt.to_string());
    let events = world
        .database
        .sql("SELECT type, body FROM outbox_events")
        .await;
    assert_eq!(events.len(), 1);
    assert_eq!(events[0]["type"], "call.reported");
    assert_eq!(events[0]["body"]["data"]["attempt_id"], attempt.to_string());

    let mut later = report();
    later[2].1 = "2".to_owned();
    assert_eq!(read(signed(&world, &path, &later)).await.0, 204);
    let verdict = form(&[("CallSid", SID), ("AnsweredBy", "human")]);
    assert_eq!(
        read(signed(
            &world,
            &format!("/webhooks/twilio/amd/{attempt}"),
            &verdict
        ))
        .await
        .0,
        204
    );
    assert_eq!(world.count("carrier_callbacks").await, 3);
    assert_eq!(
        world
            .count("outbox_events WHERE type = 'call.reported'")
            .await,
        3
    );
}

/// Makes a wrong signature of a path and its fields.
type Forge = fn(&str, &[(String, String)]) -> Option<String>;

#[rstest]
#[case::no_signature(|_: &str, _: &[(String, String)]| None)]
#[case::not_base64(|_: &str, _: &[(String, String)]| Some("%%%".to_owned()))]
#[case::another_token(|path: &str, fields: &[(String, String)]| Some(sign("guess", &format!("{PUBLIC_HOST}{path}"), fields)))]
#[case::another_address(|_: &str, fields: &[(String, String)]| Some(sign(CARRIER_TOKEN, &format!("{PUBLIC_HOST}/webhooks/twilio/status/x"), fields)))]
#[case::the_host_header(|path: &str, fields: &[(String, String)]| Some(sign(CARRIER_TOKEN, &format!("http://127.0.0.1{path}"), fields)))]
#[case::fewer_fields(|path: &str, fields: &[(String, String)]| Some(sign(CARRIER_TOKEN, &format!("{PUBLIC_HOST}{path}"), &fields[1..])))]
#[tokio::test]
async fn a_forged_webhook_is_refused_and_leaves_no_trace(#[case] forge: Forge) {
    let world = World::start().await;
    let business = world.business(1).await;
    let attempt = add_call(&world, &business, SID).await;
    for kind in ["status", "amd", "recording", "voice/answer"] {
        let path = format!("/webhooks/twilio/{kind}/{attempt}");
        let fields = report();
        let mut request = world.request(Method::POST, &path).form(&fields);
        if let Some(signature) = forge(&path, &fields) {
            request = request.header(HEADER, signature);
        }
        let refused = request.send().await.expect("an answer");
        assert_eq!(refused.status(), 403, "{kind}");
        assert_eq!(problem(refused).await["code"], "wrong_signature");
    }
    for table in ["carrier_callbacks", "outbox_events", "recordings"] {
        assert_eq!(world.count(table).await, 0, "{table}");
    }
}

#[tokio::test]
async fn what_is_signed_but_about_nothing_of_ours_is_not_found() {
    let world = World::start().await;
    let business = world.business(1).await;
    for attempt in [AttemptId::mint().to_string(), "not-an-attempt".to_owned()] {
        let path = format!("/webhooks/twilio/status/{attempt}");
        assert_eq!(read(signed(&world, &path, &report())).await.0, 404);
    }
    let attempt = add_call(&world, &business, SID).await;
    let path = format!("/webhooks/twilio/status/{attempt}");
    assert_eq!(
        read(signed(&world, &path, &form(&[("CallSid", SID)])))
            .await
            .0,
        422
    );
    assert_eq!(world.count("carrier_callbacks").await, 0);
}

#[tokio::test]
async fn a_finished_recording_is_announced_and_an_absent_one_only_kept() {
    let world = World::start().await;
    let business = world.business(1).await;
    let attempt = add_call(&world, &business, SID).await;
    let path = format!("/webhooks/twilio/recording/{attempt}");
    let news = |sid: &str, status: &str| {
        form(&[
            ("CallSid", SID),
            ("RecordingSid", sid),
            ("RecordingStatus", status),
            ("RecordingUrl", "https://api.example.com/recordings/1"),
            ("RecordingDuration", "17"),
        ])
    };
    assert_eq!(
        read(signed(&world, &path, &news(RECORDING, "completed")))
            .await
            .0,
        204
    );
    let other = RECORDING.replace('f', "e");
    assert_eq!(
        read(signed(&world, &path, &news(&other, "absent"))).await.0,
        204
    );
    assert_eq!(
        world
            .count("carrier_callbacks WHERE kind = 'recording'")
            .await,
        2
    );
    let events = world
        .database
        .sql("SELECT type, body FROM outbox_events")
        .await;
    assert_eq!(events.len(), 1);
    assert_eq!(events[0]["type"], "recording.ready");
    let data = &events[0]["body"]["data"];
    assert_eq!(
        (&data["recording_sid"], &data["duration_seconds"]),
        (&json!(RECORDING), &json!(17))
    );
}

#[tokio::test]
async fn an_answered_call_hears_the_flow_of_its_business() {
    let world = World::start().await;
    let business = world.business(1).await;
    let attempt = add_call(&world, &business, SID).await;
    let path = format!("/webhooks/twilio/voice/answer/{attempt}");
    let fields = form(&[("CallSid", SID), ("CallStatus", "in-progress")]);
    let ask = |path: String| {
        let request = signed(&world, &path, &fields);
        async move {
            let answer = request.send().await.expect("an answer");
            assert_eq!(answer.status(), 200);
            assert_eq!(answer.headers()["content-type"], "text/xml; charset=utf-8");
            answer.text().await.expect("TwiML")
        }
    };
    let greeting = ask(path.clone()).await;
    assert!(
        greeting.contains("language=\"he-IL\"") && greeting.contains("<Record"),
        "{greeting}"
    );
    assert!(
        greeting.contains(&format!("action=\"{PUBLIC_HOST}{path}?after=reply\"")),
        "{greeting}"
    );
    // The whole call is recorded already, as its create asked for; a second recording would be a second conversation.
    assert!(!greeting.contains("recordingStatusCallback"), "{greeting}");
    let goodbye = ask(format!("{path}?after=reply")).await;
    assert!(
        goodbye.contains("<Hangup") && !goodbye.contains("<Record"),
        "{goodbye}"
    );

    let flow = json!({ "call_flow": { "kind": "agent_bridge", "agent_number": "+972521234567" } });
    world.api(&business).patch("/api/settings", &flow).await;
    let bridge = ask(path).await;
    assert!(
        bridge.contains("<Dial") && bridge.contains("+972521234567"),
        "{bridge}"
    );
}
