use actix_web::HttpResponse;
use carrier::callback::ParseError;
use domain::events::{CallReported, EventData};
use domain::ids::AttemptId;
use observe::trace;
use storage::callbacks::{Arrived, BY_ATTEMPT, NewCallback, ONCE_KEPT, TakenIn};
use tracing::Instrument as _;

use crate::gateway::Gateway;
use crate::measures;
use crate::problem::{Code, FieldError, Problem, Result};

/// Keeps a callback once and, the first time only, raises `event`; in it the ids are filled in that are known only then
/// ([`BY_ATTEMPT`], [`ONCE_KEPT`]).
pub(super) async fn keep<E: EventData>(
    gateway: &Gateway,
    callback: NewCallback,
    event: Option<E>,
) -> Result<HttpResponse> {
    let (kind, attempt) = (callback.kind.as_str(), callback.attempt);
    let span = tracing::info_span!("callback", kind, call_sid = callback.call_sid);
    match gateway.db.trace_of_attempt(attempt).await {
        Ok(traceparent) => trace::follow(&span, traceparent.as_deref()),
        Err(error) => tracing::warn!(
            error = &error as &dyn std::error::Error,
            "a trace breaks off here"
        ),
    }
    let role = gateway.db.role();
    let arrived = span.in_scope(|| Arrived::new(role, gateway.clock.now(), callback, event))?;
    let taken_in = gateway.intake.take_in(attempt, arrived);
    let taken_in = taken_in.instrument(span).await?;
    let delivery = match taken_in {
        TakenIn::First => "first",
        TakenIn::Again => "again",
        TakenIn::OfNobody => return Err(Code::NotFound.into()),
    };
    let labels = [("kind", kind), ("delivery", delivery)];
    measures::CALLBACKS.count(&labels).increment(1);
    Ok(HttpResponse::NoContent().finish())
}

/// What a report about a call raises.
pub(super) const fn reported(attempt: AttemptId, call_sid: String) -> CallReported {
    CallReported {
        business_id: BY_ATTEMPT,
        attempt_id: attempt,
        call_sid,
        callback_id: ONCE_KEPT,
    }
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
