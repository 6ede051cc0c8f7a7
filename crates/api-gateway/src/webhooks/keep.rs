use actix_web::HttpResponse;
use carrier::callback::ParseError;
use domain::events::EventData;
use storage::callbacks::{self, NewCallback, TakenIn};

use crate::gateway::Gateway;
use crate::problem::{Code, FieldError, Problem, Result};

/// Keeps a callback once and, the first time only, raises `event`; in it the ids are filled in that are known only then
/// ([`callbacks::BY_ATTEMPT`], [`callbacks::ONCE_KEPT`]).
pub(super) async fn keep<E: EventData + Clone>(
    gateway: &Gateway,
    callback: NewCallback,
    event: Option<E>,
) -> Result<HttpResponse> {
    let now = gateway.clock.now();
    let kind = callback.kind.as_str();
    let taken_in = gateway
        .db
        .statement(move |tx| callbacks::take_in(tx, now, &callback, event.clone()))
        .await?;
    let delivery = match taken_in {
        TakenIn::First => "first",
        TakenIn::Again => "again",
        TakenIn::OfNobody => return Err(Code::NotFound.into()),
    };
    metrics::counter!("callboard_webhooks_total", "kind" => kind, "delivery" => delivery)
        .increment(1);
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
