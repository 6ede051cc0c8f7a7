//! Answers in the carrier's shape, with the headers that its API sends.

use actix_web::http::StatusCode;
use actix_web::http::header::WWW_AUTHENTICATE;
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};

use crate::calls::new_sid;
use crate::state::Sim;

/// An error of the carrier: HTTP status, code, message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ApiError {
    pub status: u16,
    pub code: u32,
    pub message: String,
}

impl ApiError {
    pub(super) fn bad_request(code: u32, message: impl Into<String>) -> Self {
        Self {
            status: 400,
            code,
            message: message.into(),
        }
    }

    pub(super) fn response(&self) -> HttpResponse {
        let mut builder = builder(self.status);
        builder.insert_header(("X-Twilio-Error-Code", self.code.to_string()));
        if self.status == 401 {
            builder.insert_header((WWW_AUTHENTICATE, r#"Basic realm="Twilio API""#));
        }
        builder.json(json!({
            "code": self.code,
            "message": self.message,
            "more_info": format!("https://www.twilio.com/docs/errors/{}", self.code),
            "status": self.status,
        }))
    }
}

/// A builder with the headers of every answer.
pub(super) fn builder(status: u16) -> HttpResponseBuilder {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut builder = HttpResponse::build(status);
    builder
        .insert_header(("Twilio-Request-Id", new_sid("RQ")))
        .insert_header(("Twilio-Request-Duration", "0.001"))
        .insert_header(("Twilio-Concurrent-Requests", "1"))
        .insert_header(("X-API-Domain", "api.twilio.com"))
        .insert_header(("X-Home-Region", "us1"));
    builder
}

pub(super) fn ok(status: u16, body: &Value) -> HttpResponse {
    builder(status).json(body)
}

pub(super) fn not_found(request: &HttpRequest) -> HttpResponse {
    unknown(request).response()
}

fn unknown(request: &HttpRequest) -> ApiError {
    ApiError {
        status: 404,
        code: 20404,
        message: format!("The requested resource {} was not found", request.path()),
    }
}

/// Lets the account in. Wrong credentials are 401, another account in the path is 404, as observed of the real API.
pub(super) fn authorise(sim: &Sim, request: &HttpRequest) -> Result<(), ApiError> {
    let config = &sim.config;
    let expected = format!(
        "{}:{}",
        config.account_sid,
        config.auth_token.expose_secret()
    );
    let given = request
        .headers()
        .get("authorization")
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Basic "))
        .and_then(|encoded| STANDARD.decode(encoded.trim()).ok());
    let problem = match given {
        Some(given) if given == expected.as_bytes() => {
            let same = request.match_info().get("account") == Some(config.account_sid.as_str());
            return if same { Ok(()) } else { Err(unknown(request)) };
        }
        Some(_) => "Authentication Error - invalid username",
        None => "Authentication Error - No credentials provided",
    };
    Err(ApiError {
        status: 401,
        code: 20003,
        message: problem.to_owned(),
    })
}
