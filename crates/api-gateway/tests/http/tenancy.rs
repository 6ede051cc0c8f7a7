use reqwest::Method;
use serde_json::{Value, json};
use testkit::Business;

use crate::engine::decide;
use crate::support::{World, read};
use crate::webhooks::add_call;
use crate::whatsapp;

const SID: &str = "CA00000000000000000000000000000001";

/// A business with one of everything that has an id.
struct Owner {
    business: Business,
    run: Value,
    list: Value,
    decision: i64,
    suppression: Value,
    api_key: i64,
    session: Value,
}

async fn owner_of_everything(world: &World) -> Owner {
    let business = world.business(1).await;
    let body = json!({ "lead_ids": [business.leads[0]] });
    let (_, queued) = world
        .api(&business)
        .post("/api/outbound/bulk-enqueue", &body)
        .await;
    add_call(world, &business, SID).await;
    let file = world
        .api(&business)
        .request(Method::POST, "/api/leads/import")
        .body("phone\n0521234567\n");
    let list = read(file).await.1["list_id"].clone();
    let now = chassis::clock::Clock::system().now();
    let decision = decide(world, &business, 0, SID, "interested", now).await;
    let number = json!({ "phone": "052-7654321" });
    let (_, suppressed) = world
        .api(&business)
        .post("/api/suppressions", &number)
        .await;
    let keys = format!(
        "SELECT id FROM api_keys WHERE business_id = {}",
        business.id
    );
    let api_key = world.database.sql(&keys).await[0]["id"].as_i64();
    let session = whatsapp::open_session(world, &business).await;
    Owner {
        decision,
        api_key: api_key.expect("a key"),
        session,
        suppression: suppressed["id"].clone(),
        run: queued["run_id"].clone(),
        list,
        business,
    }
}

/// Everything of all businesses that a request could have touched.
async fn rows(world: &World) -> Vec<Vec<Value>> {
    let mut rows = Vec::new();
    for table in [
        "leads",
        "outbound_call_runs",
        "outbound_call_jobs",
        "lead_activities",
        "lead_status_events",
        "lead_status_history",
        "decision_corrections",
        "suppressions",
        "users",
        "whatsapp_sessions",
        "whatsapp_messages",
        "outbox_events",
    ] {
        rows.push(
            world
                .database
                .sql(&format!("SELECT * FROM {table} ORDER BY id"))
                .await,
        );
    }
    rows
}

/// A request to every address with an id in it.
fn requests_with_ids(owner: &Owner) -> Vec<(Method, String, Value)> {
    let Owner {
        business,
        run,
        list,
        decision,
        suppression,
        api_key,
        session,
    } = owner;
    let user = format!("/api/users/{}", business.users[1].id);
    let lead = business.leads[0];
    let get = |path: String| (Method::GET, path, json!({}));
    let post = |path: String, body: Value| (Method::POST, path, body);
    let patch = |body: Value| (Method::PATCH, format!("/api/leads/{lead}"), body);
    let lift = format!("/api/suppressions/{suppression}");
    let enqueue = "/api/outbound/bulk-enqueue";
    vec![
        get(format!("/api/leads/{lead}")),
        patch(json!({ "status": "won" })),
        patch(json!({ "first_name": "Mine" })),
        get(format!("/api/leads/{lead}/timeline")),
        get(format!("/api/leads/{lead}/calls")),
        get(format!("/api/leads/{lead}/decisions")),
        post(format!("/api/decisions/{decision}/undo"), json!({})),
        (Method::DELETE, lift, json!({})),
        get(user.clone()),
        (Method::PATCH, user.clone(), json!({ "role": "admin" })),
        (
            Method::PATCH,
            user.clone(),
            json!({ "password": "a password of theirs" }),
        ),
        (Method::DELETE, user, json!({})),
        (
            Method::DELETE,
            format!("/api/api-keys/{api_key}"),
            json!({}),
        ),
        post(enqueue.to_owned(), json!({ "lead_ids": [lead] })),
        post(enqueue.to_owned(), json!({ "list_id": list })),
        get(format!("/api/outbound/runs/{run}")),
        get(format!("/api/outbound/runs/{run}/jobs")),
        post(format!("/api/outbound/runs/{run}/pause"), json!({})),
        post(format!("/api/outbound/runs/{run}/resume"), json!({})),
        post(
            format!("/api/outbound/runs/{run}/cancel"),
            json!({ "hang_up": true }),
        ),
        post(
            "/api/outbound/stop-queue".to_owned(),
            json!({ "run_id": run }),
        ),
        get(format!("/api/calls/{SID}")),
        get(format!("/api/whatsapp/sessions?lead_id={lead}")),
        get(format!("/api/whatsapp/sessions/{session}")),
        post(format!("/api/whatsapp/sessions/{session}/close"), json!({})),
        get(format!("/api/calls/{SID}/recording")),
    ]
}

