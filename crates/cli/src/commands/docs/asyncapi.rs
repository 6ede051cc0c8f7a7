use std::collections::BTreeMap;

use domain::events;
use messaging::topology;
use serde_json::{Map, Value, json};

use super::schema_path;

/// The parts of the document, in the order in which people read them.
pub(super) const PARTS: [&str; 7] = [
    "asyncapi",
    "info",
    "defaultContentType",
    "servers",
    "channels",
    "operations",
    "components",
];

/// The AsyncAPI 3.0 description of everything that goes over the broker.
pub(super) fn document() -> Value {
    let types: BTreeMap<&str, String> = events::schemas()
        .into_iter()
        .map(|(event, schema)| (event, summary(schema.as_value())))
        .collect();
    json!({
        "asyncapi": "3.0.0",
        "info": {
            "title": "Callboard events",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Every event is a CloudEvents 1.0 document in structured JSON on one topic exchange, routed by \
                its type and the id of the business that it is about. It is delivered at least once and in no promised \
                order; deduplicate by its id. To follow one kind of event bind a queue of your own, for example to \
                status.changed.#",
            "license": { "name": "Apache-2.0" },
            "tags": [{ "name": "events", "description": "What happened to leads, calls, runs and conversations" }],
        },
        "defaultContentType": "application/cloudevents+json",
        "servers": {
            "broker": {
                "host": "{host}",
                "protocol": "amqp",
                "protocolVersion": "0.9.1",
                "variables": { "host": { "default": "localhost:5672" } },
            },
        },
        "channels": object(types.keys().map(|event| ((*event).to_owned(), channel(event)))),
        "operations": object(operations(&types)),
        "components": {
            "messages": object(types.iter().map(|(event, summary)| ((*event).to_owned(), message(event, summary)))),
        },
    })
}

fn object(fields: impl IntoIterator<Item = (String, Value)>) -> Value {
    Value::Object(fields.into_iter().collect::<Map<_, _>>())
}

/// What the event says, from the documentation of its type.
fn summary(schema: &Value) -> String {
    let data = &schema["properties"]["data"];
    let definition = data["$ref"]
        .as_str()
        .and_then(|path| path.strip_prefix('#'))
        .and_then(|path| schema.pointer(path));
    let described = definition
        .and_then(|definition| definition["description"].as_str())
        .unwrap_or_default();
    described.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn channel(event: &str) -> Value {
    json!({
        "address": format!("{event}.{{business_id}}"),
        "messages": { "event": { "$ref": format!("#/components/messages/{event}") } },
        "parameters": { "business_id": { "description": "The business that the event is about" } },
        "bindings": {
            "amqp": {
                "is": "routingKey",
                "exchange": { "name": events::EXCHANGE, "type": "topic", "durable": true, "autoDelete": false },
                "bindingVersion": "0.3.0",
            },
        },
    })
}

/// Everything is sent; what a service has a durable queue for is also received.
fn operations(types: &BTreeMap<&str, String>) -> Vec<(String, Value)> {
    let send = types.iter().map(|(event, summary)| {
        let operation = json!({
            "action": "send",
            "channel": { "$ref": format!("#/channels/{event}") },
            "description": summary,
            "bindings": { "amqp": { "deliveryMode": 2, "mandatory": topology::must_be_routed(event), "bindingVersion": "0.3.0" } },
        });
        (format!("send.{event}"), operation)
    });
    let receive = topology::CONSUMERS.iter().map(|(service, event)| {
        let queue = topology::queue_name(service, event);
        let name = format!("{service}.receive.{event}");
        (name, received(service, event, &queue))
    });
    let gathered = topology::GATHERED
        .iter()
        .flat_map(|(service, name, events)| {
            let queue = topology::queue_name(service, name);
            events.iter().map(move |event| {
                let name = format!("{queue}.receive.{event}");
                (name, received(service, event, &queue))
            })
        });
    send.chain(receive).chain(gathered).collect()
}

fn received(service: &str, event: &str, queue: &str) -> Value {
    json!({
        "action": "receive",
        "channel": { "$ref": format!("#/channels/{event}") },
        "description": format!("{service} consumes it from the quorum queue {queue}"),
        "bindings": { "amqp": { "ack": true, "bindingVersion": "0.3.0" } },
    })
}

fn message(event: &str, summary: &str) -> Value {
    json!({
        "name": event,
        "title": event,
        "summary": summary,
        "contentType": "application/cloudevents+json",
        "payload": {
            "schemaFormat": "application/schema+json;version=draft-2020-12",
            "schema": { "$ref": format!("./{}", schema_path(event)) },
        },
    })
}
