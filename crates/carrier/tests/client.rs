//! The client against a stand-in HTTP server: every kind of answer, and what it makes the caller believe.

use std::time::Duration;

use carrier::{
    AnswerInstruction, CallSid, CallStatus, Client, CreateCall, CreateError, DownloadError,
    EndVerb, Ended, ListCalls, MachineDetection, RecordingSid, RecordingStatus, RejectionClass,
    RequestError, Settings,
};
use futures::TryStreamExt as _;
use rstest::rstest;
use tokio::io::AsyncReadExt as _;
use wiremock::matchers::{any, basic_auth, body_string_contains, method, path, query_param};
use wiremock::{Mock, MockServer, ResponseTemplate};

const ACCOUNT: &str = "AC0123456789abcdef0123456789abcdef";
const CALL: &str = "CA0123456789abcdef0123456789abcdef";
const RECORDING: &str = "RE0123456789abcdef0123456789abcdef";

#[expect(
    clippy::disallowed_methods,
    reason = "this crate lies below the one that builds HTTP clients"
)]
fn client(base: &str) -> Client {
    let http = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(Duration::from_secs(2))
        .build()
        .expect("an HTTP client");
    Client::new(
        http,
        Settings {
            account_sid: ACCOUNT.into(),
            auth_token: "secret".to_owned().into(),
            api_base: base.parse().expect("a URL"),
        },
    )
}

fn order() -> CreateCall {
    let url = |path: &str| {
        format!("https://calls.example/{path}/a1")
            .parse()
            .expect("a URL")
    };
    CreateCall {
        to: "+972541234567".into(),
        from: "+972721234567".into(),
        answer: AnswerInstruction::Url(url("answer")),
        status_callback: url("status"),
        timeout_seconds: 30,
        time_limit_seconds: 600,
        record: Some(url("recording")),
        machine_detection: Some(MachineDetection {
            callback: url("amd"),
            waits_for_beep: false,
        }),
    }
}

async fn server_answering(answer: ResponseTemplate) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(answer).mount(&server).await;
    server
}

fn call_json(status: &str) -> serde_json::Value {
    serde_json::json!({"sid": CALL, "status": status, "to": "+972541234567", "duration": null})
}

fn calls_path() -> String {
    format!("/2010-04-01/Accounts/{ACCOUNT}/Calls.json")
}

#[tokio::test]
async fn a_create_sends_every_field_and_reads_the_call() {
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .and(path(calls_path()))
        .and(basic_auth(ACCOUNT, "secret"))
        .respond_with(ResponseTemplate::new(201).set_body_json(call_json("queued")))
        .expect(1)
        .mount(&server)
        .await;

    let call = client(&server.uri())
        .create_call(&order())
        .await
        .expect("accepted");
    assert_eq!(call.sid.as_str(), CALL);
    assert_eq!(call.status, CallStatus::Initiated);

    let requests = server.received_requests().await.expect("recorded requests");
    let body: Vec<String> = url::form_urlencoded::parse(&requests[0].body)
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    insta::assert_snapshot!(body.join("\n"), @r"
    To=+972541234567
    From=+972721234567
    Url=https://calls.example/answer/a1#rc=5&rp=all
    StatusCallback=https://calls.example/status/a1#rc=5&rp=all
    StatusCallbackEvent=initiated
    StatusCallbackEvent=ringing
    StatusCallbackEvent=answered
    StatusCallbackEvent=completed
    Timeout=30
    TimeLimit=600
    Record=true
    RecordingChannels=dual
    RecordingStatusCallback=https://calls.example/recording/a1#rc=5&rp=all
    RecordingStatusCallbackEvent=completed absent
    MachineDetection=Enable
    AsyncAmd=true
    AsyncAmdStatusCallback=https://calls.example/amd/a1#rc=5&rp=all
    ");
}

#[rstest]
#[case::invalid_number(
    400,
    r#"{"code":21211,"message":"no","status":400}"#,
    RejectionClass::LeadInvalid
)]
#[case::caller_not_ours(400, r#"{"code":21210}"#, RejectionClass::StopRun)]
#[case::geo_permission(400, r#"{"code":21215}"#, RejectionClass::StopCountry)]
#[case::blocked(400, r#"{"code":21216}"#, RejectionClass::LeadBlocked)]
#[case::bad_url(400, r#"{"code":21205}"#, RejectionClass::OurBug)]
#[case::credentials(401, r#"{"code":20003}"#, RejectionClass::StopTenant)]
#[case::credentials_without_a_body(401, "", RejectionClass::StopTenant)]
#[case::suspended(403, r#"{"code":20005}"#, RejectionClass::StopTenant)]
#[case::not_found(404, r#"{"code":20404}"#, RejectionClass::Terminal)]
#[case::too_many(429, r#"{"code":20429}"#, RejectionClass::BackOff)]
#[case::a_proxys_page(429, "<html>slow down</html>", RejectionClass::BackOff)]
#[tokio::test]
async fn a_4xx_is_a_rejection(
    #[case] status: u16,
    #[case] body: &str,
    #[case] class: RejectionClass,
) {
    let answer = ResponseTemplate::new(status)
        .insert_header("Retry-After", "7")
        .set_body_string(body);
    let server = server_answering(answer).await;
    match client(&server.uri()).create_call(&order()).await {
        Err(CreateError::Rejected(rejection)) => {
            assert_eq!(rejection.http_status, status);
            assert_eq!(rejection.class, class);
            assert_eq!(rejection.retry_after, Some(Duration::from_secs(7)));
        }
        other => panic!("not a rejection: {other:?}"),
    }
}

