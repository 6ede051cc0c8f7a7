//! A queue is lost with the events that it held.

use std::time::Duration;

use carrier_sim::Outcome;
use chassis::clock::Clock;
use chrono::TimeDelta;
use domain::events;
use domain::ids::BusinessId;
use messaging::topology::{CONSUMERS, GATHERED, must_be_routed, queue_name};
use serde_json::{Value, json};
use storage::ServiceRole;
use storage::analytics::{self, Haste};
use storage::outbox::{self, Published};
use testkit::eventually;

use crate::world::{Setting, World, ends_in, says};

const PATIENCE: Duration = Duration::from_secs(60);

/// Every event that a queue was there for, published again, as `callboard events republish` does.
async fn republish(world: &World) {
    let now = Clock::system().now();
    let types = events::schemas().into_iter().map(|(name, _)| name);
    let which = Published {
        since: now - TimeDelta::hours(1),
        until: now,
        types: types
            .filter(|name| must_be_routed(name))
            .map(ToOwned::to_owned)
            .collect(),
        business: None,
    };
    let operator = world.database.db(ServiceRole::Operator);
    let marked = operator
        .system(move |tx| outbox::republish(tx, now, &which, 10_000))
        .await
        .expect("an operator may");
    assert!(marked > 0);
}

/// How many messages the services' queues are to be handed for every event in the outbox.
async fn messages(world: &World) -> u64 {
    let mut messages = 0;
    for row in world
        .database
        .sql("SELECT type, count(*) AS events FROM outbox_events GROUP BY type")
        .await
    {
        let queues = CONSUMERS
            .iter()
            .filter(|(_, consumed)| row["type"] == *consumed)
            .count()
            + GATHERED
                .iter()
                .filter(|(.., types)| types.iter().any(|one| row["type"] == *one))
                .count();
        messages += row["events"].as_u64().expect("a count") * queues as u64;
    }
    messages
}

/// How many messages were handled in this process.
fn handled() -> u64 {
    let text = chassis::telemetry::metrics_text();
    let lines = text.lines().filter(|line| {
        line.starts_with("callboard_events_consumed_total") && line.contains("\"handled\"")
    });
    lines
        .filter_map(|line| line.rsplit(' ').next()?.parse::<u64>().ok())
        .sum()
}

/// Everything that an event has left, but for the traces of its journey. What analytics make of it is computed first: their
/// own clock would do it at any moment between two looks.
async fn effects(world: &World, business: BusinessId) -> Vec<Value> {
    let engine = world.database.db(ServiceRole::StatusEngine);
    analytics::refresh(&engine, business, Haste::AtOnce, u32::MAX)
        .await
        .expect("the days are computed");
    let journeys = [json!("outbox_events"), json!("session_tokens")];
    let mut found = world.database.everything().await;
    found.retain(|table| !journeys.contains(&table["name"]));
    found
}

/// What is in one of two and not in the other.
fn difference(before: &[Value], after: &[Value]) -> Vec<Value> {
    let only = |these: &[Value], those: &[Value]| -> Vec<Value> {
        let mut these = these.to_vec();
        these.retain(|one| !those.contains(one));
        these
    };
    [only(before, after), only(after, before)].concat()
}

#[tokio::test]
async fn what_a_lost_queue_held_comes_from_the_outbox_and_nothing_happens_twice() {
    assert_eq!(handled(), 0, "counting begins");
    let mut world = World::with(Setting {
        status_engine_is_away: true,
        ..Setting::default()
    })
    .await;
    let business = world.business(6).await;
    world.script(
        &business,
        &[
            says("Yes, I am interested, please send me a quote."),
            says("Please take me off your list."),
            ends_in(Outcome::NoAnswer),
        ],
    );
    world.start_run(&business, 3).await;
    let suggested = "SELECT (SELECT count(*) FROM outbox_events WHERE type = 'status.suggested' AND published_at IS NOT NULL) AS n,
                            (SELECT count(*) FROM outbox_events WHERE published_at IS NULL) AS waiting,
                            (SELECT status FROM outbound_call_runs) AS run";
    world
        .until(suggested, |rows| {
            rows == [json!({ "n": 6, "waiting": 0, "run": "completed" })]
        })
        .await;

    // The suggestions lie in the engine's queue, and go with it.
    let queue = queue_name("status-engine", "status.suggested");
    world.vhost.delete_queue(&queue).await;
    world.start_status_engine().await;
    eventually(PATIENCE, || async {
        world.vhost.queues().await.contains(&queue).then_some(())
    })
    .await;
    let first = messages(&world).await;
    republish(&world).await;
    world.settle().await;
    let once = "SELECT (SELECT count(*) FROM lead_status_events) AS decisions, (SELECT count(*) FROM lead_status_history) AS moves,
                       (SELECT count(*) FROM suppressions) AS suppressed,
                       (SELECT count(*) FROM lead_activities WHERE type = 'call') AS calls";
    let each_once = json!({ "decisions": 6, "moves": 6, "suppressed": 2, "calls": 6 });
    world.until(once, |rows| rows == [each_once.clone()]).await;
    assert_eq!(
        world.statuses(&business).await,
        [
            "interested",
            "not_relevant",
            "no_answer",
            "interested",
            "not_relevant",
            "no_answer"
        ]
    );

    // All that was raised, without the lost suggestions, and all that was republished.
    let second = messages(&world).await;
    let so_far = second - 6 + first;
    eventually(PATIENCE, || async { (handled() >= so_far).then_some(()) }).await;
    let before = effects(&world, business.id).await;
    republish(&world).await;
    eventually(PATIENCE, || async {
        (handled() >= so_far + second).then_some(())
    })
    .await;
    world.settle().await;
    let changed = difference(&before, &effects(&world, business.id).await);
    assert_eq!(changed, Vec::<Value>::new(), "something happened twice");
    assert_eq!(world.report().await.calls_created, 6);
    world.check_promises().await;
    world.stop().await;
}
