//! The transcriber against a stand-in server.

use std::io::Read as _;
use std::net::TcpListener;
use std::thread;
use std::time::Duration;

use bytes::Bytes;
use domain::messages::Language;
use rstest::rstest;
use speech::{OpenAiTranscriber, SpeechError, Transcript};
use url::Url;
use wiremock::matchers::{header, method, path};
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

async fn server(answer: ResponseTemplate) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .and(path("/v1/audio/transcriptions"))
        .respond_with(answer)
        .mount(&server)
        .await;
    server
}

async fn transcribe(server: &MockServer, base: &str) -> Result<Transcript, SpeechError> {
    let base: Url = format!("{}{base}", server.uri()).parse().expect("a URL");
    OpenAiTranscriber::new(
        reqwest::Client::default(),
        &base,
        Some("sk-1".into()),
        "whisper-1",
    )
    .transcribe(
        Bytes::from_static(b"RIFF"),
        "audio/wav",
        "RE1.wav",
        Some(Language::Hebrew),
    )
    .await
}

fn verbose() -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(serde_json::json!({
        "task": "transcribe", "language": "hebrew", "duration": 4.2, "text": "שלום כן",
        "segments": [
            {"id": 0, "start": 0.0, "end": 2.0, "text": " שלום", "speaker": "agent"},
            {"id": 1, "start": 2.0, "end": 4.2, "text": " כן", "speaker": "customer"},
        ],
    }))
}

#[rstest]
#[case("")]
#[case("/v1")]
#[case("/v1/")]
#[tokio::test]
async fn a_recording_becomes_text_with_its_speakers(#[case] base: &str) {
    let server = server(verbose()).await;
    let transcript = transcribe(&server, base).await.expect("transcribed");
    assert_eq!(transcript.text, "שלום כן");
    assert_eq!(transcript.language.as_deref(), Some("hebrew"));
    assert_eq!(transcript.segments.len(), 2);
    assert_eq!(transcript.dialogue(), "Agent: שלום\nCustomer: כן");
}

#[tokio::test]
async fn the_request_carries_key_model_language_and_file() {
    let server = MockServer::start().await;
    Mock::given(header("authorization", "Bearer sk-1"))
        .and(|request: &Request| {
            let body = String::from_utf8_lossy(&request.body);
            let part = |name: &str, value: &str| {
                body.contains(&format!("name=\"{name}\"\r\n\r\n{value}\r\n"))
            };
            part("model", "whisper-1")
                && part("language", "he")
                && part("response_format", "verbose_json")
                && body.contains("filename=\"RE1.wav\"")
                && body.contains("RIFF")
        })
        .respond_with(ResponseTemplate::new(200).set_body_json(serde_json::json!({"text": "שלום"})))
        .expect(1)
        .mount(&server)
        .await;
    let transcript = transcribe(&server, "/v1").await.expect("transcribed");
    assert_eq!(transcript.dialogue(), "שלום");
}

#[rstest]
#[case(400, false)]
#[case(401, false)]
#[case(404, false)]
#[case(413, false)]
#[case(408, true)]
#[case(429, true)]
#[case(500, true)]
#[case(503, true)]
#[case(302, true)]
#[tokio::test]
async fn each_status_class_tells_whether_to_try_again(
    #[case] status: u16,
    #[case] transient: bool,
) {
    let body = serde_json::json!({"error": {"message": "no such thing"}});
    let server = server(ResponseTemplate::new(status).set_body_json(body)).await;
    let error = transcribe(&server, "").await.expect_err("an error status");
    assert_eq!(error.is_transient(), transient, "{error}");
    if let SpeechError::Rejected {
        http_status,
        message,
    } = error
    {
        assert_eq!((http_status, message.as_str()), (status, "no such thing"));
    }
}

