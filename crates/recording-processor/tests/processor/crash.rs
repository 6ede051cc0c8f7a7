//! A processor that dies between two steps, and another that finds what it left behind. Both are processes; the first aborts
//! at a named place. What was saved is not paid for again, and what was not, once.

use domain::call::CallStatus;
use rstest::rstest;
use serde_json::json;
use testkit::eventually;

use crate::world::{Model, PATIENCE, Shape, World};

const SAID: &str = "Customer: yes, please send me a price for the roof.";

#[rstest]
#[case::after_the_fetch("fetched", [2, 1, 1])]
#[case::after_the_recording_was_stored("done_awaiting_recording", [1, 1, 1])]
#[case::after_the_recording_was_saved("saved_awaiting_recording", [1, 1, 1])]
#[case::after_the_transcription("done_recorded", [1, 2, 1])]
#[case::after_the_transcript_was_saved("saved_recorded", [1, 1, 1])]
#[case::after_the_summary("done_transcribed", [1, 1, 2])]
#[case::after_the_summary_was_saved("saved_transcribed", [1, 1, 1])]
#[case::after_the_suggestion("saved_summarised", [1, 1, 1])]
#[tokio::test]
async fn a_crash_costs_one_step_at_most_and_the_call_is_suggested_once(
    #[case] place: &str,
    #[case] asked: [usize; 3],
) {
    let world = World::shaped(Shape {
        replicas: 0,
        model: Model::Mock,
        ..Shape::default()
    })
    .await;
    world.serve_recording("RE1", 0).await;
    world.hear(SAID, 0).await;
    let answer =
        json!({ "summary": "Wants a price.", "recommendation": "Interested", "confidence": 0.9 });
    world.model_says(&answer.to_string()).await;

    let mut first = world.process(&format!("{place}=return"));
    let ended = world.ended_call("CA1", CallStatus::Completed, 40).await;
    let ready = world.recording("CA1", "RE1");
    world.deliver_when_heard(&ended).await;
    world.deliver_when_heard(&ready).await;
    let status = first.ended().await;
    assert!(
        std::os::unix::process::ExitStatusExt::signal(&status).is_some(),
        "it died by its own hand, not by an error: {status}"
    );

    // Its lease runs out.
    world
        .db
        .execute("UPDATE conversations SET due_at = now() WHERE due_at IS NOT NULL")
        .await;
    let second = world.process("");
    let suggestion = world.suggestion("CA1").await;
    let summary = suggestion["summary"].as_str().expect("a summary");
    assert!(summary.starts_with("Wants a price."), "{summary}");
    let told = "SELECT count(*) AS n FROM outbox_events WHERE published_at IS NULL";
    eventually(PATIENCE, || async {
        (world.one(told).await["n"] == 0).then_some(())
    })
    .await;
    assert_eq!(world.suggestions("CA1").await.len(), 1);
    let work = world
        .one("SELECT state, locked_by_worker FROM conversations")
        .await;
    assert_eq!(
        work,
        json!({ "state": "suggested", "locked_by_worker": null })
    );
    let mut paid = [0; 3];
    for (paid, end) in paid
        .iter_mut()
        .zip(["RE1.wav", "/transcriptions", "/completions"])
    {
        *paid = world.asked(end).await;
    }
    assert_eq!(paid, asked, "fetched, transcribed, summarised");
    drop(second);
    world.end().await;
}
