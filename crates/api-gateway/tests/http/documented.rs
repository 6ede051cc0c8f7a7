//! The problems that the tests meet are those that the document has, each at its operation.

use std::sync::LazyLock;

use reqwest::Method;
use serde_json::Value;

static DOCUMENT: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(&api_gateway::openapi()).expect("JSON"));

/// Refuses a problem whose status or code the document does not have for its operation. Addresses and methods that the
/// document does not have may answer what they like.
pub(crate) fn check(method: &Method, path: &str, problem: &Value) {
    let Some(operation) = operation(method, path) else {
        return;
    };
    let (status, code) = (problem["status"].to_string(), &problem["code"]);
    let answer = &operation["responses"][&status];
    let shared = answer["$ref"]
        .as_str()
        .and_then(|path| path.strip_prefix('#'));
    let answer = shared
        .and_then(|path| DOCUMENT.pointer(path))
        .unwrap_or(answer);
    let schema = &answer["content"]["application/problem+json"]["schema"];
    let codes = schema["allOf"][1]["properties"]["code"]["enum"].as_array();
    assert!(
        codes.is_some_and(|codes| codes.contains(code)),
        "{method} {path} answers {status} {code}, which the document does not have: see openapi/problems.rs"
    );
}

fn operation(method: &Method, path: &str) -> Option<&'static Value> {
    let paths = DOCUMENT["paths"].as_object()?;
    let fitting = paths.iter().filter(|(template, _)| fits(template, path));
    // A path without parameters goes before one with some.
    let (_, item) = fitting.min_by_key(|(template, _)| template.matches('{').count())?;
    item.get(method.as_str().to_lowercase())
}

fn fits(template: &str, path: &str) -> bool {
    let (mut wanted, mut given) = (template.split('/'), path.split('/'));
    loop {
        match (wanted.next(), given.next()) {
            (None, None) => return true,
            (Some(wanted), Some(given)) if wanted.starts_with('{') || wanted == given => {}
            _ => return false,
        }
    }
}
