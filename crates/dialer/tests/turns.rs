//! Who is called next when lines or the carrier's pace are short, and who is not called any more.

mod support;

use std::time::Duration;

use carrier_sim::{Outcome, RunningSim, Script, SimConfig, Simulator};
use chassis::clock::Clock;
use chassis::lifecycle::Lifecycle;
use domain::gates::{Gate, judge};
use domain::messages::Language;
use rstest::rstest;
use serde_json::{Value, json};
use storage::{ServiceRole, gates};
use support::{environment, unannounced_run};
use testkit::{Business, Database, Vhost, eventually};

const PATIENCE: Duration = Duration::from_secs(40);

/// Calls in the order in which they began.
const CALLS: &str = "SELECT business_id, lead_id FROM call_log ORDER BY id";

/// A carrier whose calls all go as `script` says, and a database for a dialer that nothing tells how they went.
struct Stage {
    database: Database,
    vhost: Vhost,
    sim: RunningSim,
}

impl Stage {
    async fn new(script: Script) -> Self {
        let (database, vhost) = (Database::create().await, Vhost::create().await);
        let sim = Simulator::start(SimConfig {
            time_scale: 60.0,
            default_script: script,
            ..SimConfig::default()
        })
        .await
        .expect("the simulator starts");
        Self {
            database,
            vhost,
            sim,
        }
    }

    async fn business(&self, leads: usize) -> Business {
        testkit::business(&self.database.db(ServiceRole::Operator))
            .with_leads(leads)
            .await
    }

    /// A run that is under way before the dialer starts.
    async fn run(&self, business: &Business, kind: &str, leads: &[usize], priority: i64) {
        unannounced_run(&self.database, business, kind, leads, 3).await;
        self.database
            .execute(&format!(
                "UPDATE outbound_call_runs SET status = 'running', started_at = now(), priority = {priority}
                 WHERE status = 'pending'"
            ))
            .await;
    }

    async fn dial(&self, more: &[(&str, &str)]) -> Lifecycle {
        let quick = [
            ("CALLBOARD__DIALER__STATUS_CHECK_SECONDS", "0.1"),
            ("CALLBOARD__DIALER__LANES", "1"),
        ];
        let more: Vec<_> = quick.iter().chain(more).copied().collect();
        let environment = environment(&self.database, &self.vhost, &self.sim, &more);
        let settings =
            chassis::settings::load_from(dialer::DEFAULTS, &environment).expect("settings");
        let lifecycle = Lifecycle::new();
        dialer::build(settings, Clock::system(), &lifecycle)
            .await
            .expect("the dialer starts");
        lifecycle
    }

    /// Waits for so many calls; answers `column` of each, in the order in which they began.
    async fn calls(&self, count: usize, column: &str) -> Vec<i64> {
        let rows = eventually(PATIENCE, || async {
            let rows = self.database.sql(CALLS).await;
            (rows.len() >= count).then_some(rows)
        })
        .await;
        rows.iter()
            .map(|row| row[column].as_i64().expect("an id"))
            .collect()
    }

    /// Waits until a query answers what is wanted.
    async fn until(&self, query: &str, wanted: Value) {
        eventually(PATIENCE, || async {
            (self.database.sql(query).await == [wanted.clone()]).then_some(())
        })
        .await;
    }

    async fn end(self, dialer: Lifecycle) {
        dialer.drain(PATIENCE).await.expect("drains");
        self.sim.stop().await;
    }
}

/// A call that ends at once.
fn short(outcome: Outcome, create_error: Option<u32>) -> Script {
    Script {
        outcome,
        create_error,
        ring_seconds: 1.0,
        talk_seconds: 1.0,
        ..Script::default()
    }
}

/// A call that goes on for longer than the test.
fn endless() -> Script {
    Script {
        ring_seconds: 1.0,
        talk_seconds: 30_000.0,
        ..Script::default()
    }
}

async fn one_line(stage: &Stage) {
    stage
        .database
        .execute("UPDATE business_settings SET max_outbound = 1")
        .await;
}

