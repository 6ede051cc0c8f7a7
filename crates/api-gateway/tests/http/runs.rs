use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{World, fields, read};

#[tokio::test]
async fn a_run_queues_who_can_be_called_and_says_who_is_skipped() {
    let world = World::start().await;
    let business = world.business(5).await;
    let api = world.api(&business);
    let [a, b, c, d, e] = business.leads[..] else {
        panic!("five leads");
    };
    world
        .database
        .execute(&format!(
            "UPDATE leads SET phone_e164 = NULL WHERE id = {b}; UPDATE leads SET deleted_at = now() WHERE id = {c};
             INSERT INTO suppressions (business_id, phone_e164, origin) VALUES ({}, '{}', 'manual')",
            business.id, business.phones[3]
        ))
        .await;
    // A lead that is named twice is called once; the order is the one that was asked for.
    let body = json!({ "lead_ids": [e, d, c, b, a, e], "priority": 5, "retry": { "busy": { "times": 2, "after_seconds": 60 } } });
    let (status, queued) = api.post("/api/outbound/bulk-enqueue", &body).await;
    assert_eq!(status, 202, "{queued}");
    assert_eq!(queued["queued"], 2);
    let reasons = json!([
        { "lead_id": b, "reason": "no_phone_number" },
        { "lead_id": c, "reason": "deleted" },
        { "lead_id": d, "reason": "suppressed" },
    ]);
    assert_eq!(queued["skipped"], reasons);

    let run = format!("/api/outbound/runs/{}", queued["run_id"]);
    let (_, shown) = api.get(&run).await;
    for (field, value) in [
        ("status", json!("pending")),
        ("queued", json!(2)),
        ("total_leads", json!(2)),
        ("in_progress", json!(0)),
        ("concurrency", json!(3)),
        ("priority", json!(5)),
        ("cursor_position", json!(0)),
    ] {
        assert_eq!(shown[field], value, "{field}");
    }
    let (_, jobs) = api.get(&format!("{run}/jobs?limit=1")).await;
    assert_eq!(
        (&jobs["items"][0]["lead_id"], &jobs["items"][0]["calls"]),
        (&json!(e), &json!([]))
    );
    let next = jobs["next_cursor"].as_str().expect("a second page");
    let (_, jobs) = api.get(&format!("{run}/jobs?cursor={next}")).await;
    assert_eq!(
        (&jobs["items"][0]["lead_id"], &jobs["next_cursor"]),
        (&json!(a), &Value::Null)
    );
    assert_eq!(api.get("/api/outbound/runs").await.1["items"][0], shown);
    let event = world
        .database
        .sql("SELECT body FROM outbox_events WHERE type = 'run.requested'")
        .await;
    assert_eq!(event[0]["body"]["data"]["counts"]["queued"], 2);
}

#[tokio::test]
async fn another_business_s_lead_in_the_choice_queues_nothing() {
    let world = World::start().await;
    let (own, other) = (world.business(2).await, world.business(1).await);
    let body = json!({ "lead_ids": [own.leads[0], other.leads[0], own.leads[1]] });
    let (status, refused) = world
        .api(&own)
        .post("/api/outbound/bulk-enqueue", &body)
        .await;
    assert_eq!((status, &refused["code"]), (404, &json!("not_found")));
    for table in ["outbound_call_runs", "outbound_call_jobs", "outbox_events"] {
        assert_eq!(world.count(table).await, 0, "{table}");
    }
}

