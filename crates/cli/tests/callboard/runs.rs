use serde_json::json;
use storage::ServiceRole;
use testkit::Database;

use crate::on;

#[tokio::test]
async fn a_run_is_started_paused_resumed_and_cancelled() {
    let database = Database::create().await;
    let business = testkit::business(&database.db(ServiceRole::Operator))
        .with_leads(3)
        .await;
    let id = business.id.to_string();
    let started = on(
        &database,
        &[
            "run",
            "start",
            "--business",
            &id,
            "--all",
            "--concurrency",
            "2",
            "--json",
        ],
    )
    .json();
    assert_eq!(
        (&started["queued"], &started["skipped"]),
        (&json!(3), &json!([]))
    );
    let run = started["run_id"].to_string();
    for word in ["pause", "resume", "cancel"] {
        let wish = on(
            &database,
            &["run", word, "--business", &id, "--run", &run, "--json"],
        )
        .json();
        assert_eq!(wish["requested"], word);
    }
    let refused = on(
        &database,
        &["run", "resume", "--business", &id, "--run", &run],
    );
    assert!(
        refused.complaint().contains("being cancelled"),
        "{}",
        refused.stderr
    );
    let raised = database
        .sql("SELECT count(*) AS events FROM outbox_events WHERE type = 'run.requested'")
        .await;
    assert_eq!(raised, [json!({ "events": 4 })]);
}

#[tokio::test]
async fn a_watch_ends_with_the_run_and_tells_how_it_went() {
    let database = Database::create().await;
    let business = testkit::business(&database.db(ServiceRole::Operator))
        .with_leads(1)
        .await;
    let id = business.id.to_string();
    for (end, status) in [("completed", 0), ("failed", 1), ("cancelled", 1)] {
        let started = on(
            &database,
            &["run", "start", "--business", &id, "--all", "--json"],
        )
        .json();
        let run = started["run_id"].to_string();
        database
            .execute(&format!(
                "UPDATE outbound_call_runs SET status = '{end}', started_at = now(), ended_at = now(), queued_count = 0,
                    completed_count = 1 WHERE id = {run};
                 UPDATE outbound_call_jobs SET status = 'completed', completed_at = now() WHERE run_id = {run}"
            ))
            .await;
        let watched = on(
            &database,
            &["run", "watch", "--business", &id, "--run", &run],
        );
        assert_eq!((watched.status, watched.stderr.as_str()), (status, ""));
        assert!(
            watched
                .stdout
                .starts_with(&format!("run {run} {end}  queued 0")),
            "{}",
            watched.stdout
        );
    }
}

#[tokio::test]
async fn leads_of_another_business_are_not_called() {
    let database = Database::create().await;
    let operator = database.db(ServiceRole::Operator);
    let mine = testkit::business(&operator).with_leads(1).await;
    let other = testkit::business(&operator).with_leads(1).await;
    let (id, lead) = (mine.id.to_string(), other.leads[0].to_string());
    let ran = on(
        &database,
        &["run", "start", "--business", &id, "--lead", &lead],
    );
    assert_eq!(ran.status, 1);
    assert!(
        ran.complaint().contains("not of business"),
        "{}",
        ran.stderr
    );
    assert_eq!(
        database
            .sql("SELECT count(*) AS runs FROM outbound_call_runs")
            .await,
        [json!({ "runs": 0 })]
    );
}
