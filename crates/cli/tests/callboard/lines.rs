use serde_json::{Value, json};

use crate::{feed, run};

fn answers(stdout: &str) -> Vec<Value> {
    stdout
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect()
}

#[test]
fn classify_answers_line_by_line_with_the_business_s_own_status() {
    let input = r#"{"id": "a", "text": "לא מעוניין", "statuses": [{"name": "lost", "label": "לא רלוונטי", "active": true}]}
{"id": 2, "text": ""}
"#;
    let ran = feed(&["classify"], input.as_bytes());
    assert_eq!((ran.status, ran.stderr.as_str()), (0, ""));
    let answers = answers(&ran.stdout);
    assert_eq!(
        (
            &answers[0]["id"],
            &answers[0]["group"],
            &answers[0]["status"]
        ),
        (&json!("a"), &json!("NOT_RELEVANT"), &json!("lost"))
    );
    assert_eq!(answers[0]["matched"][0]["text"], "לא מעוניין");
    assert_eq!(
        (
            &answers[1]["id"],
            &answers[1]["group"],
            &answers[1]["matched"]
        ),
        (&json!(2), &json!(null), &json!([]))
    );
}

#[test]
fn classify_tries_another_lexicon_and_names_the_lines_that_it_cannot_read() {
    let folder = tempfile::tempdir().expect("a folder");
    let (path, directory) = (
        folder.path().join("en.txt"),
        folder.path().to_str().expect("text"),
    );
    let own = include_str!("../../../domain/lexicon/en.txt");
    std::fs::write(
        &path,
        format!("{own}\n[HOT_INTERESTED]\nthrilled to bits\n"),
    )
    .expect("writes");
    let text = br#"{"id": 1, "text": "she is not thrilled to bits"}"#;
    let ran = feed(&["classify", "--lexicon", directory], text);
    assert_eq!(
        answers(&ran.stdout)[0]["matched"][0]["negated_by"],
        "not",
        "{}",
        ran.stderr
    );

    std::fs::write(&path, "[HOT_INTERESTED]\nthrilled (to bits\n").expect("writes");
    let ran = feed(&["classify", "--lexicon", directory], text);
    assert_eq!((ran.status, ran.stdout.as_str()), (1, ""));
    assert!(
        ran.stderr
            .contains("en.txt, line 2: every ( must have its )"),
        "{}",
        ran.stderr
    );
    let ran = feed(&["classify", "--lexicon", "/nowhere"], text);
    assert!(
        ran.stderr
            .contains("/nowhere has neither a he.txt nor an en.txt"),
        "{}",
        ran.stderr
    );
}

#[test]
fn a_bad_line_is_named_and_the_others_are_answered() {
    let ran = feed(&["classify"], b"{\"id\": 1, \"text\": \"hello\"}\nnot json\n\n{\"id\": 3}\n{\"id\": 4, \"text\": \"no answer\"}");
    assert_eq!(ran.status, 1);
    let ids: Vec<Value> = answers(&ran.stdout)
        .into_iter()
        .map(|answer| answer["id"].clone())
        .collect();
    assert_eq!(ids, [json!(1), json!(4)]);
    let complaints: Vec<&str> = ran.stderr.lines().collect();
    assert_eq!(complaints.len(), 2, "{complaints:?}");
    assert!(
        complaints[0].starts_with("error: line 2: this is not JSON: ")
            && complaints[1].starts_with("error: line 4: missing field `text`"),
        "{complaints:?}"
    );
}

#[test]
fn labels_and_groups_are_mapped_to_the_business_s_own_statuses() {
    let statuses = r#"[{"name":"hot","label":"מעוניין","active":true},{"name":"cold","label":"לא מעוניין","active":true}]"#;
    let raw =
        format!(r#"{{"id":1,"kind":"raw","statuses":{statuses},"recommendation":"מעוניין"}}"#);
    let summary = format!(
        r#"{{"id":2,"kind":"summary","statuses":{statuses},"recommendation":"שיחה טובה [המלצה: לא מעוניין]"}}"#
    );
    let ran = feed(&["map-label"], format!("{raw}\n{summary}\n").as_bytes());
    let names: Vec<Value> = answers(&ran.stdout)
        .into_iter()
        .map(|answer| answer["name"].clone())
        .collect();
    assert_eq!(names, [json!("hot"), json!("cold")]);
    let groups = format!(
        "{{\"id\":1,\"statuses\":{statuses},\"group\":\"NOT_RELEVANT\"}}\n{{\"id\":2,\"statuses\":{statuses},\"group\":null}}\n"
    );
    let ran = feed(&["map-group"], groups.as_bytes());
    assert_eq!(
        answers(&ran.stdout),
        [
            json!({ "id": 1, "name": "cold" }),
            json!({ "id": 2, "name": null })
        ]
    );
}

#[test]
fn no_input_is_no_answer() {
    for command in ["classify", "map-label", "map-group", "summarise"] {
        let ran = run(&[command]);
        assert_eq!(
            (ran.status, ran.stdout.as_str(), ran.stderr.as_str()),
            (0, "", "")
        );
    }
}

#[test]
fn a_transcript_is_summarised_without_a_key() {
    let input = r#"{"id": "t", "direction": "outbound", "duration_sec": 40, "transcript": "Agent: Hello, Blue Plumbing.\nCustomer: I need a new boiler in Leeds, please send me a quote.\nAgent: We will send it today."}"#;
    let ran = feed(&["summarise"], input.as_bytes());
    assert_eq!((ran.status, ran.stderr.as_str()), (0, ""));
    let answer = &answers(&ran.stdout)[0];
    assert_eq!(answer["id"], "t");
    assert!(
        answer["summary"]
            .as_str()
            .is_some_and(|summary| summary.contains("quote")),
        "{answer}"
    );
    for field in ["recommendation", "service", "city", "confidence"] {
        assert!(
            answer.get(field).is_some(),
            "{field} is missing in {answer}"
        );
    }
}

#[test]
fn a_promise_to_call_again_has_a_time_where_the_line_tells_when_it_was_made() {
    let input = r#"{"id": 1, "transcript": "לקוח: תתקשרו ביום שלישי בעשר", "occurred_at": "2026-11-26T09:00:00Z"}
{"id": 2, "transcript": "Call me Tuesday at ten", "occurred_at": "2026-11-26T09:00:00+02:00", "time_zone": "Europe/London"}
{"id": 3, "transcript": "Call me Tuesday at ten"}
{"id": 4, "transcript": "Call me", "occurred_at": "2026-11-26T09:00:00Z", "time_zone": "Mars/Olympus"}
"#;
    let ran = feed(&["summarise"], input.as_bytes());
    let times: Vec<Value> = answers(&ran.stdout)
        .into_iter()
        .map(|answer| answer.get("follow_up_at").cloned().unwrap_or_default())
        .collect();
    assert_eq!(
        times,
        [
            json!("2026-12-01T08:00:00Z"),
            json!("2026-12-01T10:00:00Z"),
            json!(null)
        ]
    );
    assert!(
        ran.stderr.starts_with("error: line 4: ") && ran.stderr.contains("Mars/Olympus"),
        "{}",
        ran.stderr
    );
}

#[test]
fn a_language_model_without_a_name_is_one_line() {
    let ran = run(&["summarise", "--llm-base-url", "http://127.0.0.1:1"]);
    assert_eq!(ran.status, 1);
    assert!(ran.complaint().contains("LLM_MODEL"), "{}", ran.stderr);
}