#[tokio::test]
async fn a_run_is_started_for_a_list_or_a_filter() {
    let world = World::start().await;
    let business = world.business(3).await;
    let api = world.api(&business);
    api.patch(
        &format!("/api/leads/{}", business.leads[2]),
        &json!({ "status": "interested" }),
    )
    .await;
    let (_, queued) = api
        .post(
            "/api/outbound/bulk-enqueue",
            &json!({ "filter": { "status": "interested" } }),
        )
        .await;
    assert_eq!(queued["queued"], 1);
    let (_, queued) = api
        .post(
            "/api/outbound/bulk-enqueue",
            &json!({ "filter": {}, "concurrency": 10 }),
        )
        .await;
    assert_eq!(queued["queued"], 3);
    let file = api
        .request(Method::POST, "/api/leads/import")
        .body("phone\n0521234567\n0521234568\n");
    let (_, imported) = read(file).await;
    let (_, queued) = api
        .post(
            "/api/outbound/bulk-enqueue",
            &json!({ "list_id": imported["list_id"] }),
        )
        .await;
    assert_eq!(queued["queued"], 2, "{imported}");
    let (status, nothing) = api
        .post(
            "/api/outbound/bulk-enqueue",
            &json!({ "filter": { "status": "won" } }),
        )
        .await;
    assert_eq!(
        (status, &nothing["code"], &nothing["skipped"]),
        (422, &json!("nothing_to_call"), &json!([]))
    );
    let (status, refused) = api.post("/api/outbound/bulk-enqueue", &json!({})).await;
    assert_eq!((status, fields(&refused)), (422, vec!["lead_ids"]));
}

#[tokio::test]
async fn the_same_key_starts_one_run_however_often_and_at_once_it_is_sent() {
    let world = World::start().await;
    let business = world.business(2).await;
    let api = world.api(&business);
    let start = |lead: usize| {
        let body = json!({ "lead_ids": [business.leads[lead]] });
        let request = api
            .request(Method::POST, "/api/outbound/bulk-enqueue")
            .header("Idempotency-Key", "k-1");
        read(request.json(&body))
    };
    let (first, second, third) = tokio::join!(start(0), start(0), start(0));
    assert_eq!(first.0, 202);
    assert_eq!((&first, &second), (&second, &third));
    let (status, refused) = start(1).await;
    assert_eq!(
        (status, &refused["code"]),
        (422, &json!("idempotency_key_reused"))
    );
    assert_eq!(world.count("outbound_call_runs").await, 1);
    assert_eq!(world.count("outbox_events").await, 1);
}

#[tokio::test]
async fn a_run_is_paused_resumed_and_cancelled_by_wishes_that_the_dialer_reads() {
    let world = World::start().await;
    let business = world.business(1).await;
    let api = world.api(&business);
    let (_, queued) = api
        .post(
            "/api/outbound/bulk-enqueue",
            &json!({ "lead_ids": [business.leads[0]] }),
        )
        .await;
    let run = format!("/api/outbound/runs/{}", queued["run_id"]);
    let (status, paused) = api.post(&format!("{run}/pause"), &json!({})).await;
    assert_eq!((status, &paused["pause_requested"]), (200, &json!(true)));
    let (_, resumed) = api.post(&format!("{run}/resume"), &json!({})).await;
    assert_eq!(resumed["pause_requested"], false);
    let (status, _) = read(api.request(Method::POST, &format!("{run}/cancel"))).await;
    assert_eq!(status, 200);
    let (_, cancelled) = api
        .post(
            "/api/outbound/stop-queue",
            &json!({ "run_id": queued["run_id"] }),
        )
        .await;
    assert_eq!(cancelled["cancel_requested"], true);
    let (status, refused) = api.post(&format!("{run}/resume"), &json!({})).await;
    assert_eq!(
        (status, &refused["code"]),
        (409, &json!("run_is_being_cancelled"))
    );
    let (_, counts) = api.get("/api/outbound_calls/counts").await;
    let lines =
        json!({ "active_total": 0, "active_outbound": 0, "max_total": 5, "max_outbound": 3 });
    assert_eq!(counts, lines);

    world
        .database
        .execute(
            "UPDATE outbound_call_jobs SET status = 'cancelled', completed_at = now();
             UPDATE outbound_call_runs SET status = 'cancelled', queued_count = 0, cancelled_count = 1, ended_at = now()",
        )
        .await;
    let (status, _) = api
        .post(&format!("{run}/cancel"), &json!({ "hang_up": true }))
        .await;
    assert_eq!(status, 200);
    let (status, refused) = api.post(&format!("{run}/pause"), &json!({})).await;
    assert_eq!((status, &refused["code"]), (409, &json!("run_is_over")));
}
