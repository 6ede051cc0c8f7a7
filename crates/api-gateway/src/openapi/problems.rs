//! Which problems an operation answers, by their codes. What follows from an operation's own parameters and body is found
//! there; what only it can answer stands in a table. A test client of the gateway's tests refuses every problem that is not
//! in the document, and so does the fuzzer.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::problem::Code;

/// Where the answers stand that operations share.
const SHARED: &str = "#/components/responses/";

/// What every operation may answer.
const EVERY: &[Code] = &[
    Code::UriTooLong,
    Code::TooManyRequests,
    Code::HeadersTooLarge,
    Code::Internal,
    Code::Unavailable,
];
/// What those that want to know who asks may answer.
const SIGNED_IN: &[Code] = &[
    Code::Unauthenticated,
    Code::Forbidden,
    Code::ScopeMissing,
    Code::BusinessSuspended,
    Code::BusinessRequired,
    Code::InvalidHeader,
    Code::NotFound,
];
/// What those that change something may answer.
const CHANGE: &[Code] = &[
    Code::CsrfHeaderMissing,
    Code::CrossSiteRequest,
    Code::Conflict,
];
/// What those with a body may answer.
const BODY: &[Code] = &[
    Code::InvalidBody,
    Code::RequestTimeout,
    Code::BodyTooLarge,
    Code::UnsupportedMediaType,
    Code::ValidationFailed,
];
/// What the carrier may be told.
const WEBHOOK: &[Code] = &[
    Code::WrongSignature,
    Code::NotFound,
    Code::InvalidBody,
    Code::RequestTimeout,
    Code::BodyTooLarge,
    Code::ValidationFailed,
];

