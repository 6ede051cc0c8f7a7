use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{World, fields, read};

#[tokio::test]
async fn a_number_is_suppressed_once_in_whatever_form_it_comes() {
    let world = World::start().await;
    let business = world.business(1).await;
    let api = world.api(&business);
    let phone = &business.phones[0];
    let national = phone.replace("+972", "0");
    let wanted = json!({ "phone": format!(" {}-{} ", &national[..3], &national[3..]), "reason": " asked by mail " });
    let (status, made) = api.post("/api/suppressions", &wanted).await;
    assert_eq!(status, 201, "{made}");
    assert_eq!(
        (&made["phone_e164"], &made["origin"], &made["reason"]),
        (&json!(phone), &json!("manual"), &json!("asked by mail"))
    );
    assert_eq!(made["lead_id"], json!(business.leads[0]));
    // The number as another person writes it: there already, and left as it is.
    let again = json!({ "phone_e164": phone, "reason": "another" });
    assert_eq!(
        api.post("/api/suppressions", &again).await,
        (200, made.clone())
    );

    let raised = world
        .database
        .sql("SELECT body -> 'data' AS data FROM outbox_events WHERE type = 'lead.suppressed'")
        .await;
    assert_eq!(raised.len(), 1);
    let data = &raised[0]["data"];
    assert_eq!(
        (&data["phone_e164"], &data["origin"], &data["lead_id"]),
        (&json!(phone), &json!("manual"), &json!(business.leads[0]))
    );
    let path = format!("/api/leads/{}/timeline", business.leads[0]);
    let (_, timeline) = api.get(&path).await;
    let payload = json!({ "origin": "manual", "source_event_id": null, "reason": "asked by mail" });
    assert_eq!(timeline["items"][0]["payload"], payload);

    // A number that no lead has, from abroad.
    let (status, made) = api
        .post("/api/suppressions", &json!({ "phone": "+1 212 555 0123" }))
        .await;
    assert_eq!(
        (status, &made["phone_e164"], &made["lead_id"]),
        (201, &json!("+12125550123"), &Value::Null)
    );
    for (wrong, field) in [
        (json!({ "phone": "12" }), "phone"),
        (json!({}), "phone"),
        (
            json!({ "phone": phone, "reason": "x".repeat(501) }),
            "reason",
        ),
    ] {
        let (status, refused) = api.post("/api/suppressions", &wrong).await;
        assert_eq!((status, fields(&refused)), (422, vec![field]), "{refused}");
    }
}

/// A business whose three leads are suppressed: two by hand, then the third in a call.
async fn three_suppressed(world: &World) -> testkit::Business {
    let business = world.business(3).await;
    let api = world.api(&business);
    for phone in &business.phones[..2] {
        let wanted = json!({ "phone": phone });
        assert_eq!(api.post("/api/suppressions", &wanted).await.0, 201);
    }
    let spoken = format!(
        "INSERT INTO suppressions (business_id, phone_e164, lead_id, origin, source_event_id)
         VALUES ({}, '{}', {}, 'spoken', 'CA1')",
        business.id, business.phones[2], business.leads[2]
    );
    world.database.execute(&spoken).await;
    business
}

fn numbers(page: &Value) -> Vec<&str> {
    let items = page["items"].as_array().expect("items");
    items
        .iter()
        .map(|item| item["phone_e164"].as_str().expect("a number"))
        .collect()
}

#[tokio::test]
async fn suppressions_are_listed_newest_first_in_pages() {
    let world = World::start().await;
    let (business, other) = (three_suppressed(&world).await, world.business(1).await);
    let foreign = json!({ "phone": other.phones[0] });
    let (status, _) = world.api(&other).post("/api/suppressions", &foreign).await;
    assert_eq!(status, 201);
    let api = world.api(&business);
    let phones = &business.phones;
    let (_, page) = api.get("/api/suppressions?limit=2").await;
    assert_eq!(numbers(&page), [&phones[2], &phones[1]]);
    let spoken = &page["items"][0];
    assert_eq!(
        (&spoken["source_event_id"], &spoken["lead_id"]),
        (&json!("CA1"), &json!(business.leads[2]))
    );
    let cursor = page["next_cursor"].as_str().expect("a cursor");
    let next = format!("/api/suppressions?limit=2&cursor={cursor}");
    let (_, page) = api.get(&next).await;
    assert_eq!(
        (numbers(&page), &page["next_cursor"]),
        (vec![phones[0].as_str()], &Value::Null)
    );
}

