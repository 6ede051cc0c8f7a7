use chassis::clock::Clock;
use chrono::{DateTime, TimeDelta, Utc};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use testkit::PASSWORD;

use crate::support::{World, fields, read};

/// The first gate that does not pass.
fn stops(why: &Value) -> &Value {
    let gates = why["gates"].as_array().expect("gates");
    gates
        .iter()
        .find(|gate| gate["passed"] == false)
        .unwrap_or(&Value::Null)
}

#[tokio::test]
async fn why_names_the_gates_in_order() {
    let world = World::start().await;
    let (business, other) = (world.business(1).await, world.business(1).await);
    let api = world.api(&business);
    let path = format!("/api/leads/{}/why", business.leads[0]);
    let (status, why) = api.get(&path).await;
    assert_eq!((status, &why["dialable"]), (200, &json!(false)));
    let order: Vec<&str> = why["gates"]
        .as_array()
        .expect("gates")
        .iter()
        .filter_map(|gate| gate["gate"].as_str())
        .collect();
    let expected = domain::gates::Gate::ALL.map(domain::gates::Gate::code);
    assert_eq!(order, expected);
    assert_eq!(
        stops(&why),
        &json!({ "gate": "run", "passed": false, "detail": "הליד אינו נמצא באף סבב שיחות" })
    );

    let body = json!({ "lead_ids": business.leads, "start_at": "2099-01-01T00:00:00Z" });
    let (status, _) = api.post("/api/outbound/bulk-enqueue", &body).await;
    assert_eq!(status, 202);
    let (_, why) = api.get(&path).await;
    assert_eq!(
        (&stops(&why)["gate"], &stops(&why)["until"]),
        (&json!("run"), &json!("2099-01-01T00:00:00Z"))
    );
    let (status, _) = world.api(&other).get(&path).await;
    assert_eq!(status, 404);
}

#[tokio::test]
async fn why_names_the_carriers_pace_last() {
    let noon: DateTime<Utc> = "2026-11-22T10:00:00Z".parse().expect("a time");
    let world = World::at(Clock::fixed(noon)).await;
    let business = world.business(1).await;
    let path = format!("/api/leads/{}/why", business.leads[0]);
    let last = async || {
        let request = world.api(&business).request(Method::GET, &path);
        let (status, why) = read(request.header("Accept-Language", "en")).await;
        assert_eq!(status, 200, "{why}");
        let gates = why["gates"].as_array().expect("gates");
        gates.last().expect("a gate").clone()
    };
    let unlimited = "The carrier's calls per second are not limited";
    let gate = json!({ "gate": "carrier_pace", "passed": true, "detail": unlimited });
    assert_eq!(last().await, gate);

    let next = |when: &str| format!("UPDATE carrier_pace SET next_at = now() + interval '{when}'");
    world
        .database
        .execute("INSERT INTO carrier_pace VALUES ('AC1', now(), 1)")
        .await;
    let free = "The carrier takes a call now";
    let gate = json!({ "gate": "carrier_pace", "passed": true, "detail": free });
    assert_eq!(last().await, gate);

    world.database.execute(&next("10 minutes")).await;
    let gate = last().await;
    assert_eq!(
        (&gate["gate"], &gate["passed"]),
        (&json!("carrier_pace"), &json!(false))
    );
    let until: DateTime<Utc> = gate["until"]
        .as_str()
        .and_then(|until| until.parse().ok())
        .expect("a time");
    let wait = until - noon;
    assert!(
        TimeDelta::minutes(9) < wait && wait <= TimeDelta::minutes(10),
        "{gate}"
    );
    let detail = gate["detail"].as_str().expect("text");
    assert!(detail.ends_with(" seconds"), "{detail}");
}

const IN_NO_RUN: [&str; 2] = [
    "הליד אינו נמצא באף סבב שיחות",
    "The lead is in no calling run",
];

/// What stops the lead, in words.
async fn says(request: RequestBuilder) -> String {
    let (status, why) = read(request).await;
    assert_eq!(status, 200, "{why}");
    stops(&why)["detail"].as_str().expect("text").to_owned()
}

#[tokio::test]
async fn why_answers_in_the_language_of_the_request_of_the_user_or_of_the_business() {
    let world = World::start().await;
    let business = world.business(1).await;
    let [hebrew, english] = IN_NO_RUN;
    let path = format!("/api/leads/{}/why", business.leads[0]);
    let of_key = || world.api(&business).request(Method::GET, &path);
    assert_eq!(says(of_key()).await, hebrew);
    for (asked, answered) in [
        ("en", english),
        ("EN-us,he;q=0.9", english),
        ("en;q=0.5, he-IL;q=0.8", hebrew),
        ("fr, en;q=0.2", english),
        ("en;q=0", hebrew),
        ("fr", hebrew),
    ] {
        let request = of_key().header("Accept-Language", asked);
        assert_eq!(says(request).await, answered, "{asked}");
    }

    let address = &business.users[0].email;
    let sign_in = world.request(Method::POST, "/api/auth/login");
    let (_, session) = read(sign_in.json(&json!({ "email": address, "password": PASSWORD }))).await;
    let token = session["access_token"].as_str().expect("a token");
    let of_user = || world.request(Method::GET, &path).bearer_auth(token);
    assert_eq!(says(of_user()).await, hebrew);
    world
        .database
        .execute(&format!(
            "UPDATE users SET language = 'en' WHERE email = '{address}'"
        ))
        .await;
    assert_eq!(says(of_user()).await, english);
    let request = of_user().header("Accept-Language", "he");
    assert_eq!(says(request).await, hebrew);
}

