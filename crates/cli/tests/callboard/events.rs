//! `callboard events republish`: which events it marks, what it refuses, and what it says.

use rstest::rstest;
use serde_json::{Value, json};
use storage::ServiceRole;
use testkit::Database;

use crate::{Ran, on};

/// Two businesses; for each three published events of different types, and one that waits to be published.
async fn outbox() -> Database {
    let database = Database::create().await;
    let operator = database.db(ServiceRole::Operator);
    for _ in 0..2 {
        let business = testkit::business(&operator).await.id;
        database
            .execute(&format!(
                "INSERT INTO outbox_events (business_id, producer, event_id, type, body, claimed_until, published_at)
                 SELECT {business}, 'callboard_dialer', gen_random_uuid(), type, '{{}}', now() - age, now() - age
                 FROM (VALUES ('call.completed', interval '1 hour'), ('call.completed', interval '3 hours'),
                              ('notification.requested', interval '1 hour'), ('call.completed', NULL)) AS e (type, age)"
            ))
            .await;
    }
    database
}

async fn time(database: &Database, ago: &str) -> String {
    let asked = format!(
        "SELECT to_char(now() AT TIME ZONE 'UTC' - interval '{ago}', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') AS time"
    );
    let rows = database.sql(&asked).await;
    rows[0]["time"].as_str().expect("a time").to_owned()
}

fn republish(database: &Database, more: &[&str]) -> Ran {
    on(database, &[&["events", "republish"], more].concat())
}

async fn waiting(database: &Database) -> Vec<Value> {
    database
        .sql(
            "SELECT type, count(*) AS events FROM outbox_events WHERE published_at IS NULL AND claimed_until IS NULL
             GROUP BY type ORDER BY type",
        )
        .await
}

#[rstest]
#[case::all_that_lie_in_queues(&[], 4, json!([{ "type": "call.completed", "events": 4 }, { "type": "notification.requested", "events": 2 }]))]
#[case::one_business(&["--business", "1"], 2, json!([{ "type": "call.completed", "events": 3 }, { "type": "notification.requested", "events": 1 }]))]
#[case::one_type(&["--type", "call.completed"], 2, json!([{ "type": "call.completed", "events": 4 }]))]
#[case::two_types(&["--type", "call.completed", "--type", "call.reported"], 2, json!([{ "type": "call.completed", "events": 4 }]))]
#[case::none_in_the_time(&["--until", "UNTIL"], 0, json!([{ "type": "call.completed", "events": 2 }]))]
#[tokio::test]
async fn what_was_published_in_the_time_waits_to_be_published_again(
    #[case] more: &[&str],
    #[case] marked: u64,
    #[case] expected: Value,
) {
    let database = outbox().await;
    let (since, until) = (
        time(&database, "2 hours").await,
        time(&database, "100 minutes").await,
    );
    let mut arguments = vec!["--since", &since, "--json"];
    arguments.extend(
        more.iter()
            .map(|one| if *one == "UNTIL" { until.as_str() } else { one }),
    );

    let dry = republish(&database, &[&arguments[..], &["--dry-run"]].concat()).json();
    assert_eq!(
        (&dry["found"], &dry["republished"]),
        (&json!(marked), &json!(0))
    );
    assert_eq!(
        waiting(&database).await,
        [json!({ "type": "call.completed", "events": 2 })]
    );

    let done = republish(&database, &arguments).json();
    assert_eq!(
        (&done["republished"], &done["too_old"]),
        (&json!(marked), &json!(0)),
        "{done}"
    );
    assert_eq!(json!(waiting(&database).await), expected);
    let again = republish(&database, &arguments).json();
    assert_eq!(again["republished"], 0, "they wait already");
}

#[tokio::test]
async fn people_read_how_many_of_which_type() {
    let database = outbox().await;
    let since = time(&database, "2 hours").await;
    let said = republish(&database, &["--since", &since, "--dry-run"]);
    assert_eq!(
        said.stdout,
        "        2  call.completed\n        2  notification.requested\n4 events would be published again\n"
    );
    let said = republish(&database, &["--since", &since]);
    assert!(
        said.stdout
            .ends_with("4 events are published again by the services that raised them\n"),
        "{}",
        said.stdout
    );
}

#[rstest]
#[case::longer_ago_than_events_are_kept("8 days", &[], "published events are kept for 7 days")]
#[case::in_the_future("-1 hour", &[], "not in the future")]
#[case::a_type_that_is_none("1 hour", &["--type", "call.invented"], "there is no event of type call.invented")]
#[case::a_business_that_is_none("1 hour", &["--business", "99"], "there is no business 99")]
#[tokio::test]
async fn what_cannot_be_kept_is_refused_and_nothing_is_changed(
    #[case] since: &str,
    #[case] more: &[&str],
    #[case] why: &str,
) {
    let database = outbox().await;
    let since = time(&database, since).await;
    let refused = republish(&database, &[&["--since", &since], more].concat());
    assert_eq!(refused.status, 1);
    assert!(refused.complaint().contains(why), "{}", refused.stderr);
    assert_eq!(
        waiting(&database).await,
        [json!({ "type": "call.completed", "events": 2 })]
    );
}
