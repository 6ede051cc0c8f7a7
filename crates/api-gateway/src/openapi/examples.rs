//! An example for every body. What a request looks like is written down where the schema alone does not say it; everything
//! else is made of the schema, by the names of its fields, so that it cannot be of another form than what is described.

use serde_json::{Map, Value, json};

/// Deeper than any body: a schema that holds itself ends here.
const DEEPEST: usize = 16;

/// What a field of some name holds, where its schema does not say it.
const TEXTS: &[(&str, &str)] = &[
    ("access_token", "0nq5…"),
    ("action", "transcribe"),
    ("at", "10:30"),
    ("base_url", "https://speech.example.com"),
    ("body", "Yes, Tuesday at ten suits me."),
    ("call_sid", "CA5d41402abc4b2a76b9719d911017c592"),
    ("caller_number", "+97233764100"),
    ("city", "חיפה"),
    ("color", "#16a34a"),
    ("country", "IL"),
    ("email", "dana@example.com"),
    ("extracted_city", "חיפה"),
    ("extracted_service", "plumbing"),
    ("field", "phone_e164"),
    ("first_name", "Dana"),
    ("from", "new"),
    ("from_number", "+97233764100"),
    ("full_name", "Dana Levi"),
    ("key", "cb_1a2b3c4d5e6f_…"),
    ("label", "Interested"),
    ("last_name", "Levi"),
    ("message", "is missing"),
    ("name", "interested"),
    ("notes", "Summary: wants a quote for Tuesday."),
    ("password", "correct horse battery staple"),
    ("phone_e164", "+972541234567"),
    ("phone_zone", "Asia/Jerusalem"),
    ("prefix", "1a2b3c4d5e6f"),
    ("reason", "applied"),
    ("recommended_status_label", "Interested"),
    ("recording_sid", "RE7d793037a0760186574b0282f2f435e7"),
    ("role", "agent"),
    ("service", "plumbing"),
    ("source", "import"),
    ("status", "interested"),
    (
        "summary",
        "Wants a quote for Tuesday. [Recommendation: Interested]",
    ),
    ("tags", "vip"),
    ("text", "wants a quote"),
    ("time_zone", "Asia/Jerusalem"),
    ("title", "Some fields are wrong."),
    ("to", "interested"),
    ("to_number", "+972541234567"),
    (
        "transcript",
        "Agent: Good morning.\nCustomer: I would like a quote.",
    ),
    (
        "url",
        "/api/calls/CA5d41402abc4b2a76b9719d911017c592/recording",
    ),
    ("whatsapp_number", "+97233764100"),
];

/// Requests of which the schema does not say which fields go together.
fn request(operation: &str) -> Option<Value> {
    let example = match operation {
        "bulk_enqueue" | "preflight" => json!({ "list_id": 3, "concurrency": 3 }),
        "change_lead" => json!({ "status": "qualified", "notes": "Wants a quote for Tuesday." }),
        "change_lead_status" => json!({ "label": "Very interested", "color": "#16a34a" }),
        "change_settings" => json!({ "max_outbound": 3, "confidence_threshold": 0.7 }),
        "change_user" => json!({ "role": "admin" }),
        "cancel_run" => json!({ "hang_up": true }),
        "create_lead" => {
            json!({ "first_name": "Dana", "last_name": "Levi", "phone_e164": "054-123-4567" })
        }
        "order_lead_statuses" => {
            json!({ "names": ["new", "interested", "qualified", "won", "lost"] })
        }
        "simulate_status_rules" => json!({ "confidence_threshold": 0.8 }),
        "start_direct_calls" => json!({ "lead_ids": [17] }),
        _ => return None,
    };
    Some(example)
}

/// What is not JSON.
fn text(media_type: &str) -> Option<Value> {
    let example = match media_type {
        "text/csv" => "first_name,last_name,phone\nDana,Levi,054-123-4567\n",
        "text/html" => "<!DOCTYPE html><html lang=\"en\">…</html>",
        "text/xml" => {
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Response><Say>Good morning.</Say></Response>"
        }
        _ => return None,
    };
    Some(example.into())
}

