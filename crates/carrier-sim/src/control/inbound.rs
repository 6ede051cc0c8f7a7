//! `POST /sim/inbound`: somebody calls a business.

use std::collections::BTreeSet;
use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, web};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::refused;
use crate::calls::{Answer, CallPlan, Hook};
use crate::rest::base_url_of;
use crate::scripts::{Script, is_e164};
use crate::state::Sim;

/// The longest call, seconds.
const TIME_LIMIT: f64 = 14_400.0;

/// An inbound call.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct InboundCall {
    /// Who calls, E.164.
    pub from: String,
    /// The business's number, E.164.
    pub to: String,
    /// Where the carrier asks for TwiML; the configured address when absent.
    pub voice_url: Option<String>,
    /// Where the end of the call is reported; the configured address when absent.
    pub status_callback: Option<String>,
    /// What the caller does; the script of `from` when absent.
    pub script: Option<Script>,
}

pub(super) async fn post(
    request: HttpRequest,
    sim: web::Data<Sim>,
    call: web::Json<InboundCall>,
) -> HttpResponse {
    match start_inbound(&sim.into_inner(), &call, &base_url_of(&request)) {
        Ok(sid) => HttpResponse::Created().json(json!({ "call_sid": sid })),
        Err(reason) => refused(&reason),
    }
}

/// Starts an inbound call and returns its id.
pub(crate) fn start_inbound(
    sim: &Arc<Sim>,
    call: &InboundCall,
    base_url: &str,
) -> Result<String, String> {
    if !is_e164(&call.from) || !is_e164(&call.to) {
        return Err("from and to must be E.164, for example +972541234567".to_owned());
    }
    let hook = |url: &String| {
        url::Url::parse(url)
            .map(|_| Hook {
                url: url.clone(),
                get: false,
            })
            .map_err(|error| format!("{url:?} is not a URL: {error}"))
    };
    let voice = call
        .voice_url
        .as_ref()
        .or(sim.config.voice_url.as_ref())
        .ok_or("voice_url is missing, here and in the simulator's set-up (--voice-url)")?;
    let status = call
        .status_callback
        .as_ref()
        .or(sim.config.inbound_status_callback.as_ref())
        .map(hook)
        .transpose()?;
    let script = match &call.script {
        Some(script) => {
            script.check(false).map_err(|error| error.to_string())?;
            script.clone()
        }
        None => sim.state().scripts.play(&call.from),
    };
    let plan = CallPlan {
        to: call.to.clone(),
        from: call.from.clone(),
        inbound: true,
        answer: Answer::Hook(hook(voice)?, None),
        status_hook: status,
        // Of inbound calls the carrier reports the end only.
        status_events: BTreeSet::from(["completed".to_owned()]),
        ring_limit: TIME_LIMIT,
        time_limit: TIME_LIMIT,
        record: None,
        detection: None,
        base_url: base_url.to_owned(),
    };
    Ok(sim.place(plan, script))
}
