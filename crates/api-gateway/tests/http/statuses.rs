use reqwest::Method;
use rstest::rstest;
use serde_json::{Value, json};
use testkit::Business;

use crate::support::{Api, World, fields, read};

async fn board(api: &Api<'_>) -> Vec<Value> {
    let (_, board) = api.get("/api/lead-statuses").await;
    board.as_array().expect("a list").clone()
}

fn names(board: &[Value]) -> Vec<String> {
    let name = |status: &Value| status["name"].as_str().expect("a name").to_owned();
    board.iter().map(name).collect()
}

async fn delete(api: &Api<'_>, path: &str) -> (u16, Value) {
    read(api.request(Method::DELETE, path)).await
}

async fn order(api: &Api<'_>, names: &[String]) -> (u16, Value) {
    let body = json!({ "names": names });
    read(
        api.request(Method::PUT, "/api/lead-statuses/order")
            .json(&body),
    )
    .await
}

/// Puts the first leads of a business into a status, as a person does.
async fn stand(api: &Api<'_>, business: &Business, leads: usize, status: &str) {
    for lead in &business.leads[..leads] {
        let path = format!("/api/leads/{lead}");
        let (answer, _) = api.patch(&path, &json!({ "status": status })).await;
        assert_eq!(answer, 200);
    }
}

#[tokio::test]
async fn a_status_is_added_at_the_end_renamed_and_protected() {
    let world = World::start().await;
    let business = world.business(0).await;
    let api = world.api(&business);
    let before = board(&api).await.len();
    let wanted = json!({ "label": " ממתין לאישור ", "color": "#16A34A" });
    let (status, made) = api.post("/api/lead-statuses", &wanted).await;
    assert_eq!(status, 201, "{made}");
    assert_eq!(
        (
            &made["name"],
            &made["label"],
            &made["is_active"],
            &made["version"]
        ),
        (
            &json!("ממתין_לאישור"),
            &json!("ממתין לאישור"),
            &json!(true),
            &json!(1)
        )
    );
    assert_eq!(board(&api).await[before], made);

    let changes = json!({ "label": "ממתין", "is_protected": true });
    let path =
        "/api/lead-statuses/%D7%9E%D7%9E%D7%AA%D7%99%D7%9F_%D7%9C%D7%90%D7%99%D7%A9%D7%95%D7%A8";
    let (status, changed) = api.patch(path, &changes).await;
    assert_eq!(status, 200, "{changed}");
    assert_eq!(
        (
            &changed["label"],
            &changed["is_protected"],
            &changed["color"]
        ),
        (&json!("ממתין"), &json!(true), &json!("#16A34A"))
    );
}

#[tokio::test]
async fn what_is_wrong_with_a_status_is_said_and_nothing_is_written() {
    let world = World::start().await;
    let business = world.business(0).await;
    let api = world.api(&business);
    let before = board(&api).await;
    let taken = &before[0];
    for (wanted, code, wrong) in [
        (json!({ "label": " " }), "validation_failed", vec!["label"]),
        (
            json!({ "label": "x".repeat(81), "color": "red", "name": "a b" }),
            "validation_failed",
            vec!["color", "label", "name"],
        ),
        (
            json!({ "label": taken["label"], "name": "other" }),
            "validation_failed",
            vec!["label"],
        ),
        (
            json!({ "label": "New", "name": taken["name"] }),
            "status_name_taken",
            vec![],
        ),
    ] {
        let (_, refused) = api.post("/api/lead-statuses", &wanted).await;
        assert_eq!(
            (&refused["code"], fields(&refused)),
            (&json!(code), wrong),
            "{wanted}"
        );
    }
    let path = format!(
        "/api/lead-statuses/{}",
        taken["name"].as_str().expect("a name")
    );
    for (wanted, wrong) in [
        (json!({ "is_default": false }), "is_default"),
        (json!({ "move_to": "won" }), "move_to"),
        (
            json!({ "is_default": true, "is_active": false }),
            "is_active",
        ),
    ] {
        let (status, refused) = api.patch(&path, &wanted).await;
        assert_eq!((status, fields(&refused)), (422, vec![wrong]), "{refused}");
    }
    assert_eq!(board(&api).await, before);
}

