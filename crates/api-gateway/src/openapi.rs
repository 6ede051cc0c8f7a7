//! The OpenAPI document, made from the handlers and completed with what holds for all of them.

mod examples;
mod least_roles;
mod live;
mod page;
mod problems;
mod tags;

use std::sync::Arc;

use actix_web::dev::ResourceDef;
use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::{Value, json};
use utoipa::OpenApi;
use utoipa_actix_web::AppExt as _;

use self::page::Page;
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

/// The document, as programs and as people read it, and which methods each of its addresses takes.
#[derive(Clone)]
pub(crate) struct Document(Arc<Inner>);

struct Inner {
    text: String,
    page: Page,
    methods: Vec<(ResourceDef, String)>,
}

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
        let text = serde_json::to_string_pretty(&document).unwrap_or_default();
        Self(Arc::new(Inner {
            text: text + "\n",
            page: page::render(&document),
            methods: methods.collect(),
        }))
    }

    /// The document as JSON.
    pub(crate) fn text(&self) -> &str {
        &self.0.text
    }

    /// The document as a page.
    pub(crate) fn page(&self) -> String {
        self.0.page.html.clone()
    }

    /// The Content-Security-Policy of the page.
    pub(crate) fn policy(&self) -> &str {
        &self.0.page.policy
    }

    /// The methods of an address without parameters; none for another.
    pub(crate) fn methods_by_name(&self, path: &str) -> Option<&str> {
        let mut all = self.0.methods.iter();
        all.find(|(resource, _)| resource.pattern() == Some(path))
            .map(|(_, methods)| methods.as_str())
    }

    /// The methods that an address takes; none for an address that does not exist. Addresses without parameters come first.
    pub(crate) fn methods(&self, path: &str) -> Option<&str> {
        let mut all = self.0.methods.iter();
        all.find(|(resource, _)| resource.is_match(path))
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

/// Adds what holds for all operations: how one signs in, which problems there are, and examples.
fn complete(document: &mut Value) {
    document["servers"] = json!([{ "url": "/", "description": "Where this document comes from" }]);
    document["tags"] = tags::list();
    problems::list(&mut document["components"]);
    name_items(&mut document["components"]["schemas"]);
    live::describe(document);
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
    let components = document["components"].clone();
    for (path, item) in document["paths"].as_object_mut().into_iter().flatten() {
        for (method, operation) in item.as_object_mut().into_iter().flatten() {
            complete_operation(path, method, operation, &components);
        }
    }
    problems::share(document);
}

/// Pages name their items instead of describing them once more.
fn name_items(schemas: &mut Value) {
    let names: Vec<String> = schemas
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, _)| name.clone())
        .collect();
    for name in &names {
        if let Some(item) = name
            .strip_prefix("Page_")
            .filter(|item| names.iter().any(|it| it == item))
        {
            schemas[name.as_str()]["properties"]["items"]["items"] =
                json!({ "$ref": format!("#/components/schemas/{item}") });
        }
    }
}

fn complete_operation(path: &str, method: &str, operation: &mut Value, components: &Value) {
    let is_webhook = path.starts_with("/webhooks/");
    let mut needs_nobody = false;
    if is_webhook {
        operation["security"] = json!([]);
        take_form(operation);
    } else {
        let id = operation["operationId"].as_str().unwrap_or_default();
        let role = least_roles::least_role(id);
        let is_of_a_business = least_roles::is_of_a_business(id);
        needs_nobody = role == Some("none");
        if needs_nobody {
            operation["security"] = json!([]);
        }
        if let Some(role) = role {
            operation["x-least-role"] = json!(role);
            if is_of_a_business {
                of_a_business(method, path, operation);
            }
        }
    }
    // Any bytes are a file; what it holds is not a type.
    if let Some(file) = operation.pointer_mut("/requestBody/content/text~1csv/schema") {
        *file = json!({ "contentMediaType": "text/csv" });
    }
    // No body is an empty object, as `curl -X POST` sends it.
    let body = operation.pointer("/requestBody/content/application~1json/schema");
    if body.is_some_and(|schema| takes_nothing(schema, components)) {
        operation["requestBody"]["required"] = json!(false);
    }
    problems::describe(operation, method, is_webhook, needs_nobody);
    examples::show(operation, components);
}

/// Whether an empty object fits a schema.
fn takes_nothing(schema: &Value, components: &Value) -> bool {
    let named = schema["$ref"].as_str();
    let path = named.and_then(|name| name.strip_prefix("#/components"));
    let schema = path
        .and_then(|path| components.pointer(path))
        .unwrap_or(schema);
    schema["required"].as_array().is_none_or(Vec::is_empty)
}

/// The carrier sends forms, and signs them.
fn take_form(operation: &mut Value) {
    operation["requestBody"] = json!({
        "required": true,
        "description": "What the carrier tells, as it names it",
        "content": {
            "application/x-www-form-urlencoded": {
                "schema": { "type": "object", "additionalProperties": { "type": "string" } },
                "example": {
                    "AccountSid": "AC00000000000000000000000000000001",
                    "CallSid": "CA5d41402abc4b2a76b9719d911017c592",
                },
            },
        },
    });
    let signature = json!({
        "name": "X-Twilio-Signature", "in": "header", "required": true, "schema": { "type": "string" },
        "description": "HMAC-SHA1 of the public address and the form, under the account's token",
    });
    match operation["parameters"].as_array_mut() {
        Some(parameters) => parameters.push(signature),
        None => operation["parameters"] = json!([signature]),
    }
}

/// Which keys let one ask for it, and how a system administrator says for which business.
fn of_a_business(method: &str, path: &str, operation: &mut Value) {
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
