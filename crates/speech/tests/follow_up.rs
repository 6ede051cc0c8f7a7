//! When to be in touch again: found offline, and believed of a model only within bounds.

use domain::messages::Language;
use rstest::rstest;
use serde_json::{Value, json};
use speech::{OpenAiSummariser, Summariser, SummaryRequest};
use url::Url;
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

/// Tuesday at noon in Israel.
const OCCURRED_AT: &str = "2026-11-24T10:00:00Z";

fn request(occurred_at: Option<&str>, zone: Option<&str>) -> SummaryRequest {
    SummaryRequest {
        transcript: "Agent: Shall I call you?\nCustomer: Yes, tomorrow at four.".into(),
        direction: None,
        duration_seconds: 60,
        language: Some(Language::English),
        statuses: Vec::new(),
        occurred_at: occurred_at.map(|at| at.parse().expect("a time")),
        time_zone: zone.map(|zone| zone.parse().expect("a zone")),
    }
}

#[rstest]
#[case::israel(Some(OCCURRED_AT), None, Some("2026-11-25T14:00:00Z"))]
#[case::new_york(
    Some(OCCURRED_AT),
    Some("America/New_York"),
    Some("2026-11-25T21:00:00Z")
)]
#[case::unknown_when(None, None, None)]
#[tokio::test]
async fn offline_it_is_what_was_said(
    #[case] occurred_at: Option<&str>,
    #[case] zone: Option<&str>,
    #[case] expected: Option<&str>,
) {
    let summary = Summariser::Offline
        .summarise(&request(occurred_at, zone))
        .await;
    let shown = serde_json::to_value(summary.expect("offline never fails")).expect("serialises");
    assert_eq!(shown.get("follow_up_at").and_then(Value::as_str), expected);
}

#[rstest]
#[case::with_its_offset(json!("2026-11-30T10:00:00+02:00"), "2026-11-30T08:00:00Z")]
#[case::on_the_business_s_clock(json!("2026-11-30T10:00:00"), "2026-11-30T08:00:00Z")]
#[case::past(json!("2026-11-23T10:00:00+02:00"), "2026-11-25T14:00:00Z")]
#[case::too_far(json!("2036-11-23T10:00:00+02:00"), "2026-11-25T14:00:00Z")]
#[case::no_date(json!("tomorrow"), "2026-11-25T14:00:00Z")]
#[case::silent(Value::Null, "2026-11-25T14:00:00Z")]
#[tokio::test]
async fn a_model_s_date_stands_if_it_can(#[case] said: Value, #[case] expected: &str) {
    let server = MockServer::start().await;
    let answer = json!({ "summary": "Wants a call.", "confidence": 0.9, "follow_up_at": said });
    let completion = json!({ "choices": [{ "message": { "content": answer.to_string() } }] });
    Mock::given(method("POST"))
        .and(path("/v1/chat/completions"))
        .respond_with(ResponseTemplate::new(200).set_body_json(completion))
        .mount(&server)
        .await;
    let base: Url = server.uri().parse().expect("a URL");
    let model = OpenAiSummariser::new(reqwest::Client::default(), &base, None, "gpt");
    let model = Summariser::OpenAi(model);
    let summary = model.summarise(&request(Some(OCCURRED_AT), None)).await;
    let summary = serde_json::to_value(summary.expect("summarised")).expect("serialises");
    assert_eq!(summary["follow_up_at"], expected);

    let asked = server.received_requests().await.expect("recorded");
    let asked = String::from_utf8_lossy(&asked[0].body);
    assert!(
        asked.contains("Tuesday 2026-11-24T12:00:00+02:00"),
        "{asked}"
    );
}
