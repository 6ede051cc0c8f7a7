use domain::ids::BusinessId;
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
    /// Whether a key or a system administrator may ask for it too, not only a person for themselves.
    is_of_a_business: bool,
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
                is_of_a_business: operation["x-scopes"].is_array(),
            });
        }
    }
    operations
}

/// Who asks: with a key or token or none, for their own business or for one that they name.
#[derive(Clone, Copy)]
struct By<'a> {
    credential: Option<&'a str>,
    names: Option<BusinessId>,
}

/// What an operation answers to an empty request: the code of its refusal, if it refuses.
async fn refusal(world: &World, operation: &Operation, by: By<'_>) -> Option<String> {
    let mut request = world
        .request(operation.method.clone(), &operation.path)
        .json(&json!({}));
    if let Some(credential) = by.credential {
        request = request.bearer_auth(credential);
    }
    if let Some(business) = by.names {
        request = request.header("X-Business-Id", business.0);
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
        .with_api_key(Role::Owner)
        .await;
    let (_, root) = world.administrator().await;
    let nobody = By {
        credential: None,
        names: None,
    };
    let [agent, admin, owner] = [0, 1, 2].map(|n| By {
        credential: Some(&business.api_keys[n]),
        names: None,
    });
    let operations = operations(&world).await;
    for operation in &operations {
        let (name, least) = (&operation.name, &*operation.least_role);
        let of_nobody = refusal(&world, operation, nobody).await;
        assert_eq!(
            of_nobody.as_deref() == Some("unauthenticated"),
            least != "none",
            "{name} without credentials: {of_nobody:?}"
        );
        let above_agents = ["admin", "system_admin"].contains(&least);
        for (by, who, is_refused) in [
            (agent, "an agent", above_agents),
            (admin, "an admin", least == "system_admin"),
            (owner, "an owner", least == "system_admin"),
        ] {
            let refused = refusal(&world, operation, by).await;
            assert_eq!(
                refused.as_deref() == Some("forbidden"),
                is_refused,
                "{name} by {who}: {refused:?}"
            );
        }
        let is_of_a_person =
            refusal(&world, operation, owner).await.as_deref() == Some("not_a_user");
        assert_eq!(
            is_of_a_person,
            ["agent", "admin"].contains(&least) && !operation.is_of_a_business,
            "{name} by a key"
        );
        // The last, as signing out everywhere is among them.
        if !name.starts_with("logout") {
            let root = By {
                credential: Some(&root),
                names: Some(business.id),
            };
            let refused = refusal(&world, operation, root).await;
            assert_ne!(refused.as_deref(), Some("forbidden"), "{name} by root");
            assert_ne!(
                refused.as_deref(),
                Some("unauthenticated"),
                "{name} by root"
            );
        }
    }
    for (role, most) in [("admin", 17), ("system_admin", 5)] {
        let of_role = operations
            .iter()
            .filter(|operation| operation.least_role == role);
        assert!(of_role.count() >= most, "{role}");
    }
}

/// Without a business, a system administrator hears how to name one, and nothing of any business.
#[tokio::test]
async fn a_system_administrator_who_names_no_business_is_told_to() {
    let world = World::start().await;
    let (_, root) = world.administrator().await;
    let root = By {
        credential: Some(&root),
        names: None,
    };
    let mut told = 0;
    for operation in operations(&world).await {
        if operation.is_of_a_business && operation.method != Method::HEAD {
            let refused = refusal(&world, &operation, root).await;
            assert_eq!(
                refused.as_deref(),
                Some("business_required"),
                "{}",
                operation.name
            );
            told += 1;
        }
    }
    assert!(told > 40, "{told}");
}
