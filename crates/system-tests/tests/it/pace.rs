//! The carrier account's calls per second, over all businesses and replicas.

use carrier_sim::Outcome;

use crate::world::{Setting, World, ends_in};

/// Most calls that began within a second of one another.
const BUSIEST_SECOND: &str = "
SELECT max(n) AS calls FROM (
    SELECT count(*) OVER (ORDER BY created_at RANGE BETWEEN CURRENT ROW AND '1 second' FOLLOWING) AS n FROM call_log) calls";

#[tokio::test]
async fn two_dialers_keep_one_pace_and_every_business_has_its_turn() {
    let world = World::with(Setting {
        dialers: 2,
        calls_per_second: 10.0,
        ..Setting::default()
    })
    .await;
    let mut businesses = Vec::new();
    for _ in 0..4 {
        let business = world.business(8).await;
        world.script(&business, &[ends_in(Outcome::Busy)]);
        world.start_run(&business, 3).await;
        businesses.push(business);
    }
    world.settle().await;

    let report = world.report().await;
    assert_eq!(report.calls_created, 32);
    for business in &businesses {
        for phone in &business.phones {
            assert_eq!(report.dials_to(phone).len(), 1, "each phone rang once");
        }
    }
    // One each 100 ms, and at most 100 ms ahead of its time: 1 + (1 s + 100 ms) / 100 ms.
    let busiest = world.until(BUSIEST_SECOND, |rows| !rows.is_empty()).await;
    let busiest = busiest[0]["calls"].as_i64().expect("a count");
    assert!((1..=12).contains(&busiest), "{busiest} calls in one second");
    world.check_promises().await;
    world.stop().await;
}
