use reqwest::Method;
use serde_json::json;

use crate::support::{World, read};
use crate::webhooks::add_call;

/// Every address with an id in it, asked with another business's id, answers as if there were no such thing.
#[tokio::test]
async fn another_business_s_ids_are_not_found_anywhere() {
    let world = World::start().await;
    let (own, other) = (world.business(1).await, world.business(1).await);
    let lead = other.leads[0];
    let (_, queued) = world
        .api(&other)
        .post("/api/outbound/bulk-enqueue", &json!({ "lead_ids": [lead] }))
        .await;
    let run = &queued["run_id"];
    add_call(&world, &other, "CA00000000000000000000000000000001").await;
    let file = world
        .api(&other)
        .request(Method::POST, "/api/leads/import")
        .body("phone\n0521234567\n");
    let list = read(file).await.1["list_id"].clone();

    let before = world.database.sql("SELECT * FROM leads ORDER BY id").await;
    let runs_before = world.database.sql("SELECT * FROM outbound_call_runs").await;
    let none = json!({});
    for (method, path, body) in [
        ("GET", format!("/api/leads/{lead}"), none.clone()),
        (
            "PATCH",
            format!("/api/leads/{lead}"),
            json!({ "status": "won" }),
        ),
        (
            "PATCH",
            format!("/api/leads/{lead}"),
            json!({ "first_name": "Mine" }),
        ),
        ("GET", format!("/api/leads/{lead}/timeline"), none.clone()),
        ("GET", format!("/api/leads/{lead}/calls"), none.clone()),
        ("GET", format!("/api/leads/{lead}/decisions"), none.clone()),
        (
            "POST",
            "/api/outbound/bulk-enqueue".to_owned(),
            json!({ "lead_ids": [lead] }),
        ),
        (
            "POST",
            "/api/outbound/bulk-enqueue".to_owned(),
            json!({ "list_id": list }),
        ),
        ("GET", format!("/api/outbound/runs/{run}"), none.clone()),
        (
            "GET",
            format!("/api/outbound/runs/{run}/jobs"),
            none.clone(),
        ),
        (
            "POST",
            format!("/api/outbound/runs/{run}/pause"),
            none.clone(),
        ),
        (
            "POST",
            format!("/api/outbound/runs/{run}/resume"),
            none.clone(),
        ),
        (
            "POST",
            format!("/api/outbound/runs/{run}/cancel"),
            json!({ "hang_up": true }),
        ),
        (
            "POST",
            "/api/outbound/stop-queue".to_owned(),
            json!({ "run_id": run }),
        ),
        (
            "GET",
            "/api/calls/CA00000000000000000000000000000001".to_owned(),
            none.clone(),
        ),
    ] {
        let method: Method = method.parse().expect("a method");
        let (status, refused) =
            read(world.api(&own).request(method.clone(), &path).json(&body)).await;
        let (_, unknown) = read(world.api(&own).request(Method::GET, "/api/leads/987654321")).await;
        // Word for word the answer for what does not exist: nothing tells that it exists elsewhere.
        assert_eq!((status, refused), (404, unknown), "{method} {path}");
    }
    // References to another business's rows are refused as unknown, too.
    let (status, _) = world
        .api(&own)
        .patch(
            &format!("/api/leads/{}", own.leads[0]),
            &json!({ "owner_user_id": other.users[0].id }),
        )
        .await;
    assert_eq!(status, 422);
    let (status, _) = world
        .api(&own)
        .post(
            "/api/leads",
            &json!({ "first_name": "A", "outbound_list_id": list }),
        )
        .await;
    assert_eq!(status, 422);
    // Lists show one's own only.
    for path in [
        "/api/leads",
        "/api/calls",
        "/api/outbound/runs",
        "/api/lead-lists",
    ] {
        let (_, page) = world.api(&own).get(path).await;
        let expected = usize::from(path == "/api/leads");
        assert_eq!(
            page["items"].as_array().map(Vec::len),
            Some(expected),
            "{path}"
        );
    }
    let header = world
        .api(&own)
        .request(Method::GET, "/api/leads")
        .header("X-Business-Id", other.id.0);
    assert_eq!(read(header).await.0, 404);
    assert_eq!(
        world.database.sql("SELECT * FROM leads ORDER BY id").await,
        before
    );
    assert_eq!(
        world.database.sql("SELECT * FROM outbound_call_runs").await,
        runs_before
    );
}