#[rstest]
#[case::created_but_unreadable(201, "{")]
#[case::created_without_an_id(201, r#"{"status":"queued"}"#)]
#[case::empty(200, "")]
#[case::redirect(307, "")]
#[case::proxy_gave_up_waiting(408, "")]
#[case::internal(500, r#"{"code":20500}"#)]
#[case::bad_gateway(502, "")]
#[case::unavailable(503, r#"{"code":20503}"#)]
#[case::gateway_timeout(504, "")]
#[tokio::test]
async fn anything_else_is_unknown(#[case] status: u16, #[case] body: &str) {
    let server = server_answering(ResponseTemplate::new(status).set_body_string(body)).await;
    let result = client(&server.uri()).create_call(&order()).await;
    assert!(
        matches!(result, Err(CreateError::Unknown { .. })),
        "{result:?}"
    );
}

#[tokio::test]
async fn a_refused_connection_means_not_sent() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a port");
    let address = listener.local_addr().expect("an address");
    drop(listener);
    let result = client(&format!("http://{address}"))
        .create_call(&order())
        .await;
    assert!(matches!(result, Err(CreateError::NotSent(_))), "{result:?}");
}

#[tokio::test]
async fn a_connection_that_breaks_after_the_request_is_unknown() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a port");
    let address = listener.local_addr().expect("an address");
    let reader = async {
        let (mut socket, _) = listener.accept().await.expect("a connection");
        let read = socket.read(&mut [0; 64]).await.expect("a request");
        assert!(read > 0);
    };
    let client = client(&format!("http://{address}"));
    let call = order();
    let (result, ()) = tokio::join!(client.create_call(&call), reader);
    match result {
        Err(CreateError::Unknown { reason }) => {
            assert!(
                !reason.contains(ACCOUNT),
                "the reason shows the account: {reason}"
            );
        }
        other => panic!("not unknown: {other:?}"),
    }
}

#[tokio::test]
async fn a_base_address_with_a_path_is_kept() {
    let server = MockServer::start().await;
    Mock::given(path(format!("/api/laml{}", calls_path())))
        .respond_with(ResponseTemplate::new(201).set_body_json(call_json("queued")))
        .mount(&server)
        .await;
    client(&format!("{}/api/laml/", server.uri()))
        .create_call(&order())
        .await
        .expect("accepted");
}

