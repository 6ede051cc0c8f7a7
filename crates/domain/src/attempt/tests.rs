use proptest::prelude::*;
use rstest::rstest;

use super::*;
use CallStatus::{Busy, Canceled, Completed, Failed, InProgress, Initiated, NoAnswer, Ringing};

const fn at(status: CallStatus) -> Heard {
    Heard::Report {
        status: Some(status),
        answered_by: None,
    }
}

const fn by(who: AnsweredBy) -> Heard {
    Heard::Report {
        status: None,
        answered_by: Some(who),
    }
}

fn after(reports: &[Heard]) -> Attempt {
    let mut attempt = Attempt::PLANNED;
    for heard in reports {
        let _ = attempt.apply(heard);
    }
    attempt
}

/// Every order of `items` (Heap's algorithm).
fn permutations(items: &[Heard]) -> Vec<Vec<Heard>> {
    fn go(count: usize, items: &mut Vec<Heard>, found: &mut Vec<Vec<Heard>>) {
        if count <= 1 {
            found.push(items.clone());
            return;
        }
        for index in 0..count {
            go(count - 1, items, found);
            let other = if count.is_multiple_of(2) { index } else { 0 };
            items.swap(other, count - 1);
        }
    }
    let mut found = Vec::new();
    go(items.len(), &mut items.to_vec(), &mut found);
    found
}

/// Each part of `items`, the empty one and the whole among them.
fn parts(items: &[Heard]) -> Vec<Vec<Heard>> {
    (0_u32..1 << items.len())
        .map(|mask| {
            items
                .iter()
                .enumerate()
                .filter(|(index, _)| mask & (1 << index) != 0)
                .map(|(_, heard)| *heard)
                .collect()
        })
        .collect()
}

/// What is told of a call on its way to its end, by the way it takes.
fn ways() -> Vec<(Vec<Heard>, CallStatus)> {
    let ringing = [at(Initiated), at(Ringing)];
    let answered = [at(Initiated), at(Ringing), at(InProgress)];
    let ringing_skipped = [at(Initiated), at(InProgress)];
    let mut ways = vec![
        (answered.to_vec(), Completed),
        (ringing_skipped.to_vec(), Completed),
        (answered.to_vec(), Failed),
    ];
    for end in [Busy, NoAnswer, Failed, Canceled] {
        ways.push((ringing.to_vec(), end));
        ways.push((vec![at(Initiated)], end));
        ways.push((Vec::new(), end));
    }
    ways
}

#[rstest]
#[case::without_detection(None)]
#[case::a_person(Some(AnsweredBy::Human))]
#[case::a_machine(Some(AnsweredBy::Machine))]
#[case::cannot_tell(Some(AnsweredBy::Unknown))]
fn every_order_loss_and_repetition_of_a_life_ends_alike(#[case] who: Option<AnsweredBy>) {
    let mut tried = 0_u32;
    for (way, end) in ways() {
        for kept in parts(&way) {
            let mut told = kept;
            told.push(at(end));
            told.extend(who.map(by));
            let expected = Attempt {
                status: end,
                answered_by: who,
                knows_sid: true,
                dial_state: DialState::Accepted,
            };
            // Each report comes a second time in turn, or none does.
            let repeated: Vec<Option<Heard>> = std::iter::once(None)
                .chain(told.iter().copied().map(Some))
                .collect();
            for again in repeated {
                let mut told = told.clone();
                told.extend(again);
                for order in permutations(&told) {
                    assert_eq!(after(&order), expected, "{order:?}");
                    tried += 1;
                }
            }
        }
    }
    assert!(tried > 1000, "{tried}");
}

#[test]
fn of_two_ends_the_first_stays() {
    for first in CallStatus::ALL.into_iter().filter(|end| end.is_terminal()) {
        for second in CallStatus::ALL {
            let mut attempt = after(&[at(first)]);
            let change = attempt.apply(&at(second));
            assert!(change.is_nothing(), "{first} then {second}: {change:?}");
            assert_eq!(attempt.status, first);
        }
    }
}

