//! Closed WhatsApp sessions.

use domain::events::WhatsappSessionClosed;
use domain::ids::WhatsappSessionId;
use serde_json::{Value, json};
use testkit::eventually;

use crate::world::{PATIENCE, World};

/// A closed session of the first lead with these messages (text and attachments), as the gateway writes it; answers the
/// event of its end.
async fn closed(world: &World, messages: &[(&str, &str)]) -> WhatsappSessionClosed {
    let (business, lead) = (world.business.id, world.business.leads[0]);
    let session = world
        .one(&format!(
            "INSERT INTO whatsapp_sessions (business_id, lead_id, canonical_key, state, opened_at, last_message_at,
                                            closes_at, closed_at, close_reason)
             VALUES ({business}, {lead}, 'SM1', 'closed', now() - interval '20 minutes', now() - interval '15 minutes',
                     now(), now(), 'silence')
             RETURNING id"
        ))
        .await;
    for (n, (body, media)) in messages.iter().enumerate() {
        world
            .db
            .execute(&format!(
                "INSERT INTO whatsapp_messages (business_id, session_id, message_sid, body, media, at)
                 VALUES ({business}, {}, 'SM{n}', '{body}', '{{{media}}}', now() - interval '15 minutes')",
                session["id"]
            ))
            .await;
    }
    WhatsappSessionClosed {
        business_id: business,
        lead_id: lead,
        session_id: WhatsappSessionId(session["id"].as_i64().expect("an id")),
        canonical_key: "SM1".to_owned(),
    }
}

#[tokio::test]
async fn a_closed_session_is_suggested_once_from_its_messages() {
    let world = World::new().await;
    let event = closed(
        &world,
        &[
            ("Hello, how much is a roof?", ""),
            ("", "image"),
            ("Yes, I am interested, please send me a price", ""),
        ],
    )
    .await;
    for _ in 0..3 {
        world.deliver(&event).await;
    }
    let key = format!("wa_session_{}_SM1", event.session_id);
    let suggestion = world.suggestion(&key).await;
    assert_eq!(suggestion["source"], "whatsapp_summary");
    assert_eq!(suggestion["lead_id"], json!(world.business.leads[0]));
    assert_eq!(suggestion["recommendation"], "Interested");
    assert_eq!(
        (&suggestion["direction"], &suggestion["outcome"]),
        (&Value::Null, &Value::Null)
    );
    let work = world
        .one("SELECT transcript, occurred_at < now() - interval '14 minutes' AS is_of_the_last_message FROM conversations")
        .await;
    assert_eq!(
        work["transcript"],
        "Customer: Hello, how much is a roof?\nCustomer: [image]\nCustomer: Yes, I am interested, please send me a price"
    );
    assert_eq!(work["is_of_the_last_message"], true);
    eventually(PATIENCE, || async {
        (world.one("SELECT count(*) AS n FROM inbox_events").await["n"] == 3).then_some(())
    })
    .await;
    assert_eq!(world.suggestions(&key).await.len(), 1);
    assert_eq!(
        world.one("SELECT count(*) AS n FROM conversations").await["n"],
        1
    );
    world.end().await;
}

#[tokio::test]
async fn of_a_session_without_words_it_says_so() {
    let world = World::new().await;
    let event = closed(&world, &[("", "audio,image"), (" ", "")]).await;
    world.deliver(&event).await;
    let key = format!("wa_session_{}_SM1", event.session_id);
    let suggestion = world.suggestion(&key).await;
    let summary = suggestion["summary"].as_str().expect("a summary");
    assert!(
        summary.starts_with("WhatsApp conversation without text"),
        "{summary}"
    );
    assert_eq!(
        (&suggestion["recommendation"], &suggestion["outcome"]),
        (&Value::Null, &Value::Null)
    );
    world.end().await;
}
