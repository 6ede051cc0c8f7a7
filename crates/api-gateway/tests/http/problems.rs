use reqwest::Method;
use rstest::rstest;
use serde_json::json;

use crate::support::{World, fields, read};

#[rstest]
#[case::unknown_address("GET", "/api/nothing", "", 404, "not_found")]
#[case::wrong_method("DELETE", "/api/leads", "", 405, "method_not_allowed")]
#[case::address_among_ids("PATCH", "/api/users/me", "{}", 405, "method_not_allowed")]
#[case::address_among_leads("PATCH", "/api/leads/bulk", "{}", 405, "method_not_allowed")]
#[case::a_status_may_be_called_so("DELETE", "/api/lead-statuses/order", "", 404, "not_found")]
#[case::not_json("POST", "/api/leads", "{", 400, "invalid_body")]
#[case::not_an_object("POST", "/api/leads", "[]", 400, "invalid_body")]
#[case::wrong_parameter("GET", "/api/leads?limit=many", "", 400, "invalid_query")]
#[case::too_many("GET", "/api/leads?limit=201", "", 400, "invalid_query")]
#[case::unknown_parameter("GET", "/api/leads?statuss=new", "", 400, "invalid_query")]
#[case::foreign_cursor("GET", "/api/leads?cursor=abc", "", 400, "invalid_cursor")]
#[case::no_id("GET", "/api/leads/abc", "", 404, "not_found")]
#[case::huge_id("GET", "/api/leads/99999999999999999999", "", 404, "not_found")]
#[case::unknown_field(
    "POST",
    "/api/leads",
    r#"{"firstname": "a"}"#,
    422,
    "validation_failed"
)]
#[case::unreadable_file("POST", "/api/leads/import", "name\nDana\n", 422, "unreadable_file")]
#[tokio::test]
async fn wrong_input_gets_a_problem_document(
    #[case] method: &str,
    #[case] path: &str,
    #[case] body: &'static str,
    #[case] status: u16,
    #[case] code: &str,
) {
    let world = World::start().await;
    let business = world.business(0).await;
    let method: Method = method.parse().expect("a method");
    let request = world
        .api(&business)
        .request(method, path)
        .header("Content-Type", "application/json")
        .body(body);
    let (got, document) = read(request).await;
    assert_eq!(
        (got, document["code"].as_str()),
        (status, Some(code)),
        "{document}"
    );
}

#[tokio::test]
async fn bodies_are_bounded_typed_and_judged_as_a_whole() {
    let world = World::start().await;
    let business = world.business(0).await;
    let api = world.api(&business);
    let send = |media_type: &str, body: String| {
        read(
            api.request(Method::POST, "/api/leads")
                .header("Content-Type", media_type)
                .body(body),
        )
    };
    let (status, _) = send(
        "application/json",
        format!("{{\"notes\": \"{}\"}}", "x".repeat(2 << 20)),
    )
    .await;
    assert_eq!(status, 413);
    let (status, document) = send("text/plain", "{}".to_owned()).await;
    assert_eq!(
        (status, &document["code"]),
        (415, &json!("unsupported_media_type"))
    );

    let wrong = json!({
        "lead_ids": [1], "list_id": 2, "concurrency": 11, "priority": "high", "start_at": "tomorrow", "speed": 9,
    });
    let (status, document) = api.post("/api/outbound/bulk-enqueue", &wrong).await;
    assert_eq!(
        (status, &document["code"]),
        (422, &json!("validation_failed"))
    );
    assert_eq!(
        fields(&document),
        ["concurrency", "lead_ids", "priority", "speed", "start_at"]
    );
}

#[tokio::test]
async fn the_allowed_methods_and_the_security_headers_are_told() {
    let world = World::start().await;
    let answer = world
        .request(Method::PUT, "/api/settings")
        .send()
        .await
        .expect("an answer");
    assert_eq!(answer.headers()["allow"], "GET, PATCH");
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("cache-control", "no-store"),
        (
            "content-security-policy",
            "default-src 'none'; frame-ancestors 'none'",
        ),
    ] {
        assert_eq!(answer.headers()[name], value);
    }
    let (status, document) = read(world.request(Method::GET, "/api/openapi.json")).await;
    assert_eq!(
        (status, &document["info"]["title"]),
        (200, &json!("Callboard"))
    );
}
