use chrono::TimeDelta;
use domain::events::{Envelope, EventData as _, RunCounts, RunProgress, StatusChanged};
use domain::ids::RunId;
use serde_json::Value;
use standardwebhooks::Webhook;
use wiremock::Request;

use crate::world::{NEW_SECRET, SECRET, World};

fn header<'a>(request: &'a Request, name: &str) -> &'a str {
    request.headers[name].to_str().expect("a text")
}

/// What the reference implementation signs the request with.
fn expected(secret: &str, request: &Request) -> String {
    let timestamp = header(request, "webhook-timestamp")
        .parse()
        .expect("seconds");
    Webhook::new(secret)
        .expect("a secret")
        .sign(header(request, "webhook-id"), timestamp, &request.body)
        .expect("signs")
}

#[tokio::test]
async fn an_event_arrives_as_it_was_raised_and_signed_as_the_standard_says() {
    let world = World::new().await;
    world.endpoint().await;
    // What the endpoint did not ask for goes before it, and nowhere.
    let progress = RunProgress {
        business_id: world.business.id,
        run_id: RunId(1),
        status: "running".to_owned(),
        counts: RunCounts::default(),
    };
    world
        .publish(&Envelope::new("dialer", world.clock.now(), progress))
        .await;
    let event = world.tell().await;
    let delivery = world.delivered(&event).await;

    let received = world.received().await;
    let [request] = received.as_slice() else {
        panic!("one request, not {received:?}");
    };
    assert_eq!(request.url.path(), "/hook");
    let media_type = header(request, "content-type");
    assert!(
        media_type.starts_with("application/cloudevents+json"),
        "{media_type}"
    );
    assert_eq!(header(request, "webhook-id"), event.id.to_string());
    let said: Value = serde_json::from_slice(&request.body).expect("JSON");
    assert_eq!(said, serde_json::to_value(&event).expect("JSON"));
    assert_eq!(said["type"], StatusChanged::TYPE);

    let verifier = Webhook::new(SECRET).expect("a secret");
    verifier
        .verify(&request.body, &request.headers)
        .expect("the signature fits");
    let forged = String::from_utf8_lossy(&request.body).replace("interested", "won");
    assert!(
        verifier
            .verify(forged.as_bytes(), &request.headers)
            .is_err()
    );
    let other = Webhook::new(NEW_SECRET).expect("a secret");
    assert!(other.verify(&request.body, &request.headers).is_err());

    assert_eq!(delivery["attempts"], 1);
    assert_eq!(delivery["response_status"], 200);
    assert_eq!(delivery["error"], Value::Null);
    assert_eq!(
        world
            .number("SELECT count(*) AS n FROM webhook_deliveries")
            .await,
        1
    );
    world.end().await;
}

#[tokio::test]
async fn while_secrets_overlap_both_sign_and_then_the_new_one_alone() {
    let world = World::new().await;
    let endpoint = world.endpoint().await;
    world.rotate(endpoint, TimeDelta::hours(24)).await;
    for hours in [0, 23, 2] {
        world.clock.advance(TimeDelta::hours(hours));
        let event = world.tell().await;
        world.delivered(&event).await;
    }
    let received = world.received().await;
    let signed: Vec<bool> = received
        .iter()
        .map(|request| {
            let signature = header(request, "webhook-signature");
            let (new, old) = (expected(NEW_SECRET, request), expected(SECRET, request));
            assert!(
                signature == new || signature == format!("{new} {old}"),
                "{signature}"
            );
            signature.ends_with(&old)
        })
        .collect();
    assert_eq!(signed, [true, true, false]);
    for secret in [SECRET, NEW_SECRET] {
        let verifier = Webhook::new(secret).expect("a secret");
        verifier
            .verify(&received[0].body, &received[0].headers)
            .expect("either secret does");
    }
    world.end().await;
}

#[tokio::test]
async fn a_rotation_without_overlap_ends_every_secret_before_it() {
    let world = World::new().await;
    let endpoint = world.endpoint().await;
    world.rotate(endpoint, TimeDelta::hours(24)).await;
    world.rotate(endpoint, TimeDelta::zero()).await;
    let event = world.tell().await;
    world.delivered(&event).await;
    let received = world.received().await;
    let alone = expected(NEW_SECRET, &received[0]);
    assert_eq!(header(&received[0], "webhook-signature"), alone);
    world.end().await;
}
