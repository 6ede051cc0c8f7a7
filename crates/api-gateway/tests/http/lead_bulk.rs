use reqwest::Method;
use serde_json::{Value, json};
use testkit::Business;

use crate::support::{Api, World, fields, read};

async fn bulk(api: &Api<'_>, body: Value) -> Value {
    let (status, outcome) = api.post("/api/leads/bulk", &body).await;
    assert_eq!(status, 200, "{outcome}");
    outcome
}

/// Ids of the leads that a query finds, in any order.
async fn found(api: &Api<'_>, query: &str) -> Vec<i64> {
    let (_, page) = api.get(&format!("/api/leads?limit=200&{query}")).await;
    let items = page["items"].as_array().expect("items").iter();
    let mut ids: Vec<i64> = items.filter_map(|lead| lead["id"].as_i64()).collect();
    ids.sort_unstable();
    ids
}

fn ids(business: &Business) -> Vec<i64> {
    business.leads.iter().map(|lead| lead.0).collect()
}

#[tokio::test]
async fn chosen_leads_move_each_with_its_history_timeline_and_event() {
    let world = World::start().await;
    let (business, neighbour) = (world.business(5).await, world.business(1).await);
    let api = world.api(&business);
    let leads = ids(&business);
    let first = format!("/api/leads/{}", leads[0]);
    api.patch(&first, &json!({ "status": "won" })).await;
    let theirs = neighbour.leads[0];
    let chosen = json!({ "action": "change_status", "status": "won", "lead_ids": [theirs, leads[0], leads[1], leads[2], leads[2]] });
    let outcome = bulk(&api, chosen).await;
    assert_eq!(outcome["changed"], 2);
    let mut skipped: Vec<_> = outcome["skipped"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|skipped| (skipped["lead_id"].as_i64(), skipped["reason"].as_str()))
        .collect();
    skipped.sort_unstable();
    let mut expected = vec![
        (Some(theirs.0), Some("not_found")),
        (Some(leads[0]), Some("unchanged")),
    ];
    expected.sort_unstable();
    assert_eq!(skipped, expected);
    assert_eq!(found(&api, "status=won").await, leads[..3]);
    for lead in &leads[1..3] {
        let of_lead = format!("WHERE lead_id = {lead}");
        let history = format!(
            "lead_status_history {of_lead} AND old_status = 'new' AND new_status = 'won' AND channel = 'manual'"
        );
        assert_eq!(world.count(&history).await, 1);
        let (_, timeline) = api.get(&format!("/api/leads/{lead}/timeline")).await;
        let moved = json!({ "from": "new", "to": "won", "source": "manual" });
        assert_eq!(timeline["items"][0]["payload"], moved);
        let event = format!(
            "outbox_events WHERE type = 'status.changed' AND (body #>> '{{data,lead_id}}')::bigint = {lead}"
        );
        assert_eq!(world.count(&event).await, 1);
        let (_, now) = api.get(&format!("/api/leads/{lead}")).await;
        assert_eq!(now["version"], 2);
    }
    assert_eq!(world.count("leads WHERE status = 'won'").await, 3);
}

