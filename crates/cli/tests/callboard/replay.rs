use chrono::{DateTime, Duration, Utc};
use serde_json::json;
use storage::ServiceRole;
use tempfile::TempDir;
use testkit::{Business, Database};

use crate::{Ran, on};

fn minute(minute: i64) -> DateTime<Utc> {
    let start: DateTime<Utc> = "2026-11-22T10:00:00Z".parse().expect("a time");
    start + Duration::minutes(minute)
}

/// Four leads: one that a call moved, one of which nothing was said, one whose move was taken back, and one that a person
/// moved after a call did.
async fn with_a_past(database: &Database) -> Business {
    let business = testkit::business(&database.db(ServiceRole::Operator))
        .with_leads(4)
        .await;
    let (id, leads) = (business.id, &business.leads);
    let interested = "דיברנו. [המלצה: מעוניין]";
    database
        .talked(id, leads[0], minute(1), interested, Some(0.7))
        .await;
    database
        .talked(id, leads[1], minute(2), "דיברנו על מזג האוויר", None)
        .await;
    let later = "דיברנו. [Recommendation: follow_up]";
    let undone = database
        .talked(id, leads[2], minute(3), later, Some(0.9))
        .await;
    database.taken_back(id, undone, minute(4)).await;
    database
        .talked(id, leads[3], minute(5), interested, Some(0.7))
        .await;
    database
        .moved_by_hand(id, leads[3], minute(6), "qualified")
        .await;
    business
}

/// A file with rules.
fn rules(name: &str, text: &str) -> (TempDir, String) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join(name);
    std::fs::write(&path, text).expect("writes");
    let path = path.to_str().expect("text").to_owned();
    (folder, path)
}

fn replay(database: &Database, business: &str, more: &[&str]) -> Ran {
    on(
        database,
        &[&["replay", "--business", business], more].concat(),
    )
}

#[tokio::test]
async fn other_rules_are_tried_on_the_past_and_nothing_changes() {
    let database = Database::create().await;
    let business = with_a_past(&database).await;
    let (id, before) = (business.id.to_string(), database.everything().await);

    let today = replay(&database, &id, &["--json"]).json();
    assert_eq!(
        today,
        json!({
            "leads": 4, "conversations": 4, "elsewhere": 0, "by_status": [], "decisions_changed": [], "examples": [],
            "truncated": false,
        })
    );

    let (_kept, stricter) = rules("stricter.toml", "confidence_threshold = 0.8\n");
    let asked = replay(&database, &id, &["--rules", &stricter]);
    assert_eq!((asked.status, asked.stderr.as_str()), (0, ""));
    let lead = business.leads[0];
    assert_eq!(
        asked.stdout,
        format!(
            "4 leads with 4 conversations; 1 would stand elsewhere\n\n\
             STANDS      WOULD STAND  LEADS\n\
             interested  new              1\n\n\
             DECIDED  WOULD DECIDE  DECISIONS\n\
             applied  confidence            2\n\n\
             lead {lead} (Lead 1): interested → new; decision 1: confidence, \"דיברנו. [המלצה: מעוניין]\"\n"
        )
    );
    let later = replay(
        &database,
        &id,
        &[
            "--rules",
            &stricter,
            "--since",
            "2026-11-22T10:02:00Z",
            "--json",
        ],
    );
    assert_eq!(later.json()["elsewhere"], 0);

    let text = "[status_words]\nHOT_INTERESTED = ['מזג האוויר']\n[transition_rules]\nnever_to = ['qualified']\n";
    let (_kept, words) = rules("words.toml", text);
    let found = replay(&database, &id, &["--rules", &words, "--json"]).json();
    assert_eq!(
        found["by_status"],
        json!([{ "from": "new", "to": "interested", "leads": 1 }])
    );
    let (_kept, same) = rules(
        "words.json",
        r#"{ "status_words": { "HOT_INTERESTED": ["מזג האוויר"] }, "quiet_hours": null }"#,
    );
    assert_eq!(
        replay(&database, &id, &["--rules", &same, "--json"]).json(),
        found
    );
    assert_eq!(database.everything().await, before);
}

#[tokio::test]
async fn another_lexicon_is_tried_on_the_past() {
    let database = Database::create().await;
    let business = with_a_past(&database).await;
    let (id, before) = (business.id.to_string(), database.everything().await);
    let own = include_str!("../../../domain/lexicon/he.txt");
    let (folder, _) = rules(
        "he.txt",
        &format!("{own}\n[HOT_INTERESTED]\nדיברנו\nמזג האוויר\n"),
    );
    let directory = folder.path().to_str().expect("text");
    let found = replay(&database, &id, &["--lexicon", directory, "--json"]).json();
    assert_eq!(
        found["by_status"],
        json!([{ "from": "new", "to": "interested", "leads": 1 }])
    );
    assert_eq!(database.everything().await, before);
}

#[tokio::test]
async fn another_business_sees_nothing() {
    let database = Database::create().await;
    with_a_past(&database).await;
    let other = testkit::business(&database.db(ServiceRole::Operator)).await;
    let found = replay(&database, &other.id.to_string(), &["--json"]).json();
    assert_eq!(
        (&found["leads"], &found["conversations"]),
        (&json!(0), &json!(0))
    );
}

#[tokio::test]
async fn rules_that_are_not_understood_are_refused_in_one_line() {
    let database = Database::create().await;
    let business = testkit::business(&database.db(ServiceRole::Operator)).await;
    let id = business.id.to_string();
    for (name, text, complaint) in [
        (
            "a.toml",
            "treshold = 0.5",
            "a.toml: unknown field `treshold`",
        ),
        (
            "b.json",
            r#"{ "treshold": 0.5 }"#,
            "b.json: unknown field `treshold`",
        ),
        (
            "c.toml",
            "confidence_threshold = 2",
            "confidence_threshold must be 0 to 1",
        ),
        ("d.toml", "protected = ['gone']", "protected names \"gone\""),
        (
            "e.toml",
            "[status_words]\nHOT = ['fine']",
            "status_words.HOT is not a group",
        ),
    ] {
        let (_kept, path) = rules(name, text);
        let asked = replay(&database, &id, &["--rules", &path]);
        assert_eq!(asked.status, 1);
        assert!(asked.complaint().contains(complaint), "{}", asked.stderr);
    }
    let missing = replay(&database, &id, &["--rules", "nowhere.toml"]);
    assert!(
        missing.complaint().contains("nowhere.toml: cannot be read"),
        "{}",
        missing.stderr
    );
    let nobody = replay(&database, "77", &[]);
    assert!(
        nobody.complaint().contains("there is no business 77"),
        "{}",
        nobody.stderr
    );
}
