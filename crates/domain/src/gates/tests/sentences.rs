//! What the gates say, word for word where the words depend on the facts.

use std::collections::BTreeSet;

use rstest::rstest;

use super::*;

fn says(facts: &Facts, gate: Gate, language: Language) -> String {
    let gates = judge(facts, utc(NOW), language).gates.into_iter();
    gates
        .filter(|verdict| verdict.gate == gate)
        .map(|verdict| verdict.detail)
        .collect()
}

#[rstest]
#[case(
    Facts { suppressed_since: Some(utc("2026-11-22T09:30:00Z")), ..free() }, Gate::Suppressed,
    "The number must not be called: it was taken off the dialling lists today at 11:30",
    "אסור להתקשר למספר: הוא הוסר מרשימות החיוג היום בשעה 11:30"
)]
#[case(
    Facts { suspended_since: Some(utc("2026-11-22T09:30:00Z")), ..free() }, Gate::BusinessSuspended,
    "The business calls nobody: it was suspended today at 11:30", "העסק לא מתקשר לאף אחד: הוא הושעה היום בשעה 11:30"
)]
#[case(
    with_job(|job| job.start_at = Some(utc("2026-11-29T07:00:00Z"))), Gate::Run,
    "Run 7 starts on Sunday, 29 November 2026 at 09:00", "סבב 7 יתחיל ביום ראשון, 29 בנובמבר 2026, בשעה 09:00"
)]
#[case(
    with_job(|job| { job.run_status = "failed".to_owned(); job.last_error = Some("no money".to_owned()); }), Gate::Run,
    "Run 7 has failed: no money", "סבב 7 נכשל: no money"
)]
#[case(
    with_job(|job| job.status = "cancelled".to_owned()), Gate::Run,
    "The call to this lead in run 7 was cancelled", "הטיפול בליד בסבב 7 בוטל"
)]
#[case(
    Facts { windows: Some(windows(json!({ "days": { "mon": [["09:00", "10:00"]] } }))), ..free() }, Gate::CallingWindow,
    "Outside the business's calling hours; they begin tomorrow at 09:00",
    "מחוץ לשעות החיוג של העסק; הן יתחילו מחר בשעה 09:00"
)]
#[case(
    Facts { calls: CallsToNumber { last_at: Some(utc("2026-11-21T21:30:00Z")), ..free().calls },
            spacing: Spacing { min_gap_minutes: Some(1440), max_calls_per_day: None }, ..free() }, Gate::Gap,
    "The last call began yesterday at 23:30, less than 1440 minutes ago",
    "השיחה האחרונה התחילה אתמול בשעה 23:30, לפני פחות מ-1440 דקות"
)]
#[case(
    free(),
    Gate::Gap,
    "No call in the last 60 minutes",
    "לא היו שיחות למספר זה ב-60 הדקות האחרונות"
)]
#[case(
    free(),
    Gate::DailyCap,
    "2 of 3 calls today",
    "2 מתוך 3 שיחות מותרות היום"
)]
#[case(
    free(),
    Gate::Lines,
    "2 of 3 outbound lines and 4 of 5 lines are taken",
    "תפוסים 2 מתוך 3 הקווים היוצאים ו-4 מתוך 5 הקווים בסך הכול"
)]
#[case(
    Facts { carrier_wait: Some(Duration::milliseconds(20)), ..free() }, Gate::CarrierPace,
    "As many calls have begun as the carrier takes; the next may begin in 1 second",
    "התחילו כבר כל השיחות שספק השיחות מקבל; הבאה תוכל להתחיל בעוד שנייה"
)]
#[case(
    Facts { carrier_wait: Some(Duration::milliseconds(2500)), ..free() }, Gate::CarrierPace,
    "As many calls have begun as the carrier takes; the next may begin in 3 seconds",
    "התחילו כבר כל השיחות שספק השיחות מקבל; הבאה תוכל להתחיל בעוד 3 שניות"
)]
fn a_gate_speaks_both_languages_on_the_business_s_clock(
    #[case] facts: Facts,
    #[case] gate: Gate,
    #[case] english: &str,
    #[case] hebrew: &str,
) {
    assert_eq!(says(&facts, gate, Language::English), english);
    assert_eq!(says(&facts, gate, Language::Hebrew), hebrew);
}

/// The moment at which a gate opens, on the business's clock.
#[test]
fn when_a_gate_opens_is_said_on_the_business_s_clock() {
    let opens = |language| {
        let facts = with_job(|job| job.start_at = Some(utc("2026-11-23T07:05:00Z")));
        let gates = judge(&facts, utc(NOW), language).gates.into_iter();
        let opening = gates.filter_map(|verdict| verdict.opens(language, utc(NOW), ZONE));
        opening.collect::<Vec<_>>()
    };
    assert_eq!(opens(Language::English), ["opens tomorrow at 09:05"]);
    assert_eq!(opens(Language::Hebrew), ["ייפתח מחר בשעה 09:05"]);
}

/// Everything that a job is put aside for has words of its own; a code is never shown.
#[test]
fn what_a_job_was_put_aside_for_is_said_in_words() {
    for language in Language::ALL {
        let mut words = BTreeSet::new();
        let reasons = ["retry", "carrier", "in_a_call", "gap", "daily_cap", ""];
        for reason in reasons {
            let facts = with_job(|job| {
                job.due_at = Some(utc("2026-11-22T10:05:00Z"));
                job.deferred_by = Some(reason.to_owned());
            });
            let sentence = says(&facts, Gate::Due, language);
            assert!(sentence.contains("12:05"), "{sentence}");
            assert!(reason.is_empty() || !sentence.contains(&format!("({reason}")));
            words.insert(sentence);
        }
        assert_eq!(words.len(), reasons.len(), "{words:?}");
    }
}

/// Passing or not, no gate falls back to a key or to the other language.
#[test]
fn every_gate_speaks_hebrew_when_it_is_asked_to() {
    let closed = Facts {
        is_deleted: true,
        has_number: false,
        suppressed_since: Some(utc(NOW)),
        windows: Some(windows(json!({ "days": { "mon": [["09:00", "10:00"]] } }))),
        calls: CallsToNumber {
            in_the_air: true,
            last_at: Some(utc(NOW)),
            today: 3,
        },
        has_caller_number: false,
        has_public_host: Some(false),
        carrier_wait: Some(Duration::seconds(2)),
        ..with_job(|job| job.pause_requested = true)
    };
    let unset = Facts {
        job: None,
        windows: None,
        spacing: Spacing::default(),
        has_public_host: None,
        carrier_wait: None,
        ..free()
    };
    for facts in [free(), closed, unset] {
        for verdict in judge(&facts, utc(NOW), Language::Hebrew).gates {
            assert_eq!(Language::of(&verdict.detail), Some(Language::Hebrew));
            assert!(!verdict.detail.contains("gate-"), "{}", verdict.detail);
        }
    }
}
