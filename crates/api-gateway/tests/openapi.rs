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
                let response = resolved(&document, response);
                let described = response["description"]
                    .as_str()
                    .is_some_and(|text| !text.is_empty());
                assert!(described, "{method} {path} {status}");
            }
        }
    }
    assert!(names.len() >= 32, "{names:?}");
}

/// What a reference leads to, or the value itself.
fn resolved<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    let path = value["$ref"]
        .as_str()
        .and_then(|path| path.strip_prefix('#'));
    path.and_then(|path| document.pointer(path))
        .unwrap_or(value)
}

/// Every operation, by its name.
fn operations(document: &Value) -> Vec<(&str, &Value)> {
    let paths = document["paths"].as_object().into_iter().flatten();
    let operations = paths.flat_map(|(_, item)| item.as_object().into_iter().flatten());
    operations
        .map(|(_, operation)| (operation["operationId"].as_str().expect("named"), operation))
        .collect()
}

fn document() -> Value {
    serde_json::from_str(&api_gateway::openapi()).expect("JSON")
}

#[test]
fn every_tag_is_described_and_used() {
    let document = document();
    let mut described: Vec<&str> = document["tags"]
        .as_array()
        .expect("tags")
        .iter()
        .filter(|tag| {
            tag["description"]
                .as_str()
                .is_some_and(|text| !text.is_empty())
        })
        .filter_map(|tag| tag["name"].as_str())
        .collect();
    let mut used: Vec<&str> = operations(&document)
        .into_iter()
        .filter_map(|(_, operation)| operation["tags"][0].as_str())
        .collect();
    described.sort_unstable();
    used.sort_unstable();
    used.dedup();
    assert_eq!(described, used, "see openapi/tags.rs");
}

#[test]
fn every_request_and_every_main_answer_has_an_example() {
    let document = document();
    for (name, operation) in operations(&document) {
        let answers = operation["responses"].as_object().expect("responses");
        let main = answers.iter().filter(|(status, _)| status.starts_with('2'));
        let bodies = main
            .map(|(_, answer)| answer)
            .chain(operation.get("requestBody"))
            .flat_map(|body| body["content"].as_object().into_iter().flatten());
        for (media_type, body) in bodies.filter(|(media_type, _)| *media_type != "audio/wav") {
            assert!(
                body.get("example")
                    .is_some_and(|example| !example.is_null()),
                "{name} shows no example of its {media_type}: see openapi/examples.rs"
            );
        }
    }
}

#[test]
fn every_problem_has_its_codes_and_every_code_is_listed() {
    let document = document();
    let listed = &document["components"]["schemas"]["ProblemCode"]["enum"];
    let all: Vec<&str> = api_gateway::ProblemCode::ALL
        .iter()
        .map(|code| code.as_str())
        .collect();
    assert_eq!(*listed, serde_json::json!(all));
    for (name, operation) in operations(&document) {
        for (status, answer) in operation["responses"].as_object().expect("responses") {
            let content = &resolved(&document, answer)["content"]["application/problem+json"];
            if content.is_null() {
                continue;
            }
            let codes = &content["schema"]["allOf"][1]["properties"]["code"]["enum"];
            let codes = codes.as_array();
            let codes = codes.unwrap_or_else(|| panic!("{name} {status}: see openapi/problems.rs"));
            assert!(!codes.is_empty(), "{name} {status}");
            for code in codes.iter().filter_map(Value::as_str) {
                let known = api_gateway::ProblemCode::ALL
                    .iter()
                    .find(|known| known.as_str() == code);
                let known = known.unwrap_or_else(|| panic!("{name}: {code}"));
                assert_eq!(known.status().as_str(), status, "{name}: {code}");
            }
        }
    }
}