#[tokio::test]
async fn a_preflight_says_what_a_start_would_and_creates_nothing() {
    let world = World::start().await;
    let (business, other) = (world.business(4).await, world.business(1).await);
    let api = world.api(&business);
    world
        .database
        .execute(&format!(
            "UPDATE leads SET phone_e164 = NULL WHERE id = {};
             INSERT INTO suppressions (business_id, phone_e164, origin) VALUES ({}, '{}', 'manual')",
            business.leads[1], business.id, business.phones[2]
        ))
        .await;
    let skipped = json!([
        { "lead_id": business.leads[1], "reason": "no_phone_number" },
        { "lead_id": business.leads[2], "reason": "suppressed" },
    ]);
    for body in [
        json!({ "lead_ids": business.leads }),
        json!({ "filter": {} }),
    ] {
        let (status, preflight) = api.post("/api/outbound/preflight", &body).await;
        assert_eq!(status, 200, "{preflight}");
        let expected = json!({ "would_call": 2, "skipped": skipped, "waiting": [] });
        assert_eq!(preflight, expected);
    }
    let nobody = json!({ "lead_ids": [business.leads[1]] });
    let (_, preflight) = api.post("/api/outbound/preflight", &nobody).await;
    assert_eq!(preflight["would_call"], 0);
    let foreign = json!({ "lead_ids": other.leads });
    assert_eq!(api.post("/api/outbound/preflight", &foreign).await.0, 404);
    let (status, refused) = api.post("/api/outbound/preflight", &json!({})).await;
    assert_eq!((status, fields(&refused)), (422, vec!["lead_ids"]));
    for table in ["outbound_call_runs", "outbound_call_jobs", "outbox_events"] {
        assert_eq!(world.count(table).await, 0, "{table}");
    }

    // A start agrees.
    let body = json!({ "lead_ids": business.leads });
    let (_, queued) = api.post("/api/outbound/bulk-enqueue", &body).await;
    assert_eq!(
        (&queued["queued"], &queued["skipped"]),
        (&json!(2), &skipped)
    );
}

#[tokio::test]
async fn calling_hours_a_gap_and_a_cap_are_set_and_emptied() {
    let world = World::start().await;
    let business = world.business(0).await;
    let api = world.api(&business);
    let hours = json!({ "days": { "sun": [["09:00", "13:00"], ["16:00", "24:00"]] }, "closed_dates": ["2026-09-12"] });
    let changes =
        json!({ "calling_windows": hours, "min_gap_minutes": 240, "max_calls_per_day": 2 });
    let (status, changed) = api.patch("/api/settings", &changes).await;
    assert_eq!(status, 200, "{changed}");
    let (_, shown) = api.get("/api/settings").await;
    for name in ["calling_windows", "min_gap_minutes", "max_calls_per_day"] {
        assert_eq!(shown[name], changes[name], "{name}");
    }

    let wrong = json!({
        "calling_windows": { "days": { "sun": [["13:00", "09:00"]] } }, "min_gap_minutes": 0, "max_calls_per_day": 101,
    });
    let (status, refused) = api.patch("/api/settings", &wrong).await;
    let named = vec!["calling_windows", "max_calls_per_day", "min_gap_minutes"];
    assert_eq!((status, fields(&refused)), (422, named), "{refused}");

    let emptied =
        json!({ "calling_windows": null, "min_gap_minutes": null, "max_calls_per_day": null });
    let (status, changed) = api.patch("/api/settings", &emptied).await;
    assert_eq!(status, 200, "{changed}");
    for name in ["calling_windows", "min_gap_minutes", "max_calls_per_day"] {
        assert_eq!(changed[name], Value::Null, "{name}");
    }
}

/// A Saturday at noon in Jerusalem.
#[tokio::test]
async fn shabbat_is_kept_as_a_setting_and_why_names_it() {
    let noon = "2026-11-28T10:00:00Z".parse().expect("a time");
    let world = World::at(Clock::fixed(noon)).await;
    let business = world.business(1).await;
    let api = world.api(&business);
    let hours = json!({
        "days": { "sat": [["09:00", "24:00"]] }, "closed_dates": [], "closed": ["shabbat", "jewish_holidays"],
    });
    let changes = json!({ "calling_windows": hours });
    let (status, changed) = api.patch("/api/settings", &changes).await;
    assert_eq!(
        (status, &changed["calling_windows"]),
        (200, &hours),
        "{changed}"
    );
    let path = format!("/api/leads/{}/why", business.leads[0]);
    let request = api
        .request(Method::GET, &path)
        .header("Accept-Language", "en");
    let (_, why) = read(request).await;
    let gates = why["gates"].as_array().expect("gates");
    let window = gates.iter().find(|gate| gate["gate"] == "calling_window");
    let expected = json!({
        "gate": "calling_window", "passed": false, "until": "2026-11-28T19:00:00Z",
        "detail": "Closed for Shabbat; the business's calling hours begin today at 21:00",
    });
    assert_eq!(window, Some(&expected));

    let unknown = json!({ "calling_windows": { "days": hours["days"], "closed": ["sabbath"] } });
    let (status, refused) = api.patch("/api/settings", &unknown).await;
    assert_eq!((status, fields(&refused)), (422, vec!["calling_windows"]));
    assert!(refused.to_string().contains("shabbat"), "{refused}");
}
