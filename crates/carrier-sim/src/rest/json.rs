//! Resources as JSON: numbers as strings, dates in RFC 2822, as the real API writes them.

use serde_json::{Map, Value, json};

use crate::calls::{CallRecord, View};
use crate::clock::SimTime;
use crate::recordings::Recording;
use crate::state::Sim;

const SUBRESOURCES: [(&str, &str); 9] = [
    ("notifications", "Notifications"),
    ("recordings", "Recordings"),
    ("payments", "Payments"),
    ("events", "Events"),
    ("siprec", "Siprec"),
    ("streams", "Streams"),
    ("transcriptions", "Transcriptions"),
    (
        "user_defined_message_subscriptions",
        "UserDefinedMessageSubscriptions",
    ),
    ("user_defined_messages", "UserDefinedMessages"),
];

/// The answer to a create: the call as it was accepted, without dates.
pub(super) fn created(sim: &Sim, call: &CallRecord) -> Value {
    let first = call.history.first().unwrap_or_else(|| call.latest());
    let mut body = call_json(sim, call, first);
    body["date_created"] = Value::Null;
    body["date_updated"] = Value::Null;
    body
}

pub(super) fn call_json(sim: &Sim, call: &CallRecord, view: &View) -> Value {
    let account = &sim.config.account_sid;
    let path = format!("/2010-04-01/Accounts/{account}/Calls/{}", call.sid);
    let subresources: Map<String, Value> = SUBRESOURCES
        .iter()
        .map(|(name, segment)| ((*name).to_owned(), json!(format!("{path}/{segment}.json"))))
        .collect();
    let ended = view.status.is_terminal();
    json!({
        "sid": call.sid,
        "date_created": date(sim, Some(call.created)),
        "date_updated": date(sim, Some(view.at)),
        "parent_call_sid": null,
        "account_sid": account,
        "to": call.plan.to,
        "to_formatted": call.plan.to,
        "from": call.plan.from,
        "from_formatted": call.plan.from,
        "phone_number_sid": format!("PN{}", &call.sid[2..]),
        "status": view.status.as_str(),
        "start_time": date(sim, view.start),
        "end_time": date(sim, view.end),
        "duration": view.duration.map(|seconds| seconds.to_string()),
        "price": ended.then_some("-0.01300"),
        "price_unit": "USD",
        "direction": call.plan.direction(),
        "answered_by": view.answered_by,
        "api_version": "2010-04-01",
        "annotation": null,
        "forwarded_from": null,
        "group_sid": null,
        "caller_name": "",
        "queue_time": view.queue_ms.to_string(),
        "trunk_sid": "",
        "uri": format!("{path}.json"),
        "subresource_uris": subresources,
    })
}

pub(super) fn recording_json(sim: &Sim, base_url: &str, recording: &Recording) -> Value {
    let account = &sim.config.account_sid;
    let path = format!(
        "/2010-04-01/Accounts/{account}/Recordings/{}",
        recording.sid
    );
    let status = if recording.deleted {
        "deleted"
    } else if recording.absent {
        "absent"
    } else if sim.clock.now() >= recording.available_at {
        "completed"
    } else {
        "processing"
    };
    json!({
        "sid": recording.sid,
        "account_sid": account,
        "api_version": "2010-04-01",
        "call_sid": recording.call_sid,
        "conference_sid": null,
        "date_created": date(sim, Some(recording.created)),
        "date_updated": date(sim, Some(recording.created)),
        "start_time": date(sim, Some(recording.started)),
        "duration": recording.seconds.to_string(),
        "channels": if recording.is_dual() { 2 } else { 1 },
        "source": recording.source,
        "status": status,
        "price": "-0.00250",
        "price_unit": "USD",
        "error_code": null,
        "encryption_details": null,
        "media_url": format!("{base_url}{path}"),
        "uri": format!("{path}.json"),
        "subresource_uris": {},
    })
}

fn date(sim: &Sim, at: Option<SimTime>) -> Option<String> {
    at.map(|at| sim.clock.date(at).to_rfc2822())
}

/// One page of a list, with the carrier's relative addresses.
pub(super) fn page(
    name: &str,
    path: &str,
    query: &str,
    items: Vec<Value>,
    page: usize,
    size: usize,
    more: bool,
) -> Value {
    // The filters go along from page to page.
    let filters: Vec<(String, String)> = url::form_urlencoded::parse(query.as_bytes())
        .into_owned()
        .filter(|(key, _)| !matches!(key.as_str(), "Page" | "PageToken" | "PageSize"))
        .collect();
    let address = |number: usize| {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(&filters);
        query.append_pair("PageSize", &size.to_string());
        query.append_pair("Page", &number.to_string());
        format!("{path}?{}", query.finish())
    };
    let start = page * size;
    let end = (start + items.len()).saturating_sub(1).max(start);
    let mut body = json!({
        "page": page,
        "page_size": size,
        "start": start,
        "end": end,
        "uri": address(page),
        "first_page_uri": address(0),
        "next_page_uri": more.then(|| address(page + 1)),
        "previous_page_uri": page.checked_sub(1).map(address),
    });
    body[name] = Value::Array(items);
    body
}
