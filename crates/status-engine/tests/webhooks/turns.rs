use std::collections::BTreeSet;

use testkit::eventually;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use wiremock::ResponseTemplate;

use crate::world::{PATIENCE, World, business};

const HELD: &str = "SELECT count(*) AS n FROM webhook_deliveries WHERE lock_token IS NOT NULL";

/// A receiver that takes every request and answers none, until it is dropped.
struct Silent {
    url: String,
    _listening: JoinSet<()>,
}

impl Silent {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("binds");
        let url = format!("http://{}/", listener.local_addr().expect("bound"));
        let mut listening = JoinSet::new();
        listening.spawn(async move {
            let mut held = Vec::new();
            while let Ok(connection) = listener.accept().await {
                held.push(connection);
            }
        });
        Self {
            url,
            _listening: listening,
        }
    }
}

impl World {
    /// So many deliveries wait for the endpoint of the business.
    async fn backlog(&self, deliveries: u32) {
        let backlog = format!(
            "INSERT INTO webhook_deliveries (business_id, endpoint_id, event_id, event_type, body, due_at, created_at)
             SELECT business_id, id, gen_random_uuid(), 'status.changed', '{{}}', '{now}', '{now}'
             FROM webhook_endpoints, generate_series(1, {deliveries}) WHERE business_id = {business}",
            now = self.clock.now() - chrono::TimeDelta::minutes(1),
            business = self.business.id
        );
        self.db.execute(&backlog).await;
    }

    /// So many attempts are under way.
    async fn until_held(&self, attempts: i64) {
        eventually(PATIENCE, || async {
            (self.number(HELD).await == attempts).then_some(())
        })
        .await;
    }

    /// Another business is served, some events one after the other.
    async fn serves_another(&self) {
        let other = business(&self.db).await;
        self.endpoint_at(&other, &self.receiver.uri()).await;
        for _ in 0..5 {
            let event = self.event(&other);
            self.publish(&event).await;
            self.delivered(&event).await;
        }
    }
}

/// A receiver that answers nothing for as long as an attempt may take takes two of three hands, however much waits for it, and
/// the third serves the other business.
#[tokio::test]
async fn a_dead_endpoint_does_not_delay_another_business() {
    let pace = [
        ("CONCURRENCY", "3"),
        ("PER_ENDPOINT", "2"),
        ("TIMEOUT_SECONDS", "600"),
    ];
    let world = World::with(&pace, 0).await;
    world.receiver_says(ResponseTemplate::new(200)).await;
    let dead = Silent::start().await;
    world.endpoint_at(&world.business, &dead.url).await;
    world.backlog(100).await;
    world.engine().await;
    world.until_held(2).await;
    world.serves_another().await;
    assert_eq!(world.number(HELD).await, 2);
    drop(dead);
    world.end().await;
}

/// Once it has failed, it is tried one delivery at a time.
#[tokio::test]
async fn an_endpoint_that_fails_holds_one_hand() {
    let world = World::with(&[("TIMEOUT_SECONDS", "600")], 0).await;
    world.receiver_says(ResponseTemplate::new(200)).await;
    let dead = Silent::start().await;
    world.endpoint_at(&world.business, &dead.url).await;
    let failing = "UPDATE webhook_endpoints SET failing_since = now()";
    world.db.execute(failing).await;
    world.backlog(9).await;
    world.engine().await;
    world.until_held(1).await;
    // Several looks later it is still one.
    world.serves_another().await;
    assert_eq!(world.number(HELD).await, 1);
    drop(dead);
    world.end().await;
}

#[tokio::test]
async fn several_engines_send_each_event_once() {
    let world = World::with(&[("PER_ENDPOINT", "3")], 3).await;
    world.receiver_says(ResponseTemplate::new(200)).await;
    world.endpoint().await;
    let mut events = Vec::new();
    for _ in 0..40 {
        events.push(world.tell().await);
    }
    for event in &events {
        world.delivered(event).await;
    }
    let received = world.received().await;
    let ids: BTreeSet<String> = received
        .iter()
        .map(|request| {
            request.headers["webhook-id"]
                .to_str()
                .expect("a text")
                .to_owned()
        })
        .collect();
    assert_eq!((received.len(), ids.len()), (40, 40));
    world.end().await;
}