#[tokio::test]
async fn two_people_who_edit_a_status_at_once_do_not_overwrite_each_other() {
    let world = World::start().await;
    let business = world.business(0).await;
    let api = world.api(&business);
    let path = "/api/lead-statuses/interested";
    let edit = |label: &str| {
        let change = api.request(Method::PATCH, path).header("If-Match", "\"1\"");
        read(change.json(&json!({ "label": label })))
    };
    assert_eq!(edit("Keen").await.0, 200);
    let (status, refused) = edit("Eager").await;
    assert_eq!(
        (status, &refused["code"]),
        (409, &json!("version_conflict"))
    );
    let board = board(&api).await;
    assert!(board.iter().any(|status| status["label"] == "Keen"));
}

#[tokio::test]
async fn a_status_that_leads_hold_is_closed_only_with_a_place_for_them() {
    let world = World::start().await;
    let business = world.business(3).await;
    let api = world.api(&business);
    let (status, _) = api
        .post(
            "/api/lead-statuses",
            &json!({ "label": "Later", "name": "later" }),
        )
        .await;
    assert_eq!(status, 201);
    stand(&api, &business, 2, "later").await;

    let path = "/api/lead-statuses/later";
    let close = json!({ "is_active": false });
    for (status, refused) in [api.patch(path, &close).await, delete(&api, path).await] {
        assert_eq!(
            (status, &refused["code"]),
            (409, &json!("status_held")),
            "{refused}"
        );
    }
    for to in ["later", "no_such"] {
        let (status, refused) = delete(&api, &format!("{path}?move_to={to}")).await;
        assert_eq!((status, &refused["code"]), (422, &json!("unknown_status")));
    }
    let changes = world.count("lead_status_history").await;
    let close = json!({ "is_active": false, "move_to": "interested" });
    let (status, closed) = api.patch(path, &close).await;
    assert_eq!(
        (status, &closed["is_active"]),
        (200, &json!(false)),
        "{closed}"
    );
    assert_eq!(world.count("lead_status_history").await, changes + 2);
    for lead in &business.leads[..2] {
        let (_, lead) = api.get(&format!("/api/leads/{lead}")).await;
        assert_eq!(lead["status"], "interested");
        let (_, timeline) = api
            .get(&format!("/api/leads/{}/timeline", lead["id"]))
            .await;
        let payload = json!({ "from": "later", "to": "interested", "source": "manual" });
        assert_eq!(timeline["items"][0]["payload"], payload);
    }
    let told = "outbox_events WHERE type = 'status.changed' AND body->'data'->>'from' = 'later'";
    assert_eq!(world.count(told).await, 2);
    assert_eq!(delete(&api, path).await.0, 204);
    assert_eq!(delete(&api, path).await.0, 404);
}

#[tokio::test]
async fn the_default_and_what_automation_relies_on_stay() {
    let world = World::start().await;
    let business = world.business(0).await;
    let api = world.api(&business);
    let all = board(&api).await;
    let default = all
        .iter()
        .find(|status| status["is_default"] == true)
        .expect("one");
    let path = format!(
        "/api/lead-statuses/{}",
        default["name"].as_str().expect("a name")
    );
    for (status, refused) in [
        api.patch(&path, &json!({ "is_active": false })).await,
        delete(&api, &path).await,
    ] {
        assert_eq!(
            (status, &refused["code"]),
            (409, &json!("status_is_default"))
        );
    }
    let (status, refused) = delete(&api, "/api/lead-statuses/not_relevant").await;
    assert_eq!(
        (status, &refused["code"]),
        (409, &json!("status_is_system"))
    );

    // Another default; there is always exactly one.
    let (status, _) = api
        .patch(
            "/api/lead-statuses/interested",
            &json!({ "is_default": true }),
        )
        .await;
    assert_eq!(status, 200);
    let all = board(&api).await;
    let defaults: Vec<&Value> = all
        .iter()
        .filter(|status| status["is_default"] == true)
        .collect();
    assert_eq!(defaults.len(), 1);
    assert_eq!(defaults[0]["name"], "interested");
}

