//! The end of recordings, by what the carrier says of them.

use std::collections::BTreeSet;

use carrier_sim::{Chance, Faults};
use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::world::{Setting, World, says};

#[tokio::test]
async fn the_carrier_keeps_no_recording_longer_than_its_business_says() {
    let world = World::with(Setting {
        faults: Faults {
            recording_delete_500: Chance::next(3),
            ..Faults::default()
        },
        ..Setting::default()
    })
    .await;
    let (strict, other) = (world.business(3).await, world.business(2).await);
    for business in [&strict, &other] {
        world.script(
            business,
            &[says("Yes, I am interested, please call me tomorrow.")],
        );
        world.start_run(business, 2).await;
    }
    world.settle().await;
    let report = world.report().await.recordings;
    let kept = world
        .database
        .sql(&format!(
            "SELECT recording_sid FROM recordings WHERE business_id = {}",
            strict.id
        ))
        .await
        .len();
    assert!(report.made >= 5 && kept >= 3, "{report:?}, {kept} kept");
    assert_eq!(report.deleted.len(), 0);

    let keep = Some(json!({ "recording_retention_days": 2 }));
    let (status, answer) = world
        .ask(&strict, Method::PATCH, "/api/settings", keep)
        .await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    // Three days pass for all but one of the first business's recordings.
    world
        .database
        .execute(&format!(
            "UPDATE recordings SET created_at = created_at - interval '3 days'
             WHERE id <> (SELECT max(id) FROM recordings WHERE business_id = {})",
            strict.id
        ))
        .await;
    let gone = world
        .until(
            "SELECT recording_sid, business_id FROM recordings WHERE state = 'deleted'",
            |rows| rows.len() == kept - 1,
        )
        .await;
    let ours: BTreeSet<_> = gone
        .iter()
        .map(|row| {
            assert_eq!(row["business_id"], strict.id.0);
            row["recording_sid"].as_str().expect("an id").to_owned()
        })
        .collect();
    let report = world.report().await.recordings;
    let theirs: BTreeSet<_> = report.deleted.iter().map(|one| one.sid.clone()).collect();
    assert_eq!((report.deleted.len(), theirs), (kept - 1, ours));
    assert_eq!(report.deletions_refused, [("500".to_owned(), 3)].into());
    world.check_promises().await;
    world.stop().await;
}
