use std::time::Instant;

use actix_web::Error;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::middleware::Next;
use observe::trace;
use tracing::{Instrument as _, field, info_span};

use crate::measures;

/// Counts and logs every request by its route, never by its address: addresses hold ids that are secrets to outsiders,
/// and queries hold names.
pub(crate) async fn observe(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let started = Instant::now();
    let method = known(request.method());
    let route = request
        .match_pattern()
        .unwrap_or_else(|| "unknown".to_owned());
    let span = info_span!(
        "request",
        otel.name = format!("{method} {route}"),
        otel.kind = "server",
        business_id = field::Empty,
        user_id = field::Empty,
        http.response.status_code = field::Empty,
    );
    let traceparent = request.headers().get(trace::TRACEPARENT);
    trace::follow(&span, traceparent.and_then(|value| value.to_str().ok()));
    let response = next.call(request).instrument(span.clone()).await?;
    let status = response.status();
    span.record("http.response.status_code", status.as_u16());
    let _entered = span.enter();
    let seconds = started.elapsed().as_secs_f64();
    let labels = [
        ("method", method),
        ("route", route.as_str()),
        ("status", status.as_str()),
    ];
    measures::REQUESTS.timing(&labels).record(seconds);
    let status = status.as_u16();
    tracing::info!(
        method,
        route,
        status,
        seconds,
        "{method} {route} answered {status}"
    );
    Ok(response)
}

/// A client may invent methods; what is counted must not grow with them.
fn known(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::PATCH => "PATCH",
        Method::PUT => "PUT",
        Method::DELETE => "DELETE",
        Method::HEAD => "HEAD",
        _ => "other",
    }
}
