//! A queue is lost with what it held; the outbox still has it.

use chassis::clock::Clock;
use chrono::Duration;
use domain::events::{EventData as _, RunRequested};
use storage::ServiceRole;
use storage::outbox::{self, Published};
use testkit::eventually;

use crate::world::{Producer, QUEUE, SOON, World};

/// As an operator's command does.
async fn republish(producer: &Producer) -> usize {
    let now = Clock::system().now();
    let which = Published {
        since: now - Duration::minutes(10),
        until: now,
        types: vec![RunRequested::TYPE.to_owned()],
        business: None,
    };
    producer
        .database
        .db(ServiceRole::Operator)
        .system(move |tx| outbox::republish(tx, now, &which, 1000))
        .await
        .expect("an operator may")
}

async fn all_published(producer: &Producer) {
    eventually(SOON, || async {
        (producer.unpublished().await == 0).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_lost_queue_held_has_its_effect_once_and_republishing_again_adds_none() {
    let (world, producer) = (World::new().await, Producer::new().await);
    producer.relay(&world);
    producer.stage(1..=5).await;
    all_published(&producer).await;
    world.vhost().delete_queue(QUEUE).await;

    // Who consumes finds no queue, and makes it.
    let (effects, handler) = producer.effects();
    world.consume(8, handler).await;
    eventually(SOON, || async {
        let queues = world.vhost().queues().await;
        queues.contains(&QUEUE.to_owned()).then_some(())
    })
    .await;
    world.ready().await;
    assert_eq!(effects.deliveries.get(), 0, "they are lost");

    assert_eq!(republish(&producer).await, 5);
    effects.deliveries.reaches(5).await;
    assert_eq!(effects.sorted(), [1, 2, 3, 4, 5]);

    all_published(&producer).await;
    assert_eq!(republish(&producer).await, 5);
    effects.deliveries.reaches(10).await;
    assert_eq!(effects.sorted(), [1, 2, 3, 4, 5]);
    world.end().await;
}