#[rstest]
#[case(401)]
#[case(403)]
#[tokio::test]
async fn a_refused_key_is_told_without_what_the_server_quotes_of_it(#[case] status: u16) {
    let body = serde_json::json!({"error": {"message": "Incorrect API key provided: sk-1"}});
    let server = server(ResponseTemplate::new(status).set_body_json(body)).await;
    let error = transcribe(&server, "").await.expect_err("refused");
    assert_eq!(
        error,
        SpeechError::Unauthorised {
            http_status: status
        }
    );
    assert!(!error.to_string().contains("sk-1"), "{error}");
}

#[rstest]
#[case::seconds(Some("7"), Some(7))]
#[case::longer_than_sensible(Some("1000000"), Some(3600))]
#[case::a_date(Some("Wed, 21 Oct 2026 07:28:00 GMT"), None)]
#[case::nothing(None, None)]
#[tokio::test]
async fn a_busy_server_says_how_long(#[case] header: Option<&str>, #[case] seconds: Option<u64>) {
    let mut answer = ResponseTemplate::new(429);
    if let Some(header) = header {
        answer = answer.insert_header("retry-after", header);
    }
    let server = server(answer).await;
    let error = transcribe(&server, "").await.expect_err("busy");
    let retry_after = seconds.map(Duration::from_secs);
    assert_eq!(error, SpeechError::Busy { retry_after });
}

#[tokio::test]
async fn only_what_was_certainly_not_processed_is_free() {
    for status in [400, 401, 413, 429, 500, 503] {
        let server = server(ResponseTemplate::new(status)).await;
        let error = transcribe(&server, "").await.expect_err("an error status");
        assert!(!error.may_cost(), "{error}");
    }
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let base = format!("http://{}", listener.local_addr().expect("an address"));
    // Takes the request and hangs up.
    thread::spawn(move || {
        for mut connection in listener.incoming().flatten() {
            let _ = connection.read(&mut [0; 1024]);
        }
    });
    let base: Url = base.parse().expect("a URL");
    let broken = OpenAiTranscriber::new(reqwest::Client::default(), &base, None, "m")
        .transcribe(Bytes::from_static(b"RIFF"), "audio/wav", "a.wav", None)
        .await
        .expect_err("no answer");
    assert!(broken.may_cost() && broken.is_transient(), "{broken}");
}

#[tokio::test]
async fn an_answer_that_is_no_transcript_is_malformed() {
    let server = server(ResponseTemplate::new(200).set_body_string("<html>")).await;
    let error = transcribe(&server, "").await.expect_err("not JSON");
    assert!(matches!(error, SpeechError::Malformed { .. }));
    assert!(!error.is_transient());
}

#[tokio::test]
async fn an_endless_answer_is_cut_off() {
    let server =
        server(ResponseTemplate::new(200).set_body_bytes(vec![b' '; 9 * 1024 * 1024])).await;
    let error = transcribe(&server, "").await.expect_err("too large");
    assert!(matches!(error, SpeechError::TooLarge { .. }));
}

#[tokio::test]
async fn a_server_that_is_gone_is_tried_again_later() {
    // Nobody listens on the first port.
    let base: Url = "http://127.0.0.1:1".parse().expect("a URL");
    let gone = OpenAiTranscriber::new(reqwest::Client::default(), &base, None, "m");
    let answer = gone
        .transcribe(Bytes::new(), "audio/wav", "a.wav", None)
        .await;
    assert!(answer.expect_err("no connection").is_transient());
}

#[tokio::test]
async fn a_wrong_media_type_is_told_before_anything_is_sent() {
    let server = MockServer::start().await;
    let base: Url = server.uri().parse().expect("a URL");
    let error = OpenAiTranscriber::new(reqwest::Client::default(), &base, None, "m")
        .transcribe(Bytes::new(), "not a type", "a.wav", None)
        .await
        .expect_err("no media type");
    assert!(matches!(error, SpeechError::Malformed { .. }));
    assert!(
        server
            .received_requests()
            .await
            .is_some_and(|requests| requests.is_empty())
    );
}
