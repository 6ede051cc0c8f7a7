//! Faults of the carrier, the broker and the network: the same result, only later.

use carrier_sim::{Chance, Faults, Outcome};
use rstest::rstest;

use crate::world::{Setting, World, ends_in, says};

const INTERESTED: &str = "Yes, I am interested, please send me the details.";

/// Runs twelve leads under `faults` and checks what must hold in any weather.
async fn twelve_leads(faults: Faults) {
    let world = World::with(Setting {
        faults,
        dialers: 2,
        ..Setting::default()
    })
    .await;
    let business = world.business(12).await;
    world.script(
        &business,
        &[
            says(INTERESTED),
            ends_in(Outcome::NoAnswer),
            ends_in(Outcome::Busy),
        ],
    );
    let run = world.start_run(&business, 3).await;
    world.settle().await;

    let report = world.report().await;
    let caller = report.caller(&business.caller_number).expect("it called");
    assert!(caller.most_simultaneous <= 3, "{caller:?}");
    for phone in &business.phones {
        assert_eq!(
            report.dials_to(phone).len(),
            1,
            "each phone rang once, whatever was lost"
        );
    }
    let expected: Vec<_> = ["interested", "no_answer", "no_answer"]
        .iter()
        .cycle()
        .take(12)
        .collect();
    assert_eq!(
        world.statuses(&business).await.iter().collect::<Vec<_>>(),
        expected
    );
    assert_eq!(world.run(&business, run).await["status"], "completed");
    world.check_promises().await;
    world.stop().await;
}

#[rstest]
#[case::callbacks_are_lost(Faults { lose_callback: Chance::with(0.4), ..Faults::default() })]
#[case::no_call_ever_reports_its_end(Faults { lose_callback: Chance::always().on("completed"), ..Faults::default() })]
#[case::callbacks_come_twice_and_in_disorder(Faults {
    duplicate_callback: Chance::with(0.5), reorder_callback: Chance::with(0.5), ..Faults::default()
})]
#[case::the_answer_to_a_create_is_lost(Faults { create_drop_connection: Chance::with(0.4), ..Faults::default() })]
#[case::the_carrier_fails_after_creating(Faults { create_5xx_after: Chance::with(0.4), ..Faults::default() })]
#[case::the_carrier_fails_before_creating(Faults { create_5xx_before: Chance::next(4), ..Faults::default() })]
#[case::the_carrier_has_too_much_to_do(Faults { create_429: Chance::next(6), ..Faults::default() })]
#[case::everything_at_once(Faults {
    lose_callback: Chance::with(0.2), duplicate_callback: Chance::with(0.2), reorder_callback: Chance::with(0.2),
    create_drop_connection: Chance::with(0.1), create_5xx_after: Chance::with(0.1), create_429: Chance::with(0.1),
    create_5xx_before: Chance::with(0.1), recording_missing_seconds: 20.0, transcription_500: Chance::with(0.2),
    ..Faults::default()
})]
#[tokio::test]
async fn the_result_is_the_same(#[case] faults: Faults) {
    twelve_leads(faults).await;
}

#[tokio::test]
async fn a_broker_that_drops_its_connections_costs_time_and_nothing_else() {
    let world = World::start().await;
    let business = world.business(10).await;
    world.script(&business, &[says(INTERESTED), ends_in(Outcome::NoAnswer)]);
    world.start_run(&business, 3).await;
    for calls in [2, 5, 8] {
        world
            .until(
                "SELECT count(*) AS n FROM call_log WHERE ended_at IS NOT NULL",
                |rows| rows[0]["n"].as_i64() >= Some(calls),
            )
            .await;
        world.vhost.close_connections().await;
    }
    world.settle().await;
    let report = world.report().await;
    assert_eq!(report.calls_created, 10);
    assert!(
        report
            .caller(&business.caller_number)
            .expect("it called")
            .most_simultaneous
            <= 3
    );
    world.check_promises().await;
    world.stop().await;
}