/// What a person moves by hand is the same for a decision, whether one lead is moved or many.
#[tokio::test]
async fn a_move_of_many_corrects_the_decision_that_moved_one_of_them() {
    let world = World::start().await;
    let business = world.business(2).await;
    let (id, lead) = (business.id, business.leads[0]);
    world
        .database
        .execute(&format!(
            "INSERT INTO lead_status_events (business_id, lead_id, source, source_event_id, recommended_status_id, reason,
                 from_status, to_status, applied, applied_at, occurred_at)
             SELECT {id}, {lead}, 'call_summary', 'CA1', s.id, 'said so', 'new', 'interested', true, now(), now()
             FROM lead_statuses s WHERE business_id = {id} AND name = 'interested';
             INSERT INTO lead_status_history (tenant_id, lead_id, old_status, new_status, channel, decision_id)
             SELECT {id}, {lead}, 'new', 'interested', 'auto_outbound', id FROM lead_status_events;
             UPDATE leads SET status = 'interested' WHERE id = {lead}"
        ))
        .await;
    let api = world.api(&business);
    let chosen = json!({ "action": "change_status", "status": "lost", "lead_ids": business.leads });
    let outcome = bulk(&api, chosen).await;
    assert_eq!(outcome, json!({ "changed": 2, "skipped": [] }));
    let corrected = format!(
        "decision_corrections WHERE lead_id = {lead} AND from_status = 'interested' AND to_status = 'lost'"
    );
    assert_eq!(world.count(&corrected).await, 1);
    assert_eq!(
        world
            .count("lead_status_history WHERE channel = 'manual'")
            .await,
        2
    );
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "one story, told in its order")]
async fn owner_tags_and_list_change_for_all_that_pass_a_filter() {
    let world = World::start().await;
    let business = world.business(6).await;
    let api = world.api(&business);
    let (leads, user) = (ids(&business), business.users[1].id);
    let two = &leads[..2];
    bulk(
        &api,
        json!({ "action": "add_tags", "tags": ["vip", "north", "vip"], "lead_ids": two }),
    )
    .await;
    let (_, tagged) = api.get(&format!("/api/leads/{}", leads[0])).await;
    assert_eq!(tagged["tags"], json!(["vip", "north"]));

    let vip = json!({ "tag": "vip" });
    let outcome = bulk(
        &api,
        json!({ "action": "set_owner", "owner_user_id": user, "filter": vip }),
    )
    .await;
    assert_eq!(outcome, json!({ "changed": 2, "skipped": [] }));
    assert_eq!(found(&api, &format!("owner_user_id={user}")).await, two);
    let all = json!({ "action": "set_owner", "owner_user_id": user, "filter": {} });
    let outcome = bulk(&api, all).await;
    assert_eq!(
        (
            &outcome["changed"],
            outcome["skipped"].as_array().map(Vec::len)
        ),
        (&json!(4), Some(2))
    );
    bulk(
        &api,
        json!({ "action": "set_owner", "owner_user_id": null, "lead_ids": leads }),
    )
    .await;
    assert!(
        found(&api, &format!("owner_user_id={user}"))
            .await
            .is_empty()
    );

    bulk(
        &api,
        json!({ "action": "remove_tags", "tags": ["vip", "other"], "filter": {} }),
    )
    .await;
    assert!(found(&api, "tag=vip").await.is_empty());
    assert_eq!(found(&api, "tag=north").await, two);

    world
        .database
        .execute(&format!(
            "INSERT INTO outbound_lead_lists (business_id, name) VALUES ({}, 'May')",
            business.id
        ))
        .await;
    let list = api.get("/api/lead-lists").await.1["items"][0]["id"].clone();
    bulk(
        &api,
        json!({ "action": "move_to_list", "list_id": list, "filter": { "tag": "north" } }),
    )
    .await;
    assert_eq!(found(&api, &format!("list_id={list}")).await, two);
    bulk(
        &api,
        json!({ "action": "move_to_list", "list_id": null, "filter": {} }),
    )
    .await;
    assert!(found(&api, &format!("list_id={list}")).await.is_empty());

    let many: Vec<String> = (0..49).map(|n| format!("tag {n}")).collect();
    let outcome = bulk(
        &api,
        json!({ "action": "add_tags", "tags": many, "lead_ids": [leads[0]] }),
    )
    .await;
    assert_eq!(outcome["changed"], 1);
    let outcome = bulk(
        &api,
        json!({ "action": "add_tags", "tags": ["x"], "filter": { "tag": "north" } }),
    )
    .await;
    let skipped = json!([{ "lead_id": leads[0], "reason": "too_many_tags" }]);
    assert_eq!(outcome, json!({ "changed": 1, "skipped": skipped }));
}

