//! `callboard calls reprocess`: what it opens, what it leaves alone, and what it says.

use rstest::rstest;
use serde_json::{Value, json};
use storage::ServiceRole;
use testkit::{Business, Database};

use crate::{Ran, on};

/// A business with an ended call CA1 whose work is done.
struct Desk {
    database: Database,
    business: Business,
}

impl Desk {
    async fn new(transcript: Option<&str>, last_error: Option<&str>) -> Self {
        let database = Database::create().await;
        let business = testkit::business(&database.db(ServiceRole::Operator))
            .with_leads(1)
            .await;
        let desk = Self { database, business };
        desk.done_call("CA1", 1, transcript, last_error).await;
        desk
    }

    /// A call that ended so many hours ago, and was worked on.
    async fn done_call(
        &self,
        sid: &str,
        hours: u32,
        transcript: Option<&str>,
        last_error: Option<&str>,
    ) {
        let (business, lead) = (self.business.id, self.business.leads[0]);
        let text = |text: Option<&str>| text.map_or("NULL".to_owned(), |text| format!("'{text}'"));
        let (transcript, last_error) = (text(transcript), text(last_error));
        self.database
            .execute(&format!(
                "INSERT INTO call_log (business_id, attempt_id, lead_id, call_sid, from_number, to_number, direction,
                                       status, dial_state, line, ended_at, duration)
                 VALUES ({business}, gen_random_uuid(), {lead}, '{sid}', '+97235000001', '+972501234567', 'outbound',
                         'completed', 'accepted', 1, now() - interval '{hours} hours', 40);
                 INSERT INTO conversations (business_id, source, source_event_id, lead_id, direction, outcome,
                                            duration_seconds, occurred_at, state, transcript, summary, last_error, suggested_at)
                 VALUES ({business}, 'call_summary', '{sid}', {lead}, 'outbound', 'completed', 40,
                         now() - interval '{hours} hours', 'suggested', {transcript}, 'A summary.', {last_error}, now())"
            ))
            .await;
    }

    async fn recording(&self, state: &str) {
        let business = self.business.id;
        self.database
            .execute(&format!(
                "INSERT INTO recordings (business_id, call_sid, recording_sid, source_url, state, object_key, attempts, stored_at,
                                         deleted_at, carrier_deleted_at, media_deleted_at)
                 SELECT {business}, 'CA1', 'RE1', 'https://carrier.test/RE1', '{state}', 'key', 6, now(),
                        CASE '{state}' WHEN 'deleted' THEN now() END, CASE '{state}' WHEN 'deleted' THEN now() END,
                        CASE '{state}' WHEN 'deleted' THEN now() END"
            ))
            .await;
    }

    fn reprocess(&self, more: &[&str]) -> Ran {
        on(&self.database, &[&["calls", "reprocess"], more].concat())
    }

    async fn work(&self, sid: &str) -> Value {
        self.database
            .sql(&format!(
                "SELECT state, due_at <= now() AS is_due, attempts FROM conversations WHERE source_event_id = '{sid}'"
            ))
            .await
            .remove(0)
    }
}

const HEARD: (Option<&str>, Option<&str>) = (Some("Customer: yes"), None);
const UNHEARD: (Option<&str>, Option<&str>) = (None, Some("transcription failed"));
const UNSPOKEN: (Option<&str>, Option<&str>) = (None, None);

#[rstest]
#[case::a_new_summary(HEARD, "stored", None, "transcribed")]
#[case::what_is_missing(UNHEARD, "stored", None, "recorded")]
#[case::what_was_never_fetched(UNHEARD, "failed", None, "awaiting_recording")]
#[case::nobody_spoke(UNSPOKEN, "failed", None, "transcribed")]
#[case::heard_again(HEARD, "stored", Some("recording"), "recorded")]
#[case::summarised_again(HEARD, "deleted", Some("transcript"), "transcribed")]
#[case::suggested_again(UNHEARD, "deleted", Some("summary"), "summarised")]
#[tokio::test]
async fn the_work_is_opened_where_it_is_to_begin_and_once_only(
    #[case] (transcript, last_error): (Option<&str>, Option<&str>),
    #[case] recording: &str,
    #[case] from: Option<&str>,
    #[case] state: &str,
) {
    let desk = Desk::new(transcript, last_error).await;
    desk.recording(recording).await;
    let mut arguments = vec!["--call", "CA1", "--json"];
    arguments.extend(from.iter().flat_map(|from| ["--from", from]));
    let opened = desk.reprocess(&arguments).json();
    assert_eq!(
        opened,
        json!({ "call_sid": "CA1", "business_id": desk.business.id, "outcome": "opened", "state": state })
    );
    let open = json!({ "state": state, "is_due": true, "attempts": 0 });
    assert_eq!(desk.work("CA1").await, open);
    if recording == "failed" && state == "awaiting_recording" {
        let again = desk.database.sql("SELECT state, attempts FROM recordings");
        assert_eq!(
            again.await,
            [json!({ "state": "announced", "attempts": 0 })]
        );
    }

    let again = desk.reprocess(&arguments).json();
    assert_eq!(
        (&again["outcome"], &again["state"]),
        (&json!("under_way"), &json!(state))
    );
    assert_eq!(desk.work("CA1").await, open);
    let said = desk.reprocess(&arguments[..2]);
    assert!(
        said.stdout.contains("being worked on already"),
        "{}",
        said.stdout
    );
}

