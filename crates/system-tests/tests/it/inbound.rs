//! Calls that come in, on the same lines as those that go out.

use std::time::Duration;

use carrier_sim::Script;
use serde_json::json;
use testkit::{Business, eventually};

use crate::world::{World, says};

const INTERESTED: &str =
    "Yes, I am interested, please send me the details and a quote for twelve windows.";

fn caller(n: usize) -> String {
    format!("+9725410000{n:02}")
}

/// A long conversation; a minute of it is a second of the test.
fn talks_for(minutes: f64) -> Script {
    Script {
        talk_seconds: 60.0 * minutes,
        ..says(INTERESTED)
    }
}

/// Callers may speak for half an hour.
async fn patient_flow(world: &World, business: &Business) {
    world
        .database
        .execute(&format!(
            "UPDATE business_settings SET call_flow = '{}' WHERE business_id = {}",
            json!({ "kind": "message", "reply_seconds": 1800 }),
            business.id
        ))
        .await;
}

#[tokio::test]
async fn a_call_that_comes_in_moves_the_lead_as_one_that_goes_out() {
    let world = World::start().await;
    let business = world.business(1).await;
    world.is_called(&business, &business.phones[0], says(INTERESTED));
    world.is_called(&business, &caller(1), says(INTERESTED));
    world
        .until("SELECT count(*) AS n FROM call_log", |rows| {
            rows[0]["n"] == 2
        })
        .await;
    world.settle().await;

    let leads = world
        .database
        .sql("SELECT phone_e164, status, source, summary FROM leads ORDER BY id")
        .await;
    assert_eq!(leads.len(), 2, "one was known, one is new: {leads:?}");
    assert_eq!(
        (&leads[1]["source"], &leads[1]["phone_e164"]),
        (&json!("inbound_call"), &json!(caller(1)))
    );
    for lead in &leads {
        assert_eq!(lead["status"], "interested");
        assert!(lead["summary"].is_string());
    }
    let moves = world
        .database
        .sql(
            "SELECT payload->>'source' AS source FROM lead_activities WHERE type = 'status_change'",
        )
        .await;
    assert_eq!(moves.len(), 2);
    assert!(
        moves.iter().all(|row| row["source"] == "auto_inbound"),
        "{moves:?}"
    );
    let report = world.report().await;
    assert_eq!((report.calls_created, report.calls_inbound), (0, 2));
    world.check_promises().await;
    world.stop().await;
}

#[tokio::test]
async fn the_sixth_caller_at_five_lines_hears_that_all_are_taken() {
    let world = World::start().await;
    let business = world.business(0).await;
    patient_flow(&world, &business).await;
    let calls: Vec<String> = (0..5)
        .map(|n| world.is_called(&business, &caller(n), talks_for(29.0)))
        .collect();
    let taken = "SELECT count(*) AS n FROM call_log WHERE ended_at IS NULL";
    world.until(taken, |rows| rows[0]["n"] == 5).await;
    world.is_called(&business, &caller(5), talks_for(29.0));
    eventually(Duration::from_secs(20), || async {
        let calls = world.report().await.inbound;
        (calls.len() == 6 && calls[5].ended_at.is_some()).then_some(())
    })
    .await;
    // Not left to end by themselves: half an hour of sound is slow to make and to read.
    for call in &calls {
        world.ends_at_the_carrier(call).await;
    }
    world.settle().await;
    let rows = world
        .database
        .sql("SELECT (SELECT count(*) FROM call_log WHERE direction = 'inbound') AS calls,
                     (SELECT count(*) FROM recordings) AS recordings, (SELECT count(*) FROM leads) AS leads")
        .await;
    assert_eq!(
        rows[0],
        json!({ "calls": 5, "recordings": 5, "leads": 5 }),
        "nothing is told of a call that never had a line: {:?}",
        world.report().await
    );
    let inbound = world.report().await.inbound;
    let taken: Vec<bool> = inbound
        .iter()
        .map(|call| call.answered_at.is_some())
        .collect();
    assert_eq!(taken, [true, true, true, true, true, false], "{inbound:?}");
    world.check_promises().await;
    world.stop().await;
}

#[tokio::test]
async fn both_ways_together_stay_within_both_limits() {
    let world = World::start().await;
    let business = world.business(12).await;
    world.script(&business, &[says(INTERESTED)]);
    world.start_run(&business, 3).await;
    for n in 0..12 {
        world.is_called(&business, &caller(n), says(INTERESTED));
        let so_far = format!(
            "SELECT count(*) AS n FROM carrier_callbacks WHERE kind = 'inbound' AND {n} >= 0"
        );
        world.until(&so_far, |rows| rows[0]["n"] == n + 1).await;
    }
    world.settle().await;
    let report = world.report().await;
    let ours = report.caller(&business.caller_number).expect("it called");
    assert_eq!((ours.outbound_calls, ours.inbound_calls), (12, 12));
    assert!(ours.most_simultaneous_outbound <= 3, "{ours:?}");
    assert_eq!(world.verify(&business).await, Vec::<String>::new());
    world.check_promises().await;
    world.stop().await;
}

#[tokio::test]
async fn a_caller_whose_end_is_never_reported_is_asked_for() {
    let world = World::start().await;
    let business = world.business(1).await;
    world
        .sim
        .inbound(&carrier_sim::InboundCall {
            from: business.phones[0].clone(),
            to: business.caller_number.clone(),
            voice_url: Some(world.url("/webhooks/twilio/voice/inbound")),
            status_callback: None,
            script: Some(says(INTERESTED)),
        })
        .expect("it rings");
    world
        .until("SELECT count(*) AS n FROM call_log", |rows| {
            rows[0]["n"] == 1
        })
        .await;
    // A minute of patience is over.
    world
        .database
        .execute("UPDATE call_log SET reconcile_at = now() WHERE ended_at IS NULL")
        .await;
    world.settle().await;
    assert_eq!(world.statuses(&business).await, ["interested"]);
    world.check_promises().await;
    world.stop().await;
}

#[tokio::test]
async fn a_caller_on_a_line_for_outbound_calls_moves_off_it_when_another_is_free() {
    let world = World::start().await;
    let business = world.business(2).await;
    patient_flow(&world, &business).await;
    world.script(&business, &[says(INTERESTED)]);
    // The first two take the lines that serve no outbound calls, and hang up soon; the others take those that do.
    for n in 0..5 {
        let script = if n < 2 {
            says(INTERESTED)
        } else {
            talks_for(29.0)
        };
        world.is_called(&business, &caller(n), script);
        let so_far =
            format!("SELECT count(*) AS n FROM call_log WHERE direction = 'inbound' AND {n} >= 0");
        world.until(&so_far, |rows| rows[0]["n"] == n + 1).await;
    }
    world.start_run(&business, 2).await;
    // Three go on talking, and yet two lines for outbound calls are free in the end.
    world
        .until(
            "SELECT count(*) FILTER (WHERE direction = 'outbound' AND status = 'completed') AS called,
                    count(*) FILTER (WHERE direction = 'inbound' AND ended_at IS NULL) AS talking FROM call_log",
            |rows| rows[0]["called"] == 2 && rows[0]["talking"] == 3,
        )
        .await;
    let report = world.report().await;
    let ours = report.caller(&business.caller_number).expect("it called");
    assert_eq!((ours.outbound_calls, ours.in_air), (2, 3));
    assert!(ours.most_simultaneous <= 5, "{ours:?}");
    world.stop().await;
}
