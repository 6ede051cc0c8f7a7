//! A dialer that dies between two steps of a dial, and another that finds what it left behind. Both are processes. The
//! first one aborts at the third passage of a step, with other calls in the air; nobody tells the second about them.

mod support;

use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use carrier_sim::{Chance, Faults, Outcome, RunningSim, Script, SimConfig, Simulator};
use rstest::rstest;
use serde_json::Value;
use storage::{ServiceRole, StorageError, verify};
use support::{environment, unannounced_run};
use testkit::{Business, Database, Vhost, eventually};

const PATIENCE: Duration = Duration::from_secs(40);
const LEADS: usize = 12;
const LINES: u64 = 3;

/// A dialer process; it does not outlive its test.
struct Process(Child);

impl Process {
    async fn ended(&mut self) -> ExitStatus {
        let child = std::sync::Mutex::new(&mut self.0);
        eventually(PATIENCE, || async {
            let mut child = child.lock().expect("nobody panicked with it");
            child.try_wait().expect("a child of ours")
        })
        .await
    }

    fn kill(&mut self) {
        self.0.kill().expect("a child of ours");
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

struct City {
    database: Database,
    vhost: Vhost,
    sim: RunningSim,
    business: Business,
}

impl City {
    /// A carrier in this weather, and a run over twelve leads that waits for a dialer.
    async fn in_weather(weather: Weather) -> Self {
        let (database, vhost) = (Database::create().await, Vhost::create().await);
        let sim = Simulator::start(SimConfig {
            time_scale: 60.0,
            faults: weather.faults(),
            // Nobody picks up: an answered call would ask for its flow, and nobody is there to say what it is.
            default_script: Script {
                outcome: Outcome::NoAnswer,
                ring_seconds: 7.0,
                ..Script::default()
            },
            ..SimConfig::default()
        })
        .await
        .expect("the simulator starts");
        let business = testkit::business(&database.db(ServiceRole::Operator))
            .with_leads(LEADS)
            .await;
        sim.script(&weather.scripts(&business)).expect("scripts");
        let leads: Vec<usize> = (0..LEADS).collect();
        unannounced_run(&database, &business, "bulk", &leads, LINES).await;
        Self {
            database,
            vhost,
            sim,
            business,
        }
    }

    /// Starts a dialer process. `failpoints` says where it dies; empty, it lives.
    fn dialer(&self, failpoints: &str) -> Process {
        let child = Command::new(env!("CARGO_BIN_EXE_dialer"))
            .env_clear()
            .envs(environment(
                &self.database,
                &self.vhost,
                &self.sim,
                &[
                    ("CALLBOARD__DIALER__CLAIM_LEASE_SECONDS", "2"),
                    ("CALLBOARD__DIALER__STATUS_CHECK_SECONDS", "0.3"),
                    ("CALLBOARD__DIALER__SEARCH_SECONDS", "0.2"),
                    ("CALLBOARD__DIALER__ABSENT_AFTER_SECONDS", "2.5"),
                    ("FAILPOINTS", failpoints),
                ],
            ))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the dialer starts");
        Process(child)
    }

    async fn run(&self) -> Value {
        let mut rows = self.database.sql("SELECT * FROM outbound_call_runs").await;
        rows.pop().expect("the run")
    }

    async fn run_ends(&self) {
        eventually(PATIENCE, || async {
            (self.run().await["status"] == "completed").then_some(())
        })
        .await;
        eventually(PATIENCE, || async {
            (self.sim.report().await.in_air == 0).then_some(())
        })
        .await;
    }

    /// No phone rang twice, no line too many was used or is still held, and every job is in `job_status`.
    async fn check(&self, calls: usize, job_status: &str) {
        let report = self.sim.report().await;
        assert_eq!(report.calls_created, calls as u64);
        for phone in &self.business.phones {
            assert!(report.dials_to(phone).len() <= 1, "a phone rang twice");
        }
        if calls > 0 {
            let caller = report
                .caller(&self.business.caller_number)
                .expect("it called");
            assert!(caller.most_simultaneous <= LINES, "{caller:?}");
        }
        let jobs = self
            .database
            .sql("SELECT status, count(*) AS jobs FROM outbound_call_jobs GROUP BY status")
            .await;
        assert_eq!(
            jobs,
            [serde_json::json!({ "status": job_status, "jobs": LEADS })]
        );
        let held = self
            .database
            .sql("SELECT line FROM call_log WHERE ended_at IS NULL")
            .await;
        assert!(held.is_empty(), "a line is held without a call: {held:?}");
        let business = self.business.id;
        let wrong = self
            .database
            .db(ServiceRole::Operator)
            .system(move |tx| {
                let mut wrong = Vec::new();
                for check in verify::checks().iter().filter(|check| check.section == 5) {
                    wrong.extend(verify::run(tx, check, Some(business))?.examples);
                }
                Ok::<_, StorageError>(wrong)
            })
            .await
            .expect("verifies");
        assert_eq!(wrong, Vec::<String>::new());
    }
}

/// What the carrier does with an order.
#[derive(Debug, Clone, Copy)]
enum Weather {
    /// It makes the call and says so.
    Accepts,
    /// It refuses every number.
    Refuses,
    /// It makes the call, and the connection breaks before it says so.
    Drops,
}

impl Weather {
    fn faults(self) -> Faults {
        match self {
            Self::Accepts | Self::Refuses => Faults::default(),
            Self::Drops => Faults {
                create_drop_connection: Chance::always(),
                ..Faults::default()
            },
        }
    }

    fn scripts(self, business: &Business) -> Vec<Script> {
        let refused = |phone: &String| Script {
            number: phone.clone(),
            create_error: Some(21211),
            ..Script::default()
        };
        match self {
            Self::Refuses => business.phones.iter().map(refused).collect(),
            Self::Accepts | Self::Drops => Vec::new(),
        }
    }

    const fn comes_to(self) -> (usize, &'static str) {
        match self {
            Self::Accepts | Self::Drops => (LEADS, "completed"),
            Self::Refuses => (0, "failed"),
        }
    }
}

#[rstest]
#[case::before_the_claim_is_committed("before_commit")]
#[case::between_commit_and_order("before_post")]
#[case::between_order_and_answer("before_answer")]
#[case::between_answer_and_record("before_record")]
#[case::after_the_record("recorded")]
#[tokio::test]
async fn a_crash_rings_no_phone_twice_and_leaves_no_line_behind(
    #[case] step: &str,
    #[values(Weather::Accepts, Weather::Refuses, Weather::Drops)] weather: Weather,
) {
    let city = City::in_weather(weather).await;
    let mut first = city.dialer(&format!("{step}=2*off->return"));
    let status = first.ended().await;
    assert!(
        std::os::unix::process::ExitStatusExt::signal(&status).is_some(),
        "it died by its own hand, not by an error: {status}"
    );
    assert_ne!(
        city.run().await["status"],
        "completed",
        "it died in the middle of the run"
    );
    let _second = city.dialer("");
    city.run_ends().await;
    let (calls, job_status) = weather.comes_to();
    city.check(calls, job_status).await;
    city.sim.stop().await;
}

#[tokio::test]
async fn a_run_whose_worker_is_killed_is_continued_by_another() {
    let city = City::in_weather(Weather::Accepts).await;
    // The orders arrive, their answers never do.
    let silent = Faults {
        create_never_answer: Chance::always(),
        ..Faults::default()
    };
    city.sim.set_faults(silent).expect("a fault");
    let mut first = city.dialer("");
    eventually(PATIENCE, || async {
        (city.sim.report().await.calls_created == LINES).then_some(())
    })
    .await;
    let before = city.run().await;
    assert_eq!(before["status"], "running");
    let killed = before["locked_by_worker"].as_str().expect("its worker");
    first.kill();
    first.ended().await;
    city.sim
        .set_faults(Faults::default())
        .expect("fair weather");

    let _second = city.dialer("");
    eventually(PATIENCE, || async {
        let run = city.run().await;
        let worker = run["locked_by_worker"].as_str();
        let taken_over = worker.is_some_and(|worker| worker != killed);
        (run["status"] == "running" && taken_over).then_some(())
    })
    .await;
    city.run_ends().await;
    assert_eq!(city.run().await["last_error"], Value::Null);
    city.check(LEADS, "completed").await;
    city.sim.stop().await;
}
