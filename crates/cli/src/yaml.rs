//! JSON values as YAML 1.2 in block style: what the documents need and no more.

use serde_json::Value;

/// Words that some reader of YAML takes for something else than a text.
const RESERVED: [&str; 8] = ["true", "false", "null", "yes", "no", "on", "off", "y"];

/// Writes an object as a document, these fields first and in this order.
pub(crate) fn document(value: &Value, first: &[&str]) -> String {
    let mut text = String::new();
    let Value::Object(fields) = value else {
        return text;
    };
    let named = first.iter().filter_map(|name| fields.get_key_value(*name));
    let others = fields
        .iter()
        .filter(|(name, _)| !first.contains(&name.as_str()));
    for (name, value) in named.chain(others) {
        text.push_str(&format!("{}:", scalar(name)));
        beneath(value, 1, &mut text);
    }
    text
}

fn block(value: &Value, depth: usize, text: &mut String) {
    let indent = "  ".repeat(depth);
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            for (name, value) in fields {
                text.push_str(&format!("{indent}{}:", scalar(name)));
                beneath(value, depth + 1, text);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            for item in items {
                text.push_str(&format!("{indent}-"));
                beneath(item, depth + 1, text);
            }
        }
        other => text.push_str(&format!("{indent}{}\n", flow(other))),
    }
}

/// A value after `name:` or `-`: on the same line, or as a block of its own.
fn beneath(value: &Value, depth: usize, text: &mut String) {
    let is_block = match value {
        Value::Object(fields) => !fields.is_empty(),
        Value::Array(items) => !items.is_empty(),
        _ => false,
    };
    if is_block {
        text.push('\n');
        block(value, depth, text);
    } else {
        text.push_str(&format!(" {}\n", flow(value)));
    }
}

fn flow(value: &Value) -> String {
    match value {
        Value::String(text) => scalar(text),
        other => other.to_string(),
    }
}

/// A text, in quotes unless it cannot be mistaken for anything else. A JSON string is a YAML string.
fn scalar(text: &str) -> String {
    let is_plain = text.starts_with(|letter: char| letter.is_ascii_alphabetic())
        && text
            .chars()
            .all(|letter| letter.is_ascii_alphanumeric() || " _./-,()".contains(letter))
        && !text.ends_with(' ')
        && !RESERVED.contains(&text.to_lowercase().as_str());
    if is_plain {
        text.to_owned()
    } else {
        Value::from(text).to_string()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_document_reads_as_people_write_it() {
        let value = json!({
            "asyncapi": "3.0.0", "info": { "tags": [], "title": "Callboard" },
            "list": [{ "a": 1, "b": [true, null] }, "no", "plain words"], "another: key": "line\nbreak",
        });
        let expected = "\
asyncapi: \"3.0.0\"
list:
  -
    a: 1
    b:
      - true
      - null
  - \"no\"
  - plain words
\"another: key\": \"line\\nbreak\"
info:
  tags: []
  title: Callboard
";
        assert_eq!(
            document(&value, &["asyncapi", "list", "another: key"]),
            expected
        );
    }
}
