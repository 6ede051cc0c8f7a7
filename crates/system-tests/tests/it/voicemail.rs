//! What is done when a machine picks up.

use carrier_sim::{Outcome, Script};
use reqwest::{Method, StatusCode};
use rstest::rstest;
use serde_json::{Value, json};

use crate::world::{World, ends_in};

/// How long the machine would listen.
const MACHINE_SECONDS: f64 = 120.0;

#[rstest]
#[case::it_goes_on(json!({"action": "go_on"}), "machine_start", false)]
#[case::it_is_hung_up(json!({"action": "hang_up"}), "machine_start", true)]
#[case::a_message_is_left(json!({"action": "leave_message"}), "machine_end_beep", true)]
#[tokio::test]
async fn a_machine_is_treated_as_the_business_has_set(
    #[case] voicemail: Value,
    #[case] verdict: &str,
    #[case] ends_early: bool,
) {
    let world = World::start().await;
    let business = world.business(1).await;
    let settings =
        json!({"voicemail": voicemail, "call_flow": {"kind": "message", "reply_seconds": 3600}});
    let (status, answer) = world
        .ask(&business, Method::PATCH, "/api/settings", Some(settings))
        .await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    assert_eq!(answer["voicemail"], voicemail);
    world.script(
        &business,
        &[Script {
            talk_seconds: MACHINE_SECONDS,
            ..ends_in(Outcome::Voicemail)
        }],
    );
    world.start_run(&business, 1).await;
    world.settle().await;

    let report = world.report().await;
    assert_eq!(report.dials_to(&business.phones[0]).len(), 1);
    let calls = world
        .until("SELECT duration FROM call_log", |rows| rows.len() == 1)
        .await;
    let seconds = calls[0]["duration"].as_i64().expect("the carrier's word");
    assert_eq!(seconds < 60, ends_early, "the call lasted {seconds} s");
    let heard = world
        .until(
            "SELECT params FROM carrier_callbacks WHERE kind = 'amd'",
            |rows| !rows.is_empty(),
        )
        .await;
    assert!(
        heard[0]["params"].to_string().contains(verdict),
        "{heard:?}"
    );
    let job = world
        .until("SELECT outcome FROM outbound_call_jobs", |rows| {
            rows.len() == 1
        })
        .await;
    assert_eq!(job[0]["outcome"], "voicemail");
    assert_eq!(world.statuses(&business).await, ["no_answer"]);
    world.check_promises().await;
    world.stop().await;
}
