use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{World, fields, read};

#[tokio::test]
async fn the_board_is_listed_in_order_and_pages_lose_and_repeat_nothing() {
    let world = World::start().await;
    let business = world.business(7).await;
    let api = world.api(&business);
    let (_, board) = api.get("/api/lead-statuses").await;
    assert_eq!(board[0]["name"], "new");
    assert_eq!(
        (&board[0]["is_default"], board.as_array().map(Vec::len)),
        (&json!(true), Some(11))
    );

    let mut seen = Vec::new();
    let mut path = "/api/leads?limit=3".to_owned();
    loop {
        let (status, page) = api.get(&path).await;
        assert_eq!(status, 200);
        seen.extend(
            page["items"]
                .as_array()
                .expect("items")
                .iter()
                .map(|lead| lead["id"].as_i64().expect("an id")),
        );
        let Some(cursor) = page["next_cursor"].as_str() else {
            break;
        };
        path = format!("/api/leads?limit=3&cursor={cursor}");
    }
    let mut expected: Vec<i64> = business.leads.iter().map(|lead| lead.0).collect();
    expected.reverse();
    assert_eq!(seen, expected);
}

#[tokio::test]
async fn leads_are_found_by_status_list_name_and_number() {
    let world = World::start().await;
    let business = world.business(3).await;
    let api = world.api(&business);
    let lead = format!("/api/leads/{}", business.leads[1]);
    api.patch(
        &lead,
        &json!({ "first_name": "דנה", "last_name": "כהן", "status": "interested" }),
    )
    .await;
    let national = business.phones[1].replace("+972", "0");
    for query in [
        "status=interested".to_owned(),
        "q=%D7%9B%D7%94%D7%9F".to_owned(),
        format!("q={national}"),
    ] {
        let (_, page) = api.get(&format!("/api/leads?{query}")).await;
        let ids: Vec<_> = page["items"]
            .as_array()
            .expect("items")
            .iter()
            .map(|lead| &lead["id"])
            .collect();
        assert_eq!(ids, [&json!(business.leads[1])], "{query}");
    }
    let (_, page) = api.get("/api/leads?list_id=12345").await;
    assert_eq!(page, json!({ "items": [], "next_cursor": null }));
}

#[tokio::test]
async fn a_lead_is_created_with_a_local_number_and_only_once_per_number() {
    let world = World::start().await;
    let business = world.business(0).await;
    let api = world.api(&business);
    let dana = json!({ "first_name": " Dana ", "phone": "052-123 4567", "tags": ["vip"], "status": "follow_up" });
    let (status, lead) = api.post("/api/leads", &dana).await;
    assert_eq!(status, 201, "{lead}");
    assert_eq!(lead["phone_e164"], "+972521234567");
    assert_eq!(
        (&lead["first_name"], &lead["status"], &lead["tags"]),
        (&json!("Dana"), &json!("follow_up"), &json!(["vip"]))
    );
    let (status, taken) = api
        .post("/api/leads", &json!({ "phone_e164": "+972521234567" }))
        .await;
    assert_eq!((status, &taken["code"]), (409, &json!("phone_taken")));
    for wrong in [
        json!({ "phone": "12" }),
        json!({ "phone": "call me" }),
        json!({}),
    ] {
        let (status, refused) = api.post("/api/leads", &wrong).await;
        assert_eq!(
            (status, fields(&refused)),
            (422, vec!["phone_e164"]),
            "{refused}"
        );
    }
    assert_eq!(world.count("leads").await, 1);
}

#[tokio::test]
async fn a_person_moves_a_lead_and_the_move_is_on_record() {
    let world = World::start().await;
    let business = world.business(1).await;
    let api = world.api(&business);
    let lead = format!("/api/leads/{}", business.leads[0]);
    let (status, moved) = api
        .patch(
            &lead,
            &json!({ "status": "qualified", "notes": "called me" }),
        )
        .await;
    assert_eq!(
        (status, &moved["status"], &moved["notes"]),
        (200, &json!("qualified"), &json!("called me"))
    );
    let (_, timeline) = api.get(&format!("{lead}/timeline")).await;
    let activity = &timeline["items"][0];
    assert_eq!(activity["type"], "status_change");
    assert_eq!(
        activity["payload"],
        json!({ "from": "new", "to": "qualified", "source": "manual" })
    );
    assert_eq!(
        world
            .count("lead_status_history WHERE channel = 'manual'")
            .await,
        1
    );
    assert_eq!(
        world
            .count("outbox_events WHERE type = 'status.changed'")
            .await,
        1
    );

    let (status, refused) = api
        .patch(&lead, &json!({ "status": "warp", "notes": "lost" }))
        .await;
    assert_eq!(
        (status, &refused["code"], fields(&refused)),
        (422, &json!("unknown_status"), vec!["status"])
    );
    let (_, unchanged) = api.get(&lead).await;
    assert_eq!(unchanged["notes"], "called me");
    assert_eq!(
        api.get(&format!("{lead}/decisions")).await.1["items"],
        json!([])
    );
    assert_eq!(
        api.get(&format!("{lead}/calls")).await.1["items"],
        json!([])
    );
}

