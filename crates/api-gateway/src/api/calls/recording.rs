use actix_web::body::SizedStream;
use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_RANGE, ContentRange, ContentRangeSpec};
use actix_web::{HttpRequest, HttpResponse, get, web};
use bytes::Bytes;
use chassis::telemetry::chain;
use futures::{Stream, TryStreamExt as _};
use object_store::{GetOptions, GetRange, ObjectStore as _};

use super::audio::{self, Audio};
use crate::extract::{Agent, Caller, Sid};
use crate::gateway::Gateway;
use crate::problem::{self, Code, Problem, Result};
use crate::ranges::{self, Wanted};

/// Listen to a call
///
/// The recording of the call as WAV. Of several it is the first that is stored, in the order in which the carrier announced
/// them: the one that the transcript begins with. One range of bytes is answered with 206; several, or what cannot be read
/// as a range, with the whole. `If-None-Match` and `If-Range` take the `ETag`.
#[utoipa::path(
    tag = "calls", operation_id = "call_recording",
    params(
        ("sid" = String, Path, description = "The carrier's id of the call"),
        ("Range" = Option<String>, Header, description = "For example `bytes=0-65535`, `bytes=65536-` or `bytes=-1024`"),
    ),
    responses(
        (status = 200, description = "The whole recording", body = serde_json::Value, content_type = "audio/wav"),
        (status = 206, description = "A part of it, as Content-Range says", body = serde_json::Value, content_type = "audio/wav"),
        (status = 304, description = "The client has it already"),
        (status = 404, description = "No such call (`not_found`), or nothing to listen to: `no_recording`, `recording_not_ready` \
            (the carrier has it, it is still to be fetched), `recording_failed` (it could not be had; `detail` says why), \
            `recording_lost` (its file is not where it was stored)", body = problem::Document, content_type = "application/problem+json"),
        (status = 410, description = "It was deleted (`recording_deleted`)", body = problem::Document, content_type = "application/problem+json"),
        (status = 416, description = "It has no such bytes (`range_not_satisfiable`); Content-Range says how many it has", body = problem::Document, content_type = "application/problem+json"),
    )
)]
#[get("/api/calls/{sid}/recording")]
pub(crate) async fn recording(
    gateway: web::Data<Gateway>,
    caller: Caller<Agent>,
    sid: Sid,
    request: HttpRequest,
) -> Result<HttpResponse> {
    let audio = Audio::of_call(&gateway, caller.business, sid.0).await?;
    if audio.is_known(&request) {
        return Ok(audio.answer(StatusCode::NOT_MODIFIED).finish());
    }
    match ranges::wanted(&request, &audio.tag, audio.size) {
        Wanted::Whole => {
            let mut answer = audio.answer(StatusCode::OK);
            Ok(answer.body(read(&gateway, &audio, None, audio.size).await?))
        }
        Wanted::Part { first, last } => {
            let (part, length) = (GetRange::Bounded(first..last + 1), last + 1 - first);
            let mut answer = audio.answer(StatusCode::PARTIAL_CONTENT);
            answer.insert_header(ContentRange(ContentRangeSpec::Bytes {
                range: Some((first, last)),
                instance_length: Some(audio.size),
            }));
            Ok(answer.body(read(&gateway, &audio, Some(part), length).await?))
        }
        Wanted::Nothing => {
            let size = format!("bytes */{}", audio.size);
            Err(Problem::from(Code::RangeNotSatisfiable).header(CONTENT_RANGE, size))
        }
    }
}

/// A part of the audio as a body, or all of it. It is read as the client takes it, and never held as a whole.
async fn read(
    gateway: &Gateway,
    audio: &Audio,
    part: Option<GetRange>,
    length: u64,
) -> Result<SizedStream<impl Stream<Item = object_store::Result<Bytes>> + use<>>> {
    let options = GetOptions {
        range: part,
        ..GetOptions::default()
    };
    let found = gateway
        .media
        .get_opts(&audio.path, options)
        .await
        .map_err(audio::unreadable)?;
    let bytes = found.into_stream().inspect_err(|error| {
        tracing::warn!(
            error = chain(error),
            "a recording broke off while it was read"
        );
    });
    Ok(SizedStream::new(length, bytes))
}
