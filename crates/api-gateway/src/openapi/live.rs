//! What a stream of live events says, as far as a schema can.

use serde_json::{Value, json};

use crate::live::Kind;

/// Describes the events of the stream.
pub(super) fn describe(document: &mut Value) {
    let mut events: Vec<&str> = Kind::ALL.into_iter().map(Kind::as_str).collect();
    events.push("resync");
    document["components"]["schemas"]["LiveEvent"] = json!({
        "type": "object",
        "description": "An event of the stream, by its fields. One without `data` moves the place on, or says when to come back.",
        "properties": {
            "event": { "type": "string", "enum": events, "description": "What happened; `resync` means that some was missed." },
            "id": { "type": "string", "description": "The place, which comes back as `Last-Event-ID`." },
            "retry": { "type": "integer", "minimum": 0, "description": "Milliseconds after which to come back." },
            "data": {
                "type": "string", "contentMediaType": "application/json",
                "contentSchema": { "$ref": "#/components/schemas/LiveData" },
                "description": "What happened, as JSON; an empty object with `resync`.",
            },
        },
    });
    document["components"]["schemas"]["LiveData"] = json!({
        "type": "object",
        "description": "The data of an event, as the schema in `proto-docs/events/` describes it, with the state of what changed.",
        "properties": {
            "event_id": { "type": "string", "format": "uuid", "description": "One that comes twice has the same." },
            "time": { "type": "string", "format": "date-time", "description": "When it happened." },
            "lead": of("LeadView", "Of `status.changed`: the lead as it is now; null when it was deleted."),
            "run": of("RunView", "Of `run.progress` and `run.finished`: the run as it is now."),
            "call": of("RecordedCallView", "Of `call.started` and `call.completed`: the call as it is now."),
        },
    });
    let path = "/paths/~1api~1events/get/responses/200/content/text~1event-stream";
    if let Some(content) = document.pointer_mut(path) {
        *content = json!({
            "schema": { "$ref": "#/components/schemas/LiveEvent" },
            "example": {
                "event": "run.progress",
                "id": "1795250003456-9f31c2d4-42",
                "data": "{\"event_id\":\"01937a3c-5f21-7c44-9a53-0c1e5d6f7a8b\",\"time\":\"2026-11-27T09:30:00Z\",\"business_id\":1,\
                    \"run_id\":7,\"status\":\"running\",\"counts\":{\"total_leads\":50},\"run\":null}",
            },
        });
    }
}

fn of(schema: &str, description: &str) -> Value {
    json!({
        "description": description,
        "anyOf": [{ "$ref": format!("#/components/schemas/{schema}") }, { "type": "null" }],
    })
}
