//! What the other tests stand on.

use std::time::Duration;

use domain::messages::Language;
use storage::ServiceRole;
use storage::users::Role;
use testkit::{Database, Vhost, business, eventually};

#[tokio::test(flavor = "multi_thread")]
async fn databases_made_at_once_are_separate_and_gone_at_the_end() {
    let (one, two) = tokio::join!(Database::create(), Database::create());
    business(&one.db(ServiceRole::Operator)).await;
    let count = "SELECT count(*) AS n FROM business";
    assert_eq!(one.sql(count).await[0]["n"], 1);
    assert_eq!(two.sql(count).await[0]["n"], 0);

    let name = one.sql("SELECT current_database() AS name").await[0]["name"].clone();
    let name = name.as_str().expect("a name");
    drop(one);
    let left = two
        .sql(&format!(
            "SELECT 1 AS one FROM pg_database WHERE datname = '{name}'"
        ))
        .await;
    assert!(left.is_empty(), "{name} is still there");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_business_has_what_was_asked_for() {
    let database = Database::create().await;
    let operator = database.db(ServiceRole::Operator);
    let hebrew = business(&operator).with_leads(12).await;
    let english = business(&operator)
        .language(Language::English)
        .with_leads(2)
        .with_user(Role::Owner)
        .with_api_key(Role::Admin)
        .await;
    assert_eq!((hebrew.leads.len(), hebrew.phones.len()), (12, 12));
    assert_eq!((english.users.len(), english.api_keys.len()), (1, 1));

    let stored = database
        .sql("SELECT id, phone_e164, status FROM leads ORDER BY id")
        .await;
    for (lead, (id, phone)) in stored.iter().zip(hebrew.leads.iter().zip(&hebrew.phones)) {
        assert_eq!(
            (&lead["id"], &lead["phone_e164"]),
            (&id.0.into(), &phone.as_str().into())
        );
        assert!(lead["status"].is_string(), "in the default status");
    }
    let mut phones: Vec<_> = stored
        .iter()
        .map(|lead| lead["phone_e164"].to_string())
        .collect();
    phones.sort_unstable();
    phones.dedup();
    assert_eq!(phones.len(), 14, "no two leads of the test share a number");
}

#[tokio::test(flavor = "multi_thread")]
async fn vhosts_are_separate() {
    let (one, two) = tokio::join!(Vhost::create(), Vhost::create());
    assert_ne!(one.amqp_url(), two.amqp_url());
    assert!(one.queues().await.is_empty());
    assert!(!one.publish("", "nobody", "{}").await, "no queue takes it");
}

#[tokio::test]
#[should_panic(expected = "crates/testkit/tests/testkit.rs")]
async fn what_does_not_come_fails_at_the_callers_line() {
    eventually(Duration::from_millis(30), || async { None::<()> }).await;
}
