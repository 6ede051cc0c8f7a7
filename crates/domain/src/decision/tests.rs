use chrono::{Duration, TimeZone as _};
use proptest::prelude::*;
use rstest::rstest;
use serde_json::json;

use super::*;
use crate::messages::Language;
use crate::status_map::default_board;

/// The board that a new business starts with.
pub(super) fn board(language: Language) -> Vec<Column> {
    (1..)
        .zip(default_board(language))
        .map(|(id, status)| Column {
            id: StatusId(id),
            name: status.name.to_owned(),
            label: status.label,
            is_active: true,
            is_marked_protected: status.is_protected,
        })
        .collect()
}

fn noon() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 3, 1, 12, 0, 0)
        .single()
        .expect("exists")
}

fn summary(text: &str) -> Suggestion<'_> {
    Suggestion {
        summary: text,
        recommendation: None,
        confidence: None,
        outcome: None,
        occurred_at: noon(),
    }
}

fn in_status(status: &str) -> LeadState {
    LeadState {
        status: Some(status.to_owned()),
        ..LeadState::default()
    }
}

fn on_default_board(suggestion: &Suggestion<'_>, lead: &LeadState) -> Decision {
    let settings = DecisionSettings::default();
    decide(
        suggestion,
        &board(Language::Hebrew),
        lead,
        &settings,
        Classifier::standard(),
        noon(),
    )
}

fn applied(to: &str) -> Outcome {
    Outcome::Applied { to: to.to_owned() }
}

#[rstest]
#[case::tag(
    "דיברנו על הצעה. [המלצה: מעוניין]",
    applied("interested"),
    DecidedBy::Tag
)]
#[case::tag_before_words(
    "ביקש לחזור מחר. [המלצה: לא רלוונטי]",
    applied("not_relevant"),
    DecidedBy::Tag
)]
#[case::name_in_the_tag("[Recommendation: follow_up]", applied("follow_up"), DecidedBy::Tag)]
#[case::words(
    "הלקוח ביקש שנחזור אליו מחר",
    applied("follow_up"),
    DecidedBy::Keywords
)]
fn a_tag_first_else_the_words(#[case] text: &str, #[case] outcome: Outcome, #[case] by: DecidedBy) {
    let decision = on_default_board(&summary(text), &in_status("new"));
    assert_eq!(decision.outcome, outcome);
    assert_eq!(decision.decided_by, Some(by));
    assert_eq!(decision.reason(), "applied");
}

#[test]
fn a_recommendation_beside_the_summary_counts_as_its_tag() {
    let suggestion = Suggestion {
        recommendation: Some("מעוניין"),
        ..summary("דיברנו")
    };
    assert_eq!(
        on_default_board(&suggestion, &in_status("new")).outcome,
        applied("interested")
    );
}

#[rstest]
#[case::foreign_label("דיברנו. [המלצה: לקוח זהב]", Silence::UnknownLabel)]
#[case::nothing_said("דיברנו על מזג האוויר", Silence::NothingSaid)]
#[case::empty("", Silence::NothingSaid)]
fn what_maps_to_nothing_changes_nothing_and_says_why(#[case] text: &str, #[case] silence: Silence) {
    let decision = on_default_board(&summary(text), &in_status("new"));
    assert_eq!(decision.outcome, Outcome::Nothing { silence });
    assert_eq!(decision.recommended_id, None);
    assert!(!decision.holds());
}

#[test]
fn an_unknown_tag_is_not_overruled_by_words() {
    let decision = on_default_board(
        &summary("ביקש שנחזור אליו מחר. [המלצה: לקוח זהב]"),
        &in_status("new"),
    );
    assert_eq!(decision.reason(), "unknown_label");
    assert_eq!(decision.recommended_label.as_deref(), Some("לקוח זהב"));
}

#[test]
fn the_evidence_names_words_and_gates() {
    let decision = on_default_board(&summary("הלקוח ביקש שנחזור אליו מחר"), &in_status("new"));
    let evidence = serde_json::to_value(&decision.evidence).expect("serialises");
    assert_eq!(evidence["group"], "FOLLOW_UP");
    assert!(!evidence["matched"].as_array().expect("a list").is_empty());
    assert_eq!(
        evidence["gates"].as_array().expect("a list").len(),
        Gate::ORDER.len()
    );
    assert_eq!(
        evidence["gates"][0],
        json!({ "gate": "confidence", "passed": true })
    );
    let back: Evidence = serde_json::from_value(evidence).expect("reads back");
    assert_eq!(back, decision.evidence);
}