#[tokio::test]
async fn two_people_who_edit_at_once_do_not_overwrite_each_other() {
    let world = World::start().await;
    let business = world.business(1).await;
    let api = world.api(&business);
    let lead = format!("/api/leads/{}", business.leads[0]);
    let tag = api
        .request(Method::GET, &lead)
        .send()
        .await
        .expect("an answer")
        .headers()["etag"]
        .clone();
    let edit = |notes: &str| {
        api.request(Method::PATCH, &lead)
            .header("If-Match", &tag)
            .json(&json!({ "notes": notes }))
    };
    assert_eq!(read(edit("first")).await.0, 200);
    let (status, refused) = read(edit("second")).await;
    assert_eq!(
        (status, &refused["code"]),
        (409, &json!("version_conflict"))
    );
    assert_eq!(api.get(&lead).await.1["notes"], "first");
    let (status, cleared) = api
        .patch(
            &lead,
            &json!({ "notes": null, "owner_user_id": business.users[0].id }),
        )
        .await;
    assert_eq!(
        (status, &cleared["notes"], &cleared["owner_user_id"]),
        (200, &Value::Null, &json!(business.users[0].id))
    );
}

async fn import(world: &World, business: &testkit::Business, file: Vec<u8>) -> (u16, Value) {
    let request = world
        .api(business)
        .request(Method::POST, "/api/leads/import?list_name=June");
    read(
        request
            .header("Content-Type", "text/csv")
            .header("Idempotency-Key", "once")
            .body(file),
    )
    .await
}

#[tokio::test]
async fn an_import_lists_every_row_that_did_not_become_a_lead() {
    let world = World::start().await;
    let business = world.business(1).await;
    let api = world.api(&business);
    let suppress = format!(
        "INSERT INTO suppressions (business_id, phone_e164, origin) VALUES ({}, '+972529999999', 'manual')",
        business.id
    );
    world.database.execute(&suppress).await;
    let file = format!(
        "\u{feff}first_name,last_name,phone,notes\nDana,Cohen,052-123-4567,\"likes, commas\"\nBad,Number,12,\n\
         Again,Same,+972521234567,\nOld,Lead,{},\nLeave,Alone,0529999999,\n=cmd(),Levi,0541234567,\n",
        business.phones[0]
    );
    let (status, outcome) = import(&world, &business, file.clone().into_bytes()).await;
    assert_eq!(status, 200, "{outcome}");
    assert_eq!(outcome["created"], 2);
    let rejects: Vec<_> = outcome["rejects"]
        .as_array()
        .expect("rejects")
        .iter()
        .map(|reject| {
            (
                reject["row"].as_u64().expect("a row"),
                reject["reason"].as_str().expect("a reason"),
            )
        })
        .collect();
    assert_eq!(
        rejects[1..],
        [
            (4, "duplicate_in_file"),
            (5, "already_a_lead"),
            (6, "suppressed")
        ]
    );
    assert_eq!(rejects[0].0, 3);
    // The same request again answers the same and does nothing.
    assert_eq!(
        import(&world, &business, file.into_bytes()).await,
        (200, outcome.clone())
    );
    assert_eq!(world.count("leads").await, 3);

    let (_, lists) = api.get("/api/lead-lists").await;
    assert_eq!(
        (&lists["items"][0]["name"], &lists["items"][0]["lead_count"]),
        (&json!("June"), &json!(2))
    );
    let (_, page) = api
        .get(&format!("/api/leads?list_id={}", outcome["list_id"]))
        .await;
    assert_eq!(page["items"][1]["notes"], "likes, commas");
    assert_eq!(page["items"][1]["status"], "new");

    let export = api
        .request(Method::GET, "/api/leads/export.csv")
        .send()
        .await
        .expect("an answer");
    let export = export.text().await.expect("text");
    assert!(
        export.contains(",'=cmd(),Levi,+972541234567,new,"),
        "{export}"
    );
    assert_eq!(export.lines().count(), 1 + 3);
}

#[tokio::test]
async fn a_file_that_excel_wrote_in_hebrew_is_read() {
    let world = World::start().await;
    let business = world.business(0).await;
    let text = "שם פרטי;שם משפחה;טלפון\r\nדנה;כהן;052-1234567\r\n";
    let (file, ..) = encoding_rs::WINDOWS_1255.encode(text);
    let (status, outcome) = import(&world, &business, file.into_owned()).await;
    assert_eq!((status, &outcome["created"]), (200, &json!(1)), "{outcome}");
    let (_, page) = world.api(&business).get("/api/leads").await;
    assert_eq!(page["items"][0]["full_name"], "דנה כהן");
}
