//! Runs in fair weather.

use carrier_sim::Outcome;
use reqwest::Method;
use serde_json::json;
use storage::ServiceRole;
use storage::runs::{self, Kind, NewRun, Target};

use crate::world::{Setting, World, ends_in, says};

const INTERESTED: &str =
    "Yes, I am interested, please send me the details and a quote for twelve windows.";
const REFUSES: &str = "No thank you, I am not interested.";
const LATER: &str = "I am driving now, call me back next week.";
const AGREES: &str = "Great, let's meet on Tuesday at ten, the appointment is set.";

#[tokio::test]
async fn every_lead_is_called_once_and_ends_in_its_column() {
    let world = World::start().await;
    let business = world.business(20).await;
    world.script(
        &business,
        &[
            says(INTERESTED),
            says(REFUSES),
            says(LATER),
            says(AGREES),
            ends_in(Outcome::NoAnswer),
            ends_in(Outcome::Busy),
            ends_in(Outcome::Failed),
            ends_in(Outcome::Voicemail),
        ],
    );
    let run = world.start_run(&business, 3).await;
    world.settle().await;

    let report = world.report().await;
    assert_eq!(report.calls_created, 20);
    let caller = report
        .caller(&business.caller_number)
        .expect("the business called");
    assert_eq!(
        caller.most_simultaneous, 3,
        "all lines were used, and no more"
    );
    for phone in &business.phones {
        assert_eq!(report.dials_to(phone).len(), 1, "each phone rang once");
    }
    let expected = [
        "interested",
        "not_relevant",
        "follow_up",
        "qualified",
        "no_answer",
        "no_answer",
        "no_answer",
        "no_answer",
    ];
    let expected: Vec<_> = expected.iter().cycle().take(20).collect();
    assert_eq!(
        world.statuses(&business).await.iter().collect::<Vec<_>>(),
        expected
    );

    let run = world.run(&business, run).await;
    assert_eq!(run["status"], "completed");
    assert_eq!(
        (&run["completed"], &run["failed"], &run["queued"]),
        (&json!(18), &json!(2), &json!(0)),
        "{run}"
    );
    assert_eq!(run["cursor_position"], 20);
    world.check_promises().await;
    world.stop().await;
}

#[tokio::test]
async fn a_conversation_leaves_its_trace_everywhere() {
    let world = World::start().await;
    let business = world.business(1).await;
    world.script(&business, &[says(INTERESTED)]);
    world.start_run(&business, 1).await;
    world.settle().await;

    let lead = format!("/api/leads/{}", business.leads[0]);
    let shown = world.see(&business, &lead).await;
    assert_eq!(shown["status"], "interested");
    assert!(shown["last_contact_at"].is_string(), "{shown}");
    let summary = shown["summary"].as_str().expect("a summary");
    assert!(summary.contains("[Recommendation: "), "{summary}");

    let timeline = world.see(&business, &format!("{lead}/timeline")).await;
    let entries = timeline["items"].as_array().expect("items");
    for kind in ["call", "status_change"] {
        assert!(
            entries.iter().any(|entry| entry["type"] == kind),
            "{timeline}"
        );
    }
    let calls = world.see(&business, &format!("{lead}/calls")).await;
    let transcript = calls["items"][0]["transcript"]
        .as_str()
        .expect("a transcript");
    assert!(
        transcript.contains("twelve windows"),
        "the words went over the carrier's audio and back: {transcript}"
    );
    let decisions = world.see(&business, &format!("{lead}/decisions")).await;
    assert_eq!(decisions["items"][0]["applied"], true, "{decisions}");

    let rows = world
        .database
        .sql(
            "SELECT (SELECT count(*) FROM recordings WHERE state = 'stored' AND bytes > 1000) AS recordings,
                    (SELECT count(*) FROM lead_activities
                     WHERE type = 'status_change' AND payload->>'source' = 'auto_outbound') AS moves,
                    (SELECT split_part(notes, E'\\n', 1) LIKE '%Summary:%' FROM leads) AS noted",
        )
        .await;
    assert_eq!(
        rows,
        [json!({ "recordings": 1, "moves": 1, "noted": true })]
    );
    world.stop().await;
}

