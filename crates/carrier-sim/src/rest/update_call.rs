//! `POST …/Calls/{sid}.json`: ends a call or sends it elsewhere.

use actix_web::{HttpRequest, HttpResponse, web};

use super::calls::sid_of;
use super::create_call::answer;
use super::json::call_json;
use super::params::Params;
use super::reply::{ApiError, authorise, not_found, ok};
use crate::calls::{Order, Status};
use crate::state::Sim;

pub(super) async fn update(
    request: HttpRequest,
    sim: web::Data<Sim>,
    body: web::Bytes,
) -> HttpResponse {
    if let Err(refused) = authorise(&sim, &request) {
        return refused.response();
    }
    let sid = sid_of(&request);
    let Some(status) = sim.state().calls.get(sid).map(|call| call.latest().status) else {
        return not_found(&request);
    };
    match order(status, &Params::read(&body)) {
        Ok(Some(order)) => sim.order(sid, order),
        Ok(None) => {}
        Err(error) => return error.response(),
    }
    let state = sim.state();
    match state.calls.get(sid) {
        Some(call) => ok(200, &call_json(&sim, call, call.latest())),
        None => not_found(&request),
    }
}

/// What the update asks of a call in this state; nothing, when it has no effect.
fn order(status: Status, params: &Params) -> Result<Option<Order>, ApiError> {
    let over = || ApiError::bad_request(21220, "Call is not in-progress. Cannot redirect.");
    if status.is_terminal() {
        return Err(over());
    }
    match params.get("Status") {
        Some("completed") => return Ok(Some(Order::End)),
        // Cancelling is for calls that nobody has answered; others go on.
        Some("canceled") if status == Status::InProgress => return Ok(None),
        Some("canceled") => return Ok(Some(Order::End)),
        Some(other) => {
            return Err(ApiError::bad_request(
                20001,
                format!("Status {other} is not valid"),
            ));
        }
        None => {}
    }
    if params.get("Url").is_none() && params.get("Twiml").is_none() {
        return Ok(None);
    }
    if status != Status::InProgress {
        return Err(over());
    }
    answer(params).map(|answer| Some(Order::Redirect(answer)))
}
