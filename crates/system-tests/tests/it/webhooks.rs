//! What a business's own program is told.

use std::collections::BTreeMap;
use std::time::Duration;

use carrier_sim::Outcome;
use reqwest::Method;
use serde_json::{Value, json};
use standardwebhooks::Webhook;
use testkit::eventually;
use wiremock::matchers::method;
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::world::{World, ends_in, says};

const PATIENCE: Duration = Duration::from_secs(60);

#[tokio::test]
async fn a_program_is_told_of_a_run_its_calls_and_the_leads_that_moved_and_can_check_who_tells() {
    let world = World::start().await;
    let business = world.business(2).await;
    let receiver = MockServer::start().await;
    Mock::given(method("POST"))
        .respond_with(ResponseTemplate::new(200))
        .mount(&receiver)
        .await;
    let wanted = json!({
        "url": format!("{}/hook", receiver.uri()),
        "event_types": ["call.completed", "run.finished", "status.changed"],
    });
    let path = "/api/webhook-endpoints";
    let (status, endpoint) = world.ask(&business, Method::POST, path, Some(wanted)).await;
    assert_eq!(status, 201, "{endpoint}");
    world.script(
        &business,
        &[
            says("Yes, I am interested, please send me an offer."),
            ends_in(Outcome::NoAnswer),
        ],
    );
    world.start_run(&business, 2).await;
    world.settle().await;

    let received = eventually(PATIENCE, || async {
        let received = receiver.received_requests().await?;
        (received.len() >= 5).then_some(received)
    })
    .await;
    let verifier = Webhook::new(endpoint["secret"].as_str().expect("a secret")).expect("is one");
    let mut told: BTreeMap<String, usize> = BTreeMap::new();
    for request in &received {
        verifier
            .verify(&request.body, &request.headers)
            .expect("the signature fits");
        let event: Value = serde_json::from_slice(&request.body).expect("JSON");
        assert_eq!(event["data"]["business_id"], json!(business.id));
        *told
            .entry(event["type"].as_str().expect("a type").to_owned())
            .or_default() += 1;
    }
    let expected = [
        ("call.completed", 2),
        ("run.finished", 1),
        ("status.changed", 2),
    ]
    .map(|(kind, times)| (kind.to_owned(), times));
    assert_eq!(told, BTreeMap::from(expected));
    world.check_promises().await;
    world.stop().await;
}
