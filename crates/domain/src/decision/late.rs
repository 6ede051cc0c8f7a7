//! A conversation that is told of after a later one has been decided on. Its lead ends where it would have ended had
//! everything been told of in order: a late suggestion overwrites no newer decision, and a newer decision is not worth more
//! for having been faster.

use chrono::{DateTime, Utc};

use super::replay::{Rules, StoredDecision};
use super::{Decision, LeadState, Outcome, Suggestion, decide};

/// What is known of a lead when a late conversation is told of.
#[derive(Debug, Clone, PartialEq)]
pub struct Course {
    /// Where the lead stood before all of `decided`, by name.
    pub from: Option<String>,
    /// The decisions since a person last moved the lead, those that were taken back excepted.
    pub decided: Vec<StoredDecision>,
}

/// Decides on one suggestion as [`decide`] does; on a conversation that took place before one that has been decided on, in
/// its place among the others. `course` is asked for only then.
///
/// # Errors
/// That of `course`.
pub fn decide_in_place<E>(
    suggestion: &Suggestion<'_>,
    lead: &LeadState,
    rules: &Rules<'_>,
    now: DateTime<Utc>,
    course: impl FnOnce() -> Result<Course, E>,
) -> Result<Decision, E> {
    let verdict = take(&mut lead.clone(), suggestion, rules, now);
    if lead.is_deleted || lead.newest_decision_at <= Some(suggestion.occurred_at) {
        return Ok(verdict);
    }
    Ok(in_its_place(
        verdict,
        suggestion,
        &course()?,
        lead,
        rules,
        now,
    ))
}

/// `verdict` is what is decided on the late conversation as it comes. It stands where its place makes no difference; also
/// where the rules of today do not lead to where the lead stands, because they have changed since: then nothing can be told
/// of what would have been.
fn in_its_place(
    verdict: Decision,
    suggestion: &Suggestion<'_>,
    course: &Course,
    lead: &LeadState,
    rules: &Rules<'_>,
    now: DateTime<Utc>,
) -> Decision {
    let mut others: Vec<(Suggestion<'_>, DateTime<Utc>)> = course
        .decided
        .iter()
        .map(|stored| (stored.suggestion(), stored.created_at))
        .collect();
    others.sort_by_key(|(other, _)| other.occurred_at);
    let place = others.partition_point(|(other, _)| other.occurred_at <= suggestion.occurred_at);
    let (before, behind) = others.split_at(place);
    let begin = LeadState {
        status: course.from.clone(),
        newest_decision_at: None,
        ..lead.clone()
    };
    let mut here = follow(begin, before, rules);
    if follow(here.clone(), behind, rules).status != lead.status {
        return verdict;
    }
    let mut decision = take(&mut here, suggestion, rules, now);
    let end = follow(here, behind, rules);
    match end.status {
        Some(to) if Some(&to) != lead.status.as_ref() => {
            decision.outcome = Outcome::Applied { to };
            decision
        }
        _ => verdict,
    }
}

/// The lead after all of these, one after the other.
fn follow(
    mut lead: LeadState,
    conversations: &[(Suggestion<'_>, DateTime<Utc>)],
    rules: &Rules<'_>,
) -> LeadState {
    for (suggestion, now) in conversations {
        take(&mut lead, suggestion, rules, *now);
    }
    lead
}

fn take(
    lead: &mut LeadState,
    suggestion: &Suggestion<'_>,
    rules: &Rules<'_>,
    now: DateTime<Utc>,
) -> Decision {
    let Rules {
        settings,
        board,
        classifier,
    } = *rules;
    let decision = decide(suggestion, board, lead, settings, classifier, now);
    if let Outcome::Applied { to } = &decision.outcome {
        lead.status = Some(to.clone());
    }
    lead.newest_decision_at = lead.newest_decision_at.max(Some(suggestion.occurred_at));
    decision
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use chrono::TimeDelta;
    use proptest::prelude::*;

    use super::*;
    use crate::decision::DecisionSettings;
    use crate::decision::tests::board;
    use crate::ids::DecisionId;
    use crate::messages::Language;
    use crate::text::Classifier;

    /// Conversations one minute apart: a label with a confidence, or nobody there.
    fn conversations() -> impl Strategy<Value = Vec<StoredDecision>> {
        let board = board(Language::English);
        let one = (0..=board.len(), 0_u8..=4);
        prop::collection::vec(one, 1..8).prop_map(move |all| {
            (0..)
                .zip(all)
                .map(|(minute, (label, confidence))| {
                    let label = board.get(label).map(|column| column.label.clone());
                    let at = DateTime::UNIX_EPOCH + TimeDelta::minutes(minute);
                    StoredDecision {
                        id: DecisionId(minute),
                        summary: "…".to_owned(),
                        outcome: label.is_none().then(|| "no-answer".to_owned()),
                        recommendation: label,
                        confidence: Some(0.5 + f64::from(confidence) / 10.0),
                        occurred_at: at,
                        created_at: at,
                        from: None,
                        to: None,
                        reason: String::new(),
                        undone_at: None,
                    }
                })
                .collect()
        })
    }

    /// Where a lead ends when the conversations are told of in this order, as the engine takes them.
    fn told(conversations: &[&StoredDecision], rules: &Rules<'_>) -> Option<String> {
        let mut lead = LeadState {
            status: Some("new".to_owned()),
            ..LeadState::default()
        };
        let mut course = Course {
            from: lead.status.clone(),
            decided: Vec::new(),
        };
        let now = DateTime::UNIX_EPOCH + TimeDelta::days(1);
        for stored in conversations {
            let suggestion = stored.suggestion();
            let known = || Ok::<_, Infallible>(course.clone());
            let Ok(verdict) = decide_in_place(&suggestion, &lead, rules, now, known);
            lead.newest_decision_at = lead.newest_decision_at.max(Some(suggestion.occurred_at));
            if let Outcome::Applied { to } = verdict.outcome {
                lead.status = Some(to);
            }
            course.decided.push((*stored).clone());
        }
        lead.status
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(512))]

        #[test]
        fn every_order_ends_where_the_right_one_does(
            (in_order, order) in conversations().prop_flat_map(|all| {
                let order: Vec<usize> = (0..all.len()).collect();
                (Just(all), Just(order).prop_shuffle())
            }),
            way_is_limited in any::<bool>(),
        ) {
            let mut settings = DecisionSettings::default();
            if way_is_limited {
                settings.transitions = serde_json::from_value(serde_json::json!({
                    "allowed": { "interested": ["qualified", "won"], "not_relevant": [] },
                    "never_to": ["follow_up"],
                })).expect("rules");
            }
            let board = board(Language::English);
            let rules = Rules { settings: &settings, board: &board, classifier: Classifier::standard() };
            let right: Vec<&StoredDecision> = in_order.iter().collect();
            let mixed: Vec<&StoredDecision> = order.iter().map(|at| &in_order[*at]).collect();
            prop_assert_eq!(told(&mixed, &rules), told(&right, &rules));
        }
    }
}
