use std::time::Duration;

use chassis::clock::Clock;
use domain::events::{EXCHANGE, Envelope, EventData as _, NotificationRequested, routing_key};
use domain::ids::UserId;
use reqwest::{Method, Response};
use serde_json::json;

use crate::support::{PATIENCE, World};

/// Reads a stream until it holds `wanted`, at most for a while.
async fn read_until(stream: &mut Response, heard: &mut String, wanted: &str) {
    let reading = async {
        while !heard.contains(wanted) {
            let chunk = stream.chunk().await.expect("readable").expect("not over");
            heard.push_str(&String::from_utf8_lossy(&chunk));
        }
    };
    tokio::time::timeout(PATIENCE, reading)
        .await
        .expect("heard in time");
}

#[tokio::test]
async fn a_stream_hears_the_events_of_its_business_only_and_ends_at_shutdown() {
    let world = World::start().await;
    world.ready().await;
    let (own, other) = (world.business(1).await, world.business(1).await);
    let open = |business| {
        world
            .api(business)
            .request(Method::GET, "/api/events")
            .send()
    };
    let mut own_stream = open(&own).await.expect("a stream");
    let mut other_stream = open(&other).await.expect("a stream");
    assert_eq!(
        own_stream.headers()["content-type"],
        "text/event-stream; charset=utf-8"
    );
    let (mut own_heard, mut other_heard) = (String::new(), String::new());
    read_until(&mut own_stream, &mut own_heard, "retry:").await;
    read_until(&mut other_stream, &mut other_heard, "retry:").await;

    let (own_lead, other_lead) = (own.leads[0], other.leads[0]);
    world
        .api(&own)
        .patch(
            &format!("/api/leads/{own_lead}"),
            &json!({ "status": "won" }),
        )
        .await;
    read_until(&mut own_stream, &mut own_heard, "\"to\":\"won\"").await;
    assert!(
        own_heard.contains("event: status.changed\nid: "),
        "{own_heard}"
    );
    assert!(
        own_heard.contains(&format!("\"lead_id\":{own_lead}")),
        "{own_heard}"
    );
    // What the other stream hears next is its own; the first business's change came before that on the same queue.
    world
        .api(&other)
        .patch(
            &format!("/api/leads/{other_lead}"),
            &json!({ "status": "lost" }),
        )
        .await;
    read_until(&mut other_stream, &mut other_heard, "\"to\":\"lost\"").await;
    assert!(!other_heard.contains("won"), "{other_heard}");

    world.lifecycle.stop();
    let rest = tokio::time::timeout(Duration::from_secs(5), own_stream.text()).await;
    assert!(rest.is_ok(), "the stream goes on after the stop");
    world
        .lifecycle
        .drain(Duration::from_secs(8))
        .await
        .expect("drains");
}

#[tokio::test]
async fn a_notification_is_heard_by_the_users_whom_it_names_and_by_no_program() {
    let world = World::start().await;
    world.ready().await;
    let business = world.business(1).await;
    let mut streams = Vec::new();
    let (admin, agent) = (&business.users[0], &business.users[1]);
    let tokens = [
        world.token(admin).await,
        world.token(agent).await,
        business.api_keys[0].clone(),
    ];
    for token in &tokens {
        let request = world.request(Method::GET, "/api/events").bearer_auth(token);
        let mut stream = request.send().await.expect("a stream");
        let mut heard = String::new();
        read_until(&mut stream, &mut heard, "retry:").await;
        streams.push((stream, heard));
    }
    let notify = async |user_ids: Vec<UserId>, title: &str| {
        let notification = NotificationRequested {
            business_id: business.id,
            lead_id: Some(business.leads[0]),
            user_ids,
            title: title.to_owned(),
            body: String::new(),
            url: "/leads/1".to_owned(),
        };
        let key = routing_key(NotificationRequested::TYPE, business.id);
        let event = Envelope::new("status-engine", Clock::system().now(), notification);
        let body = serde_json::to_string(&event).expect("serialises");
        world.vhost.publish(EXCHANGE, &key, &body).await;
    };
    notify(vec![agent.id], "for the agent").await;
    notify(vec![admin.id], "for the admin").await;
    // What comes last on the same queue, and is for all of the business.
    let lead = format!("/api/leads/{}", business.leads[0]);
    let won = json!({ "status": "won" });
    world.api(&business).patch(&lead, &won).await;
    let titles = [Some("for the admin"), Some("for the agent"), None];
    for ((stream, heard), title) in streams.iter_mut().zip(titles) {
        read_until(stream, heard, "\"to\":\"won\"").await;
        let count = heard.matches("event: notification").count();
        assert_eq!(count, usize::from(title.is_some()), "{heard}");
        assert!(title.is_none_or(|title| heard.contains(title)), "{heard}");
    }
}
