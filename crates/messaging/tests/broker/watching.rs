//! Live views.

use std::sync::{Arc, Mutex};

use domain::ids::BusinessId;
use messaging::Watched;
use serde_json::Value;
use testkit::eventually;

use crate::world::{SOON, World, event};

#[tokio::test(flavor = "multi_thread")]
async fn every_watcher_hears_what_it_asked_for_also_after_a_lost_connection() {
    let world = World::new().await;
    let watch = |pattern: &str| {
        let heard = Arc::new(Mutex::new(Vec::<Value>::new()));
        let begun = Arc::new(Mutex::new(0));
        let (into, begin) = (Arc::clone(&heard), Arc::clone(&begun));
        let watcher = world.broker.watch(
            vec![pattern.to_owned()],
            world.lifecycle.shutdown_token(),
            move |watched| match watched {
                Watched::Event(event) => into.lock().expect("not poisoned").push(event),
                Watched::Began => *begin.lock().expect("not poisoned") += 1,
            },
        );
        world.lifecycle.spawn("watcher", watcher);
        (heard, begun)
    };
    let ((one, begun), (two, _), (other, _)) =
        (watch("run.#"), watch("run.requested.1"), watch("call.#"));
    world.ready().await;
    let heard = |by: &Arc<Mutex<Vec<Value>>>| by.lock().expect("not poisoned").len();

    world.publish(&event(BusinessId(1), 7)).await;
    eventually(SOON, || async {
        (heard(&one) == 1 && heard(&two) == 1).then_some(())
    })
    .await;
    assert_eq!(one.lock().expect("not poisoned")[0]["data"]["run_id"], 7);
    assert_eq!(*begun.lock().expect("not poisoned"), 1);

    world.vhost().close_connections().await;
    // There is a gap: events are sent until the watchers are back.
    eventually(SOON, || async {
        world
            .vhost()
            .publish("callboard.events", "run.requested.1", "{}")
            .await;
        (heard(&one) > 1 && heard(&two) > 1).then_some(())
    })
    .await;
    assert_eq!(heard(&other), 0);
    assert!(
        *begun.lock().expect("not poisoned") > 1,
        "the watcher is told that it missed some"
    );
    world.end().await;
}
