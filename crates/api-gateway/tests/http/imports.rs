use chassis::clock::Clock;
use chrono::{Duration, TimeZone as _, Utc};
use reqwest::Method;
use serde_json::{Value, json};
use testkit::Business;

use crate::support::{Api, World, fields, read};

const FILE: &str = "שם;טלפון;סטטוס;הערות\r\n\
    דנה כהן;052-1234567;מעוניין;לקוחה ותיקה\r\n\
    גל;521234568;כחול;\r\n\
    רע;12;;\r\n\
    דנה שוב;+972 52 123 4567;;\r\n\
    =1+1;9.72521E+11;;\r\n";

pub(crate) async fn import(api: &Api<'_>, query: &str, file: impl Into<Vec<u8>>) -> (u16, Value) {
    send(api, &format!("/api/leads/import{query}"), file).await
}

async fn preview(api: &Api<'_>, query: &str, file: impl Into<Vec<u8>>) -> (u16, Value) {
    send(api, &format!("/api/leads/import/preview{query}"), file).await
}

async fn send(api: &Api<'_>, path: &str, file: impl Into<Vec<u8>>) -> (u16, Value) {
    let request = api.request(Method::POST, path);
    let request = request.header("Content-Type", "text/csv");
    read(request.header("Accept-Language", "en").body(file.into())).await
}

/// A file that the API answers.
pub(crate) async fn download(api: &Api<'_>, path: &str, language: &str) -> (u16, String) {
    let request = api.request(Method::GET, path);
    let answer = request.header("Accept-Language", language).send().await;
    let answer = answer.expect("an answer");
    (answer.status().as_u16(), answer.text().await.expect("text"))
}

/// What a file must leave alone.
async fn written(world: &World) -> [i64; 4] {
    [
        world.count("leads").await,
        world.count("outbound_lead_lists").await,
        world.count("lead_imports").await,
        world.count("lead_import_rejects").await,
    ]
}

fn suppress(business: &Business, phone: &str) -> String {
    let id = business.id;
    format!(
        "INSERT INTO suppressions (business_id, phone_e164, origin) VALUES ({id}, '{phone}', 'manual')"
    )
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "one story, told in its order")]
async fn a_preview_judges_as_an_import_does_and_writes_nothing() {
    let world = World::start().await;
    let business = world.business(1).await;
    let api = world.api(&business);
    world
        .database
        .execute(&suppress(&business, "+972529999999"))
        .await;
    let before = written(&world).await;
    let file = format!(
        "{FILE}ותיק;{};;\r\nשקט;0529999999;;\r\n",
        business.phones[0]
    );
    let (file, ..) = encoding_rs::WINDOWS_1255.encode(&file);
    let (status, seen) = preview(&api, "", file.clone()).await;
    assert_eq!(status, 200, "{seen}");
    assert_eq!(
        (
            &seen["encoding"],
            &seen["encoding_found_by"],
            &seen["delimiter"],
            &seen["has_header"]
        ),
        (
            &json!("windows-1255"),
            &json!("hebrew_letters"),
            &json!(";"),
            &json!(true)
        )
    );
    let columns: Vec<_> = (0..4)
        .map(|n| seen["columns"][n]["field"].as_str())
        .collect();
    assert_eq!(columns, ["full_name", "phone", "status", "notes"].map(Some));
    assert_eq!(
        seen["columns"][1]["samples"],
        json!(["052-1234567", "521234568", "12"])
    );
    assert_eq!(
        (
            &seen["rows"],
            &seen["good"],
            &seen["rejected"],
            &seen["duplicates"]
        ),
        (&json!(7), &json!(2), &json!(5), &json!(2))
    );
    assert_eq!(
        seen["passed_over"],
        json!([{ "name": "status", "rows": 1, "first_row": 3 }])
    );
    let dana = &seen["leads"][0];
    assert_eq!(
        (
            &dana["last_name"],
            &dana["phone_e164"],
            &dana["status"],
            &dana["notes"]
        ),
        (
            &json!("כהן"),
            &json!("+972521234567"),
            &json!("מעוניין"),
            &json!("לקוחה ותיקה")
        )
    );
    assert_eq!(written(&world).await, before);

    let (_, done) = import(&api, "", file).await;
    for same in [
        "rows",
        "rejected",
        "duplicates",
        "reasons",
        "passed_over",
        "rejects",
    ] {
        assert_eq!(done[same], seen[same], "{same}");
    }
    assert_eq!(done["created"], seen["good"]);
    let statuses = "SELECT status FROM leads WHERE source = 'import' ORDER BY id";
    let statuses = world.database.sql(statuses).await;
    assert_eq!(
        statuses,
        [
            json!({ "status": "interested" }),
            json!({ "status": "new" })
        ]
    );
}

