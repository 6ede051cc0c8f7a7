use actix_web::body::SizedStream;
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, head, web};
use bytes::Bytes;

use super::audio::Audio;
use crate::extract::{Agent, Caller, Sid};
use crate::gateway::Gateway;
use crate::problem::{Problem, Result};

/// What there is to listen to
///
/// The headers of `GET`, without the recording.
#[utoipa::path(
    tag = "calls", operation_id = "call_recording_headers",
    params(("sid" = String, Path, description = "The carrier's id of the call")),
    responses(
        (status = 200, description = "There is a recording, of so many bytes as Content-Length says"),
        (status = 304, description = "The client has it already"),
        (status = 410, description = "It was deleted"),
    )
)]
#[head("/api/calls/{sid}/recording")]
pub(crate) async fn recording_head(
    gateway: web::Data<Gateway>,
    caller: Caller<Agent>,
    sid: Sid,
    request: HttpRequest,
) -> Result<HttpResponse> {
    let audio = Audio::of_call(&gateway, caller.business, sid.0).await?;
    if audio.is_known(&request) {
        return Ok(audio.answer(StatusCode::NOT_MODIFIED).finish());
    }
    // The size is told, nothing of that size is sent.
    let nothing = futures::stream::empty::<Result<Bytes, Problem>>();
    Ok(audio
        .answer(StatusCode::OK)
        .body(SizedStream::new(audio.size, nothing)))
}