/// What only some operations answer.
const OWN: &[(&str, &[Code])] = &[
    ("analytics_calls", &[Code::ValidationFailed]),
    ("analytics_runs", &[Code::ValidationFailed]),
    ("analytics_status", &[Code::ValidationFailed]),
    (
        "bulk_change_leads",
        &[Code::TooManyLeads, Code::UnknownStatus],
    ),
    ("bulk_enqueue", &[Code::NothingToCall]),
    (
        "call_recording",
        &[
            Code::NoRecording,
            Code::RecordingNotReady,
            Code::RecordingFailed,
            Code::RecordingLost,
            Code::RecordingDeleted,
            Code::RangeNotSatisfiable,
        ],
    ),
    (
        "call_recording_headers",
        &[
            Code::NoRecording,
            Code::RecordingNotReady,
            Code::RecordingFailed,
            Code::RecordingLost,
            Code::RecordingDeleted,
        ],
    ),
    ("cancel_job", &[Code::JobNotQueued]),
    ("cancel_run", &[Code::RunIsOver, Code::RunIsBeingCancelled]),
    (
        "change_business",
        &[Code::CallerNumberTaken, Code::WhatsappNumberTaken],
    ),
    (
        "change_lead",
        &[Code::PhoneTaken, Code::StatusHeld, Code::UnknownStatus],
    ),
    (
        "change_lead_status",
        &[Code::StatusHeld, Code::StatusIsDefault, Code::UnknownStatus],
    ),
    ("change_notification_preferences", &[Code::NotAUser]),
    (
        "change_own_password",
        &[
            Code::NotAUser,
            Code::WrongCurrentPassword,
            Code::SignInLocked,
        ],
    ),
    (
        "change_settings",
        &[
            Code::CallerNumberTaken,
            Code::WhatsappNumberTaken,
            Code::NotAUser,
        ],
    ),
    (
        "change_user",
        &[
            Code::EmailTaken,
            Code::LastOwner,
            Code::OwnPassword,
            Code::RoleAboveYours,
        ],
    ),
    ("create_api_key", &[Code::RoleAboveYours]),
    (
        "create_business",
        &[
            Code::CallerNumberTaken,
            Code::EmailTaken,
            Code::WhatsappNumberTaken,
        ],
    ),
    (
        "create_lead",
        &[Code::PhoneTaken, Code::StatusHeld, Code::UnknownStatus],
    ),
    (
        "create_lead_status",
        &[Code::BoardIsFull, Code::StatusNameTaken],
    ),
    ("create_user", &[Code::EmailTaken, Code::RoleAboveYours]),
    ("create_webhook_endpoint", &[Code::TooManyWebhookEndpoints]),
    ("deactivate_user", &[Code::LastOwner, Code::RoleAboveYours]),
    ("delete_lead", &[Code::LeadInACall]),
    (
        "delete_lead_status",
        &[
            Code::StatusHeld,
            Code::StatusIsDefault,
            Code::StatusIsSystem,
            Code::UnknownStatus,
        ],
    ),
    ("events", &[Code::TooManyStreams]),
    ("export_leads", &[Code::ValidationFailed]),
    ("get_notification_preferences", &[Code::NotAUser]),
    ("get_own_user", &[Code::NotAUser]),
    ("import_leads", &[Code::UnreadableFile, Code::RowsRejected]),
    ("import_rejects", &[Code::RejectsDeleted]),
    ("list_leads", &[Code::ValidationFailed]),
    ("list_notifications", &[Code::NotAUser]),
    (
        "login",
        &[
            Code::WrongCredentials,
            Code::CrossSiteRequest,
            Code::SignInLocked,
            Code::BusinessSuspended,
        ],
    ),
    ("logout", &[Code::CrossSiteRequest]),
    ("logout_everywhere", &[Code::NotAUser]),
    ("order_lead_statuses", &[Code::VersionConflict]),
    ("pause_run", &[Code::RunIsOver, Code::RunIsBeingCancelled]),
    ("preview_import", &[Code::UnreadableFile]),
    ("push_public_key", &[Code::PushNotConfigured]),
    ("read_all_notifications", &[Code::NotAUser]),
    ("read_notification", &[Code::NotAUser]),
    (
        "refresh",
        &[
            Code::RefreshTokenInvalid,
            Code::RefreshTokenReused,
            Code::BusinessSuspended,
        ],
    ),
    ("resend_webhook_delivery", &[Code::WebhookEndpointInactive]),
    ("resume_run", &[Code::RunIsOver, Code::RunIsBeingCancelled]),
    ("revoke_api_key", &[Code::RoleAboveYours]),
    ("simulate_status_rules", &[Code::SimulationTimeout]),
    (
        "start_direct_calls",
        &[Code::LinesAreTaken, Code::NothingToCall],
    ),
    ("stop_queue", &[Code::RunIsOver, Code::RunIsBeingCancelled]),
    ("subscribe_push", &[Code::NotAUser, Code::PushNotConfigured]),
    (
        "test_push",
        &[
            Code::NotAUser,
            Code::NoPushSubscription,
            Code::PushNotConfigured,
        ],
    ),
    ("test_webhook_endpoint", &[Code::WebhookEndpointInactive]),
    (
        "undo_decision",
        &[
            Code::NothingToUndo,
            Code::LeadMovedSince,
            Code::StatusBeforeGone,
        ],
    ),
    (
        "unsubscribe_push",
        &[Code::NotAUser, Code::PushNotConfigured],
    ),
];

/// Adds to an operation every problem that it may answer, by status.
pub(super) fn describe(operation: &mut Value, method: &str, is_webhook: bool, needs_nobody: bool) {
    let mut by_status: BTreeMap<u16, Vec<Code>> = BTreeMap::new();
    for code in codes(operation, method, is_webhook, needs_nobody) {
        let of_status = by_status.entry(code.status().as_u16()).or_default();
        if !of_status.contains(&code) {
            of_status.push(code);
        }
    }
    let Some(responses) = operation["responses"].as_object_mut() else {
        return;
    };
    for (status, codes) in by_status {
        let said = responses.get(&status.to_string());
        let mut response = match said {
            None if method != "head" => shared(&codes),
            _ => response(&codes),
        };
        // The handler's own words, where it has some.
        for key in ["description", "headers"] {
            if let Some(own) = said.and_then(|said| said.get(key)) {
                response[key] = own.clone();
            }
        }
        // Answers to HEAD have no body.
        if method == "head" {
            response
                .as_object_mut()
                .and_then(|response| response.remove("content"));
        }
        responses.insert(status.to_string(), response);
    }
}

/// An answer that operations share, named by its codes.
fn shared(codes: &[Code]) -> Value {
    let names: Vec<&str> = codes.iter().map(|code| code.as_str()).collect();
    json!({ "$ref": format!("{SHARED}{}", names.join(".")) })
}

