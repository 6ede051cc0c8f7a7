//! The OpenAPI document, made from the handlers and completed with what holds for all of them.

mod least_roles;

use std::sync::Arc;

use actix_web::dev::ResourceDef;
use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::{Map, Value, json};
use utoipa::OpenApi;
use utoipa_actix_web::AppExt as _;

use crate::extract::scopes_of;
use crate::problem::{self, Code, FieldError, Problem};
use crate::routes::routes;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Callboard",
        description = "Bulk calling runs, conversations and the boards that they move. Errors are problem documents \
                       (RFC 9457) with a stable `code`. Lists page by `cursor` and `limit`. Another business's id is 404. \
                       `RateLimit-Policy` and `RateLimit` tell how often one may ask; who asks more often gets 429 with \
                       `Retry-After`.",
        license(name = "Apache-2.0", identifier = "Apache-2.0"),
    ),
    components(schemas(problem::Document, FieldError))
)]
struct Base;

/// What any operation below `/api` may answer, and any webhook.
const API_PROBLEMS: [Code; 8] = [
    Code::Unauthenticated,
    Code::Forbidden,
    Code::NotFound,
    Code::UriTooLong,
    Code::TooManyRequests,
    Code::HeadersTooLarge,
    Code::Internal,
    Code::Unavailable,
];
const READ_PROBLEMS: &[Code] = &[Code::InvalidQuery];
const WRITE_PROBLEMS: &[Code] = &[
    Code::InvalidBody,
    Code::RequestTimeout,
    Code::Conflict,
    Code::BodyTooLarge,
    Code::UnsupportedMediaType,
    Code::ValidationFailed,
];
const WEBHOOK_PROBLEMS: [Code; 9] = [
    Code::WrongSignature,
    Code::NotFound,
    Code::RequestTimeout,
    Code::BodyTooLarge,
    Code::UriTooLong,
    Code::HeadersTooLarge,
    Code::ValidationFailed,
    Code::Internal,
    Code::Unavailable,
];

/// The document, and which methods each of its addresses takes.
#[derive(Clone)]
pub(crate) struct Document(Arc<(String, Vec<(ResourceDef, String)>)>);

impl Document {
    /// Makes the document from the routes.
    pub(crate) fn new() -> Self {
        let (_, api) = actix_web::App::new()
            .into_utoipa_app()
            .openapi(Base::openapi())
            .configure(routes)
            .split_for_parts();
        let mut document = serde_json::to_value(api).unwrap_or_default();
        complete(&mut document);
        let methods = document["paths"]
            .as_object()
            .into_iter()
            .flatten()
            .map(|(path, item)| {
                let mut methods: Vec<String> = item
                    .as_object()
                    .into_iter()
                    .flatten()
                    .map(|(method, _)| method.to_uppercase())
                    .collect();
                methods.sort_unstable();
                (ResourceDef::new(path.as_str()), methods.join(", "))
            });
        let methods = methods.collect();
        let text = serde_json::to_string_pretty(&document).unwrap_or_default();
        Self(Arc::new((text + "\n", methods)))
    }

    /// The document as JSON.
    pub(crate) fn text(&self) -> &str {
        &self.0.0
    }

    /// The methods that an address takes; none for an address that does not exist.
    fn methods(&self, path: &str) -> Option<&str> {
        let (.., all) = &*self.0;
        all.iter()
            .find(|(resource, _)| resource.is_match(path))
            .map(|(_, methods)| methods.as_str())
    }
}

/// What no handler answers: 405 where the address exists, else 404.
pub(crate) async fn unknown(
    request: HttpRequest,
    document: web::Data<Document>,
) -> Result<HttpResponse, Problem> {
    Err(match document.methods(request.path()) {
        Some(methods) => Problem::method_not_allowed(methods.to_owned()),
        None => Code::NotFound.into(),
    })
}

/// Adds what holds for all operations: how one signs in, and which problems there are.
fn complete(document: &mut Value) {
    document["components"]["securitySchemes"] = json!({
        "bearer": {
            "type": "http", "scheme": "bearer",
            "description": "An access_token (cba_…), or an API key (cb_…)",
        },
        "session": {
            "type": "apiKey", "in": "cookie", "name": crate::extract::COOKIE,
            "description": "Set by signing in (in production with the prefix __Host-); writes need the header \
                            X-Requested-With as well",
        },
    });
    document["security"] = json!([{ "bearer": [] }, { "session": [] }]);
    let Some(paths) = document["paths"].as_object_mut() else {
        return;
    };
    for (path, item) in paths {
        for (method, operation) in item.as_object_mut().into_iter().flatten() {
            if path.starts_with("/webhooks/") {
                operation["security"] = json!([]);
                add(operation, &WEBHOOK_PROBLEMS);
            } else {
                if operation.get("security") == Some(&json!([{}])) {
                    operation["security"] = json!([]);
                }
                let id = operation["operationId"].as_str().unwrap_or_default();
                if let Some(role) = least_roles::least_role(id) {
                    operation["x-least-role"] = json!(role);
                    if matches!(role, "agent" | "admin") {
                        of_a_business(method, path, operation);
                    }
                }
                add(operation, &API_PROBLEMS);
                add(
                    operation,
                    if matches!(method.as_str(), "get" | "head") {
                        READ_PROBLEMS
                    } else {
                        WRITE_PROBLEMS
                    },
                );
            }
        }
    }
}

/// Which keys let one ask for it, and how a system administrator says for which business.
fn of_a_business(method: &str, path: &str, operation: &mut Value) {
    let is_of_a_session = ["get_own_user", "change_own_password", "logout_everywhere"]
        .iter()
        .any(|own| operation["operationId"] == *own);
    if is_of_a_session {
        return;
    }
    if let Ok(method) = method.to_uppercase().parse() {
        operation["x-scopes"] = json!(scopes_of(&method, path));
    }
    let named = json!({
        "name": "X-Business-Id", "in": "header", "required": false, "schema": { "type": "integer", "format": "int64" },
        "description": "For a system administrator, who has to name a business; each such request is put on record",
    });
    match operation["parameters"].as_array_mut() {
        Some(parameters) => parameters.push(named),
        None => operation["parameters"] = json!([named]),
    }
}

fn add(operation: &mut Value, problems: &[Code]) {
    let Some(responses) = operation["responses"].as_object_mut() else {
        return;
    };
    for code in problems {
        let content = json!({ "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } } });
        let mut response = Map::new();
        response.insert("description".to_owned(), json!(code.title()));
        response.insert("content".to_owned(), content);
        responses
            .entry(code.status().as_str())
            .or_insert(Value::Object(response));
    }
}