#[tokio::test]
async fn a_list_follows_its_pages() {
    let server = MockServer::start().await;
    let next = format!("{}?PageSize=2&Page=1&PageToken=PA1", calls_path());
    Mock::given(path(calls_path()))
        .and(query_param("Page", "1"))
        .respond_with(ResponseTemplate::new(200).set_body_json(
            serde_json::json!({"calls": [call_json("completed")], "next_page_uri": null}),
        ))
        .mount(&server)
        .await;
    Mock::given(path(calls_path()))
        .and(query_param("To", "+972541234567"))
        .and(query_param("Status", "queued"))
        .and(query_param("StartTime>", "2026-11-21"))
        .respond_with(ResponseTemplate::new(200).set_body_json(serde_json::json!(
            {"calls": [call_json("queued"), call_json("ringing")], "next_page_uri": next}
        )))
        .mount(&server)
        .await;
    let filter = ListCalls {
        to: Some("+972541234567".into()),
        status: Some("queued".into()),
        started_on_or_after: chrono::NaiveDate::from_ymd_opt(2026, 11, 21),
        ..ListCalls::default()
    };
    let client = client(&server.uri());
    let all = client.list_calls(&filter).await.expect("a list");
    assert_eq!(all.calls.len(), 3);
    assert!(!all.truncated);

    let one_page = ListCalls {
        max_pages: 1,
        ..filter
    };
    let some = client.list_calls(&one_page).await.expect("a list");
    assert_eq!(some.calls.len(), 2);
    assert!(some.truncated);
}

#[tokio::test]
async fn a_next_page_elsewhere_is_not_followed() {
    let server = server_answering(ResponseTemplate::new(200).set_body_json(
        serde_json::json!({"calls": [], "next_page_uri": "https://evil.example/2010-04-01"}),
    ))
    .await;
    let result = client(&server.uri())
        .list_calls(&ListCalls::default())
        .await;
    assert!(
        matches!(result, Err(RequestError::Unavailable { .. })),
        "{result:?}"
    );
}

#[tokio::test]
async fn a_call_is_fetched_or_not_found() {
    let sid: CallSid = CALL.parse().expect("a sid");
    let server =
        server_answering(ResponseTemplate::new(200).set_body_json(call_json("busy"))).await;
    let call = client(&server.uri())
        .fetch_call(&sid)
        .await
        .expect("a call");
    assert_eq!(call.status, CallStatus::Busy);

    let server = server_answering(ResponseTemplate::new(404)).await;
    let missing = client(&server.uri()).fetch_call(&sid).await;
    assert!(
        matches!(missing, Err(RequestError::NotFound)),
        "{missing:?}"
    );

    let server = server_answering(ResponseTemplate::new(503)).await;
    let broken = client(&server.uri())
        .fetch_call(&sid)
        .await
        .expect_err("an error");
    assert!(broken.is_transient());

    let server = server_answering(ResponseTemplate::new(429)).await;
    let slow = client(&server.uri())
        .fetch_call(&sid)
        .await
        .expect_err("an error");
    assert!(slow.is_transient());
}

#[tokio::test]
async fn ending_a_call_that_is_over_is_no_error() {
    let sid: CallSid = CALL.parse().expect("a sid");
    let server = MockServer::start().await;
    Mock::given(body_string_contains("Status=completed"))
        .respond_with(ResponseTemplate::new(200).set_body_json(call_json("in-progress")))
        .mount(&server)
        .await;
    Mock::given(body_string_contains("Status=canceled"))
        .respond_with(ResponseTemplate::new(400).set_body_json(serde_json::json!({"code": 21220})))
        .mount(&server)
        .await;
    let client = client(&server.uri());
    let hung_up = client
        .end_call(&sid, EndVerb::Complete)
        .await
        .expect("an answer");
    assert!(matches!(hung_up, Ended::Asked(call) if call.status == CallStatus::InProgress));
    let over = client
        .end_call(&sid, EndVerb::Cancel)
        .await
        .expect("an answer");
    assert_eq!(over, Ended::AlreadyOver);
}

async fn audio(client: &Client, url: &str, max_bytes: u64) -> Result<Vec<u8>, DownloadError> {
    let url = url.parse().expect("a URL");
    let stream = client.download_recording(&url, max_bytes).await?;
    stream
        .try_fold(Vec::new(), async |mut all, chunk| {
            all.extend_from_slice(&chunk);
            Ok(all)
        })
        .await
}

