//! What the scopes of API keys let them ask for, for every operation of the document.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{World, fields, problem, read};

const SCOPES: [&str; 4] = ["full", "read", "leads", "calls"];

/// Method, address and scopes of every operation that keys may ask for.
async fn operations(world: &World) -> Vec<(Method, String, Vec<String>)> {
    let (_, document) = read(world.request(Method::GET, "/api/openapi.json")).await;
    let mut operations = Vec::new();
    for (template, item) in document["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("an item") {
            let Some(scopes) = operation["x-scopes"].as_array() else {
                continue;
            };
            let path = template.split('/').map(|part| match part.starts_with('{') {
                true => "999999999",
                false => part,
            });
            let scopes = scopes.iter().filter_map(Value::as_str).map(str::to_owned);
            operations.push((
                method.to_uppercase().parse().expect("a method"),
                path.collect::<Vec<_>>().join("/"),
                scopes.collect(),
            ));
        }
    }
    operations
}

#[tokio::test]
async fn a_key_asks_for_what_its_scopes_include_and_hears_which_one_it_lacks() {
    let world = World::start().await;
    let business = world.business(0).await;
    let mut keys = Vec::new();
    for scope in SCOPES {
        let wanted = json!({ "name": scope, "role": "admin", "scopes": [scope] });
        let (status, made) = world.api(&business).post("/api/api-keys", &wanted).await;
        assert_eq!((status, &made["scopes"]), (201, &json!([scope])));
        keys.push((scope, made["key"].as_str().expect("a key").to_owned()));
    }
    let operations = operations(&world).await;
    assert!(
        operations.len() > 40,
        "only {} operations",
        operations.len()
    );
    let mut refused_by = [0; SCOPES.len()];
    for (method, path, scopes) in &operations {
        for (n, (scope, key)) in keys.iter().enumerate() {
            let request = world.request(method.clone(), path).json(&json!({}));
            let answer = request.bearer_auth(key).send().await.expect("an answer");
            let is_included = scopes.iter().any(|included| included == scope);
            if *method == Method::HEAD || answer.status().is_success() {
                assert_eq!(
                    answer.status() != 403,
                    is_included,
                    "{method} {path} by {scope}"
                );
                continue;
            }
            let refused = problem(answer).await;
            assert_eq!(
                refused["code"] != "scope_missing",
                is_included,
                "{method} {path} by {scope}"
            );
            if !is_included {
                refused_by[n] += 1;
                let detail = refused["detail"].as_str().expect("a text");
                assert!(
                    scopes.iter().all(|scope| detail.contains(scope)),
                    "{detail}"
                );
            }
        }
    }
    assert_eq!(refused_by[0], 0);
    assert!(
        refused_by[1..].iter().all(|refused| *refused > 10),
        "{refused_by:?}"
    );
}

#[tokio::test]
async fn scopes_are_chosen_from_those_that_there_are_and_add_up() {
    let world = World::start().await;
    let business = world.business(1).await;
    let api = world.api(&business);
    let make = |scopes: Value| async move {
        let wanted = json!({ "name": "a key", "role": "agent", "scopes": scopes });
        api.post("/api/api-keys", &wanted).await
    };
    for wrong in [json!([]), json!(["everything"]), json!("full")] {
        let (status, refused) = make(wrong).await;
        assert_eq!((status, fields(&refused)), (422, vec!["scopes"]));
    }
    let (_, made) = make(json!(["leads", "read", "leads"])).await;
    assert_eq!(made["scopes"], json!(["read", "leads"]));
    let key = made["key"].as_str().expect("a key");
    let change = world
        .request(Method::PATCH, &format!("/api/leads/{}", business.leads[0]))
        .json(&json!({ "first_name": "Dana" }));
    assert_eq!(read(change.bearer_auth(key)).await.0, 200);
    let settings = world.request(Method::GET, "/api/settings");
    assert_eq!(read(settings.bearer_auth(key)).await.0, 200);
    // A scope never reaches beyond the role.
    let (_, made) = make(json!(["calls"])).await;
    let key = made["key"].as_str().expect("a key");
    let run = world
        .request(Method::POST, "/api/outbound/bulk-enqueue")
        .json(&json!({ "lead_ids": [business.leads[0]] }));
    let (status, refused) = read(run.bearer_auth(key)).await;
    assert_eq!((status, &refused["code"]), (403, &json!("forbidden")));
}