#[rstest]
#[case::no_transcript(UNHEARD, "stored", "transcript", "has no transcript")]
#[case::no_recording(HEARD, "deleted", "recording", "its recording is deleted")]
#[case::no_words(UNSPOKEN, "stored", "recording", "had no words")]
#[tokio::test]
async fn what_cannot_be_done_is_said_and_nothing_is_changed(
    #[case] (transcript, last_error): (Option<&str>, Option<&str>),
    #[case] recording: &str,
    #[case] from: &str,
    #[case] why: &str,
) {
    let desk = Desk::new(transcript, last_error).await;
    desk.recording(recording).await;
    let before = desk.work("CA1").await;
    let refused = desk.reprocess(&["--call", "CA1", "--from", from]);
    assert_eq!(refused.status, 1);
    assert!(refused.complaint().contains(why), "{}", refused.stderr);
    assert_eq!(desk.work("CA1").await, before);
}

#[tokio::test]
async fn a_step_that_is_behind_the_work_is_refused() {
    let desk = Desk::new(Some("Customer: yes"), None).await;
    assert_eq!(
        desk.reprocess(&["--call", "CA1", "--from", "summary"])
            .status,
        0
    );
    let refused = desk.reprocess(&["--call", "CA1", "--from", "recording"]);
    assert!(
        refused.complaint().contains("past that step (summarised)"),
        "{}",
        refused.stderr
    );
    assert_eq!(desk.work("CA1").await["state"], "summarised");
}

#[tokio::test]
async fn calls_of_others_and_calls_that_go_on_are_refused() {
    let desk = Desk::new(None, None).await;
    let other = testkit::business(&desk.database.db(ServiceRole::Operator)).await;
    let other = other.id.to_string();
    desk.database
        .execute(
            "INSERT INTO call_log (business_id, attempt_id, lead_id, call_sid, from_number, to_number, direction, status,
                                   dial_state, line, reconcile_at)
             SELECT business_id, gen_random_uuid(), lead_id, 'CA2', from_number, to_number, direction, 'ringing', dial_state, 2,
                    now()
             FROM call_log;
             INSERT INTO call_log (business_id, attempt_id, lead_id, call_sid, from_number, to_number, direction, status,
                                   dial_state, line, ended_at)
             SELECT business_id, gen_random_uuid(), lead_id, 'CA3', from_number, to_number, direction, 'completed', dial_state, 1,
                    now()
             FROM call_log WHERE call_sid = 'CA1'",
        )
        .await;
    for (arguments, why) in [
        (vec!["--call", "CA9"], "there is no call CA9"),
        (
            vec!["--call", "CA1", "--business", &other],
            "has no call CA1",
        ),
        (
            vec!["--call", "CA1", "--business", "999"],
            "there is no business 999",
        ),
        (vec!["--call", "CA2"], "has not ended: it is ringing"),
        (vec!["--call", "CA3"], "has not begun"),
    ] {
        let refused = desk.reprocess(&arguments);
        assert_eq!(refused.status, 1, "{arguments:?}");
        assert!(refused.complaint().contains(why), "{}", refused.stderr);
    }
    assert_eq!(desk.work("CA1").await["state"], "suggested");
}

#[tokio::test]
async fn after_an_outage_the_calls_that_it_left_without_a_transcript_are_opened() {
    let desk = Desk::new(None, Some("transcription failed")).await;
    desk.recording("stored").await;
    desk.done_call("CA2", 2, None, Some("no transcriber")).await;
    desk.done_call("CA3", 2, Some("Customer: yes"), None).await;
    desk.done_call("CA4", 2, None, None).await;
    desk.done_call("CA5", 2, None, Some("no recording")).await;
    desk.done_call("CA6", 30, None, Some("transcription failed"))
        .await;
    let since = desk
        .database
        .sql("SELECT to_char(now() - interval '1 day', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') AS since")
        .await;
    let since = since[0]["since"].as_str().expect("a time");
    let business = desk.business.id.to_string();
    let arguments = ["--business", &business, "--missing", "--since", since];
    let opened = desk
        .reprocess(&[&arguments[..], &["--json"]].concat())
        .json();
    assert_eq!(
        (&opened["opened"], &opened["left"]),
        (&json!(2), &json!([]))
    );
    for (sid, state) in [
        ("CA1", "recorded"),
        ("CA2", "awaiting_recording"),
        ("CA3", "suggested"),
        ("CA4", "suggested"),
        ("CA5", "suggested"),
        ("CA6", "suggested"),
    ] {
        assert_eq!(desk.work(sid).await["state"], state, "{sid}");
    }
    assert_eq!(desk.reprocess(&arguments).stdout, "0 calls opened again\n");
}
