//! What people write on WhatsApp, from the carrier's webhook to the board.

use std::time::Duration;

use carrier_sim::WhatsappMessage;
use chassis::clock::Clock;
use reqwest::Method;
use serde_json::{Value, json};
use testkit::Business;

use crate::world::{Setting, World};

const DANA: &str = "+972541000001";
const SILENCE: Duration = Duration::from_secs(15 * 60);

/// A city whose gateway has a clock that is moved, and that clock.
async fn city() -> (World, Clock) {
    let clock = Clock::fixed(Clock::system().now());
    let setting = Setting {
        clock: clock.clone(),
        ..Setting::default()
    };
    (World::with(setting).await, clock)
}

/// A message to the business, with an id of the test's own.
fn message(world: &World, business: &Business, n: usize, body: &str) -> WhatsappMessage {
    WhatsappMessage {
        from: DANA.to_owned(),
        to: business.caller_number.clone(),
        body: body.to_owned(),
        profile_name: Some("Dana Levi".to_owned()),
        message_sid: Some(format!("SM{n:032x}")),
        url: Some(world.url("/webhooks/twilio/whatsapp")),
        ..WhatsappMessage::default()
    }
}

/// Writes, and waits until so many messages have come in.
async fn write(world: &World, message: &WhatsappMessage, so_far: usize) {
    world.sim.whatsapp(message).expect("it is sent");
    world
        .until("SELECT count(*) AS n FROM whatsapp_messages", |rows| {
            rows[0]["n"] == so_far
        })
        .await;
}

async fn until_closed(world: &World, sessions: usize) {
    world
        .until(
            "SELECT count(*) AS n FROM whatsapp_sessions WHERE state = 'closed'",
            |rows| rows[0]["n"] == sessions,
        )
        .await;
    world.settle().await;
}

#[tokio::test]
async fn after_its_days_what_was_written_is_gone_and_what_was_made_of_it_stays() {
    let (world, clock) = city().await;
    let business = world.business(0).await;
    let text = "I am interested, please send me a quote";
    write(&world, &message(&world, &business, 1, text), 1).await;
    let raw = "SELECT (SELECT count(*) FROM whatsapp_messages) AS messages,
                      (SELECT count(*) FROM carrier_callbacks) AS callbacks,
                      (SELECT bool_and(transcript LIKE '%a quote%') FROM conversations) AS transcribed";
    // Nothing goes before it is written down, and that waits for the end of the session.
    clock.advance(SILENCE);
    until_closed(&world, 1).await;
    let kept = json!({ "messages": 1, "callbacks": 1, "transcribed": true });
    assert_eq!(world.database.sql(raw).await, [kept]);

    clock.advance(7 * Duration::from_secs(24 * 60 * 60));
    let gone = json!({ "messages": 0, "callbacks": 0, "transcribed": true });
    world.until(raw, |rows| rows == [gone.clone()]).await;
    let leads = world.see(&business, "/api/leads").await;
    assert_eq!(leads["items"][0]["status"], "interested");
    let sessions = world.see(&business, "/api/whatsapp/sessions").await;
    let id = &sessions["items"][0]["id"];
    let session = world
        .see(&business, &format!("/api/whatsapp/sessions/{id}"))
        .await;
    assert!(!session.to_string().contains("a quote"), "{session}");
    world.stop().await;
}

