//! What analytics cost a database that holds years.

use std::time::Duration;

use serde_json::{Value, json};
use storage::analytics::{self, Haste};
use storage::bench::analytics::{Past, fill};
use storage::{Db, ServiceRole};
use testkit::{Database, eventually};

/// How many rows of each history were read one after the other, whatever day they are of.
const WALKED: &str = "
    SELECT relname AS table, seq_tup_read AS rows FROM pg_stat_user_tables
    WHERE relname IN ('call_log', 'lead_status_events', 'lead_status_history', 'leads') ORDER BY relname";
/// The backends of this service: what one has read is told when it has ended.
const CONNECTED: &str = "
    SELECT count(*) AS n FROM pg_stat_activity
    WHERE datname = current_database() AND application_name = 'callboard_status_engine'";

async fn walked(database: &Database, after: Db) -> Vec<Value> {
    drop(after);
    eventually(Duration::from_secs(10), || async {
        let connected = database.sql(CONNECTED).await;
        (connected == [json!({ "n": 0 })]).then_some(())
    })
    .await;
    database.sql(WALKED).await
}

#[tokio::test]
async fn a_day_is_computed_without_a_walk_through_the_years() {
    let database = Database::create().await;
    let url = database.url().to_owned();
    let past = Past {
        leads: 5_000,
        changes: 100_000,
    };
    let filled = tokio::task::spawn_blocking(move || fill(&url, past)).await;
    let business = filled.expect("joins").expect("a past");

    let engine = database.db(ServiceRole::StatusEngine);
    let marked = engine.tenant(business, analytics::everything).await;
    marked.expect("every day is marked");
    let before = walked(&database, engine).await;

    let engine = database.db(ServiceRole::StatusEngine);
    let computed = analytics::refresh(&engine, business, Haste::AtOnce, 9).await;
    assert_eq!(computed.expect("three days of each history").days, 9);
    let told = "SELECT count(DISTINCT day) AS n FROM analytics_decision_days";
    assert_eq!(database.sql(told).await, [json!({ "n": 3 })]);
    assert_eq!(walked(&database, engine).await, before);
}
