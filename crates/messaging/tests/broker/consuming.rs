//! How events are handed out.

use std::sync::Arc;

use domain::ids::BusinessId;
use tokio::sync::Semaphore;

use crate::world::{Count, QUEUE, World, event};

#[tokio::test(flavor = "multi_thread")]
async fn events_are_handled_side_by_side_up_to_the_prefetch_and_no_further() {
    let world = World::new().await;
    let (begun, gate) = (Count::default(), Arc::new(Semaphore::new(0)));
    let (seen, door) = (begun.clone(), Arc::clone(&gate));
    let handler = move |_| {
        seen.one();
        let door = Arc::clone(&door);
        async move {
            door.acquire().await.expect("open").forget();
            Ok(())
        }
    };
    world.consume(3, handler).await;
    for run in 1..=5 {
        world.publish(&event(BusinessId(1), run)).await;
    }
    begun.reaches(3).await;
    assert_eq!(begun.get(), 3, "two wait in the queue");
    gate.add_permits(5);
    begun.reaches(5).await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_finishes_what_was_begun_and_leaves_the_rest_in_the_queue() {
    let world = World::new().await;
    let (begun, finished) = (Count::default(), Count::default());
    let gate = Arc::new(Semaphore::new(0));
    let (seen, done, door) = (begun.clone(), finished.clone(), Arc::clone(&gate));
    let handler = move |_| {
        seen.one();
        let (done, door) = (done.clone(), Arc::clone(&door));
        async move {
            door.acquire().await.expect("open").forget();
            done.one();
            Ok(())
        }
    };
    world.consume(2, handler).await;
    for run in 1..=5 {
        world.publish(&event(BusinessId(1), run)).await;
    }
    begun.reaches(2).await;
    world.lifecycle.stop();
    gate.add_permits(2);
    world
        .lifecycle
        .drain(crate::world::SOON)
        .await
        .expect("drained");
    assert_eq!((begun.get(), finished.get()), (2, 2));
    // The broker puts them back a moment after the channel is closed.
    let mut left = 0;
    while left < 3 {
        left += testkit::eventually(crate::world::SOON, || async {
            let taken = world.vhost().take(QUEUE, 10).await.len();
            (taken > 0).then_some(taken)
        })
        .await;
    }
    assert_eq!(left, 3, "the two that were finished are acknowledged");
}
