//! A suspended business calls nobody: there is no line that a call could be stored on.

use storage::testing::Owner;
use storage::{ServiceRole, StorageError};
use testkit::Database;

const TWO_LINES: &str = "
INSERT INTO business (name) VALUES ('a');
INSERT INTO business_settings (business_id, max_outbound, max_total, caller_number) VALUES (1, 2, 3, '+97231234567');
INSERT INTO lead_statuses (business_id, name, label, is_default) VALUES (1, 'new', 'New', true);
INSERT INTO leads (tenant_id, phone_e164, status) VALUES (1, '+972542000001', 'new')";

fn call(line: u8, direction: &str) -> String {
    format!(
        "INSERT INTO call_log (business_id, attempt_id, lead_id, from_number, to_number, direction, status, line, reconcile_at)
         VALUES (1, gen_random_uuid(), 1, '+97231234567', '+97254200000{line}', '{direction}', 'initiated', {line}, now())"
    )
}

/// What the database says to `sql`; the error in full.
async fn attempt(database: &Database, sql: String) -> Result<(), String> {
    let url = database.url().to_owned();
    tokio::task::spawn_blocking(move || Owner::connect(&url)?.execute(&sql))
        .await
        .expect("the statement does not panic")
        .map_err(|error: StorageError| format!("{error:?}"))
}

#[tokio::test]
async fn no_call_of_a_suspended_business_can_be_stored_and_one_in_the_air_ends_in_peace() {
    let database = Database::create().await;
    database.execute(TWO_LINES).await;
    attempt(&database, call(1, "outbound"))
        .await
        .expect("a call");
    let suspend = "UPDATE business SET suspended_at = now()";
    database.execute(suspend).await;
    for direction in ["outbound", "inbound"] {
        let error = attempt(&database, call(2, direction)).await;
        let error = error.expect_err("a call of a suspended business");
        assert!(error.contains("call_log_belongs"), "{error}");
    }
    // More lines are of no use to it.
    let widen = "UPDATE business_settings SET max_outbound = 5, max_total = 5";
    database.execute(widen).await;
    assert!(attempt(&database, call(4, "inbound")).await.is_err());
    let end = "UPDATE call_log SET status = 'completed', ended_at = now(), reconcile_at = NULL";
    attempt(&database, end.to_owned()).await.expect("it ends");
    database
        .execute("UPDATE business SET suspended_at = NULL")
        .await;
    for line in 1..=5 {
        attempt(&database, call(line, "outbound"))
            .await
            .expect("a line for each");
    }
}

/// The service may suspend, and has no pen for lines.
#[tokio::test]
async fn the_lines_follow_a_suspension_by_whoever_may_suspend() {
    let database = Database::create().await;
    database.execute(TWO_LINES).await;
    for role in [ServiceRole::ApiGateway, ServiceRole::Operator] {
        for (at, open) in [("now()", 0), ("NULL", 3)] {
            let role = role.role_name();
            let change = format!(
                "BEGIN; SET LOCAL ROLE {role}; SELECT set_config('app.business_id', '1', true);
                 UPDATE business SET suspended_at = {at}; COMMIT"
            );
            attempt(&database, change).await.expect("it may");
            let lines = database
                .sql("SELECT count(*) AS n FROM call_slots WHERE is_open")
                .await;
            assert_eq!(lines[0]["n"], open, "{role} {at}");
        }
    }
}

#[tokio::test]
async fn a_reason_is_of_a_suspension() {
    let database = Database::create().await;
    database.execute(TWO_LINES).await;
    let loose = "UPDATE business SET suspension_reason = 'unpaid'".to_owned();
    let error = attempt(&database, loose).await.expect_err("of nothing");
    assert!(error.contains("a_reason_has_its_suspension"), "{error}");
}
