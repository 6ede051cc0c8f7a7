use actix_web::http::header::CACHE_CONTROL;
use actix_web::{HttpRequest, HttpResponse, get, web};
use chassis::backoff;
use futures::StreamExt as _;

use crate::extract::{Agent, Caller, still_may};
use crate::gateway::Gateway;

/// Live events
///
/// Server-Sent Events of the business: `status.changed`, `run.progress`, `run.finished`, `call.started`,
/// `call.completed`, `notification`; each `data` is the event's data as JSON. `resync` means that some were missed: read
/// again what is shown. The stream ends soon after who listens has signed out.
#[utoipa::path(
    tag = "events", operation_id = "events",
    responses((status = 200, description = "The stream, until the client leaves or an hour is over", body = String, content_type = "text/event-stream"))
)]
#[get("/api/events")]
pub(crate) async fn stream(
    gateway: web::Data<Gateway>,
    request: HttpRequest,
    caller: Caller<Agent>,
) -> HttpResponse {
    let shutdown = gateway.lifecycle.shutdown_token();
    let events = gateway.hub.stream(caller.business, caller.user, shutdown);
    let gateway = gateway.into_inner();
    let has_left = async move {
        loop {
            tokio::time::sleep(backoff::jittered(gateway.stream_check)).await;
            if !still_may(&gateway, &request).await {
                return;
            }
        }
    };
    HttpResponse::Ok()
        .content_type("text/event-stream; charset=utf-8")
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header(("X-Accel-Buffering", "no"))
        .streaming(events.take_until(Box::pin(has_left)))
}
