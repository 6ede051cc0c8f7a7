//! `POST …/Calls.json`: the create, and everything that can go wrong around it.

use std::collections::BTreeSet;
use std::time::Duration;

use actix_web::{HttpRequest, HttpResponse, web};

use super::json;
use super::params::{Params, base_url_of};
use super::reply::{ApiError, authorise, builder, ok};
use crate::calls::{Answer, CallPlan, DetectionPlan, RecordPlan};
use crate::scripts::{Script, is_e164};
use crate::state::Sim;

/// The carrier's limits and defaults (Twilio, "Call resource").
const DEFAULT_RING_SECONDS: u32 = 60;
const MAX_RING_SECONDS: u32 = 600;
const MAX_CALL_SECONDS: u32 = 86_400;
const MAX_TWIML_CHARACTERS: usize = 4000;
/// Longer than any client waits.
const NEVER: Duration = Duration::from_secs(3600);

/// What happens around this create.
enum Around {
    Nothing,
    DropConnection,
    NeverAnswer,
    ServerError,
}

pub(super) async fn create(
    request: HttpRequest,
    sim: web::Data<Sim>,
    body: web::Bytes,
) -> HttpResponse {
    if let Err(refused) = authorise(&sim, &request) {
        return refused.response();
    }
    let sim = sim.into_inner();
    let (plan, script, around) = match accept(&sim, &body, base_url_of(&request)) {
        Ok(accepted) => accepted,
        Err(error) => {
            sim.state().ledger.create_refused(error.status, error.code);
            return error.response();
        }
    };
    let sid = sim.place(plan, script);
    match around {
        Around::Nothing => {}
        Around::ServerError => return server_error().response(),
        // A body that fails before its first byte: the connection closes without an answer.
        Around::DropConnection => {
            return builder(201).streaming(futures::stream::once(async {
                Err::<web::Bytes, _>(std::io::Error::other(
                    "the connection is dropped on purpose",
                ))
            }));
        }
        Around::NeverAnswer => {
            tokio::select! {
                () = sim.stopped.cancelled() => {}
                () = tokio::time::sleep(NEVER) => {}
            }
            return server_error().response();
        }
    }
    let state = sim.state();
    match state.calls.get(&sid) {
        Some(call) => ok(201, &json::created(&sim, call)),
        // Only a reset in this very moment removes it.
        None => server_error().response(),
    }
}

fn server_error() -> ApiError {
    ApiError {
        status: 500,
        code: 20500,
        message: "Internal Server Error".to_owned(),
    }
}

/// Checks the order, and lets the faults before the create strike.
fn accept(
    sim: &Sim,
    body: &[u8],
    base_url: String,
) -> Result<(CallPlan, Script, Around), ApiError> {
    let mut state = sim.state();
    if state.strikes(|faults| &mut faults.create_429, "") {
        return Err(ApiError {
            status: 429,
            code: 20429,
            message: "Too Many Requests".to_owned(),
        });
    }
    if state.strikes(|faults| &mut faults.create_5xx_before, "") {
        return Err(server_error());
    }
    let plan = plan(sim, &Params::read(body), base_url)?;
    if let Some(code) = state.scripts.peek(&plan.to).create_error {
        return Err(ApiError::bad_request(code, message_of(code, &plan.to)));
    }
    let script = state.scripts.play(&plan.to);
    let around = if state.strikes(|faults| &mut faults.create_drop_connection, "") {
        Around::DropConnection
    } else if state.strikes(|faults| &mut faults.create_never_answer, "") {
        Around::NeverAnswer
    } else if state.strikes(|faults| &mut faults.create_5xx_after, "") {
        Around::ServerError
    } else {
        Around::Nothing
    };
    Ok((plan, script, around))
}

fn message_of(code: u32, to: &str) -> String {
    match code {
        21211 => format!("The phone number you are attempting to call, {to}, is not valid."),
        21215 => format!(
            "Account not authorized to call {to}. Perhaps you need to enable some international permissions"
        ),
        21216 => format!("Account not allowed to call {to}"),
        _ => format!("The call to {to} was refused"),
    }
}