/// Every address with an id in it, asked with another business's id, answers as if there were no such thing.
#[tokio::test]
async fn another_business_s_ids_are_not_found_anywhere() {
    let world = World::start().await;
    let own = world.business(1).await;
    let owner = owner_of_everything(&world).await;
    // The relay marks what it has published; that is no trace of a request. Nobody relays for the engine here.
    testkit::eventually(crate::support::PATIENCE, || async {
        (world
            .count(
                "outbox_events WHERE published_at IS NULL AND producer <> 'callboard_status_engine'",
            )
            .await
            == 0)
            .then_some(())
    })
    .await;
    let before = rows(&world).await;
    let (_, unknown) = world.api(&own).get("/api/leads/987654321").await;
    for (method, path, body) in requests_with_ids(&owner) {
        let (status, refused) =
            read(world.api(&own).request(method.clone(), &path).json(&body)).await;
        // Word for word the answer for what does not exist: nothing tells that it exists elsewhere.
        assert_eq!((status, &refused), (404, &unknown), "{method} {path}");
    }
    assert_eq!(rows(&world).await, before);
}

#[tokio::test]
async fn references_to_another_business_s_rows_are_unknown_too() {
    let world = World::start().await;
    let own = world.business(1).await;
    let Owner { business, list, .. } = owner_of_everything(&world).await;
    let api = world.api(&own);
    let lead = format!("/api/leads/{}", own.leads[0]);
    let (status, _) = api
        .patch(&lead, &json!({ "owner_user_id": business.users[0].id }))
        .await;
    assert_eq!(status, 422);
    let (status, _) = api
        .post(
            "/api/leads",
            &json!({ "first_name": "A", "outbound_list_id": list }),
        )
        .await;
    assert_eq!(status, 422);
    let header = api
        .request(Method::GET, "/api/leads")
        .header("X-Business-Id", business.id.0);
    assert_eq!(read(header).await.0, 404);
}

#[tokio::test]
async fn lists_show_one_s_own_only() {
    let world = World::start().await;
    let own = world.business(1).await;
    owner_of_everything(&world).await;
    for path in [
        "/api/calls",
        "/api/outbound/runs",
        "/api/lead-lists",
        "/api/suppressions",
        "/api/whatsapp/sessions",
    ] {
        assert_eq!(
            world.api(&own).get(path).await.1["items"],
            json!([]),
            "{path}"
        );
    }
    for (path, own_only) in [("/api/users", own.users.len()), ("/api/api-keys", 1)] {
        let (_, page) = world.api(&own).get(path).await;
        let items = page["items"].as_array().map(Vec::len);
        assert_eq!(items, Some(own_only), "{path}");
    }
    let (_, leads) = world.api(&own).get("/api/leads").await;
    assert_eq!(
        (
            leads["items"].as_array().map(Vec::len),
            &leads["items"][0]["id"]
        ),
        (Some(1), &json!(own.leads[0]))
    );
    let export = world
        .api(&own)
        .request(Method::GET, "/api/leads/export.csv")
        .send()
        .await
        .expect("an answer");
    assert_eq!(export.text().await.expect("text").lines().count(), 2);
}