fn codes(operation: &Value, method: &str, is_webhook: bool, needs_nobody: bool) -> Vec<Code> {
    let mut codes = EVERY.to_vec();
    if is_webhook {
        codes.extend(WEBHOOK);
        return codes;
    }
    if !needs_nobody {
        codes.extend(SIGNED_IN);
        if !matches!(method, "get" | "head") {
            codes.extend(CHANGE);
        }
    }
    if operation.get("requestBody").is_some() {
        codes.extend(BODY);
    }
    let parameters = operation["parameters"].as_array();
    for parameter in parameters.into_iter().flatten() {
        match (parameter["in"].as_str(), parameter["name"].as_str()) {
            (Some("path"), _) => codes.push(Code::NotFound),
            (Some("query"), name) => {
                codes.push(Code::InvalidQuery);
                codes.extend((name == Some("cursor")).then_some(Code::InvalidCursor));
            }
            (Some("header"), Some("Idempotency-Key")) => codes.push(Code::IdempotencyKeyReused),
            (Some("header"), Some("If-Match")) => codes.push(Code::VersionConflict),
            _ => {}
        }
    }
    let id = operation["operationId"].as_str().unwrap_or_default();
    let own = OWN.iter().find(|(operation, _)| *operation == id);
    codes.extend(own.into_iter().flat_map(|(_, codes)| *codes));
    codes
}

fn response(codes: &[Code]) -> Value {
    let names: Vec<&str> = codes.iter().map(|code| code.as_str()).collect();
    let titles: Vec<String> = codes
        .iter()
        .map(|code| format!("- `{}`: {}", code.as_str(), code.title()))
        .collect();
    let description = match codes {
        [one] => one.title().to_owned(),
        _ => titles.join("\n"),
    };
    json!({
        "description": description,
        "content": {
            "application/problem+json": {
                "schema": {
                    "allOf": [
                        { "$ref": "#/components/schemas/Problem" },
                        { "type": "object", "properties": { "code": { "enum": names } } },
                    ],
                },
                "example": example(codes[0]),
            },
        },
    })
}

fn example(code: Code) -> Value {
    let mut example = json!({
        "type": format!("urn:callboard:problem:{}", code.as_str()),
        "title": code.title(),
        "status": code.status().as_u16(),
        "code": code.as_str(),
    });
    if code == Code::ValidationFailed {
        example["errors"] = json!([{ "field": "phone_e164", "message": "is missing" }]);
    }
    example
}

/// Lists every code.
pub(super) fn list(components: &mut Value) {
    let lines: Vec<String> = Code::ALL
        .iter()
        .map(|code| {
            let status = code.status().as_u16();
            format!("- `{}` ({status}): {}", code.as_str(), code.title())
        })
        .collect();
    let names: Vec<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
    components["schemas"]["ProblemCode"] = json!({
        "type": "string",
        "description": format!("What is wrong, for programs; a code never changes its meaning.\n\n{}", lines.join("\n")),
        "enum": names,
    });
    components["schemas"]["Problem"]["properties"]["code"] =
        json!({ "$ref": "#/components/schemas/ProblemCode" });
}

/// Adds the answers that operations share.
pub(super) fn share(document: &mut Value) {
    let operations = document["paths"].as_object().into_iter().flatten();
    let operations = operations.flat_map(|(_, item)| item.as_object().into_iter().flatten());
    let names: BTreeSet<String> = operations
        .flat_map(|(_, operation)| operation["responses"].as_object().into_iter().flatten())
        .filter_map(|(_, response)| response["$ref"].as_str()?.strip_prefix(SHARED))
        .map(str::to_owned)
        .collect();
    for name in names {
        let codes: Vec<Code> = name
            .split('.')
            .filter_map(|name| Code::ALL.iter().find(|code| code.as_str() == name))
            .copied()
            .collect();
        document["components"]["responses"][&name] = response(&codes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_names_operations_that_there_are() {
        let document = super::super::Document::new();
        for (operation, codes) in OWN {
            let named = format!("\"operationId\": \"{operation}\"");
            assert!(document.text().contains(&named), "{operation}");
            assert!(!codes.is_empty(), "{operation}");
        }
    }
}