#[tokio::test]
async fn businesses_and_replicas_do_not_get_in_each_others_way() {
    let world = World::with(Setting {
        dialers: 3,
        ..Setting::default()
    })
    .await;
    let mut businesses = Vec::new();
    for _ in 0..4 {
        let business = world.business(12).await;
        world.script(&business, &[ends_in(Outcome::NoAnswer), says(INTERESTED)]);
        businesses.push(business);
    }
    for business in &businesses {
        // Two runs of one business share its three lines.
        let (first, second) = business.leads.split_at(6);
        for leads in [first, second] {
            let body = json!({ "lead_ids": leads, "concurrency": 3 });
            let (_, answer) = world
                .ask(
                    business,
                    Method::POST,
                    "/api/outbound/bulk-enqueue",
                    Some(body),
                )
                .await;
            assert!(answer["run_id"].is_i64(), "{answer}");
        }
    }
    world.settle().await;
    let report = world.report().await;
    assert_eq!(report.calls_created, 48);
    for business in &businesses {
        let caller = report.caller(&business.caller_number).expect("it called");
        assert!(caller.most_simultaneous <= 3, "{caller:?}");
        assert!(
            business
                .phones
                .iter()
                .all(|phone| report.dials_to(phone).len() == 1)
        );
    }
    world.check_promises().await;
    world.stop().await;
}

#[tokio::test]
async fn a_language_model_that_invents_a_status_moves_nobody_there() {
    let world = World::with(Setting {
        faults: carrier_sim::Faults {
            label_hallucinated: carrier_sim::Chance::always(),
            ..Default::default()
        },
        language_model: true,
        ..Setting::default()
    })
    .await;
    let business = world.business(3).await;
    world.script(&business, &[says(INTERESTED)]);
    world.start_run(&business, 3).await;
    world.settle().await;
    let board = world.database.sql("SELECT name FROM lead_statuses").await;
    for status in world.statuses(&business).await {
        assert!(
            board.iter().any(|row| row["name"] == status.as_str()),
            "{status}"
        );
    }
    world.check_promises().await;
    world.stop().await;
}

#[tokio::test]
async fn a_run_that_an_operators_command_asks_for_is_dialled_and_its_event_published() {
    let world = World::start().await;
    let business = world.business(3).await;
    world.script(&business, &[ends_in(Outcome::NoAnswer)]);
    let (id, new) = (
        business.id,
        NewRun {
            target: Target::Leads(business.leads.clone()),
            kind: Kind::Bulk,
            concurrency: 3,
            priority: 0,
            start_at: None,
            retry: None,
            created_by: None,
        },
    );
    let now = chassis::clock::Clock::system().now();
    world
        .database
        .db(ServiceRole::Operator)
        .system(move |tx| runs::request(tx, id, now, &new))
        .await
        .expect("a run");
    // Which waits until the event is published: an operator's are the gateway's to publish.
    world.settle().await;
    assert_eq!(world.report().await.calls_created, 3);
    world.stop().await;
}

#[tokio::test]
async fn without_a_public_host_production_calls_nobody_and_says_so() {
    let world = World::with(Setting {
        environment: vec![
            ("CALLBOARD_ENV", "production".to_owned()),
            ("PUBLIC_HOST", String::new()),
        ],
        ..Setting::default()
    })
    .await;
    let business = world.business(3).await;
    let run = world.start_run(&business, 3).await;
    world
        .until("SELECT status FROM outbound_call_runs", |rows| {
            rows[0]["status"] == "failed"
        })
        .await;
    let run = world.run(&business, run).await;
    assert_eq!(run["last_error"], "No public host configured");
    assert_eq!(world.report().await.calls_created, 0);
    world.stop().await;
}