#[tokio::test]
async fn a_status_that_a_decision_recommended_can_be_deleted() {
    let world = World::start().await;
    let business = world.business(1).await;
    let api = world.api(&business);
    api.post(
        "/api/lead-statuses",
        &json!({ "label": "Later", "name": "later" }),
    )
    .await;
    let decided = format!(
        "INSERT INTO lead_status_events (business_id, lead_id, source, source_event_id, recommended_status_label,
                                         recommended_status_id, confidence, reason, applied, occurred_at)
         SELECT business_id, {}, 'call_summary', 'CA1', label, id, 0.4, 'low_confidence', false, now()
         FROM lead_statuses WHERE name = 'later' AND business_id = {}",
        business.leads[0], business.id
    );
    world.database.execute(&decided).await;
    assert_eq!(delete(&api, "/api/lead-statuses/later").await.0, 204);
    let kept = world
        .database
        .sql("SELECT recommended_status_label AS label FROM lead_status_events")
        .await;
    assert_eq!(kept[0]["label"], "Later");
}

#[tokio::test]
async fn the_board_is_put_in_order() {
    let world = World::start().await;
    let business = world.business(0).await;
    let api = world.api(&business);
    let mut wanted = names(&board(&api).await);
    wanted.reverse();
    let (status, ordered) = order(&api, &wanted).await;
    assert_eq!(status, 200, "{ordered}");
    assert_eq!(names(&board(&api).await), wanted);

    let (status, refused) = order(&api, &wanted[1..]).await;
    assert_eq!(
        (status, &refused["code"]),
        (409, &json!("version_conflict"))
    );
    let twice = [wanted[0].clone(), wanted[0].clone()];
    let (status, refused) = order(&api, &twice).await;
    assert_eq!((status, fields(&refused)), (422, vec!["names"]));
    assert_eq!(names(&board(&api).await), wanted);
}

#[tokio::test]
async fn only_an_admin_of_the_business_changes_its_board() {
    let world = World::start().await;
    let (business, other) = (world.business(0).await, world.business(0).await);
    let agent = world.token(&business.users[1]).await;
    let made = world.api(&other);
    made.post(
        "/api/lead-statuses",
        &json!({ "label": "Theirs", "name": "theirs" }),
    )
    .await;
    for (method, path, body) in [
        (
            Method::POST,
            "/api/lead-statuses",
            json!({ "label": "New" }),
        ),
        (
            Method::PATCH,
            "/api/lead-statuses/interested",
            json!({ "label": "New" }),
        ),
        (Method::DELETE, "/api/lead-statuses/interested", json!({})),
        (
            Method::PUT,
            "/api/lead-statuses/order",
            json!({ "names": [] }),
        ),
    ] {
        let request = world.request(method, path).bearer_auth(&agent);
        assert_eq!(read(request.json(&body)).await.0, 403, "{path}");
    }
    let api = world.api(&business);
    assert_eq!(
        api.patch("/api/lead-statuses/theirs", &json!({ "label": "Ours" }))
            .await
            .0,
        404
    );
    assert_eq!(delete(&api, "/api/lead-statuses/theirs").await.0, 404);
}

#[rstest]
#[case::control_character("Hot\u{9d}", 422, "")]
#[case::slash("Hot/Cold", 201, "hot_cold")]
#[tokio::test]
async fn a_name_is_made_of_any_label_that_people_can_read(
    #[case] label: &str,
    #[case] expected: u16,
    #[case] name: &str,
) {
    let world = World::start().await;
    let business = world.business(0).await;
    let (status, answer) = world
        .api(&business)
        .post("/api/lead-statuses", &json!({ "label": label }))
        .await;
    assert_eq!(status, expected, "{answer}");
    assert_eq!(answer["name"].as_str().unwrap_or_default(), name);
}
