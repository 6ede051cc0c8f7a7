//! OpenAI-compatible speech and language: the scripted truth about a recording, through the real protocols.

mod completions;
mod labels;
mod multipart;
mod transcriptions;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use serde_json::json;

pub(crate) fn routes(config: &mut web::ServiceConfig) {
    config
        .route(
            "/v1/audio/transcriptions",
            web::post().to(transcriptions::transcribe),
        )
        .route(
            "/v1/chat/completions",
            web::post().to(completions::complete),
        );
}

/// An error in OpenAI's shape.
fn error(status: StatusCode, message: &str) -> HttpResponse {
    let kind = if status.is_client_error() {
        "invalid_request_error"
    } else {
        "server_error"
    };
    HttpResponse::build(status).json(json!({
        "error": { "message": message, "type": kind, "param": null, "code": null }
    }))
}
