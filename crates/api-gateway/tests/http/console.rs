use std::path::Path;

use reqwest::{Method, Response, StatusCode};

use crate::support::World;

async fn ask(world: &World, method: Method, path: &str, encoding: &str) -> Response {
    let request = world.request(method, path);
    let request = request.header("Accept-Encoding", encoding);
    request.send().await.expect("an answer")
}

fn header<'a>(answer: &'a Response, name: &str) -> &'a str {
    let value = answer.headers().get(name);
    value.map_or("", |value| value.to_str().expect("a readable header"))
}

fn is_built() -> bool {
    Path::new(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/console/dist/index.html"
    ))
    .exists()
}

#[tokio::test]
async fn the_console_is_served_under_a_strict_policy_or_says_that_it_was_not_built() {
    let world = World::start().await;
    for address in ["/", "/board/12/calls", "/settings/statuses"] {
        let answer = ask(&world, Method::GET, address, "identity").await;
        if !is_built() {
            assert_eq!(answer.status(), StatusCode::NOT_FOUND);
            let text = answer.text().await.expect("a text");
            assert!(text.contains("npm run build"), "{text}");
            continue;
        }
        assert_eq!(answer.status(), StatusCode::OK, "{address}");
        assert_eq!(header(&answer, "Content-Type"), "text/html");
        assert_eq!(header(&answer, "Cache-Control"), "no-cache");
        let policy = header(&answer, "Content-Security-Policy").to_owned();
        assert!(
            policy.contains("script-src 'self';") && !policy.contains("unsafe"),
            "{policy}"
        );
        let tag = header(&answer, "ETag").to_owned();
        let page = answer.text().await.expect("a page");
        assert!(page.contains("<div id=\"console\">"), "{page}");
        let again = world
            .request(Method::GET, address)
            .header("If-None-Match", tag);
        let again = again.send().await.expect("an answer");
        assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
    }
}

#[tokio::test]
async fn what_changes_its_name_with_its_content_is_kept_for_ever_and_comes_compressed() {
    let world = World::start().await;
    if !is_built() {
        return;
    }
    let page = ask(&world, Method::GET, "/", "identity")
        .await
        .text()
        .await
        .expect("a page");
    let script = page
        .split('"')
        .find(|part| part.ends_with(".js"))
        .expect("a script");
    let whole = ask(&world, Method::GET, script, "identity").await;
    assert!(header(&whole, "Cache-Control").contains("immutable"));
    assert_eq!(header(&whole, "Content-Type"), "text/javascript");
    let whole = whole.bytes().await.expect("the script");
    for (asked, given) in [("gzip, deflate", "gzip"), ("gzip, br", "br")] {
        let packed = ask(&world, Method::GET, script, asked).await;
        assert_eq!(header(&packed, "Content-Encoding"), given);
        assert_eq!(header(&packed, "Vary"), "Accept-Encoding");
        assert!(packed.bytes().await.expect("the script").len() * 2 < whole.len());
    }
}

#[tokio::test]
async fn nothing_of_the_api_is_answered_by_the_page() {
    let world = World::start().await;
    for (method, path) in [
        (Method::GET, "/api/nothing"),
        (Method::GET, "/webhooks/nothing"),
        (Method::GET, "/assets/missing.js"),
        (Method::GET, "/../Cargo.toml"),
        (Method::GET, "/%2e%2e/package.json"),
        (Method::POST, "/board"),
    ] {
        let answer = ask(&world, method.clone(), path, "identity").await;
        assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{method} {path}");
        assert_eq!(header(&answer, "Content-Type"), "application/problem+json");
    }
}
