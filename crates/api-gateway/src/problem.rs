//! What a client is told when something is wrong: problem documents (RFC 9457) with a stable `code`. Two kinds: what the
//! client can mend says how; what it cannot is opaque, and logged here with its chain.

mod codes;

use std::fmt;

use actix_web::http::StatusCode;
use actix_web::http::header::{ALLOW, HeaderName, RETRY_AFTER};
use actix_web::{HttpResponse, ResponseError};
use chassis::telemetry::chain;
use serde::Serialize;
use storage::StorageError;
use utoipa::ToSchema;

pub use codes::Code;

/// The result of a handler.
pub type Result<T, E = Problem> = std::result::Result<T, E>;

/// One wrong field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct FieldError {
    /// Its name.
    pub field: String,
    /// What is wrong with it, and what it should be.
    pub message: String,
}

impl FieldError {
    /// A wrong field.
    pub fn new(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            field: field.into(),
            message: message.into(),
        }
    }
}

/// Something is wrong.
#[derive(Debug, Clone, PartialEq)]
pub struct Problem {
    /// What.
    pub code: Code,
    more: Option<Box<More>>,
}

/// What there is to say beyond the code.
#[derive(Debug, Clone, Default, PartialEq)]
struct More {
    detail: Option<String>,
    errors: Vec<FieldError>,
    extra: serde_json::Map<String, serde_json::Value>,
    headers: Vec<(HeaderName, String)>,
}

impl From<Code> for Problem {
    fn from(code: Code) -> Self {
        Self { code, more: None }
    }
}

/// The document as it is sent.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub(crate) struct Document<'a> {
    /// `urn:callboard:problem:` and the code.
    r#type: String,
    /// One line for people; the same for every occurrence of the code.
    title: &'a str,
    /// The HTTP status.
    status: u16,
    /// Stable name for programs.
    code: &'a str,
    /// What is wrong this time.
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<&'a str>,
    /// Every wrong field.
    #[serde(skip_serializing_if = "<[FieldError]>::is_empty")]
    errors: &'a [FieldError],
}

impl Problem {
    /// Says what is wrong this time.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.more.get_or_insert_default().detail = Some(detail.into());
        self
    }

    /// Fields that are wrong.
    #[must_use]
    pub fn fields(code: Code, errors: Vec<FieldError>) -> Self {
        let mut problem = Self::from(code);
        problem.more.get_or_insert_default().errors = errors;
        problem
    }

    /// One field that is wrong.
    #[must_use]
    pub fn field(code: Code, field: &str, message: impl Into<String>) -> Self {
        Self::fields(code, vec![FieldError::new(field, message)])
    }

    /// Adds a member to the document.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: serde_json::Value) -> Self {
        let more = self.more.get_or_insert_default();
        more.extra.insert(name.to_owned(), value);
        self
    }

    /// Adds every member of an object to the document.
    #[must_use]
    pub fn with_all(mut self, object: &impl Serialize) -> Self {
        if let Ok(serde_json::Value::Object(members)) = serde_json::to_value(object) {
            self.more.get_or_insert_default().extra.extend(members);
        }
        self
    }

    /// The methods that the address does take.
    #[must_use]
    pub(crate) fn method_not_allowed(allow: String) -> Self {
        Self::from(Code::MethodNotAllowed).header(ALLOW, allow)
    }

    /// Adds a header to the answer.
    #[must_use]
    pub(crate) fn header(mut self, name: HeaderName, value: String) -> Self {
        let more = self.more.get_or_insert_default();
        more.headers.push((name, value));
        self
    }

    /// A bug or a broken part: the client is told nothing, the log everything.
    pub fn internal(error: &(dyn std::error::Error + 'static)) -> Self {
        tracing::error!(error = chain(error), "a request failed");
        Code::Internal.into()
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code.as_str())
    }
}

impl std::error::Error for Problem {}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.code.status()
    }

    fn error_response(&self) -> HttpResponse {
        let nothing = More::default();
        let more = self.more.as_deref().unwrap_or(&nothing);
        let document = Document {
            r#type: format!("urn:callboard:problem:{}", self.code.as_str()),
            title: self.code.title(),
            status: self.code.status().as_u16(),
            code: self.code.as_str(),
            detail: more.detail.as_deref(),
            errors: &more.errors,
        };
        let mut json = serde_json::to_value(&document).unwrap_or_default();
        for (name, value) in &more.extra {
            json[name] = value.clone();
        }
        let mut answer = HttpResponse::build(self.code.status());
        if matches!(
            self.code,
            Code::Unavailable | Code::TooManyRequests | Code::TooManyStreams
        ) {
            answer.insert_header((RETRY_AFTER, "2"));
        }
        for (name, value) in &more.headers {
            answer.insert_header((name.clone(), value.as_str()));
        }
        answer
            .content_type("application/problem+json")
            .body(json.to_string())
    }
}

impl From<StorageError> for Problem {
    fn from(error: StorageError) -> Self {
        let code = match &error {
            StorageError::NotFound => Code::NotFound,
            error if error.is_transient() => {
                tracing::warn!(error = chain(error), "the database is not available");
                Code::Unavailable
            }
            StorageError::Conflict { constraint } => match constraint.as_str() {
                "leads_phone" => Code::PhoneTaken,
                "users_email" => Code::EmailTaken,
                "leads_version"
                | "business_settings_version"
                | "lead_statuses_version"
                | "notification_preferences_version"
                | "users_version"
                | "webhook_endpoints_version" => Code::VersionConflict,
                "lead_statuses_name" => Code::StatusNameTaken,
                "business_settings_caller_number" => Code::CallerNumberTaken,
                "business_settings_whatsapp_number" => Code::WhatsappNumberTaken,
                _ => Code::Conflict,
            },
            StorageError::BrokenReference { constraint }
                if constraint == "leads_status_is_an_active_one_of_its_business" =>
            {
                Code::StatusHeld
            }
            StorageError::BrokenReference { constraint } | StorageError::Refused { constraint } => {
                return match refused_field(constraint) {
                    Some((field, message)) => Self::field(Code::ValidationFailed, field, message),
                    None => Self::internal(&error),
                };
            }
            _ => return Self::internal(&error),
        };
        code.into()
    }
}

/// The field behind a constraint that only the database can check.
fn refused_field(constraint: &str) -> Option<(&'static str, &'static str)> {
    match constraint {
        "leads_tenant_id_owner_user_id_fkey" => {
            Some(("owner_user_id", "the business has no such user"))
        }
        "total_holds_outbound" => Some((
            "max_total",
            "must be at least max_outbound and at most 1000",
        )),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn codes_are_unique_and_their_titles_say_something() {
        let names: HashSet<_> = Code::ALL.iter().map(|code| code.as_str()).collect();
        assert_eq!(names.len(), Code::ALL.len());
        for code in Code::ALL {
            assert!(code.title().ends_with('.'), "{}", code.as_str());
            assert!(code.status().is_client_error() || code.status().is_server_error());
        }
    }
}