#[tokio::test]
async fn a_preview_helps_where_the_columns_are_not_known() {
    let world = World::start().await;
    let business = world.business(0).await;
    let api = world.api(&business);
    let file = "Who,Customer phone,City\nDana Cohen,0521234567,Haifa\n";
    let (status, seen) = preview(&api, "", file).await;
    assert_eq!(
        (status, &seen["obstacle"]["reason"]),
        (200, &json!("no_phone_column"))
    );
    assert_eq!(seen["columns"][1]["suggestion"], "phone");
    assert_eq!(import(&api, "", file).await.0, 422);
    let (_, seen) = preview(&api, "?columns=full_name,phone,city", file).await;
    assert_eq!(
        (&seen["obstacle"], &seen["good"]),
        (&Value::Null, &json!(1))
    );
    for wrong in ["?columns=full_name,colour", "?columns=full_name"] {
        let (status, refused) = preview(&api, wrong, file).await;
        assert_eq!(
            (status, fields(&refused)),
            (400, vec!["columns"]),
            "{refused}"
        );
    }
    let (status, done) = import(&api, "?columns=full_name,phone,city", file).await;
    assert_eq!((status, &done["created"]), (200, &json!(1)), "{done}");
}

#[tokio::test]
async fn one_rejected_row_keeps_all_others_out_on_request() {
    let world = World::start().await;
    let business = world.business(1).await;
    let api = world.api(&business);
    let before = written(&world).await;
    let file = format!("phone\n0521234567\n{}\n0521234568\n", business.phones[0]);
    let (status, refused) = import(&api, "?all_or_nothing=true", file).await;
    assert_eq!((status, &refused["code"]), (422, &json!("rows_rejected")));
    assert_eq!(
        (&refused["rows"], &refused["rejected"]),
        (&json!(3), &json!(1))
    );
    let reject = &refused["rejects"][0];
    assert_eq!(
        (&reject["row"], &reject["reason"], &reject["lead_id"]),
        (
            &json!(3),
            &json!("already_a_lead"),
            &json!(business.leads[0])
        )
    );
    assert_eq!(written(&world).await, before);
    let good = "phone\n0521234567\n0521234568\n";
    let (status, done) = import(&api, "?all_or_nothing=true", good).await;
    assert_eq!(
        (status, &done["created"], &done["rejects_url"]),
        (200, &json!(2), &Value::Null)
    );
}