#[tokio::test]
async fn what_cannot_be_is_refused_before_anything_is_changed() {
    let world = World::start().await;
    let (business, neighbour) = (world.business(2).await, world.business(0).await);
    let api = world.api(&business);
    let leads = &business.leads;
    for (wrong, named) in [
        (json!({}), vec!["action"]),
        (json!({ "action": "delete" }), vec!["lead_ids"]),
        (
            json!({ "action": "delete", "lead_ids": leads, "filter": {} }),
            vec!["lead_ids"],
        ),
        (
            json!({ "action": "delete", "lead_ids": [] }),
            vec!["lead_ids"],
        ),
        (
            json!({ "action": "delete", "lead_ids": leads, "status": "won" }),
            vec!["status"],
        ),
        (
            json!({ "action": "change_status", "lead_ids": leads }),
            vec!["status"],
        ),
        (
            json!({ "action": "change_status", "status": "warp", "lead_ids": leads }),
            vec!["status"],
        ),
        (
            json!({ "action": "set_owner", "lead_ids": leads }),
            vec!["owner_user_id"],
        ),
        (
            json!({ "action": "set_owner", "owner_user_id": neighbour.users[0].id, "lead_ids": leads }),
            vec!["owner_user_id"],
        ),
        (
            json!({ "action": "move_to_list", "list_id": 987_654, "lead_ids": leads }),
            vec!["list_id"],
        ),
        (
            json!({ "action": "add_tags", "tags": [" "], "filter": {} }),
            vec!["tags"],
        ),
        (
            json!({ "action": "delete", "filter": { "colour": 1 } }),
            vec!["filter", "lead_ids"],
        ),
    ] {
        let (status, refused) = api.post("/api/leads/bulk", &wrong).await;
        assert_eq!(
            (status, fields(&refused)),
            (422, named),
            "{wrong}: {refused}"
        );
    }
    assert_eq!(
        world
            .count("leads WHERE version = 1 AND deleted_at IS NULL")
            .await,
        2
    );
}

#[tokio::test]
async fn more_than_a_batch_is_changed_and_a_repeat_answers_the_same() {
    let world = World::start().await;
    let business = world.business(2_300).await;
    let api = world.api(&business);
    let send = || {
        let body = json!({ "action": "change_status", "status": "interested", "filter": { "status": "new" } });
        let request = api.request(Method::POST, "/api/leads/bulk");
        read(request.header("Idempotency-Key", "once").json(&body))
    };
    let (status, outcome) = send().await;
    assert_eq!(
        (status, &outcome),
        (200, &json!({ "changed": 2_300, "skipped": [] }))
    );
    // Somebody moves one back; the repeat is not a second change.
    let first = format!("/api/leads/{}", business.leads[0]);
    api.patch(&first, &json!({ "status": "new" })).await;
    assert_eq!(send().await, (200, outcome));
    assert_eq!(api.get(&first).await.1["status"], "new");
    assert_eq!(world.count("lead_status_history").await, 2_301);
    let request = api
        .request(Method::POST, "/api/leads/bulk")
        .header("Idempotency-Key", "once");
    let other = json!({ "action": "delete", "filter": {} });
    let (status, refused) = read(request.json(&other)).await;
    assert_eq!(
        (status, &refused["code"]),
        (422, &json!("idempotency_key_reused"))
    );
}

#[tokio::test]
async fn a_run_calls_whom_the_same_filter_lists() {
    let world = World::start().await;
    let business = world.business(6).await;
    let api = world.api(&business);
    let leads = ids(&business);
    let three = &leads[..3];
    bulk(
        &api,
        json!({ "action": "add_tags", "tags": ["spring"], "lead_ids": three }),
    )
    .await;
    bulk(
        &api,
        json!({ "action": "change_status", "status": "won", "lead_ids": [leads[0], leads[4]] }),
    )
    .await;
    let filter = json!({ "tag": "spring", "status": "new", "never_contacted": true });
    let (_, preflight) = api
        .post("/api/outbound/preflight", &json!({ "filter": filter }))
        .await;
    assert_eq!(preflight["would_call"], 2, "{preflight}");
    let (status, run) = api
        .post("/api/outbound/bulk-enqueue", &json!({ "filter": filter }))
        .await;
    assert_eq!((status, &run["queued"]), (202, &json!(2)), "{run}");
    let jobs = world
        .database
        .sql("SELECT lead_id FROM outbound_call_jobs ORDER BY id")
        .await;
    let called: Vec<_> = jobs
        .iter()
        .filter_map(|job| job["lead_id"].as_i64())
        .collect();
    assert_eq!(called, [leads[1], leads[2]]);
    let number = json!({ "filter": { "q": business.phones[5].replace("+972", "0") } });
    let (_, run) = api.post("/api/outbound/bulk-enqueue", &number).await;
    assert_eq!(run["queued"], 1);
}
