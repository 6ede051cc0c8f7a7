use std::time::Duration;

use actix_web::http::header::CACHE_CONTROL;
use actix_web::{HttpResponse, get, web};

use super::query::EventsQuery;
use crate::extract::{Agent, Caller, LastEventId, Params};
use crate::gateway::Gateway;
use crate::live::{Credential, Kinds, Opening};
use crate::problem::{Code, FieldError, Problem, Result};

/// A stream ends after this, give or take some minutes, and the client connects anew.
const LONGEST_SECONDS: u16 = 3_600;

/// Live events
///
/// Server-Sent Events of the business. Each says what happened and carries the whole state of what changed, as the API
/// answers it: `status.changed` the `lead` (as in `GET /api/leads`), `run.progress` and `run.finished` the `run`,
/// `call.started` and `call.completed` the `call`; `notification` goes to its users only. `event_id` is the event's own,
/// by which one that comes twice is known; `time` says when it happened.
///
/// `resync` means that some were missed: read again what is shown. Who opens the stream first and reads then misses
/// nothing. A client that comes back with `Last-Event-ID` goes on from there, at whichever replica, or hears `resync`.
/// Comments keep the stream alive. It ends when its session or key does.
#[utoipa::path(
    tag = "events", operation_id = "events",
    params(
        EventsQuery,
        ("Last-Event-ID" = Option<String>, Header, description = "The `id` that was heard last, as browsers send it"),
    ),
    responses((
        status = 200, description = "The stream, until the client leaves or an hour is over",
        body = Object, content_type = "text/event-stream",
    ))
)]
#[get("/api/events")]
pub(crate) async fn stream(
    gateway: web::Data<Gateway>,
    caller: Caller<Agent>,
    credential: Credential,
    last: LastEventId,
    query: Params<EventsQuery>,
) -> Result<HttpResponse> {
    let EventsQuery { types, max_seconds } = query.0;
    let kinds = types.as_deref().map(Kinds::read).transpose();
    let wrong = |field: &str, message: String| {
        Problem::fields(Code::InvalidQuery, vec![FieldError::new(field, message)])
    };
    let kinds = kinds.map_err(|name| {
        wrong(
            "types",
            format!("{name:?} is not a type of event that is shown"),
        )
    })?;
    let longest = match max_seconds {
        None => chassis::backoff::jittered(Duration::from_secs(LONGEST_SECONDS.into())),
        Some(seconds) if (1..=LONGEST_SECONDS).contains(&seconds) => {
            Duration::from_secs(seconds.into())
        }
        Some(_) => {
            return Err(wrong(
                "max_seconds",
                format!("must be 1 to {LONGEST_SECONDS}"),
            ));
        }
    };
    let opening = Opening {
        business: caller.business,
        user: caller.user,
        credential,
        kinds: kinds.unwrap_or(Kinds::ALL),
        last: last.0,
        longest,
    };
    let stream = gateway
        .hub
        .open(opening, gateway.lifecycle.shutdown_token())
        .ok_or(Code::TooManyStreams)?;
    Ok(HttpResponse::Ok()
        .content_type("text/event-stream; charset=utf-8")
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header(("X-Accel-Buffering", "no"))
        .streaming(stream))
}
