//! The document that the API answers is the one in `proto-docs/`.

use std::path::Path;

use serde_json::Value;

fn path() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../proto-docs/openapi.json")
}

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "a switch of the test, not a setting of the service"
)]
fn the_document_in_the_repository_is_the_one_that_is_served() {
    let served = api_gateway::openapi();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(path(), &served).expect("written");
    }
    let kept = std::fs::read_to_string(path()).unwrap_or_default();
    assert!(
        kept == served,
        "proto-docs/openapi.json is old: UPDATE_DOCS=1 cargo nextest run -p api-gateway --test openapi"
    );
}

#[test]
fn every_operation_is_named_and_every_response_described() {
    let document: Value = serde_json::from_str(&api_gateway::openapi()).expect("JSON");
    let mut names = Vec::new();
    for (path, item) in document["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("an item") {
            let name = operation["operationId"].as_str().expect("named");
            assert!(!names.contains(&name), "{name} stands twice");
            names.push(name);
            assert!(
                operation["summary"].is_string(),
                "{method} {path} has no summary"
            );
            let has_role = operation["x-least-role"].is_string();
            assert_eq!(
                has_role,
                path.starts_with("/api/"),
                "{name} stands in openapi/least_roles.rs"
            );
            for (status, response) in operation["responses"].as_object().expect("responses") {
                let described = response["description"]
                    .as_str()
                    .is_some_and(|text| !text.is_empty());
                assert!(described, "{method} {path} {status}");
            }
        }
    }
    assert!(names.len() >= 32, "{names:?}");
}
