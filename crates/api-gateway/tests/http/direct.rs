use serde_json::json;

use crate::support::{World, fields};
use crate::webhooks::add_call;

const START: &str = "/api/outbound_calls/start";

#[tokio::test]
async fn direct_calls_are_a_run_that_goes_before_all_others() {
    let world = World::start().await;
    let business = world.business(3).await;
    let api = world.api(&business);
    let (status, answer) = api
        .post(START, &json!({ "lead_ids": business.leads }))
        .await;
    assert_eq!(status, 202, "{answer}");
    assert_eq!(answer["queued"], 3);
    let run = &answer["run_id"];
    let (_, run) = api.get(&format!("/api/outbound/runs/{run}")).await;
    assert_eq!(
        (&run["kind"], &run["priority"], &run["concurrency"]),
        (&json!("direct"), &json!(32767), &json!(3))
    );

    for lead_ids in [json!([]), json!([1, 2, 3, 4])] {
        let (status, problem) = api.post(START, &json!({ "lead_ids": lead_ids })).await;
        assert_eq!((status, fields(&problem)), (422, vec!["lead_ids"]));
    }
    let foreign = world.business(1).await;
    let (status, _) = api.post(START, &json!({ "lead_ids": foreign.leads })).await;
    assert_eq!(status, 404);
}

#[tokio::test]
async fn full_lines_refuse_a_direct_call_with_the_counts() {
    let world = World::start().await;
    let business = world.business(3).await;
    let api = world.api(&business);
    add_call(&world, &business, "CA0123456789abcdef0123456789abcdef").await;
    let (status, problem) = api
        .post(START, &json!({ "lead_ids": business.leads }))
        .await;
    assert_eq!((status, &problem["code"]), (409, &json!("lines_are_taken")));
    let counts = json!({
        "active_total": problem["active_total"], "active_outbound": problem["active_outbound"],
        "max_total": problem["max_total"], "max_outbound": problem["max_outbound"],
    });
    let (_, told) = api.get("/api/outbound_calls/counts").await;
    assert_eq!(counts, told);
    assert_eq!(told["active_outbound"], 1);
    assert_eq!(
        world.count("outbound_call_runs").await,
        0,
        "nothing is left of it"
    );
    let (status, _) = api
        .post(START, &json!({ "lead_ids": business.leads[1..] }))
        .await;
    assert_eq!(status, 202, "two lines are free");
}

#[tokio::test]
async fn a_number_that_must_not_be_called_is_not_called_directly_either() {
    let world = World::start().await;
    let business = world.business(1).await;
    world
        .database
        .execute(&format!(
            "INSERT INTO suppressions (business_id, phone_e164, origin) VALUES ({}, '{}', 'manual')",
            business.id, business.phones[0]
        ))
        .await;
    let (status, problem) = world
        .api(&business)
        .post(START, &json!({ "lead_ids": business.leads }))
        .await;
    assert_eq!((status, &problem["code"]), (422, &json!("nothing_to_call")));
    assert_eq!(problem["skipped"][0]["reason"], "suppressed");
}

#[tokio::test]
async fn only_a_queued_job_can_be_cancelled() {
    let world = World::start().await;
    let business = world.business(2).await;
    let api = world.api(&business);
    let body = json!({ "lead_ids": business.leads });
    api.post("/api/outbound/bulk-enqueue", &body).await;
    let jobs = world
        .database
        .sql("SELECT id FROM outbound_call_jobs ORDER BY id")
        .await;
    let path = |job: usize| format!("/api/outbound_calls/jobs/{}/cancel", jobs[job]["id"]);
    for _ in 0..2 {
        let (status, answer) = api.post(&path(0), &json!({})).await;
        assert_eq!((status, &answer["cancel_requested"]), (200, &json!(true)));
    }
    assert_eq!(
        world
            .count("outbound_call_jobs WHERE cancel_requested")
            .await,
        1
    );
    assert_eq!(
        world
            .count("outbox_events WHERE type = 'run.requested'")
            .await,
        2,
        "the run, and one wish"
    );
    world
        .database
        .execute(
            "UPDATE outbound_call_jobs SET status = 'failed', completed_at = now() WHERE NOT cancel_requested",
        )
        .await;
    let (status, problem) = api.post(&path(1), &json!({})).await;
    assert_eq!((status, &problem["code"]), (409, &json!("job_not_queued")));
    let foreign = world.business(1).await;
    let (status, _) = world.api(&foreign).post(&path(1), &json!({})).await;
    assert_eq!(status, 404);
}