#[tokio::test]
async fn three_messages_and_a_silence_move_a_new_lead_once() {
    let (world, clock) = city().await;
    let business = world.business(0).await;
    let texts = [
        "Hello, I saw your advertisement",
        "I am interested, please send me a quote for twelve windows",
        "I live in Haifa",
    ];
    for (n, text) in texts.iter().enumerate() {
        write(&world, &message(&world, &business, n, text), n + 1).await;
    }
    let again = message(&world, &business, 1, texts[1]);
    world.sim.whatsapp(&again).expect("it is sent again");
    clock.advance(SILENCE);
    until_closed(&world, 1).await;
    // Once more, now that its session is closed.
    world.sim.whatsapp(&again).expect("it is sent again");
    world.settle().await;

    let leads = world.see(&business, "/api/leads").await;
    assert_eq!(leads["items"].as_array().map(Vec::len), Some(1));
    let lead = &leads["items"][0];
    assert_eq!(
        (&lead["full_name"], &lead["status"], &lead["source"]),
        (
            &json!("Dana Levi"),
            &json!("interested"),
            &json!("whatsapp")
        )
    );
    let summary = lead["summary"].as_str().expect("a summary");
    assert!(summary.contains("quote"), "{summary}");
    assert!(lead["last_contact_at"].is_string());
    let notes = lead["notes"].as_str().expect("notes");
    assert!(notes.starts_with("Summary: "), "{notes}");

    let path = |what: &str| format!("/api/leads/{}/{what}", lead["id"]);
    let decisions = world.see(&business, &path("decisions")).await;
    assert_eq!(decisions["items"].as_array().map(Vec::len), Some(1));
    let decision = &decisions["items"][0];
    let session = &world.see(&business, "/api/whatsapp/sessions").await["items"];
    assert_eq!(session.as_array().map(Vec::len), Some(1));
    let key = format!("wa_session_{}_SM{:032x}", session[0]["id"], 0);
    assert_eq!(
        (
            &decision["source"],
            &decision["source_event_id"],
            &decision["applied"]
        ),
        (&json!("whatsapp_summary"), &json!(key), &json!(true))
    );
    let timeline = world.see(&business, &path("timeline")).await;
    let of = |kind: &str| -> Vec<Value> {
        let entries = timeline["items"].as_array().expect("items").iter();
        entries
            .filter(|entry| entry["type"] == kind)
            .cloned()
            .collect()
    };
    assert_eq!(of("whatsapp").len(), 1, "{timeline}");
    assert_eq!(of("whatsapp")[0]["payload"]["session_key"], key);
    let moves = of("status_change");
    assert_eq!(moves.len(), 1, "{timeline}");
    assert_eq!(moves[0]["payload"]["source"], "auto_whatsapp");
    world.check_promises().await;
    world.stop().await;
}

#[tokio::test]
async fn a_message_during_the_closing_is_in_one_conversation_and_no_other() {
    let (world, clock) = city().await;
    let business = world.business(0).await;
    let rounds = 12;
    for round in 0..rounds {
        let text = format!("this is note{round}x for you");
        write(
            &world,
            &message(&world, &business, 2 * round, &text),
            2 * round + 1,
        )
        .await;
        let open = world
            .database
            .sql("SELECT id FROM whatsapp_sessions WHERE state = 'open'")
            .await;
        let close = format!("/api/whatsapp/sessions/{}/close", open[0]["id"]);
        let text = format!("this is also{round}x for you");
        let late = message(&world, &business, 2 * round + 1, &text);
        let (closed, ()) = tokio::join!(
            world.ask(&business, Method::POST, &close, None),
            write(&world, &late, 2 * round + 2)
        );
        assert_eq!(closed.0, 200);
    }
    clock.advance(SILENCE);
    world
        .until(
            "SELECT count(*) AS n FROM whatsapp_sessions WHERE state = 'open'",
            |rows| rows[0]["n"] == 0,
        )
        .await;
    world.settle().await;

    let told = world
        .database
        .sql("SELECT transcript FROM conversations ORDER BY id")
        .await;
    let told: String = told
        .iter()
        .map(|row| row["transcript"].as_str().expect("words").to_owned() + "\n")
        .collect();
    for round in 0..rounds {
        for word in ["note", "also"] {
            let word = format!("{word}{round}x");
            assert_eq!(told.matches(&word).count(), 1, "{word} in {told}");
        }
    }
    let counts = world
        .database
        .sql(
            "SELECT (SELECT count(*) FROM whatsapp_sessions) AS sessions,
                    (SELECT count(*) FROM conversations) AS conversations,
                    (SELECT count(*) FROM lead_status_events) AS decisions",
        )
        .await;
    assert!(counts[0]["sessions"].as_i64() >= Some(12), "{counts:?}");
    assert_eq!(counts[0]["sessions"], counts[0]["conversations"]);
    assert_eq!(counts[0]["sessions"], counts[0]["decisions"]);
    world.check_promises().await;
    world.stop().await;
}

#[tokio::test]
async fn who_writes_remove_me_is_off_the_lists_at_once() {
    let (world, _) = city().await;
    let business = world.business(1).await;
    let remove = WhatsappMessage {
        from: business.phones[0].clone(),
        ..message(&world, &business, 1, "Please remove me from your list")
    };
    write(&world, &remove, 1).await;
    until_closed(&world, 1).await;
    let rows = world
        .database
        .sql("SELECT phone_e164, origin, source_event_id FROM suppressions")
        .await;
    assert_eq!(rows.len(), 1, "{rows:?}");
    assert_eq!(
        (&rows[0]["phone_e164"], &rows[0]["origin"]),
        (&json!(business.phones[0]), &json!("spoken"))
    );
    let key = rows[0]["source_event_id"].as_str().expect("a key");
    assert!(key.starts_with("wa_session_"), "{key}");
    assert_eq!(world.statuses(&business).await, ["not_relevant"]);
    world.check_promises().await;
    world.stop().await;
}
