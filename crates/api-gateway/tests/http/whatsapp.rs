use std::time::Duration;

use carrier::signature::{HEADER, sign};
use chassis::clock::Clock;
use chrono::DateTime;
use reqwest::Method;
use serde_json::{Value, json};
use testkit::{Business, eventually};

use crate::support::{CARRIER_TOKEN, PATIENCE, PUBLIC_HOST, World, fields, read};

pub(crate) const PATH: &str = "/webhooks/twilio/whatsapp";
const DANA: &str = "+972541000001";

/// The form fields of a message.
pub(crate) fn message(n: usize, from: &str, to: &str, body: &str) -> Vec<(String, String)> {
    [
        ("MessageSid", format!("SM{n:032x}")),
        ("From", format!("whatsapp:{from}")),
        ("To", format!("whatsapp:{to}")),
        ("Body", body.to_owned()),
        ("NumMedia", "0".to_owned()),
        ("ProfileName", "Dana Levi".to_owned()),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into()
}

/// What proves that the carrier sends `fields`.
pub(crate) fn signature(fields: &[(String, String)]) -> String {
    sign(CARRIER_TOKEN, &format!("{PUBLIC_HOST}{PATH}"), fields)
}

async fn post(world: &World, fields: &[(String, String)]) -> (u16, Value) {
    let request = world
        .request(Method::POST, PATH)
        .header(HEADER, signature(fields))
        .form(fields);
    read(request).await
}

/// Writes to the business's calling number.
async fn write(world: &World, business: &Business, n: usize, from: &str, body: &str) {
    let message = message(n, from, &business.caller_number, body);
    assert_eq!(post(world, &message).await.0, 204);
}

/// The sessions as the API shows them, oldest first.
async fn sessions(world: &World, business: &Business) -> Vec<Value> {
    let (status, page) = world.api(business).get("/api/whatsapp/sessions").await;
    assert_eq!(status, 200, "{page}");
    let mut items = page["items"].as_array().expect("items").clone();
    items.reverse();
    items
}

/// The id of a session that the first lead of the business has opened.
pub(crate) async fn open_session(world: &World, business: &Business) -> Value {
    write(world, business, 1, &business.phones[0], "hello").await;
    sessions(world, business).await[0]["id"].clone()
}

async fn closed_events(world: &World) -> Vec<Value> {
    world
        .database
        .sql("SELECT body->'data' AS data FROM outbox_events WHERE type = 'whatsapp.session.closed' ORDER BY id")
        .await
        .into_iter()
        .map(|row| row["data"].clone())
        .collect()
}

fn fixed() -> Clock {
    Clock::fixed(DateTime::from_timestamp(1_795_250_000, 0).expect("a time"))
}

#[tokio::test]
async fn what_a_stranger_writes_becomes_one_session_of_a_new_lead() {
    let world = World::start().await;
    let business = world.business(0).await;
    write(&world, &business, 1, DANA, "שלום\nכמה עולה ניקוי?").await;
    let mut with_picture = message(2, DANA, &business.caller_number, "");
    with_picture.extend(
        [
            ("NumMedia", "2"),
            ("MediaUrl0", "https://api.example.com/ME0"),
            ("MediaContentType0", "image/jpeg"),
            ("MediaUrl1", "https://api.example.com/ME1"),
            ("MediaContentType1", "application/pdf"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned())),
    );
    with_picture.retain(|(name, value)| name != "NumMedia" || value != "0");
    post(&world, &with_picture).await;
    write(&world, &business, 3, DANA, "a null\0 character").await;

    let leads = world
        .database
        .sql("SELECT full_name, phone_e164, status, source FROM leads")
        .await;
    assert_eq!(
        leads,
        [
            json!({ "full_name": "Dana Levi", "phone_e164": DANA, "status": "new", "source": "whatsapp" })
        ]
    );
    let session = &sessions(&world, &business).await[0];
    assert_eq!(
        (&session["state"], &session["close_reason"]),
        (&json!("open"), &Value::Null)
    );
    let path = format!("/api/whatsapp/sessions/{}", session["id"]);
    let (_, whole) = world.api(&business).get(&format!("{path}?limit=2")).await;
    let written = whole["messages"]["items"].as_array().expect("messages");
    assert_eq!(written[0]["body"], "שלום\nכמה עולה ניקוי?");
    assert_eq!(
        (&written[1]["body"], &written[1]["media"]),
        (&json!(""), &json!(["image", "file"]))
    );
    let cursor = whole["messages"]["next_cursor"].as_str().expect("more");
    let (_, rest) = world
        .api(&business)
        .get(&format!("{path}?cursor={cursor}"))
        .await;
    assert_eq!(rest["messages"]["items"][0]["body"], "a null character");
    assert_eq!(rest["messages"]["next_cursor"], Value::Null);
    let lead = session["lead_id"].clone();
    let (_, of_lead) = world
        .api(&business)
        .get(&format!("/api/whatsapp/sessions?lead_id={lead}"))
        .await;
    assert_eq!(of_lead["items"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn a_message_that_is_delivered_again_changes_nothing() {
    let world = World::start().await;
    let business = world.business(1).await;
    let known = &business.phones[0];
    tokio::join!(
        write(&world, &business, 1, known, "hello"),
        write(&world, &business, 1, known, "hello"),
        write(&world, &business, 1, known, "hello"),
    );
    write(&world, &business, 2, known, "again").await;
    assert_eq!(
        world
            .count("carrier_callbacks WHERE kind = 'whatsapp'")
            .await,
        2
    );
    assert_eq!(world.count("whatsapp_messages").await, 2);
    assert_eq!(world.count("whatsapp_sessions").await, 1);
    assert_eq!(world.count("leads").await, 1, "the writer is known");
}

#[tokio::test]
async fn a_session_is_closed_after_the_silence_that_the_business_has_set() {
    let clock = fixed();
    let world = World::at(clock.clone()).await;
    let (patient, hasty) = (world.business(2).await, world.business(1).await);
    let (status, settings) = world.api(&patient).get("/api/settings").await;
    assert_eq!(
        (status, &settings["whatsapp_silence_minutes"]),
        (200, &json!(15))
    );
    let three = json!({ "whatsapp_silence_minutes": 3 });
    let (_, settings) = world.api(&hasty).patch("/api/settings", &three).await;
    assert_eq!(settings["whatsapp_silence_minutes"], 3);

    write(&world, &patient, 1, &patient.phones[0], "one").await;
    write(&world, &hasty, 2, &hasty.phones[0], "two").await;
    clock.advance(Duration::from_secs(60));
    write(&world, &patient, 3, &patient.phones[1], "three").await;
    // What is written puts the end off.
    clock.advance(Duration::from_secs(60));
    write(&world, &hasty, 4, &hasty.phones[0], "four").await;
    clock.advance(Duration::from_secs(3 * 60));
    let closed = |n: i64| {
        let world = &world;
        eventually(PATIENCE, move || async move {
            (world
                .count("whatsapp_sessions WHERE state = 'closed'")
                .await
                == n)
                .then_some(())
        })
    };
    closed(1).await;
    let two = &sessions(&world, &hasty).await[0];
    assert_eq!(two["close_reason"], "silence");
    let open: Vec<Value> = sessions(&world, &patient).await;
    assert!(open.iter().all(|session| session["state"] == "open"));
    clock.advance(Duration::from_secs(10 * 60));
    closed(2).await;
    let states: Vec<Value> = sessions(&world, &patient)
        .await
        .iter()
        .map(|session| session["state"].clone())
        .collect();
    assert_eq!(states, ["closed", "open"]);

    let events = closed_events(&world).await;
    assert_eq!(events.len(), 2);
    assert_eq!(events[1]["business_id"], json!(patient.id));
    assert_eq!(events[1]["lead_id"], json!(patient.leads[0]));
    assert_eq!(events[1]["canonical_key"], format!("SM{:032x}", 1));
}

#[tokio::test]
async fn an_agent_closes_a_session_and_the_next_message_opens_another() {
    let world = World::start().await;
    let business = world.business(1).await;
    let writer = &business.phones[0];
    write(&world, &business, 1, writer, "hello").await;
    let first = sessions(&world, &business).await[0]["id"].clone();
    let agent = world.token(&business.users[1]).await;
    let close = || {
        let path = format!("/api/whatsapp/sessions/{first}/close");
        read(world.request(Method::POST, &path).bearer_auth(&agent))
    };
    let (status, closed) = close().await;
    assert_eq!(
        (status, &closed["state"], &closed["close_reason"]),
        (200, &json!("closed"), &json!("asked"))
    );
    assert_eq!(close().await, (200, closed), "it stays as it is");
    assert_eq!(closed_events(&world).await.len(), 1);
    write(&world, &business, 2, writer, "and another thing").await;
    let states: Vec<Value> = sessions(&world, &business)
        .await
        .iter()
        .map(|session| session["state"].clone())
        .collect();
    assert_eq!(states, ["closed", "open"]);
}

#[tokio::test]
async fn who_asks_to_be_left_alone_is_heard_before_the_silence() {
    let clock = fixed();
    let world = World::at(clock).await;
    let business = world.business(2).await;
    write(&world, &business, 1, &business.phones[1], "I am interested").await;
    write(
        &world,
        &business,
        2,
        &business.phones[0],
        "Remove me from your list",
    )
    .await;
    eventually(PATIENCE, || async {
        (closed_events(&world).await.len() == 1).then_some(())
    })
    .await;
    assert_eq!(
        closed_events(&world).await[0]["lead_id"],
        json!(business.leads[0])
    );
    let open = world.count("whatsapp_sessions WHERE state = 'open'").await;
    assert_eq!(open, 1, "the clock stands: nothing else has been silent");
}

#[tokio::test]
async fn a_business_may_be_written_to_at_another_number_than_it_calls_from() {
    let world = World::start().await;
    let (ours, theirs) = (world.business(1).await, world.business(1).await);
    let number = json!({ "whatsapp_number": "+972721999999" });
    let (status, settings) = world.api(&ours).patch("/api/settings", &number).await;
    assert_eq!(
        (status, &settings["whatsapp_number"]),
        (200, &number["whatsapp_number"])
    );
    let answers = [
        message(1, DANA, "+972721999999", "to the number for WhatsApp"),
        message(2, DANA, &ours.caller_number, "to the number for calls"),
        message(3, DANA, &theirs.caller_number, "to the other business"),
    ];
    for message in &answers {
        assert_eq!(post(&world, message).await.0, 204);
    }
    assert_eq!(sessions(&world, &ours).await.len(), 1);
    assert_eq!(sessions(&world, &theirs).await.len(), 1);
    assert_eq!(
        world.count("carrier_callbacks").await,
        2,
        "of nobody's number nothing is kept"
    );

    let stolen = json!({ "whatsapp_number": theirs.caller_number });
    let (status, problem) = world.api(&ours).patch("/api/settings", &stolen).await;
    assert_eq!(
        (status, &problem["code"]),
        (409, &json!("whatsapp_number_taken"))
    );
    let wrong = json!({ "whatsapp_number": "0721999999", "whatsapp_silence_minutes": 0 });
    let (status, problem) = world.api(&ours).patch("/api/settings", &wrong).await;
    assert_eq!(
        (status, fields(&problem)),
        (422, vec!["whatsapp_number", "whatsapp_silence_minutes"])
    );
}

#[tokio::test]
async fn what_is_not_signed_or_no_message_is_refused() {
    let world = World::start().await;
    let business = world.business(0).await;
    let good = message(1, DANA, &business.caller_number, "hello");
    let (status, problem) = read(world.request(Method::POST, PATH).form(&good)).await;
    assert_eq!((status, &problem["code"]), (403, &json!("wrong_signature")));
    let (status, problem) = post(&world, &message(1, "dana", &business.caller_number, "")).await;
    assert_eq!((status, fields(&problem)), (422, vec!["From"]));
    let (status, problem) = post(&world, &good[1..]).await;
    assert_eq!((status, fields(&problem)), (422, vec!["MessageSid"]));
    assert_eq!(world.count("carrier_callbacks").await, 0);
}