#[rstest]
#[case::first("new", "no_answer")]
#[case::second("no_answer", "no_answer_2")]
#[case::third("no_answer_2", "no_answer_3")]
fn an_unanswered_call_climbs(
    #[case] from: &str,
    #[case] to: &str,
    #[values("no-answer", "busy", "failed", "canceled", "voicemail")] outcome: &str,
) {
    let suggestion = Suggestion {
        outcome: Some(outcome),
        ..summary("שיחה לא נענתה - אין מענה")
    };
    let decision = on_default_board(&suggestion, &in_status(from));
    assert_eq!(decision.outcome, applied(to));
    assert_eq!(decision.decided_by, Some(DecidedBy::Outcome));
}

#[test]
fn the_highest_rung_is_the_end() {
    let suggestion = Suggestion {
        outcome: Some("busy"),
        ..summary("")
    };
    assert_eq!(
        on_default_board(&suggestion, &in_status("no_answer_3")).outcome,
        Outcome::Same
    );
}

#[test]
fn a_board_with_one_column_for_it_has_no_ladder() {
    let board: Vec<Column> = board(Language::English)
        .into_iter()
        .filter(|column| !column.name.starts_with("no_answer_"))
        .collect();
    let suggestion = Suggestion {
        outcome: Some("no-answer"),
        ..summary("")
    };
    let settings = DecisionSettings::default();
    let decision = decide(
        &suggestion,
        &board,
        &in_status("no_answer"),
        &settings,
        Classifier::standard(),
        noon(),
    );
    assert_eq!(decision.outcome, Outcome::Same);
}

#[test]
fn a_board_without_a_column_for_it_stays_as_it_is() {
    let board: Vec<Column> = board(Language::English)
        .into_iter()
        .filter(|column| !column.name.starts_with("no_answer"))
        .collect();
    let suggestion = Suggestion {
        outcome: Some("no-answer"),
        ..summary("")
    };
    let settings = DecisionSettings::default();
    let decision = decide(
        &suggestion,
        &board,
        &in_status("new"),
        &settings,
        Classifier::standard(),
        noon(),
    );
    assert_eq!(decision.reason(), "no_status_for_group");
}

/// A decision that would be applied, but for what the test changes.
struct Case {
    confidence: Option<f64>,
    lead: LeadState,
    board: Vec<Column>,
    settings: DecisionSettings,
}

fn case() -> Case {
    Case {
        confidence: Some(0.9),
        lead: in_status("new"),
        board: board(Language::Hebrew),
        settings: DecisionSettings::default(),
    }
}

impl Case {
    fn decide(&self) -> Decision {
        let suggestion = Suggestion {
            confidence: self.confidence,
            ..summary("דיברנו. [המלצה: מעוניין]")
        };
        decide(
            &suggestion,
            &self.board,
            &self.lead,
            &self.settings,
            Classifier::standard(),
            noon(),
        )
    }
}

fn below_threshold(case: &mut Case) {
    case.confidence = Some(0.64);
}
fn switched_off(case: &mut Case) {
    let interested = case
        .board
        .iter_mut()
        .find(|column| column.name == "interested");
    interested.expect("on the default board").is_active = false;
}
fn decided_later(case: &mut Case) {
    case.lead.newest_decision_at = Some(noon() + Duration::seconds(1));
}
fn moved_by_hand_since(case: &mut Case) {
    case.lead.newest_manual_change_at = Some(noon() + Duration::seconds(1));
}
fn won(case: &mut Case) {
    case.lead = in_status("won");
}
fn marked_protected(case: &mut Case) {
    case.board[0].is_marked_protected = true;
}
fn forbidden(case: &mut Case) {
    case.settings
        .transitions
        .never_to
        .insert("interested".to_owned());
}
fn at_a_quiet_hour(case: &mut Case) {
    let hours = json!({ "from": "11:00", "to": "13:00" });
    case.settings.quiet_hours = Some(serde_json::from_value(hours).expect("reads"));
}
fn in_the_shadow(case: &mut Case) {
    case.settings.automation = Automation::Shadow;
}