fn plan(sim: &Sim, params: &Params, base_url: String) -> Result<CallPlan, ApiError> {
    let bad = |code, message: &str| ApiError::bad_request(code, message);
    let to = params
        .get("To")
        .ok_or_else(|| bad(21201, "No 'To' number is specified"))?;
    let from = params
        .get("From")
        .ok_or_else(|| bad(21213, "No 'From' number is specified"))?;
    if !is_e164(from) {
        return Err(bad(
            21212,
            &format!("The 'From' number {from} is not a valid phone number"),
        ));
    }
    let owned = &sim.config.owned_numbers;
    if !owned.is_empty() && !owned.iter().any(|number| number == from) {
        return Err(bad(
            21210,
            &format!(
                "The source phone number provided, {from}, is not yet verified for your account"
            ),
        ));
    }
    if !is_e164(to) || to == from {
        return Err(bad(21211, &message_of(21211, to)));
    }
    Ok(CallPlan {
        to: to.to_owned(),
        from: from.to_owned(),
        inbound: false,
        answer: answer(params)?,
        status_hook: params.hook("StatusCallback", 21609)?,
        status_events: status_events(params)?,
        ring_limit: params.seconds("Timeout", DEFAULT_RING_SECONDS, MAX_RING_SECONDS)?,
        time_limit: params.seconds("TimeLimit", MAX_CALL_SECONDS, MAX_CALL_SECONDS)?,
        record: record(params)?,
        detection: detection(params)?,
        base_url,
    })
}

/// Of `Url` and `Twiml` the former counts.
pub(super) fn answer(params: &Params) -> Result<Answer, ApiError> {
    if let Some(hook) = params.hook("Url", 21205)? {
        return Ok(Answer::Hook(hook, params.hook("FallbackUrl", 21205)?));
    }
    match params.get("Twiml") {
        Some(twiml) if twiml.chars().count() <= MAX_TWIML_CHARACTERS => {
            Ok(Answer::Twiml(twiml.to_owned()))
        }
        Some(_) => Err(ApiError::bad_request(
            21205,
            "Twiml is longer than 4000 characters",
        )),
        None => Err(ApiError::bad_request(21205, "Url parameter is required.")),
    }
}

fn status_events(params: &Params) -> Result<BTreeSet<String>, ApiError> {
    const KNOWN: [&str; 4] = ["initiated", "ringing", "answered", "completed"];
    let mut events: BTreeSet<String> = params
        .all("StatusCallbackEvent")
        .map(str::to_owned)
        .collect();
    if let Some(unknown) = events.iter().find(|event| !KNOWN.contains(&event.as_str())) {
        return Err(ApiError::bad_request(
            21626,
            format!("StatusCallbackEvent {unknown} is not valid"),
        ));
    }
    if events.is_empty() {
        events.insert("completed".to_owned());
    }
    Ok(events)
}

fn record(params: &Params) -> Result<Option<RecordPlan>, ApiError> {
    if !params.flag("Record") {
        return Ok(None);
    }
    Ok(Some(RecordPlan {
        hook: params.hook("RecordingStatusCallback", 21609)?,
        events: params
            .get("RecordingStatusCallbackEvent")
            .unwrap_or("completed")
            .split_whitespace()
            .map(str::to_owned)
            .collect(),
    }))
}

fn detection(params: &Params) -> Result<Option<DetectionPlan>, ApiError> {
    match params.get("MachineDetection") {
        None => Ok(None),
        Some(mode @ ("Enable" | "DetectMessageEnd")) => Ok(Some(DetectionPlan {
            hook: params.hook("AsyncAmdStatusCallback", 21609)?,
            asynchronous: params.flag("AsyncAmd"),
            waits_for_beep: mode == "DetectMessageEnd",
        })),
        Some(other) => Err(ApiError::bad_request(
            21234,
            format!("MachineDetection {other} is not valid"),
        )),
    }
}
