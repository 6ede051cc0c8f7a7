use reqwest::Method;
use serde_json::{Value, json};
use storage::users::Role;

use crate::support::{Api, World, read};

async fn delete(api: &Api<'_>, path: &str) -> (u16, Value) {
    read(api.request(Method::DELETE, path)).await
}

#[tokio::test]
async fn a_deleted_lead_is_gone_for_people_and_stays_for_the_audit() {
    let world = World::start().await;
    let business = world.business(2).await;
    world.database.fill(business.id, "of-ours").await;
    let api = world.api(&business);
    let lead = business.leads[0];
    let path = format!("/api/leads/{lead}");
    let kept = [
        "lead_status_events",
        "lead_status_history",
        "call_log",
        "suppressions",
        "conversations",
    ];
    let mut before = Vec::new();
    for table in kept {
        before.push(
            world
                .count(&format!("{table} WHERE lead_id = {lead}"))
                .await,
        );
    }
    assert_eq!(delete(&api, &path).await, (204, Value::Null));
    for read in ["", "/timeline", "/calls", "/decisions"] {
        assert_eq!(api.get(&format!("{path}{read}")).await.0, 404, "{read}");
    }
    let (_, why) = api.get(&format!("{path}/why")).await;
    assert_eq!(why["dialable"], false);
    assert_eq!(delete(&api, &path).await.0, 404);
    let (_, page) = api.get("/api/leads").await;
    assert_eq!(page["items"].as_array().map(Vec::len), Some(1));
    for (table, count) in kept.into_iter().zip(before) {
        assert!(count > 0, "{table}");
        let after = world
            .count(&format!("{table} WHERE lead_id = {lead}"))
            .await;
        assert_eq!(after, count, "{table}");
    }
    let rows = format!("SELECT to_jsonb(l) AS row FROM leads l WHERE id = {lead}");
    let row = &world.database.sql(&rows).await[0]["row"];
    for (column, value) in row.as_object().expect("a row") {
        let text = value.to_string();
        let says_who = text.contains("of-ours") || text.contains(&business.phones[0]);
        assert!(
            !says_who || column == "status",
            "{column} still says {text}"
        );
    }
    let told = format!("lead_activities WHERE lead_id = {lead} AND type = 'deleted'");
    assert_eq!(world.count(&told).await, 1);
    // The number may be entered again, and must still not be called.
    let again = json!({ "phone": business.phones[0] });
    let (status, again) = api.post("/api/leads", &again).await;
    assert_eq!(status, 201, "{again}");
    let run = json!({ "lead_ids": [again["id"]] });
    let (status, refused) = api.post("/api/outbound/bulk-enqueue", &run).await;
    assert_eq!(
        (status, &refused["skipped"][0]["reason"]),
        (422, &json!("suppressed"))
    );
}

#[tokio::test]
async fn a_lead_in_a_call_is_not_deleted() {
    let world = World::start().await;
    let business = world.business(1).await;
    let api = world.api(&business);
    let lead = business.leads[0];
    world
        .database
        .execute(&format!(
            "INSERT INTO call_log (business_id, attempt_id, lead_id, from_number, to_number, direction, status, line, reconcile_at)
             VALUES ({}, gen_random_uuid(), {lead}, '+97236000000', '{}', 'outbound', 'ringing', 1, now())",
            business.id, business.phones[0]
        ))
        .await;
    let path = format!("/api/leads/{lead}");
    let (status, refused) = delete(&api, &path).await;
    assert_eq!((status, &refused["code"]), (409, &json!("lead_in_a_call")));
    let bulk = json!({ "action": "delete", "lead_ids": [lead] });
    let (_, outcome) = api.post("/api/leads/bulk", &bulk).await;
    let skipped = json!([{ "lead_id": lead, "reason": "in_a_call" }]);
    assert_eq!(outcome, json!({ "changed": 0, "skipped": skipped }));
    world
        .database
        .execute("UPDATE call_log SET status = 'completed', ended_at = now(), reconcile_at = NULL")
        .await;
    assert_eq!(delete(&api, &path).await.0, 204);
}

#[tokio::test]
async fn who_saw_an_older_lead_or_is_an_agent_does_not_delete_it() {
    let world = World::start().await;
    let business = testkit::business(&world.operator)
        .with_leads(1)
        .with_api_key(Role::Admin)
        .with_api_key(Role::Agent)
        .await;
    let api = world.api(&business);
    let path = format!("/api/leads/{}", business.leads[0]);
    api.patch(&path, &json!({ "notes": "call in May" })).await;
    let stale = api
        .request(Method::DELETE, &path)
        .header("If-Match", "\"1\"");
    let (status, refused) = read(stale).await;
    assert_eq!(
        (status, &refused["code"]),
        (409, &json!("version_conflict"))
    );
    let by_agent = |method, path: &str| {
        world
            .request(method, path)
            .bearer_auth(&business.api_keys[1])
    };
    assert_eq!(read(by_agent(Method::DELETE, &path)).await.0, 403);
    let bulk = json!({ "action": "delete", "lead_ids": business.leads });
    let bulk = by_agent(Method::POST, "/api/leads/bulk").json(&bulk);
    assert_eq!(read(bulk).await.0, 403);
    assert_eq!(api.get(&path).await.0, 200);
}
