//! `GET` and `DELETE …/Calls/{sid}.json`.

use actix_web::{HttpRequest, HttpResponse, web};

use super::json::call_json;
use super::reply::{ApiError, authorise, builder, not_found, ok};
use crate::state::Sim;

pub(super) async fn fetch(request: HttpRequest, sim: web::Data<Sim>) -> HttpResponse {
    if let Err(refused) = authorise(&sim, &request) {
        return refused.response();
    }
    let state = sim.state();
    let seen = sim.clock.now() - state.faults.lag_seconds;
    let call = state.calls.get(sid_of(&request));
    match call.and_then(|call| call.seen_at(seen).map(|view| (call, view))) {
        Some((call, view)) => ok(200, &call_json(&sim, call, view)),
        None => not_found(&request),
    }
}

/// Removes the record of a call that is over.
pub(super) async fn delete(request: HttpRequest, sim: web::Data<Sim>) -> HttpResponse {
    if let Err(refused) = authorise(&sim, &request) {
        return refused.response();
    }
    let mut state = sim.state();
    let sid = sid_of(&request);
    match state.calls.get(sid).map(|call| call.latest().status) {
        None => not_found(&request),
        Some(status) if status.is_terminal() => {
            state.calls.remove(sid);
            state.order.retain(|other| other != sid);
            builder(204).finish()
        }
        Some(_) => {
            ApiError::bad_request(21220, "Call is not complete and cannot be deleted.").response()
        }
    }
}

pub(super) fn sid_of(request: &HttpRequest) -> &str {
    request.match_info().get("sid").unwrap_or_default()
}
