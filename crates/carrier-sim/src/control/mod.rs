//! The switchboard of the simulator: scripts, faults, inbound calls, the report, time.

mod inbound;
mod whatsapp;

use actix_web::error::InternalError;
use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::faults::Faults;
use crate::scripts::Script;
use crate::state::Sim;

pub use inbound::InboundCall;
pub(crate) use inbound::start_inbound;
pub use whatsapp::WhatsappMessage;
pub(crate) use whatsapp::deliver as deliver_whatsapp;

/// Whether anything is still to happen by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Idle {
    /// Nothing is.
    pub idle: bool,
    /// Calls that are not over.
    pub calls_in_air: u64,
    /// Callbacks, requests for TwiML and recordings that are still to be sent.
    pub callbacks_outstanding: usize,
}

/// One step of time.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Step {
    seconds: f64,
}

pub(crate) fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/livez", web::get().to(alive))
        .route("/readyz", web::get().to(alive))
        .route("/sim/scripts", web::post().to(set_scripts))
        .route("/sim/scripts", web::get().to(get_scripts))
        .route("/sim/faults", web::get().to(get_faults))
        .route("/sim/faults", web::put().to(put_faults))
        .route("/sim/inbound", web::post().to(inbound::post))
        .route("/sim/whatsapp", web::post().to(whatsapp::post))
        .route("/sim/report", web::get().to(report))
        .route("/sim/idle", web::get().to(idle))
        .route("/sim/reset", web::post().to(reset))
        .route("/sim/step", web::post().to(step));
}

/// JSON that cannot be read answers with what is wrong with it.
pub(crate) fn json_config() -> web::JsonConfig {
    web::JsonConfig::default()
        .limit(16 * 1024 * 1024)
        .content_type_required(false)
        .error_handler(|error, _| {
            let response = refused(&error.to_string());
            InternalError::from_response(error, response).into()
        })
}

pub(crate) fn refused(reason: &str) -> HttpResponse {
    HttpResponse::BadRequest().json(json!({ "error": reason }))
}

pub(crate) fn idle_of(sim: &Sim) -> Idle {
    let calls_in_air = sim.state().ledger.in_air();
    let callbacks_outstanding = sim.outstanding_callbacks();
    Idle {
        idle: calls_in_air == 0 && callbacks_outstanding == 0,
        calls_in_air,
        callbacks_outstanding,
    }
}

async fn alive() -> HttpResponse {
    HttpResponse::Ok().json(json!({ "status": "ok" }))
}

async fn set_scripts(sim: web::Data<Sim>, scripts: web::Json<Vec<Script>>) -> HttpResponse {
    if let Err(error) = scripts.iter().try_for_each(|script| script.check(true)) {
        return refused(&error.to_string());
    }
    sim.state().scripts.replace(&scripts);
    HttpResponse::Ok().json(json!({ "scripts": scripts.len() }))
}

async fn get_scripts(sim: web::Data<Sim>) -> HttpResponse {
    let state = sim.state();
    HttpResponse::Ok().json(state.scripts.all().collect::<Vec<_>>())
}

async fn get_faults(sim: web::Data<Sim>) -> HttpResponse {
    HttpResponse::Ok().json(&sim.state().faults)
}

async fn put_faults(sim: web::Data<Sim>, faults: web::Json<Faults>) -> HttpResponse {
    if let Err(error) = faults.check() {
        return refused(&error.to_string());
    }
    sim.state().faults = faults.into_inner();
    HttpResponse::Ok().json(&sim.state().faults)
}

async fn report(sim: web::Data<Sim>) -> HttpResponse {
    let report = sim.state().ledger.report();
    HttpResponse::Ok().json(report)
}

async fn idle(sim: web::Data<Sim>) -> HttpResponse {
    HttpResponse::Ok().json(idle_of(&sim))
}

async fn reset(sim: web::Data<Sim>) -> HttpResponse {
    sim.reset();
    HttpResponse::NoContent().finish()
}

async fn step(sim: web::Data<Sim>, step: web::Json<Step>) -> HttpResponse {
    if !(0.0..=1e6).contains(&step.seconds) {
        return refused("seconds must be 0 to 1000000");
    }
    if sim.clock.step(step.seconds) {
        HttpResponse::Ok().json(json!({ "now_seconds": sim.clock.now() }))
    } else {
        refused("time runs by itself; start the simulator with --stepped to step it")
    }
}