#[tokio::test]
async fn rejected_rows_come_back_as_a_file_and_can_be_mended() {
    let now = Utc
        .with_ymd_and_hms(2026, 11, 27, 8, 0, 0)
        .single()
        .expect("a time");
    let clock = Clock::fixed(now);
    let world = World::at(clock.clone()).await;
    let business = world.business(0).await;
    let api = world.api(&business);
    let (_, done) = import(&api, "", FILE).await;
    let path = done["rejects_url"].as_str().expect("an address").to_owned();
    let (status, file) = download(&api, &path, "he").await;
    assert_eq!(status, 200);
    let lines: Vec<&str> = file.lines().collect();
    assert_eq!(
        lines[..3],
        [
            "\u{feff}שם,טלפון,סטטוס,הערות,שורה,סיבה",
            "רע,12,,,4,זה אינו מספר טלפון",
            "דנה שוב,'+972 52 123 4567,,,5,אותו מספר מופיע כבר בשורה 2",
        ]
    );
    assert!(lines[3].starts_with("'=1+1,9.72521E+11,,,6,"), "{file}");
    let (_, english) = download(&api, &path, "en").await;
    assert!(
        english.contains(",5,row 2 has the same number\r\n"),
        "{english}"
    );

    let (_, mended) = import(&api, "", file.replace(",12,", ",0521234569,")).await;
    assert_eq!(
        (&mended["created"], &mended["duplicates"]),
        (&json!(1), &json!(1))
    );
    assert_eq!(
        download(&api, "/api/leads/imports/987654321/rejects.csv", "en")
            .await
            .0,
        404
    );

    clock.advance(Duration::days(31));
    import(&api, "", "phone\n0521234561\n").await;
    let (status, gone) = download(&api, &path, "en").await;
    assert_eq!(status, 410, "{gone}");
    assert_eq!(world.count("lead_import_rejects").await, 0);
}

#[tokio::test]
async fn a_value_that_the_business_does_not_know_costs_its_row_only_where_it_was_asked_for() {
    let world = World::start().await;
    let business = world.business(0).await;
    let api = world.api(&business);
    let owner = &business.users[0];
    let file = format!(
        "phone,status,owner,list\n0521234567,interested,{},Fair\n0521234568,warp,nobody@x.y,Fair\n0521234569,,,\n",
        owner.email.to_uppercase()
    );
    let (_, refused) = import(
        &api,
        "?columns=phone,status,owner,list&all_or_nothing=true",
        file.clone(),
    )
    .await;
    assert_eq!(refused["rejects"][0]["reason"], "unknown_status");
    let (_, done) = import(&api, "", file).await;
    assert_eq!(
        (&done["created"], &done["rejects"]),
        (&json!(3), &json!([]))
    );
    let rows = "SELECT l.status, l.owner_user_id AS owner, s.name AS list FROM leads l
        JOIN outbound_lead_lists s ON s.id = l.outbound_list_id ORDER BY l.id";
    let rows = world.database.sql(rows).await;
    assert_eq!(
        rows[0],
        json!({ "status": "interested", "owner": owner.id, "list": "Fair" })
    );
    assert_eq!(
        rows[1],
        json!({ "status": "new", "owner": null, "list": "Fair" })
    );
    assert_ne!(rows[2]["list"], "Fair");
    // Who names the list means all of the file.
    let (_, all) = import(&api, "?list_name=June", "phone,list\n0521234560,Fair\n").await;
    let page = api
        .get(&format!("/api/leads?list_id={}", all["list_id"]))
        .await
        .1;
    assert_eq!(page["items"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn a_key_makes_a_repeated_import_answer_as_the_first() {
    let now = Utc
        .with_ymd_and_hms(2026, 11, 27, 8, 0, 0)
        .single()
        .expect("a time");
    let clock = Clock::fixed(now);
    let world = World::at(clock.clone()).await;
    let business = world.business(0).await;
    let api = world.api(&business);
    let send = |query: &str, file: &'static str| {
        let request = api.request(Method::POST, &format!("/api/leads/import{query}"));
        read(request.header("Idempotency-Key", "once").body(file))
    };
    let first = send("", FILE).await;
    let after = written(&world).await;
    // The list is called by the time of the import, which is another one now.
    clock.advance(Duration::minutes(5));
    assert_eq!(send("", FILE).await, first);
    for (query, file) in [("?all_or_nothing=true", FILE), ("", "phone\n0521234561\n")] {
        let (status, refused) = send(query, file).await;
        assert_eq!(
            (status, &refused["code"]),
            (422, &json!("idempotency_key_reused"))
        );
    }
    assert_eq!(written(&world).await, after);
}
