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
    let method = request.method().clone();
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
    let status = response.status().as_u16();
    span.record("http.response.status_code", status);
    let _entered = span.enter();
    let seconds = started.elapsed().as_secs_f64();
    // A client may invent methods; the label must not grow with them.
    let known = matches!(
        method,
        Method::GET | Method::POST | Method::PATCH | Method::PUT | Method::DELETE | Method::HEAD
    );
    let label = if known {
        method.to_string()
    } else {
        "other".to_owned()
    };
    let labels = [
        ("method", label.as_str()),
        ("route", &route),
        ("status", &status.to_string()),
    ];
    measures::REQUESTS.timing(&labels).record(seconds);
    tracing::info!(%method, route, status, seconds, "{method} {route} answered {status}");
    Ok(response)
}