#[tokio::test]
async fn a_recording_is_listed_fetched_and_deleted() {
    let server = MockServer::start().await;
    let call_sid: CallSid = CALL.parse().expect("a sid");
    let sid: RecordingSid = RECORDING.parse().expect("a sid");
    Mock::given(path(format!(
        "/2010-04-01/Accounts/{ACCOUNT}/Calls/{CALL}/Recordings.json"
    )))
    .respond_with(ResponseTemplate::new(200).set_body_json(serde_json::json!({
        "recordings": [{"sid": RECORDING, "call_sid": CALL, "status": "completed", "duration": "12",
                        "channels": 1, "price": -0.0025}],
        "next_page_uri": ""
    })))
    .mount(&server)
    .await;
    Mock::given(method("GET"))
        .and(path(format!(
            "/2010-04-01/Accounts/{ACCOUNT}/Recordings/{RECORDING}.wav"
        )))
        .and(basic_auth(ACCOUNT, "secret"))
        .respond_with(ResponseTemplate::new(200).set_body_bytes(vec![7; 1000]))
        .mount(&server)
        .await;
    Mock::given(method("DELETE"))
        .respond_with(ResponseTemplate::new(204))
        .mount(&server)
        .await;
    let client = client(&server.uri());
    let recordings = client.list_recordings(&call_sid).await.expect("a list");
    assert_eq!(recordings.len(), 1);
    assert_eq!(recordings[0].status, RecordingStatus::Completed);
    assert_eq!(recordings[0].duration, Some(12));
    let url = client.recording_url(&sid).to_string();
    assert_eq!(audio(&client, &url, 1000).await.expect("audio").len(), 1000);
    let too_large = audio(&client, &url, 999).await;
    assert!(
        matches!(too_large, Err(DownloadError::TooLarge { max_bytes: 999 })),
        "{too_large:?}"
    );
    client.delete_recording(&sid).await.expect("deleted");
}

#[rstest]
#[case::both_sides_apart(true, &["2"])]
#[case::only_mixed(false, &["2", "1"])]
#[tokio::test]
async fn two_channels_are_asked_for_and_one_is_taken(
    #[case] has_two: bool,
    #[case] asked: &[&str],
) {
    let server = MockServer::start().await;
    let answer = |channels: &'static str, answer| {
        Mock::given(query_param("RequestedChannels", channels)).respond_with(answer)
    };
    let two = if has_two { 200 } else { 400 };
    answer("2", ResponseTemplate::new(two)).mount(&server).await;
    answer("1", ResponseTemplate::new(200)).mount(&server).await;
    let url = format!("{}/x.wav", server.uri());
    audio(&client(&server.uri()), &url, 10)
        .await
        .expect("audio");
    let requests = server.received_requests().await.expect("recorded requests");
    let queries: Vec<String> = requests
        .iter()
        .map(|request| request.url.query().unwrap_or_default().to_owned())
        .collect();
    let asked: Vec<String> = asked
        .iter()
        .map(|channels| format!("RequestedChannels={channels}"))
        .collect();
    assert_eq!(queries, asked);
}

#[tokio::test]
async fn credentials_are_shown_to_no_other_host() {
    let other = server_answering(ResponseTemplate::new(200)).await;
    let server = MockServer::start().await;
    Mock::given(any())
        .respond_with(ResponseTemplate::new(302).insert_header("Location", other.uri().as_str()))
        .mount(&server)
        .await;
    let client = client(&server.uri());
    let foreign = audio(&client, &format!("{}/x.wav", other.uri()), 10).await;
    assert!(
        matches!(foreign, Err(DownloadError::ForeignHost)),
        "{foreign:?}"
    );
    let redirected = audio(&client, &format!("{}/x.wav", server.uri()), 10).await;
    assert!(
        matches!(redirected, Err(DownloadError::Unavailable { .. })),
        "{redirected:?}"
    );
    assert!(
        other
            .received_requests()
            .await
            .expect("recorded requests")
            .is_empty()
    );
}

#[tokio::test]
async fn a_recording_that_is_not_there_yet_says_so() {
    let server = server_answering(ResponseTemplate::new(404)).await;
    let missing = audio(&client(&server.uri()), &format!("{}/x", server.uri()), 10).await;
    assert!(matches!(missing, Err(DownloadError::NotYet)), "{missing:?}");
    assert!(missing.is_err_and(|error| error.is_transient()));
}
