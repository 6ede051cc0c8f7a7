use serde_json::{Value, json};
use storage::ServiceRole;
use testkit::{Business, Database};

use crate::on;

const TOLD: &str = "the newest days of analytics say what the history says";

/// A business with three leads, one of which has moved twice, on two days.
async fn moved() -> (Database, Business) {
    let database = Database::create().await;
    let business = testkit::business(&database.db(ServiceRole::Operator))
        .with_leads(3)
        .await;
    for (at, to) in [
        ("2026-11-01T10:00:00Z", "interested"),
        ("2026-11-02T10:00:00Z", "won"),
    ] {
        let at = at.parse().expect("a time");
        database
            .moved_by_hand(business.id, business.leads[0], at, to)
            .await;
    }
    (database, business)
}

fn rebuild(database: &Database, business: &Business) -> Value {
    let id = business.id.to_string();
    on(
        database,
        &["analytics", "rebuild", "--business", &id, "--json"],
    )
    .json()
}

/// What `callboard verify` says of analytics: the verdict, and the first example.
fn verdict(database: &Database) -> (String, Value) {
    let ran = on(database, &["verify", "--json"]);
    let report: Value = serde_json::from_str(&ran.stdout).expect("a report");
    let checks = report["checks"].as_array().expect("a list");
    let check = checks.iter().find(|check| check["promise"] == TOLD);
    let check = check.expect("it is checked");
    let text = check["verdict"].as_str().expect("a verdict");
    (text.to_owned(), check["examples"][0].clone())
}

#[tokio::test]
async fn a_rebuild_computes_every_day_and_verify_compares_them_with_the_history() {
    let (database, business) = moved().await;
    assert_eq!(verdict(&database).0, "NOT VERIFIED");
    // Two days of moves, that of the leads, and their months.
    let done = rebuild(&database, &business);
    assert_eq!(done["business_id"], json!(business.id));
    let days = done["computed"].as_u64().expect("a number");
    assert!((4..=5).contains(&days), "{done}");
    assert_eq!(verdict(&database).0, "PASS");

    let lie = "UPDATE analytics_status_days SET changes = changes + 1 WHERE to_status = 'won'";
    database.execute(lie).await;
    let (verdict_of_lie, example) = verdict(&database);
    assert_eq!(verdict_of_lie, "FAIL");
    let example = example.as_str().expect("an example").to_owned();
    assert!(example.contains("on 2026-11-02"), "{example}");
    assert_eq!(rebuild(&database, &business)["computed"], days);
    assert_eq!(verdict(&database).0, "PASS");
}

#[tokio::test]
async fn verify_tells_of_changes_that_nobody_counts() {
    let (database, _) = moved().await;
    let waiting = "UPDATE analytics_changes SET noted_at = now() - interval '2 hours'";
    database.execute(waiting).await;
    let ran = on(&database, &["verify"]);
    assert_eq!(ran.status, 1, "{}", ran.stdout);
    assert!(
        ran.stdout.contains("is status-engine running?"),
        "{}",
        ran.stdout
    );
}

#[tokio::test]
async fn a_rebuild_needs_a_business_that_is_there() {
    let database = Database::create().await;
    let ran = on(&database, &["analytics", "rebuild", "--business", "77"]);
    assert_eq!(ran.status, 1);
    assert!(ran.complaint().contains("there is no business 77"));
}