/// Gives every body of an operation an example, unless its handler has given one.
pub(super) fn show(operation: &mut Value, components: &Value) {
    let id = operation["operationId"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    if let Some(content) = operation.pointer_mut("/requestBody/content") {
        show_content(content, components, request(&id));
    }
    let responses = operation["responses"].as_object_mut();
    for (status, response) in responses.into_iter().flatten() {
        if let Some(content) = response
            .get_mut("content")
            .filter(|_| status.starts_with('2'))
        {
            show_content(content, components, None);
        }
    }
}

fn show_content(content: &mut Value, components: &Value, known: Option<Value>) {
    for (media_type, body) in content.as_object_mut().into_iter().flatten() {
        if body.get("example").is_some() || body.get("examples").is_some() {
            continue;
        }
        let example = match media_type.as_str() {
            "application/json" => known
                .clone()
                .or_else(|| Some(of_schema("", &body["schema"], components, 0))),
            other => text(other),
        };
        if let Some(example) = example {
            body["example"] = example;
        }
    }
}

/// A value that fits a schema.
fn of_schema(name: &str, schema: &Value, components: &Value, depth: usize) -> Value {
    if depth > DEEPEST {
        return Value::Null;
    }
    let inner = |schema: &Value| of_schema(name, schema, components, depth + 1);
    if let Some(named) = schema["$ref"].as_str() {
        let path = named.strip_prefix("#/components").unwrap_or_default();
        return components.pointer(path).map(inner).unwrap_or_default();
    }
    let said = ["example", "const"]
        .into_iter()
        .find_map(|key| schema.get(key));
    let listed = ["examples", "enum"]
        .into_iter()
        .find_map(|key| schema[key].get(0));
    let usual = schema.get("default").filter(|value| !value.is_null());
    if let Some(value) = said.or(listed).or(usual) {
        return value.clone();
    }
    if let Some(parts) = schema["allOf"].as_array() {
        let mut whole = Map::new();
        for part in parts.iter().map(inner) {
            whole.extend(part.as_object().cloned().unwrap_or_default());
        }
        return whole.into();
    }
    let choices = ["oneOf", "anyOf"]
        .into_iter()
        .find_map(|key| schema[key].as_array());
    if let Some(choices) = choices {
        let some = choices.iter().find(|choice| choice["type"] != "null");
        return some.map(inner).unwrap_or_default();
    }
    match type_of(schema) {
        "object" => {
            let fields = schema["properties"].as_object().into_iter().flatten();
            let shown = fields
                .map(|(field, of)| (field.clone(), of_schema(field, of, components, depth + 1)));
            shown.collect::<Map<_, _>>().into()
        }
        "array" => json!([inner(&schema["items"])]),
        "integer" => schema["minimum"]
            .as_i64()
            .map_or(17, |least| least.max(1))
            .into(),
        "number" => 0.92.into(),
        "boolean" => true.into(),
        "string" => text_of(name, schema).into(),
        _ => Value::Null,
    }
}

/// The type of a schema; of several, the first that is not null.
fn type_of(schema: &Value) -> &str {
    match &schema["type"] {
        Value::String(one) => one,
        Value::Array(some) => some
            .iter()
            .filter_map(Value::as_str)
            .find(|one| *one != "null")
            .unwrap_or_default(),
        _ if schema.get("properties").is_some() => "object",
        _ => "",
    }
}

fn text_of(name: &str, schema: &Value) -> String {
    match schema["format"].as_str() {
        Some("date-time") => return "2026-11-27T09:30:00Z".to_owned(),
        Some("date") => return "2026-11-27".to_owned(),
        Some("uuid") => return "01937a3c-5f21-7c44-9a53-0c1e5d6f7a8b".to_owned(),
        Some("uri") => return "https://hooks.example.com/callboard".to_owned(),
        _ => {}
    }
    // A field whose description lists its words holds one of them.
    let described = schema["description"].as_str().unwrap_or_default();
    let word = described.split('`').nth(1).filter(|word| {
        !word.is_empty()
            && word
                .chars()
                .all(|c| c.is_ascii_lowercase() || c == '_' || c == '-')
    });
    let known = TEXTS.iter().find(|(field, _)| *field == name);
    match (word, known) {
        (Some(word), _) if described.starts_with('`') => word.to_owned(),
        (_, Some((_, text))) => (*text).to_owned(),
        (Some(word), None) => word.to_owned(),
        (None, None) => "text".to_owned(),
    }
}