#[rstest]
#[case::rejected(Heard::Rejected, DialState::Rejected)]
#[case::absent(Heard::Absent, DialState::Absent)]
fn what_never_was_a_call_stays_so(#[case] heard: Heard, #[case] dial_state: DialState) {
    let mut attempt = after(&[Heard::Unanswered, heard]);
    assert_eq!((attempt.status, attempt.dial_state), (Failed, dial_state));
    for late in [
        at(Ringing),
        at(Completed),
        by(AnsweredBy::Human),
        Heard::Unanswered,
    ] {
        assert!(attempt.apply(&late).is_nothing(), "{late:?}");
    }
}

#[rstest]
#[case::the_carrier_has_it(&[at(Initiated)])]
#[case::it_rings(&[Heard::Unanswered, at(Ringing)])]
#[case::it_is_over(&[at(NoAnswer)])]
fn a_call_that_the_carrier_has_cannot_become_none(#[case] told: &[Heard]) {
    let mut attempt = after(told);
    for heard in [Heard::Rejected, Heard::Absent, Heard::Unanswered] {
        assert!(attempt.apply(&heard).is_nothing(), "{heard:?}");
    }
}

#[test]
fn a_verdict_after_the_end_is_still_learned_and_ends_nothing_again() {
    let mut attempt = after(&[at(InProgress), at(Completed)]);
    let change = attempt.apply(&by(AnsweredBy::Machine));
    let learned = Change {
        learned_who: true,
        ..Change::default()
    };
    assert_eq!(change, learned);
    assert!(attempt.apply(&by(AnsweredBy::Human)).is_nothing());
}

#[test]
fn a_verdict_that_cannot_tell_gives_way() {
    let human = Some(AnsweredBy::Human);
    for order in permutations(&[by(AnsweredBy::Unknown), by(AnsweredBy::Human)]) {
        assert_eq!(after(&order).answered_by, human, "{order:?}");
    }
}

#[test]
fn the_first_report_of_a_lost_answer_tells_all_at_once() {
    let mut attempt = after(&[Heard::Unanswered]);
    assert_eq!(attempt.dial_state, DialState::Unknown);
    let all = Heard::Report {
        status: Some(Completed),
        answered_by: Some(AnsweredBy::Human),
    };
    let change = Change {
        learned_sid: true,
        learned_who: true,
        moved: Some((Initiated, Completed)),
        ended: true,
        dial_state_moved: true,
    };
    assert_eq!(attempt.apply(&all), change);
}

#[test]
fn every_word_reads_back() {
    for state in DialState::ALL {
        assert_eq!(state.as_str().parse(), Ok(state));
    }
    assert_eq!(
        "lost".parse::<DialState>(),
        Err(UnknownDialState("lost".into()))
    );
}

fn any_heard() -> impl Strategy<Value = Heard> {
    let who = [
        AnsweredBy::Human,
        AnsweredBy::Machine,
        AnsweredBy::Fax,
        AnsweredBy::Unknown,
    ];
    prop_oneof![
        prop::sample::select(CallStatus::ALL.to_vec()).prop_map(at),
        prop::sample::select(who.to_vec()).prop_map(by),
        prop::sample::select(vec![Heard::Rejected, Heard::Unanswered, Heard::Absent]),
    ]
}

proptest! {
    #[test]
    fn whatever_is_heard_a_call_ends_once_and_forgets_nothing(told in prop::collection::vec(any_heard(), 0..24)) {
        let mut attempt = Attempt::PLANNED;
        let mut ends = 0;
        for heard in told {
            let before = attempt;
            let change = attempt.apply(&heard);
            ends += u32::from(change.ended);
            prop_assert_eq!(change.is_nothing(), attempt == before);
            prop_assert!(attempt.knows_sid || !before.knows_sid);
            prop_assert!(attempt.answered_by.is_some() || before.answered_by.is_none());
            prop_assert!(!before.status.is_terminal() || attempt.status == before.status);
            prop_assert_eq!(attempt.dial_state == DialState::Accepted, attempt.knows_sid);
            prop_assert!(attempt.apply(&heard).is_nothing(), "told twice: {:?}", heard);
        }
        prop_assert_eq!(ends, u32::from(attempt.status.is_terminal()));
    }
}