#[tokio::test]
async fn of_two_runs_of_a_business_the_one_of_higher_priority_has_every_line_first() {
    let stage = Stage::new(short(Outcome::NoAnswer, None)).await;
    let business = stage.business(7).await;
    one_line(&stage).await;
    stage.run(&business, "bulk", &[0, 1], 0).await;
    stage.run(&business, "bulk", &[2, 3, 4], 7).await;
    stage.run(&business, "bulk", &[5, 6], -1).await;
    let dialer = stage.dial(&[]).await;
    let called = stage.calls(7, "lead_id").await;
    let expected = [2, 3, 4, 0, 1, 5, 6].map(|lead: usize| business.leads[lead].0);
    assert_eq!(called, expected);
    stage.end(dialer).await;
}

/// One call each 200 ms, so each turn has one to give away.
#[tokio::test]
async fn when_the_carriers_pace_is_short_direct_calls_go_first_and_businesses_take_turns() {
    let stage = Stage::new(endless()).await;
    let (bulk, one, other) = (
        stage.business(3).await,
        stage.business(3).await,
        stage.business(3).await,
    );
    stage.run(&bulk, "bulk", &[0, 1, 2], 0).await;
    stage.run(&one, "direct", &[0, 1, 2], 0).await;
    stage.run(&other, "direct", &[0, 1, 2], 0).await;
    let dialer = stage
        .dial(&[("CALLBOARD__DIALER__CALLS_PER_SECOND", "5")])
        .await;
    let served = stage.calls(9, "business_id").await;
    let expected = [
        &one, &other, &one, &other, &one, &other, &bulk, &bulk, &bulk,
    ];
    assert_eq!(served, expected.map(|business| business.id.0));
    stage.end(dialer).await;
}

/// The dialer says how fast it may call, so that whoever is asked why can tell.
#[tokio::test]
async fn why_names_the_pace_that_keeps_the_dialer_waiting() {
    let stage = Stage::new(endless()).await;
    let business = stage.business(2).await;
    stage.run(&business, "bulk", &[0, 1], 0).await;
    // One call in 17 minutes.
    let dialer = stage
        .dial(&[("CALLBOARD__DIALER__CALLS_PER_SECOND", "0.001")])
        .await;
    stage.calls(1, "lead_id").await;
    let (tenant, lead) = (business.id, business.leads[1]);
    let clock = Clock::system();
    let gateway = stage.database.db(ServiceRole::ApiGateway);
    let now = clock.now();
    let facts = gateway
        .tenant(tenant, move |tx| gates::facts(tx, tenant, lead, None, now))
        .await
        .expect("the facts");
    let gates = judge(&facts, now, Language::English).gates.into_iter();
    let stops: Vec<_> = gates.filter(|verdict| !verdict.passed).collect();
    assert_eq!(stops.len(), 1, "{stops:?}");
    assert_eq!(stops[0].gate, Gate::CarrierPace);
    let wait = stops[0].until.expect("it opens by itself") - now;
    assert!((900..=1_000).contains(&wait.num_seconds()), "{wait}");
    assert_eq!(stage.calls(1, "lead_id").await.len(), 1);
    stage.end(dialer).await;
}

/// Ten errors of twelve calls pause a run. On one line the thirteenth would be dialled by the turn that hears of the twelfth.
#[rstest]
#[case::calls_that_fail(short(Outcome::Failed, None))]
#[case::calls_that_are_refused(short(Outcome::Answered, Some(21211)))]
#[tokio::test]
async fn a_run_that_its_circuit_breaker_pauses_dials_nobody_more(#[case] script: Script) {
    let stage = Stage::new(script).await;
    let business = stage.business(15).await;
    one_line(&stage).await;
    stage
        .run(&business, "bulk", &(0..14).collect::<Vec<_>>(), 5)
        .await;
    // The line is not lost for others.
    stage.run(&business, "bulk", &[14], 0).await;
    let dialer = stage.dial(&[]).await;
    let of_runs = "SELECT array_agg(status ORDER BY id) AS statuses FROM outbound_call_runs";
    stage
        .until(of_runs, json!({ "statuses": ["paused", "completed"] }))
        .await;
    let called = stage.calls(13, "lead_id").await;
    let expected: Vec<i64> = (0..12)
        .chain([14])
        .map(|lead: usize| business.leads[lead].0)
        .collect();
    assert_eq!(called, expected);

    // Somebody looked and resumes it: what was is forgotten.
    stage
        .database
        .execute("UPDATE outbound_call_runs SET pause_requested = false")
        .await;
    stage
        .until(of_runs, json!({ "statuses": ["completed", "completed"] }))
        .await;
    assert_eq!(stage.calls(15, "lead_id").await.len(), 15);
    stage.end(dialer).await;
}
