//! Recordings: lists, one, its audio, its removal.

use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::Value;

use super::calls::sid_of;
use super::json::{page, recording_json};
use super::list_calls::paging;
use super::params::{Params, base_url_of};
use super::reply::{authorise, builder, not_found, ok};
use crate::recordings::Recording;
use crate::report::DeletedRecording;
use crate::state::{Sim, State};

/// Lists and fetches leave deleted ones out unless they are asked for.
const WITH_DELETED: &str = "IncludeSoftDeleted";

/// `GET …/Recordings.json?CallSid=`
pub(super) async fn list(request: HttpRequest, sim: web::Data<Sim>) -> HttpResponse {
    let params = Params::read(request.query_string().as_bytes());
    let call = params.get("CallSid").map(str::to_owned);
    listing(&request, &sim, |recording| {
        call.as_ref().is_none_or(|sid| *sid == recording.call_sid)
    })
}

/// `GET …/Calls/{sid}/Recordings.json`
pub(super) async fn list_of_call(request: HttpRequest, sim: web::Data<Sim>) -> HttpResponse {
    let call = sid_of(&request).to_owned();
    listing(&request, &sim, |recording| recording.call_sid == call)
}

fn listing(request: &HttpRequest, sim: &Sim, wanted: impl Fn(&Recording) -> bool) -> HttpResponse {
    if let Err(refused) = authorise(sim, request) {
        return refused.response();
    }
    let params = Params::read(request.query_string().as_bytes());
    let (number, size) = paging(&params);
    let with_deleted = params.flag(WITH_DELETED);
    let base_url = base_url_of(request);
    let state = sim.state();
    let mut found: Vec<Value> = state
        .recordings
        .order
        .iter()
        .rev()
        .filter_map(|sid| state.recordings.by_sid.get(sid))
        .filter(|recording| wanted(recording) && (with_deleted || !recording.deleted))
        .skip(number * size)
        .take(size + 1)
        .map(|recording| recording_json(sim, &base_url, recording))
        .collect();
    let more = found.len() > size;
    found.truncate(size);
    ok(
        200,
        &page(
            "recordings",
            request.path(),
            request.query_string(),
            found,
            number,
            size,
            more,
        ),
    )
}

/// `GET …/Recordings/{sid}.json`
pub(super) async fn fetch(request: HttpRequest, sim: web::Data<Sim>) -> HttpResponse {
    if let Err(refused) = authorise(&sim, &request) {
        return refused.response();
    }
    let with_deleted = Params::read(request.query_string().as_bytes()).flag(WITH_DELETED);
    let state = sim.state();
    let found = state.recordings.by_sid.get(sid_of(&request));
    match found.filter(|recording| with_deleted || !recording.deleted) {
        Some(recording) => ok(
            200,
            &recording_json(&sim, &base_url_of(&request), recording),
        ),
        None => not_found(&request),
    }
}

/// `GET …/Recordings/{sid}` and `….wav`, with `RequestedChannels`: mixed where nothing is requested.
pub(super) async fn media(request: HttpRequest, sim: web::Data<Sim>) -> HttpResponse {
    if let Err(refused) = authorise(&sim, &request) {
        return refused.response();
    }
    let sid = sid_of(&request);
    let wants_two =
        Params::read(request.query_string().as_bytes()).get("RequestedChannels") == Some("2");
    let found = {
        let state = sim.state();
        let now = sim.clock.now();
        state
            .recordings
            .by_sid
            .get(sid)
            .filter(|recording| {
                !recording.absent && !recording.deleted && now >= recording.available_at
            })
            .cloned()
    };
    let Some(recording) = found else {
        return not_found(&request);
    };
    if wants_two && !recording.is_dual() {
        return builder(400).finish();
    }
    match recording.audio(wants_two) {
        Ok(audio) => builder(200).content_type("audio/x-wav").body(audio),
        Err(error) => {
            tracing::error!(%error, "The audio of a recording cannot be made");
            builder(500).finish()
        }
    }
}

/// `DELETE …/Recordings/{sid}.json`: the audio goes, the metadata stays.
pub(super) async fn delete(request: HttpRequest, sim: web::Data<Sim>) -> HttpResponse {
    if let Err(refused) = authorise(&sim, &request) {
        return refused.response();
    }
    let mut state = sim.state();
    let refused = |state: &mut State, answer: HttpResponse| {
        let status = answer.status().as_u16().to_string();
        let refused = &mut state.ledger.recordings().deletions_refused;
        *refused.entry(status).or_default() += 1;
        answer
    };
    if state.strikes(|faults| &mut faults.recording_delete_500, "delete") {
        return refused(&mut state, builder(500).finish());
    }
    let Some(recording) = state.recordings.kept(sid_of(&request)) else {
        return refused(&mut state, not_found(&request));
    };
    recording.deleted = true;
    let deleted = DeletedRecording {
        sid: recording.sid.clone(),
        call_sid: recording.call_sid.clone(),
        deleted_at: sim.clock.date(sim.clock.now()),
    };
    state.ledger.recordings().deleted.push(deleted);
    builder(204).finish()
}