#[rstest]
#[case(below_threshold, Gate::Confidence)]
#[case(switched_off, Gate::NotActive)]
#[case(decided_later, Gate::OlderThanDecision)]
#[case(moved_by_hand_since, Gate::ManualChange)]
#[case(won, Gate::Protected)]
#[case(marked_protected, Gate::Protected)]
#[case(forbidden, Gate::Transition)]
#[case(at_a_quiet_hour, Gate::QuietHours)]
#[case(in_the_shadow, Gate::Shadow)]
fn each_gate_stops_by_itself_and_is_the_last_that_is_asked(
    #[case] spoil: fn(&mut Case),
    #[case] gate: Gate,
) {
    let mut spoiled = case();
    assert_eq!(spoiled.decide().outcome, applied("interested"));
    spoil(&mut spoiled);
    let decision = spoiled.decide();
    assert_eq!(decision.outcome, Outcome::Stopped { gate });
    assert_eq!(decision.reason(), gate.as_str());
    let asked = &decision.evidence.gates;
    assert_eq!(
        asked.last(),
        Some(&GateCheck {
            gate,
            passed: false
        })
    );
    assert!(asked.iter().rev().skip(1).all(|check| check.passed));
}

#[rstest]
#[case::at_the_threshold(Some(0.65), true)]
#[case::not_stated(None, true)]
#[case::just_below(Some(0.649_999), false)]
fn the_threshold_itself_is_enough(#[case] confidence: Option<f64>, #[case] holds: bool) {
    let case = Case {
        confidence,
        ..case()
    };
    assert_eq!(case.decide().holds(), holds);
}

#[test]
fn the_same_status_holds_even_in_the_shadow() {
    let mut same = case();
    same.lead = in_status("interested");
    in_the_shadow(&mut same);
    assert_eq!(same.decide().outcome, Outcome::Same);
    assert!(same.decide().holds());
}

#[test]
fn a_change_by_hand_before_the_conversation_gives_way() {
    let mut earlier = case();
    earlier.lead.newest_manual_change_at = Some(noon());
    assert_eq!(earlier.decide().outcome, applied("interested"));
}

#[test]
fn nothing_moves_a_deleted_lead() {
    let mut deleted = case();
    deleted.lead.is_deleted = true;
    assert_eq!(deleted.decide().reason(), "lead_deleted");
}

fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![
        ".{0,80}",
        "\\[(המלצה|Recommendation): .{0,20}\\]",
        prop::sample::select(vec![
            "לא מעוניין",
            "נקבעה פגישה ליום שני",
            "[המלצה: מעוניין]",
            "Please call me tomorrow",
            "[Recommendation: Won]",
        ])
        .prop_map(str::to_owned),
    ]
}

proptest! {
    /// Whatever is said, the lead ends in an active status of this very board, never leaves a protected one, and the
    /// same input gives the same decision.
    #[test]
    fn a_decision_stays_on_the_board(
        text in any_text(),
        outcome in prop::option::of(prop::sample::select(vec!["no-answer", "busy", "completed", "???"])),
        confidence in prop::option::of(0.0..=1.0_f64),
        from in 0_usize..11,
        off in prop::collection::vec(any::<bool>(), 11),
    ) {
        let mut board = board(Language::Hebrew);
        for (column, off) in board.iter_mut().zip(&off) {
            column.is_active = !off;
        }
        let lead = in_status(&board[from].name);
        let suggestion = Suggestion { confidence, outcome, ..summary(&text) };
        let settings = DecisionSettings::default();
        let decision = decide(&suggestion, &board, &lead, &settings, Classifier::standard(), noon());
        prop_assert_eq!(&decision, &decide(&suggestion, &board, &lead, &settings, Classifier::standard(), noon()));
        if let Outcome::Applied { to } = &decision.outcome {
            let target = board.iter().find(|column| column.name == *to);
            prop_assert!(target.is_some_and(|column| column.is_active));
            prop_assert!(!board[from].is_protected());
            prop_assert_ne!(to, &board[from].name);
        }
    }
}
