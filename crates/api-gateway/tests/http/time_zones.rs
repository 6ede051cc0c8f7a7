//! Whose clock a person lives by: as somebody says it, else as the number tells.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{World, fields, read};

fn zones(lead: &Value) -> (&Value, &Value) {
    (&lead["time_zone"], &lead["phone_zone"])
}

#[tokio::test]
async fn a_zone_that_somebody_said_stands_until_it_is_taken_back() {
    let world = World::start().await;
    let business = world.business(0).await;
    let api = world.api(&business);
    let dana = json!({ "phone": "052-123 4567", "time_zone": "America/New_York" });
    let (status, lead) = api.post("/api/leads", &dana).await;
    assert_eq!(status, 201, "{lead}");
    let (said, israel) = (json!("America/New_York"), json!("Asia/Jerusalem"));
    assert_eq!(zones(&lead), (&said, &israel));

    let path = format!("/api/leads/{}", lead["id"]);
    let steps = [
        (
            json!({ "phone": "+447400123456" }),
            said,
            json!("Europe/London"),
        ),
        (
            json!({ "time_zone": null }),
            Value::Null,
            json!("Europe/London"),
        ),
        (json!({ "phone": "+12125550123" }), Value::Null, Value::Null),
        (
            json!({ "phone": null, "time_zone": "Asia/Tokyo" }),
            json!("Asia/Tokyo"),
            Value::Null,
        ),
    ];
    for (change, said, told) in steps {
        let (status, lead) = api.patch(&path, &change).await;
        assert_eq!((status, zones(&lead)), (200, (&said, &told)), "{change}");
    }
}

#[tokio::test]
async fn what_is_no_zone_is_refused() {
    let world = World::start().await;
    let business = world.business(1).await;
    let api = world.api(&business);
    for wrong in ["New York", "", "UTC+2", "america/new_york"] {
        let lead = json!({ "phone": "0521234567", "time_zone": wrong });
        let (status, refused) = api.post("/api/leads", &lead).await;
        assert_eq!(
            (status, fields(&refused)),
            (422, vec!["time_zone"]),
            "{refused}"
        );
        let path = format!("/api/leads/{}", business.leads[0]);
        let (status, refused) = api.patch(&path, &json!({ "time_zone": wrong })).await;
        assert_eq!(
            (status, fields(&refused)),
            (422, vec!["time_zone"]),
            "{refused}"
        );
    }
}

#[tokio::test]
async fn a_file_says_zones_and_gets_them_back() {
    let world = World::start().await;
    let business = world.business(0).await;
    let api = world.api(&business);
    let file = "name,phone,time zone\nDana,0521234567,America/New_York\nGal,+447400123456,\nTal,0521234568,Israel time\n";
    let request = api.request(Method::POST, "/api/leads/import").body(file);
    let request = request.header("Content-Type", "text/csv");
    let (status, outcome) = read(request.header("Accept-Language", "en")).await;
    assert_eq!((status, &outcome["created"]), (200, &json!(2)), "{outcome}");
    assert_eq!(
        outcome["rejects"],
        json!([{
            "row": 4, "reason": "unknown_time_zone",
            "detail": "\"Israel time\" is not the name of a time zone, as America/New_York is (IANA)",
        }])
    );
    let (_, page) = api.get("/api/leads").await;
    assert_eq!(
        zones(&page["items"][0]),
        (&Value::Null, &json!("Europe/London"))
    );
    assert_eq!(
        zones(&page["items"][1]),
        (&json!("America/New_York"), &json!("Asia/Jerusalem"))
    );
    let export = api
        .request(Method::GET, "/api/leads/export.csv")
        .send()
        .await;
    let export = export.expect("an answer").text().await.expect("text");
    assert!(export.contains(",America/New_York,"), "{export}");
}
