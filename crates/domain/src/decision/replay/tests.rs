use chrono::{Duration, TimeZone as _};
use proptest::prelude::*;
use rstest::rstest;
use serde_json::json;

use super::*;
use crate::decision::Automation;
use crate::decision::what_if::{RuleChanges, Tally, WhatIf};
use crate::messages::Language;

fn board() -> Vec<Column> {
    crate::decision::tests::board(Language::Hebrew)
}

fn minute(minute: i64) -> DateTime<Utc> {
    let noon = Utc.with_ymd_and_hms(2026, 3, 1, 12, 0, 0);
    noon.single().expect("exists") + Duration::minutes(minute)
}

/// Something that happens to a lead.
#[derive(Debug, Clone)]
enum Happens {
    /// A conversation that took place so many minutes before it is decided on.
    Talk {
        summary: &'static str,
        outcome: Option<&'static str>,
        confidence: Option<f64>,
        late: i64,
    },
    /// A person moves the lead.
    Moves(&'static str),
    /// A person takes the newest decision that moved the lead back.
    TakesBack,
}

fn talk(summary: &'static str, confidence: f64) -> Happens {
    Happens::Talk {
        summary,
        outcome: None,
        confidence: Some(confidence),
        late: 0,
    }
}

/// Lives a lead's life as the engine and people do, one event a minute, and keeps what they keep.
fn lived(happens: &[Happens], settings: &DecisionSettings) -> LeadHistory {
    let board = board();
    let rules = rules(settings, &board);
    let mut lead = LeadState {
        status: Some("new".to_owned()),
        ..LeadState::default()
    };
    let (mut decisions, mut manual_changes) = (Vec::<StoredDecision>::new(), Vec::new());
    for (now, event) in (0..).map(minute).zip(happens) {
        match event {
            Happens::Talk {
                summary,
                outcome,
                confidence,
                late,
            } => {
                let suggestion = Suggestion {
                    summary,
                    recommendation: None,
                    confidence: *confidence,
                    outcome: *outcome,
                    occurred_at: now - Duration::minutes(*late),
                };
                let course = || Ok::<_, Infallible>(course(&decisions, &manual_changes));
                let Ok(decision) = decide_in_place(&suggestion, &lead, &rules, now, course);
                decisions.push(StoredDecision {
                    id: DecisionId(i64::try_from(decisions.len()).expect("few") + 1),
                    summary: (*summary).to_owned(),
                    recommendation: None,
                    confidence: *confidence,
                    outcome: outcome.map(str::to_owned),
                    occurred_at: suggestion.occurred_at,
                    created_at: now,
                    from: lead.status.clone(),
                    to: decision.to().map(str::to_owned),
                    reason: decision.reason().to_owned(),
                    undone_at: None,
                });
                if let Outcome::Applied { to } = decision.outcome {
                    lead.status = Some(to);
                }
                lead.newest_decision_at = lead.newest_decision_at.max(Some(suggestion.occurred_at));
            }
            Happens::Moves(to) => {
                by_hand(&mut lead, &mut manual_changes, now, (*to).to_owned());
            }
            Happens::TakesBack => {
                let last = decisions
                    .iter_mut()
                    .rev()
                    .find(|one| one.reason == "applied");
                let Some(last) =
                    last.filter(|one| one.undone_at.is_none() && one.to == lead.status)
                else {
                    continue;
                };
                last.undone_at = Some(now);
                if let Some(from) = last.from.clone() {
                    by_hand(&mut lead, &mut manual_changes, now, from);
                }
            }
        }
    }
    LeadHistory {
        lead: LeadId(1),
        name: "Dana".to_owned(),
        stands: lead.status,
        decisions,
        manual_changes,
    }
}

fn rules<'a>(settings: &'a DecisionSettings, board: &'a [Column]) -> Rules<'a> {
    Rules {
        settings,
        board,
        classifier: Classifier::standard(),
    }
}

/// As it is read from the database.
fn course(decisions: &[StoredDecision], manual_changes: &[ManualChange]) -> Course {
    let by_hand = manual_changes.last();
    let decided: Vec<StoredDecision> = decisions
        .iter()
        .filter(|one| one.undone_at.is_none())
        .filter(|one| by_hand.is_none_or(|change| one.occurred_at >= change.at))
        .cloned()
        .collect();
    Course {
        from: match by_hand {
            Some(change) => Some(change.to.clone()),
            None => decided.first().and_then(|first| first.from.clone()),
        },
        decided,
    }
}

fn by_hand(lead: &mut LeadState, changes: &mut Vec<ManualChange>, at: DateTime<Utc>, to: String) {
    if lead.status.as_deref() == Some(to.as_str()) {
        return;
    }
    let from = lead.status.replace(to.clone());
    lead.newest_manual_change_at = Some(at);
    changes.push(ManualChange { at, from, to });
}

fn what_if(
    history: &LeadHistory,
    changes: serde_json::Value,
    since: Option<DateTime<Utc>>,
) -> WhatIf {
    let changes: RuleChanges = serde_json::from_value(changes).expect("reads");
    let (mut settings, mut board) = (DecisionSettings::default(), board());
    changes
        .apply(&mut settings, &mut board)
        .expect("makes sense");
    let classifier = Classifier::with_words(&settings.words);
    let rules = Rules {
        settings: &settings,
        board: &board,
        classifier: &classifier,
    };
    let mut tally = Tally::default();
    tally.add(history, &rules, since);
    tally.finish(false)
}

/// Where the lead would stand, if elsewhere.
fn elsewhere(happens: &[Happens], changes: serde_json::Value) -> Option<String> {
    let history = lived(happens, &DecisionSettings::default());
    let mut found = what_if(&history, changes, None);
    assert_eq!(
        found.elsewhere,
        u64::try_from(found.examples.len()).expect("few")
    );
    found.examples.pop().and_then(|example| example.would_stand)
}

const INTERESTED: &str = "דיברנו. [המלצה: מעוניין]";
const QUALIFIED: &str = "דיברנו. [Recommendation: qualified]";
const LATER: &str = "דיברנו. [Recommendation: follow_up]";

#[test]
fn a_raised_threshold_leaves_the_lead_where_it_was_and_names_the_decision() {
    let happens = [talk(INTERESTED, 0.7), talk("דיברנו על מזג האוויר", 0.9)];
    let history = lived(&happens, &DecisionSettings::default());
    let found = what_if(&history, json!({ "confidence_threshold": 0.8 }), None);
    let shown = serde_json::to_value(&found).expect("serialises");
    assert_eq!(
        shown,
        json!({
            "leads": 1, "conversations": 2, "elsewhere": 1, "truncated": false,
            "by_status": [{ "from": "interested", "to": "new", "leads": 1 }],
            "decisions_changed": [{ "from_reason": "applied", "to_reason": "confidence", "count": 1 }],
            "examples": [{
                "lead_id": 1, "name": "Dana", "stands": "interested", "would_stand": "new",
                "decision_id": 1, "summary": INTERESTED, "reason": "confidence",
            }],
        })
    );
}

#[rstest]
#[case::words(json!({ "status_words": { "HOT_INTERESTED": ["על מזג האוויר"] } }), Some("interested"))]
#[case::shadow(json!({ "automation": "shadow" }), None)]
#[case::nothing_else(json!({}), None)]
fn a_conversation_that_said_nothing(#[case] changes: serde_json::Value, #[case] to: Option<&str>) {
    let happens = [Happens::Talk {
        summary: "דיברנו על מזג האוויר",
        outcome: None,
        confidence: None,
        late: 0,
    }];
    assert_eq!(elsewhere(&happens, changes).as_deref(), to);
}

#[rstest]
#[case::transition(json!({ "transition_rules": { "never_to": ["follow_up"] } }), "interested")]
#[case::protected(json!({ "protected": ["interested"] }), "interested")]
#[case::shadow(json!({ "automation": "shadow" }), "new")]
#[case::quiet_hours(json!({ "quiet_hours": { "from": "12:01", "to": "12:02" } }), "interested")]
fn each_rule_holds_at_the_time_of_its_decision(
    #[case] changes: serde_json::Value,
    #[case] to: &str,
) {
    let happens = [talk(INTERESTED, 0.9), talk(LATER, 0.9)];
    assert_eq!(elsewhere(&happens, changes).as_deref(), Some(to));
}

#[test]
fn a_manual_change_outranks_what_other_rules_make_of_older_conversations() {
    let mut happens = vec![talk(INTERESTED, 0.7), Happens::Moves("follow_up")];
    let stricter = json!({ "confidence_threshold": 0.8 });
    assert_eq!(elsewhere(&happens, stricter.clone()), None);
    // A conversation from before it, decided on after it.
    happens.push(Happens::Talk {
        summary: INTERESTED,
        outcome: None,
        confidence: Some(0.5),
        late: 2,
    });
    assert_eq!(
        elsewhere(&happens, json!({ "confidence_threshold": 0.1 })),
        None
    );
    // A newer one moves it again.
    happens.push(talk(QUALIFIED, 0.5));
    let looser = elsewhere(&happens, json!({ "confidence_threshold": 0.1 }));
    assert_eq!(looser.as_deref(), Some("qualified"));
}

#[test]
fn what_was_taken_back_stays_so_and_goes_to_where_other_rules_had_the_lead() {
    let happens = [talk(LATER, 0.9), Happens::TakesBack];
    assert_eq!(elsewhere(&happens, json!({})), None);
    assert_eq!(
        elsewhere(&happens, json!({ "confidence_threshold": 0.1 })),
        None
    );
    // The first is not applied any more, so that the second, once taken back, leaves the lead as new.
    let happens = [talk(INTERESTED, 0.7), talk(LATER, 0.9), Happens::TakesBack];
    assert_eq!(elsewhere(&happens, json!({})), None);
    let stricter = elsewhere(&happens, json!({ "confidence_threshold": 0.8 }));
    assert_eq!(stricter.as_deref(), Some("new"));
}

#[test]
fn what_was_taken_back_without_a_change_of_status_is_taken_back_too() {
    let mut history = lived(&[talk(LATER, 0.9)], &DecisionSettings::default());
    history.decisions[0].undone_at = Some(minute(1));
    history.stands = Some("new".to_owned());
    assert_eq!(what_if(&history, json!({}), None).elsewhere, 0);
}

#[test]
fn a_lead_that_had_no_status_goes_back_to_where_it_really_went() {
    let mut history = lived(
        &[talk(LATER, 0.9), Happens::TakesBack],
        &DecisionSettings::default(),
    );
    history.decisions[0].from = None;
    assert_eq!(what_if(&history, json!({}), None).elsewhere, 0);
}

#[test]
fn decisions_before_since_stand() {
    let happens = [talk(INTERESTED, 0.7), talk(QUALIFIED, 0.7)];
    let history = lived(&happens, &DecisionSettings::default());
    let found = what_if(
        &history,
        json!({ "confidence_threshold": 0.8 }),
        Some(minute(1)),
    );
    assert_eq!((found.leads, found.conversations), (1, 1));
    assert_eq!(found.examples[0].would_stand.as_deref(), Some("interested"));
    assert_eq!(found.examples[0].decision_id, Some(DecisionId(2)));
}

#[test]
fn wrong_rules_are_listed() {
    let changes: RuleChanges = serde_json::from_value(json!({
        "confidence_threshold": 1.5, "protected": ["won", "gone"], "status_words": { "HOT": ["x"], "FOLLOW_UP": ["a|b"] },
    }))
    .expect("reads");
    let refused = changes.apply(&mut DecisionSettings::default(), &mut board());
    let wrong: Vec<String> = refused
        .expect_err("refused")
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(
        wrong,
        [
            "confidence_threshold must be 0 to 1",
            "status_words.FOLLOW_UP[0] must be letters, digits, spaces, quotes and dashes only",
            "status_words.HOT is not a group; use APPOINTMENT_SET, HOT_INTERESTED, FOLLOW_UP, NOT_RELEVANT or NO_ANSWER",
            "protected names \"gone\", which is no status of this business",
        ]
    );
}

fn any_event() -> impl Strategy<Value = Happens> {
    let summary = prop::sample::select(vec![
        INTERESTED,
        QUALIFIED,
        LATER,
        "לא מעוניין",
        "ביקש שנחזור אליו מחר",
        "נקבעה פגישה ליום שני",
        "[Recommendation: won]",
        "דיברנו על מזג האוויר",
    ]);
    let outcome = prop::option::weighted(0.2, prop::sample::select(vec!["no-answer", "busy"]));
    let confidence = prop::option::of(0.4..=1.0_f64);
    prop_oneof![
        6 => (summary, outcome, confidence, 0_i64..6).prop_map(|(summary, outcome, confidence, late)| {
            Happens::Talk { summary, outcome, confidence, late }
        }),
        1 => prop::sample::select(vec!["new", "qualified", "follow_up", "lost"]).prop_map(Happens::Moves),
        1 => Just(Happens::TakesBack),
    ]
}

fn any_settings() -> impl Strategy<Value = DecisionSettings> {
    (0.0..=1.0_f64, prop::bool::weighted(0.2), prop::option::of(0_u32..20)).prop_map(|(threshold, shadow, quiet)| {
        let quiet = quiet.map(|minute| json!({ "from": format!("12:{minute:02}"), "to": format!("12:{:02}", minute + 5) }));
        DecisionSettings {
            threshold,
            automation: if shadow { Automation::Shadow } else { Automation::On },
            quiet_hours: quiet.map(|hours| serde_json::from_value(hours).expect("reads")),
            ..DecisionSettings::default()
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// The rules by which a lead's life was lived make the same of it again, from any time on; and by other rules the lead
    /// stands on the board, with one answer per conversation.
    #[test]
    fn unchanged_rules_change_nothing(
        happens in prop::collection::vec(any_event(), 0..14),
        settings in any_settings(),
        since in prop::option::of(0_i64..14),
        other in any_settings(),
    ) {
        let history = lived(&happens, &settings);
        let board = board();
        let rules = rules(&settings, &board);
        let same = replay(&history, &rules, since.map(minute));
        prop_assert_eq!(&same.would_stand, &history.stands);
        prop_assert_eq!(same.parted_at, None);
        for redecided in &same.decided {
            let stored = &history.decisions[redecided.index];
            prop_assert_eq!((redecided.reason, &redecided.to), (stored.reason.as_str(), &stored.to));
        }
        let otherwise = replay(&history, &Rules { settings: &other, ..rules }, None);
        prop_assert_eq!(otherwise.decided.len(), history.decisions.len());
        let stands = otherwise.would_stand.as_deref();
        prop_assert!(board.iter().any(|column| Some(column.name.as_str()) == stands));
    }
}
