use reqwest::Method;
use serde_json::{Value, json};
use storage::users::Role;

use crate::support::{World, problem};

/// An operation of the document, at an address where nothing is.
struct Operation {
    name: String,
    method: Method,
    path: String,
    least_role: String,
}

async fn operations(world: &World) -> Vec<Operation> {
    let request = world.request(Method::GET, "/api/openapi.json");
    let answer = request.send().await.expect("an answer");
    let document: Value = answer.json().await.expect("JSON");
    let mut operations = Vec::new();
    for (template, item) in document["paths"].as_object().expect("paths") {
        if template.starts_with("/webhooks/") {
            continue;
        }
        let segments = template.split('/').map(|segment| {
            if segment.starts_with('{') {
                "999999999"
            } else {
                segment
            }
        });
        let path = segments.collect::<Vec<_>>().join("/");
        for (method, operation) in item.as_object().expect("an item") {
            let text = |field: &str| operation[field].as_str().expect(field).to_owned();
            operations.push(Operation {
                name: text("operationId"),
                method: method.to_uppercase().parse().expect("a method"),
                path: path.clone(),
                least_role: text("x-least-role"),
            });
        }
    }
    operations
}

/// What an operation answers to an empty request with a key or none: the code of its refusal, if it refuses.
async fn refusal(world: &World, operation: &Operation, key: Option<&str>) -> Option<String> {
    let mut request = world
        .request(operation.method.clone(), &operation.path)
        .json(&json!({}));
    if let Some(key) = key {
        request = request.bearer_auth(key);
    }
    let answer = request.send().await.expect("an answer");
    // The live events never end.
    if answer.status().is_success() {
        return None;
    }
    // Which has no body to say more.
    if operation.method == Method::HEAD {
        let code = match answer.status().as_u16() {
            401 => "unauthenticated",
            403 => "forbidden",
            _ => "something else",
        };
        return Some(code.to_owned());
    }
    let refused = problem(answer).await;
    refused["code"].as_str().map(str::to_owned)
}

/// The roles of the document are those of the handlers, and who may not ask hears that before what else is wrong.
#[tokio::test]
async fn every_operation_asks_for_the_role_that_the_document_says() {
    let world = World::start().await;
    let business = testkit::business(&world.operator)
        .with_api_key(Role::Agent)
        .with_api_key(Role::Admin)
        .await;
    let (agent, admin) = (&*business.api_keys[0], &*business.api_keys[1]);
    let operations = operations(&world).await;
    for operation in &operations {
        let name = &operation.name;
        let of_nobody = refusal(&world, operation, None).await;
        let of_agent = refusal(&world, operation, Some(agent)).await;
        let of_admin = refusal(&world, operation, Some(admin)).await;
        let needs_someone = operation.least_role != "none";
        assert_eq!(
            of_nobody.as_deref() == Some("unauthenticated"),
            needs_someone,
            "{name} without credentials: {of_nobody:?}"
        );
        let needs_admin = operation.least_role == "admin";
        assert_eq!(
            of_agent.as_deref() == Some("forbidden"),
            needs_admin,
            "{name} by an agent: {of_agent:?}"
        );
        assert_ne!(of_admin.as_deref(), Some("forbidden"), "{name} by an admin");
    }
    let for_admins = operations
        .iter()
        .filter(|operation| operation.least_role == "admin");
    assert!(for_admins.count() >= 17);
}
