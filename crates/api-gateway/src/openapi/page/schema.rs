//! Schemas as people read them.

use serde_json::Value;

use super::html::{Html, text};

/// What is told of the bounds of a value.
const BOUNDS: [&str; 6] = [
    "minimum",
    "maximum",
    "minLength",
    "maxLength",
    "default",
    "format",
];

/// The fields of an object. One that has a name is described at it.
pub(super) fn fields(html: &mut Html, schema: &Value) {
    for part in schema["allOf"].as_array().into_iter().flatten() {
        fields(html, part);
    }
    let Some(properties) = schema["properties"].as_object() else {
        return;
    };
    let required = schema["required"].as_array();
    html.table(&["Field", "Type", "What it says"]);
    for (name, field) in properties {
        html.raw("<tr><th scope=\"row\">").element("code", name);
        if required.is_some_and(|all| all.iter().any(|needed| needed == name)) {
            html.raw(" <span class=\"needed\">always</span>");
        }
        html.raw("</th><td>");
        kind(html, field);
        html.raw("</td><td>").prose(&field["description"]);
        known(html, field);
        html.raw("</td></tr>");
    }
    html.end_table();
}

/// The type, in a few words.
pub(super) fn kind(html: &mut Html, schema: &Value) {
    if let Some(name) = schema["$ref"].as_str() {
        let name = name.rsplit('/').next().unwrap_or_default();
        html.raw("<a href=\"#schema-")
            .escaped(name)
            .raw("\">")
            .escaped(name)
            .raw("</a>");
        return;
    }
    for (key, joint) in [("oneOf", " or "), ("anyOf", " or "), ("allOf", " and ")] {
        if let Some(choices) = schema[key].as_array() {
            for (place, choice) in choices.iter().enumerate() {
                html.raw(if place > 0 { joint } else { "" });
                kind(html, choice);
            }
            return;
        }
    }
    match &schema["type"] {
        Value::String(one) if one == "array" => {
            html.raw("list of ");
            kind(html, &schema["items"]);
        }
        Value::String(one) => {
            html.escaped(one);
        }
        Value::Array(some) => {
            let names: Vec<&str> = some.iter().map(text).collect();
            html.escaped(&names.join(" or "));
        }
        _ => {
            html.raw("anything");
        }
    }
}

/// What else is known of a value: its bounds and its words.
pub(super) fn known(html: &mut Html, schema: &Value) {
    let bounds: Vec<String> = BOUNDS
        .iter()
        .filter_map(|key| match schema.get(*key)? {
            Value::String(word) => Some(format!("{key} {word}")),
            value => Some(format!("{key} {value}")),
        })
        .collect();
    if !bounds.is_empty() {
        html.raw("<p class=\"bounds\">")
            .escaped(&bounds.join(", "))
            .raw("</p>");
    }
    if let Some(words) = schema["enum"].as_array() {
        html.raw("<p class=\"bounds\">one of ");
        for word in words {
            html.element("code", text(word)).raw(" ");
        }
        html.raw("</p>");
    }
}
