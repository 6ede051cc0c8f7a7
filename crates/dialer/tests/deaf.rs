//! A dialer that hears nothing: no gateway, so no callback ever arrives. All it can do is ask the carrier.

mod support;

use std::time::Duration;

use carrier_sim::{Chance, Faults, RunningSim, Script, SimConfig, Simulator};
use chassis::clock::Clock;
use chassis::lifecycle::Lifecycle;
use rstest::rstest;
use storage::ServiceRole;
use support::{environment, unannounced_run};
use testkit::{Business, Database, Vhost, eventually};

const PATIENCE: Duration = Duration::from_secs(40);

struct Line {
    database: Database,
    _vhost: Vhost,
    sim: RunningSim,
    business: Business,
    dialer: Lifecycle,
}

async fn line(leads: usize, faults: Faults) -> Line {
    let (database, vhost) = (Database::create().await, Vhost::create().await);
    let sim = Simulator::start(SimConfig {
        time_scale: 60.0,
        faults,
        default_script: Script {
            ring_seconds: 2.0,
            talk_seconds: 5.0,
            ..Script::default()
        },
        ..SimConfig::default()
    })
    .await
    .expect("the simulator starts");
    let business = testkit::business(&database.db(ServiceRole::Operator))
        .with_leads(leads)
        .await;
    let environment = environment(
        &database,
        &vhost,
        &sim,
        &[
            ("CALLBOARD__DIALER__STATUS_CHECK_SECONDS", "0.3"),
            ("CALLBOARD__DIALER__SEARCH_SECONDS", "0.2"),
            ("CALLBOARD__DIALER__ABSENT_AFTER_SECONDS", "1"),
        ],
    );
    let settings = chassis::settings::load_from(dialer::DEFAULTS, &environment).expect("settings");
    let lifecycle = Lifecycle::new();
    dialer::build(settings, Clock::system(), &lifecycle)
        .await
        .expect("the dialer starts");
    Line {
        database,
        _vhost: vhost,
        sim,
        business,
        dialer: lifecycle,
    }
}

/// A run over all leads.
async fn run_of_all(line: &Line, concurrency: u64) {
    let leads: Vec<usize> = (0..line.business.leads.len()).collect();
    unannounced_run(&line.database, &line.business, "bulk", &leads, concurrency).await;
}

#[rstest]
#[case::in_fair_weather(Faults::default())]
#[case::when_answers_are_lost(Faults { create_drop_connection: Chance::with(0.5), ..Faults::default() })]
#[case::when_the_carrier_fails_after_creating(Faults { create_5xx_after: Chance::with(0.5), ..Faults::default() })]
#[case::when_the_carrier_fails_before_creating(Faults { create_5xx_before: Chance::next(3), ..Faults::default() })]
#[case::when_the_carriers_reads_lag(Faults { lag_seconds: 20.0, create_drop_connection: Chance::with(0.3), ..Faults::default() })]
#[tokio::test]
async fn a_run_ends_and_no_phone_rings_twice(#[case] faults: Faults) {
    let line = line(7, faults).await;
    run_of_all(&line, 3).await;
    eventually(PATIENCE, || async {
        let run = line
            .database
            .sql("SELECT status FROM outbound_call_runs")
            .await;
        (run[0]["status"] == "completed").then_some(())
    })
    .await;
    let report = line.sim.report().await;
    assert_eq!(report.calls_created, 7);
    for phone in &line.business.phones {
        assert_eq!(report.dials_to(phone).len(), 1);
    }
    let caller = report
        .caller(&line.business.caller_number)
        .expect("it called");
    assert!(caller.most_simultaneous <= 3, "{caller:?}");
    let held = line
        .database
        .sql("SELECT line FROM call_log WHERE ended_at IS NULL")
        .await;
    assert_eq!(held, Vec::<serde_json::Value>::new());
    let unexplained = line
        .database
        .sql(
            "SELECT call_sid FROM call_log c
             WHERE call_sid IS NOT NULL AND NOT EXISTS (
                 SELECT FROM call_reconciliations r WHERE r.attempt_id = c.attempt_id AND r.status = c.status)",
        )
        .await;
    assert_eq!(
        unexplained,
        Vec::<serde_json::Value>::new(),
        "nobody told, so the carrier was asked, and that is on record"
    );
    line.dialer.drain(PATIENCE).await.expect("drains");
    line.sim.stop().await;
}

#[rstest]
#[case::an_invalid_number_fails_its_job_only(21211, "completed", "failed", "completed")]
#[case::a_country_that_is_not_permitted_fails_every_job_there(
    21215,
    "completed",
    "failed",
    "failed"
)]
#[case::a_caller_number_that_is_not_ours_pauses_the_run(21210, "paused", "queued", "queued")]
#[case::an_account_that_cannot_call_pauses_the_run(21219, "paused", "queued", "queued")]
#[tokio::test]
async fn a_refusal_stops_what_it_concerns(
    #[case] code: u32,
    #[case] run_status: &str,
    #[case] job_status: &str,
    #[case] other_status: &str,
) {
    let line = line(2, Faults::default()).await;
    line.sim
        .script(&[Script {
            number: line.business.phones[0].clone(),
            create_error: Some(code),
            ..Script::default()
        }])
        .expect("a script");
    run_of_all(&line, 1).await;
    eventually(PATIENCE, || async {
        let run = line
            .database
            .sql("SELECT status FROM outbound_call_runs")
            .await;
        (run[0]["status"] == run_status).then_some(())
    })
    .await;
    let job = line
        .database
        .sql("SELECT status, error_message, attempts FROM outbound_call_jobs ORDER BY id")
        .await;
    assert_eq!(job[0]["status"], job_status, "{job:?}");
    assert_eq!(job[1]["status"], other_status, "{job:?}");
    assert_eq!(
        job[0]["attempts"], 0,
        "no phone could ring, so no attempt is spent"
    );
    assert!(
        job[0]["error_message"]
            .as_str()
            .is_some_and(|message| message.contains(&code.to_string())),
        "{job:?}"
    );
    line.dialer.drain(PATIENCE).await.expect("drains");
    line.sim.stop().await;
}