#[tokio::test]
async fn suppressions_are_found_by_a_part_of_the_number_and_by_origin() {
    let world = World::start().await;
    let business = three_suppressed(&world).await;
    let api = world.api(&business);
    let [first, second, third] = &business.phones[..] else {
        panic!("three leads");
    };
    let (national, end) = (second.replace("+972", "0"), &second[8..]);
    for (query, found) in [
        ("origin=spoken".to_owned(), vec![third]),
        ("origin=manual".to_owned(), vec![second, first]),
        (format!("q={national}"), vec![second]),
        (format!("q=00{}", &second[1..]), vec![second]),
        (format!("q={end}"), vec![second]),
        (format!("q={end}&origin=spoken"), vec![]),
        ("q=".to_owned(), vec![third, second, first]),
    ] {
        let (_, page) = api.get(&format!("/api/suppressions?{query}")).await;
        assert_eq!(numbers(&page), found, "{query}");
    }
    for wrong in ["q=dana", "q=%25", "origin=rumour"] {
        let (status, refused) = api.get(&format!("/api/suppressions?{wrong}")).await;
        assert_eq!(
            (status, &refused["code"]),
            (400, &json!("invalid_query")),
            "{wrong}"
        );
    }
}

#[tokio::test]
async fn a_lifted_number_may_be_called_again_and_the_history_stays() {
    let world = World::start().await;
    let business = world.business(1).await;
    let api = world.api(&business);
    let (_, made) = api
        .post("/api/suppressions", &json!({ "phone": business.phones[0] }))
        .await;
    let path = format!("/api/suppressions/{}", made["id"]);
    let wanted = json!({ "lead_ids": business.leads });
    let (_, before) = api.post("/api/outbound/preflight", &wanted).await;
    assert_eq!(before["skipped"][0]["reason"], "suppressed");

    let [admin, agent] = &business.users[..] else {
        panic!("two users");
    };
    let agent = world.token(agent).await;
    let request = world.request(Method::DELETE, &path);
    assert_eq!(read(request.bearer_auth(agent)).await.0, 403);
    let token = world.token(admin).await;
    let lift = || read(world.request(Method::DELETE, &path).bearer_auth(&token));
    assert_eq!(lift().await, (204, Value::Null));
    assert_eq!(lift().await.0, 404);

    // The same statement as the dialer's claim says that it is dialled.
    let (status, run) = api.post("/api/outbound/bulk-enqueue", &wanted).await;
    assert_eq!(
        (status, &run["queued"], &run["skipped"]),
        (202, &json!(1), &json!([]))
    );
    let (_, why) = api
        .get(&format!("/api/leads/{}/why", business.leads[0]))
        .await;
    let gates = why["gates"].as_array().expect("gates");
    let gate = gates.iter().find(|gate| gate["gate"] == "suppressed");
    assert_eq!(
        gate.map(|gate| &gate["passed"]),
        Some(&json!(true)),
        "{why}"
    );

    assert_eq!(api.get("/api/suppressions").await.1["items"], json!([]));
    let kept = world
        .database
        .sql(
            "SELECT id, lifted_at IS NOT NULL AS lifted, lifted_by_user_id AS by FROM suppressions",
        )
        .await;
    assert_eq!(
        kept,
        [json!({ "id": made["id"], "lifted": true, "by": admin.id })]
    );
    let timeline = format!("/api/leads/{}/timeline", business.leads[0]);
    let (_, timeline) = api.get(&timeline).await;
    let entry = &timeline["items"][0];
    assert_eq!(
        (&entry["type"], &entry["created_by"], &entry["payload"]),
        (
            &json!("suppression_lifted"),
            &json!(admin.id),
            &json!({ "suppression_id": made["id"], "origin": "manual" })
        )
    );

    // And it can be suppressed anew.
    let (status, anew) = api
        .post("/api/suppressions", &json!({ "phone": business.phones[0] }))
        .await;
    assert_eq!(status, 201);
    assert_ne!(anew["id"], made["id"]);
}
