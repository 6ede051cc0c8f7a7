//! The broker goes away, and comes back.

use std::time::{Duration, Instant};

use chassis::lifecycle::Lifecycle;
use domain::events::RunProgress;
use messaging::{Broker, BrokerError};
use serde_json::{Value, json};
use testkit::{OwnBroker, Vhost, eventually};
use tokio_util::sync::CancellationToken;

use crate::failing::FailingBroker;
use crate::world::{Producer, QUEUE, SOON, World};

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_and_nothing_counts_twice_while_connections_break() {
    const EVENTS: i64 = 600;
    let (world, producer) = (World::new().await, Producer::new().await);
    let (effects, handler) = producer.effects();
    world.consume(32, handler).await;
    producer.relay(&world);
    for round in 0..3 {
        let first = round * EVENTS / 3 + 1;
        producer.stage(first..=first + EVENTS / 3 - 1).await;
        world.vhost().close_connections().await;
    }
    let wanted: Vec<_> = (1..=EVENTS).collect();
    eventually(SOON, || async {
        (effects.sorted().len() >= wanted.len()).then_some(())
    })
    .await;
    assert_eq!(effects.sorted(), wanted);
    eventually(SOON, || async {
        (producer.unpublished().await == 0).then_some(())
    })
    .await;
    world.ready().await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_and_nothing_counts_twice_when_the_broker_is_killed() {
    let mut server = OwnBroker::start().await;
    let (world, producer) = (World::on(&server.amqp_url()), Producer::new().await);
    world.ready().await;
    let (effects, handler) = producer.effects();
    world.consume(32, handler).await;
    producer.relay(&world);

    producer.stage(1..=400).await;
    effects.deliveries.reaches(50).await;
    server.kill();
    eventually(SOON, || async { (!world.broker.is_ready()).then_some(()) }).await;
    producer.stage(401..=600).await;
    server.start_again().await;

    let wanted: Vec<_> = (1..=600).collect();
    eventually(SOON * 3, || async {
        (effects.sorted().len() >= wanted.len()).then_some(())
    })
    .await;
    assert_eq!(effects.sorted(), wanted);
    eventually(SOON, || async {
        (producer.unpublished().await == 0).then_some(())
    })
    .await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_confirmed_when_the_broker_fails_is_marked_at_once_and_the_rest_given_back() {
    let (vhost, producer) = (Vhost::create().await, Producer::new().await);
    let broker = FailingBroker::after(3, vhost.amqp_url());
    let world = World::on(broker.amqp_url());
    world.ready().await;
    // One batch of the relay.
    producer.stage(1..=5).await;
    producer.relay(&world);

    // While the broker is away.
    let settled = "SELECT count(published_at) AS published,
        count(*) FILTER (WHERE published_at IS NULL AND claimed_until IS NULL) AS free FROM outbox_events";
    eventually(SOON, || async {
        let rows = producer.database.sql(settled).await;
        (rows == [json!({ "published": 3, "free": 2 })]).then_some(())
    })
    .await;

    broker.comes_back();
    eventually(SOON, || async {
        (producer.unpublished().await == 0).then_some(())
    })
    .await;
    let runs: Vec<i64> = vhost
        .take(QUEUE, 20)
        .await
        .iter()
        .map(|message| {
            let event: Value =
                serde_json::from_str(message["payload"].as_str().expect("text")).expect("an event");
            event["data"]["run_id"].as_i64().expect("a run")
        })
        .collect();
    assert_eq!(runs, [1, 2, 3, 4, 5], "each was published once");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_queue_that_somebody_deletes_is_put_back() {
    let (world, producer) = (World::new().await, Producer::new().await);
    let (effects, handler) = producer.effects();
    world.consume(4, handler).await;
    world.vhost().delete_queue(QUEUE).await;
    let queue = QUEUE.to_owned();
    eventually(SOON, || async {
        world.vhost().queues().await.contains(&queue).then_some(())
    })
    .await;
    producer.relay(&world);
    producer.stage(1..=1).await;
    effects.deliveries.reaches(1).await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_is_away_is_waited_for_and_does_not_hold_up_the_end() {
    let nowhere = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = nowhere.local_addr().expect("an address").port();
    drop(nowhere);
    let broker = Broker::new(&format!("amqp://user:secret@127.0.0.1:{port}/%2f"));
    let lifecycle = Lifecycle::new();
    lifecycle.spawn("broker", broker.run(lifecycle.shutdown_token()));
    let consumer = broker.watch(vec!["#".into()], lifecycle.shutdown_token(), |_| {});
    lifecycle.spawn("watcher", consumer);
    tokio::task::yield_now().await;
    assert!(!broker.is_ready());
    assert!(!format!("{broker:?}").contains("secret"));
    let begun = Instant::now();
    lifecycle.drain(SOON).await.expect("drained");
    assert!(begun.elapsed() < Duration::from_secs(3));
}

#[tokio::test]
async fn what_cannot_work_says_so_at_once() {
    let broker = Broker::new("postgres://user:hunter2@db/callboard");
    let error = broker
        .run(CancellationToken::new())
        .await
        .expect_err("not AMQP");
    assert!(matches!(error, BrokerError::BadUrl));
    assert!(!error.to_string().contains("hunter2"));

    let unknown =
        broker.consume::<RunProgress>("dialer", 1, CancellationToken::new(), |_| async { Ok(()) });
    assert_eq!(
        unknown.await.expect_err("no such queue").to_string(),
        "the topology has no queue dialer.run.progress; add it to messaging::topology"
    );
}
