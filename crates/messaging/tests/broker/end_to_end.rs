//! From a transaction in one service to an effect in another.

use chassis::clock::Clock;
use storage::{StorageError, outbox};
use testkit::eventually;

use crate::world::{Producer, SOON, World, requested};

#[tokio::test(flavor = "multi_thread")]
async fn an_event_has_its_effect_once_though_it_is_delivered_twice() {
    let (world, producer) = (World::new().await, Producer::new().await);
    let (effects, handler) = producer.effects();
    world.consume(8, handler).await;
    producer.relay(&world);
    producer.stage(1..=3).await;
    effects.deliveries.reaches(3).await;

    let body = producer
        .database
        .sql("SELECT body FROM outbox_events ORDER BY id LIMIT 1")
        .await[0]["body"]
        .to_string();
    world
        .vhost()
        .publish("callboard.events", "run.requested.1", &body)
        .await;
    effects.deliveries.reaches(4).await;

    assert_eq!(effects.sorted(), [1, 2, 3]);
    eventually(SOON, || async {
        (producer.unpublished().await == 0).then_some(())
    })
    .await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_of_a_transaction_that_failed_was_never_raised() {
    let (world, producer) = (World::new().await, Producer::new().await);
    let (effects, handler) = producer.effects();
    world.consume(8, handler).await;
    producer.relay(&world);
    let business = producer.business;
    let failed = producer
        .gateway
        .tenant(business, move |tx| {
            outbox::stage(tx, Clock::system().now(), requested(business, 1))?;
            Err::<(), _>(StorageError::NotFound)
        })
        .await;
    assert!(matches!(failed, Err(StorageError::NotFound)));
    producer.stage(2..=2).await;
    effects.deliveries.reaches(1).await;
    assert_eq!(effects.sorted(), [2]);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_staged_before_a_stop_is_still_published() {
    let (world, producer) = (World::new().await, Producer::new().await);
    producer.relay(&world);
    producer.stage(1..=1200).await;
    world.lifecycle.drain(SOON).await.expect("drained");
    assert_eq!(producer.unpublished().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_reaches_no_queue_is_kept_until_it_does() {
    let (world, producer) = (World::new().await, Producer::new().await);
    world.vhost().delete_queue(crate::world::QUEUE).await;
    producer.relay(&world);
    producer.stage(1..=1).await;
    // The relay has tried: the event is claimed, and stays unpublished.
    let tried = "SELECT 1 AS one FROM outbox_events WHERE claimed_until IS NOT NULL AND published_at IS NULL";
    eventually(SOON, || async { producer.database.sql(tried).await.pop() }).await;

    // A new session declares the topology again.
    world.vhost().close_connections().await;
    let queue = crate::world::QUEUE.to_owned();
    eventually(SOON, || async {
        let queues = world.vhost().queues().await;
        queues.contains(&queue).then_some(())
    })
    .await;
    world.ready().await;
    producer
        .database
        .execute("UPDATE outbox_events SET claimed_until = NULL")
        .await;
    eventually(SOON, || async {
        (producer.unpublished().await == 0).then_some(())
    })
    .await;
    assert_eq!(world.vhost().take(crate::world::QUEUE, 10).await.len(), 1);
    world.end().await;
}
