//! Whatever a suggestion holds, it is a decision with a reason.

use rstest::rstest;
use serde_json::json;

use crate::world::World;

#[rstest]
#[case::empty("", "nothing_said")]
#[case::white_space(" \n\t\u{200f}\u{feff}", "nothing_said")]
#[case::control_characters("a\u{1}\u{7}\u{1b}[31m\u{85}b", "nothing_said")]
#[case::a_null("null \u{0} inside", "nothing_said")]
#[case::a_tag_that_never_closes("We talked. [Recommendation: Premium", "nothing_said")]
#[case::an_empty_tag("We talked. [Recommendation: ]", "nothing_said")]
#[case::a_tag_in_a_tag("[Recommendation: [Recommendation: Interested]]", "applied")]
#[case::a_megabyte(&"talk ".repeat(200_000), "nothing_said")]
#[case::a_megabyte_of_refusals(&"not interested. ".repeat(65_536), "applied")]
#[case::a_label_of_a_megabyte(&format!("[Recommendation: {}]", "x".repeat(1_000_000)), "nothing_said")]
#[tokio::test]
async fn bad_input_is_a_decision_with_a_reason(#[case] summary: &str, #[case] reason: &str) {
    let world = World::new().await;
    world.suggest(world.call(0, "CA1", 5, summary)).await;
    assert_eq!(world.decision("CA1").await["reason"], reason);
    // The next one is handled as if nothing had been.
    let next = world.call(1, "CA2", 4, "[Recommendation: Interested]");
    world.suggest(next).await;
    assert_eq!(world.decision("CA2").await["reason"], "applied");
    world.end().await;
}

#[tokio::test]
async fn a_business_without_statuses_has_decisions_too() {
    let world = World::new().await;
    let board = "UPDATE lead_statuses SET is_active = false WHERE NOT is_default AND name <> 'new'";
    world.db.execute(board).await;
    world
        .suggest(world.call(0, "CA1", 9, "[Recommendation: Interested]"))
        .await;
    world.suggest(world.call(0, "CA2", 8, "No answer")).await;
    let mut silent = world.call(0, "CA3", 7, "");
    silent.outcome = Some("no-answer".to_owned());
    world.suggest(silent).await;
    let mut reasons = Vec::new();
    for sid in ["CA1", "CA2", "CA3"] {
        reasons.push(world.decision(sid).await["reason"].clone());
    }
    assert_eq!(
        reasons,
        [
            json!("not_active"),
            json!("no_status_for_group"),
            json!("no_status_for_group")
        ]
    );
    assert_eq!(world.lead(0).await["status"], "new");
    world.end().await;
}
