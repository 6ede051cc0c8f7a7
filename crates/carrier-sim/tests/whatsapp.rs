//! Messages that come in.

mod world;

use carrier::callback::WhatsappMessage as Parsed;
use carrier_sim::{Chance, Faults, WhatsappMessage};
use serde_json::{Value, json};
use wiremock::matchers::path;
use wiremock::{Mock, ResponseTemplate};

use world::{CALLER, LEAD, World, until};

async fn world() -> World {
    let world = World::start(&[]).await;
    Mock::given(path("/whatsapp"))
        .respond_with(ResponseTemplate::new(204))
        .mount(&world.webhooks)
        .await;
    world
}

#[tokio::test]
async fn a_message_arrives_signed_and_in_the_carriers_form() {
    let world = world().await;
    let answer = world
        .http
        .post(format!("{}/sim/whatsapp", world.sim.base_url()))
        .json(&json!({
            "from": LEAD, "to": CALLER, "body": "כמה עולה? + הובלה", "profile_name": "Dana", "media": ["image/jpeg"],
            "url": world.hook("/whatsapp"),
        }))
        .send()
        .await
        .expect("an answer");
    assert_eq!(answer.status(), 201);
    let sid = answer.json::<Value>().await.expect("JSON")["message_sid"].clone();
    world.settle().await;
    let received = world.received_at("/whatsapp").await;
    assert_eq!(received.len(), 1);
    assert!(received[0].signed);
    let message = Parsed::parse(&received[0].fields).expect("a message");
    assert_eq!(message.message_sid, sid);
    assert_eq!((message.from.as_str(), message.to.as_str()), (LEAD, CALLER));
    assert_eq!(message.body, "כמה עולה? + הובלה");
    assert_eq!(message.profile_name.as_deref(), Some("Dana"));
    assert_eq!(message.media[0].content_type.as_deref(), Some("image/jpeg"));
    assert_eq!(received[0].field("WaId"), &LEAD[1..]);
}

#[tokio::test]
async fn a_fault_delivers_a_message_twice_under_one_id() {
    let world = world().await;
    world
        .sim
        .set_faults(Faults {
            duplicate_callback: Chance::always().on("whatsapp"),
            ..Faults::default()
        })
        .expect("faults");
    let message = WhatsappMessage {
        from: LEAD.to_owned(),
        to: CALLER.to_owned(),
        body: "hello".to_owned(),
        url: Some(world.hook("/whatsapp")),
        ..WhatsappMessage::default()
    };
    let sid = world.sim.whatsapp(&message).expect("delivered");
    until("it came twice", async || {
        world.received_at("/whatsapp").await.len() == 2
    })
    .await;
    for received in world.received_at("/whatsapp").await {
        assert_eq!(received.field("MessageSid"), sid);
    }
}

#[tokio::test]
async fn what_cannot_be_sent_is_refused_with_the_reason() {
    let world = World::start(&[]).await;
    let nowhere = WhatsappMessage {
        from: LEAD.to_owned(),
        to: CALLER.to_owned(),
        ..WhatsappMessage::default()
    };
    let error = world.sim.whatsapp(&nowhere).expect_err("no address");
    assert!(error.contains("url is missing"), "{error}");
    let nobody = WhatsappMessage {
        from: "0541234567".to_owned(),
        ..nowhere
    };
    let error = world.sim.whatsapp(&nobody).expect_err("no number");
    assert!(error.contains("E.164"), "{error}");
}
