use actix_web::HttpResponse;
use carrier::callback::ParseError;
use domain::events::EventData;
use domain::ids::{BusinessId, CallbackId};
use storage::callbacks::{self, NewCallback};
use storage::outbox;

use crate::gateway::Gateway;
use crate::problem::{Code, FieldError, Problem, Result};

/// Keeps a callback once and, the first time only, raises the event that `event` makes of it.
pub(super) async fn keep<E: EventData>(
    gateway: &Gateway,
    business: BusinessId,
    callback: NewCallback,
    event: impl FnOnce(CallbackId) -> Option<E> + Send + 'static,
) -> Result<HttpResponse> {
    let now = gateway.clock.now();
    let kind = callback.kind.as_str();
    let kept = gateway
        .db
        .tenant(business, move |tx| {
            let Some(id) = callbacks::keep(tx, now, &callback)? else {
                return Ok::<_, Problem>(false);
            };
            if let Some(event) = event(id) {
                outbox::stage(tx, now, event)?;
            }
            Ok(true)
        })
        .await?;
    let fresh = if kept { "first" } else { "again" };
    metrics::counter!("callboard_webhooks_total", "kind" => kind, "delivery" => fresh).increment(1);
    Ok(HttpResponse::NoContent().finish())
}

/// A signed callback that lacks what makes it one.
pub(super) fn unreadable(error: &ParseError) -> Problem {
    let field = match error {
        ParseError::Missing(field) | ParseError::Invalid(field) => *field,
    };
    Problem::fields(
        Code::ValidationFailed,
        vec![FieldError::new(field, error.to_string())],
    )
}
