//! Finds the business's status labels in a prompt, and one that fits.

use serde_json::Value;

/// The labels that a request offers: an `enum` in its JSON Schema, else JSON lists in the messages, else bullet lines.
pub(super) fn offered(request: &Value) -> Vec<String> {
    let mut labels = Vec::new();
    if let Some(format) = request.get("response_format") {
        enums(format, &mut labels);
    }
    let texts = message_texts(request);
    for text in &texts {
        if labels.is_empty() {
            json_lists(text, &mut labels);
        }
    }
    for text in &texts {
        if labels.is_empty() {
            bullets(text, &mut labels);
        }
    }
    labels
}

/// The text of all messages; content may be a string or a list of parts.
pub(super) fn message_texts(request: &Value) -> Vec<String> {
    let messages = request.get("messages").and_then(Value::as_array);
    messages
        .into_iter()
        .flatten()
        .flat_map(|message| match &message["content"] {
            Value::String(text) => vec![text.clone()],
            Value::Array(parts) => parts
                .iter()
                .filter_map(|part| part["text"].as_str().map(str::to_owned))
                .collect(),
            _ => Vec::new(),
        })
        .collect()
}

fn enums(schema: &Value, labels: &mut Vec<String>) {
    match schema {
        Value::Object(map) => {
            for (key, value) in map {
                if let (true, Value::Array(values)) = (key == "enum", value) {
                    labels.extend(
                        values
                            .iter()
                            .filter_map(|value| value.as_str().map(str::to_owned)),
                    );
                } else {
                    enums(value, labels);
                }
            }
        }
        Value::Array(values) => values.iter().for_each(|value| enums(value, labels)),
        _ => {}
    }
}

/// Lists of strings, or of objects with a `label`, anywhere in a text.
fn json_lists(text: &str, labels: &mut Vec<String>) {
    for (at, _) in text.match_indices('[') {
        let mut values = serde_json::Deserializer::from_str(&text[at..]).into_iter::<Vec<Value>>();
        let Some(Ok(list)) = values.next() else {
            continue;
        };
        let found = list.iter().filter_map(|item| {
            let label = item.as_str().or_else(|| item["label"].as_str());
            label.map(str::to_owned)
        });
        labels.extend(found);
        if !labels.is_empty() {
            return;
        }
    }
}

/// Lines that begin with a dash, a star or a bullet; a name in parentheses or after a colon is left out.
fn bullets(text: &str, labels: &mut Vec<String>) {
    let found = text.lines().filter_map(|line| {
        let item = line.trim().strip_prefix(['-', '*', '•'])?.trim();
        let label = item.split(['(', ':']).next().unwrap_or(item).trim();
        (!label.is_empty()).then(|| label.trim_matches('"').to_owned())
    });
    labels.extend(found);
}

/// The offered label that a script means: the label itself, or one that sounds like its group.
pub(super) fn matching(wanted: &str, offered: &[String]) -> Option<String> {
    if offered.iter().any(|label| label == wanted) {
        return Some(wanted.to_owned());
    }
    let (words, never): (&[&str], &[&str]) = match wanted {
        "APPOINTMENT_SET" => (
            &[
                "appointment",
                "meeting",
                "booked",
                "scheduled",
                "פגישה",
                "תור",
            ],
            &[],
        ),
        "HOT_INTERESTED" => (
            &["interested", "hot", "qualified", "מעוניין", "מתעניין", "חם"],
            &["not ", "לא "],
        ),
        "FOLLOW_UP" => (
            &[
                "follow",
                "call back",
                "callback",
                "later",
                "מעקב",
                "לחזור",
                "חזרה",
                "המשך",
            ],
            &[],
        ),
        "NOT_RELEVANT" => (
            &[
                "not relevant",
                "not interested",
                "irrelevant",
                "לא רלוונטי",
                "לא מעוניין",
            ],
            &[],
        ),
        "NO_ANSWER" => (
            &["no answer", "unanswered", "אין מענה", "לא ענה", "לא עונה"],
            &[],
        ),
        _ => return None,
    };
    offered
        .iter()
        .find(|label| {
            let folded = label.to_lowercase().replace('_', " ");
            words.iter().any(|word| folded.contains(word))
                && !never.iter().any(|word| folded.contains(word))
        })
        .cloned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[rstest::rstest]
    #[case::schema(json!({"response_format": {"json_schema": {"schema": {"properties": {"r": {"enum": ["Hot", "Cold", null]}}}}}}))]
    #[case::list(json!({"messages": [{"role": "system", "content": "Choose [one] of [\"Hot\", \"Cold\"]."}]}))]
    #[case::objects(json!({"messages": [{"content": "Statuses: [{\"name\":\"h\",\"label\":\"Hot\"},{\"name\":\"c\",\"label\":\"Cold\"}]"}]}))]
    #[case::parts(json!({"messages": [{"content": [{"type": "text", "text": "Labels:\n- Hot\n- Cold (c)\nText"}]}]}))]
    fn labels_are_found_wherever_the_prompt_has_them(#[case] request: Value) {
        assert_eq!(offered(&request), ["Hot", "Cold"]);
    }

    #[rstest::rstest]
    #[case("Cold", Some("Cold"))]
    #[case("HOT_INTERESTED", Some("מעוניין"))]
    #[case("NOT_RELEVANT", Some("לא מעוניין"))]
    #[case("NO_ANSWER", None)]
    #[case("Warm", None)]
    fn a_script_may_mean_a_label_or_a_group(#[case] wanted: &str, #[case] expected: Option<&str>) {
        let offered = ["לא מעוניין", "מעוניין", "Cold"].map(str::to_owned);
        assert_eq!(matching(wanted, &offered).as_deref(), expected);
    }
}
