use std::collections::HashSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::Method;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::support::World;

/// What stands between two texts, everywhere.
fn between<'a>(page: &'a str, before: &str, after: &str) -> Vec<&'a str> {
    page.split(before)
        .skip(1)
        .filter_map(|rest| rest.split(after).next())
        .collect()
}

#[tokio::test]
async fn the_page_shows_every_operation_and_needs_nothing_from_elsewhere() {
    let world = World::start().await;
    let answer = world.request(Method::GET, "/api/docs").send().await;
    let answer = answer.expect("an answer");
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["content-type"], "text/html; charset=utf-8");
    let policies: Vec<_> = answer
        .headers()
        .get_all("content-security-policy")
        .iter()
        .collect();
    let [policy] = policies.as_slice() else {
        panic!("one policy: {policies:?}");
    };
    let policy = policy.to_str().expect("text").to_owned();
    let page = answer.text().await.expect("a page");

    // Nothing is allowed but the style that the page has.
    let styles = between(&page, "<style>", "</style>");
    let [style] = styles.as_slice() else {
        panic!("one style");
    };
    let hash = STANDARD.encode(Sha256::digest(style));
    assert_eq!(
        policy,
        format!(
            "default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        )
    );
    for foreign in [
        "<script",
        " src=",
        " style=",
        "@import",
        "url(",
        "<link",
        "<iframe",
        " onclick=",
    ] {
        assert!(!page.contains(foreign), "{foreign}");
    }

    let ids = between(&page, " id=\"", "\"");
    let distinct: HashSet<&str> = ids.iter().copied().collect();
    assert_eq!(ids.len(), distinct.len(), "an id stands twice");
    for href in between(&page, " href=\"", "\"") {
        let leads_somewhere = href == "/api/openapi.json"
            || href
                .strip_prefix('#')
                .is_some_and(|id| distinct.contains(id));
        assert!(leads_somewhere, "{href}");
    }
    let document: Value = serde_json::from_str(&api_gateway::openapi()).expect("JSON");
    let operations = document["paths"].as_object().into_iter().flatten();
    for (path, item) in operations {
        assert!(page.contains(path.as_str()), "{path}");
        for operation in item.as_object().into_iter().flat_map(|item| item.values()) {
            let id = operation["operationId"].as_str().expect("named");
            assert!(distinct.contains(id), "{id} is not shown");
        }
    }
}
