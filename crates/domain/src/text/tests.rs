use proptest::prelude::*;
use rstest::rstest;

use super::*;
use crate::text::lexicon::examples;

fn expected(name: &str) -> Option<Group> {
    (name != "none").then(|| name.parse().expect("the name of a group"))
}

#[test]
fn every_example_of_the_lexicon_holds() {
    let classifier = Classifier::standard();
    let lexicon = Lexicon::default();
    let of_lexicon = lexicon.sources().into_iter().flat_map(examples);
    let of_file = include_str!("../../lexicon/examples.txt")
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_once(" | "));
    let mut wrong = Vec::new();
    let mut total = 0;
    for (group, text) in of_lexicon.chain(of_file) {
        let text = text.replace("\\n", "\n");
        let found = classifier.classify(&text);
        total += 1;
        if found.group != expected(group) {
            wrong.push(format!("{text:?} is {group}, found {found:?}"));
        }
    }
    assert!(total > 100);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_section_of_the_lexicon_has_a_meaning_and_every_class_a_section() {
    // Compiling asserts both in tests.
    let _ = Classifier::with_words(&Words::default());
}

#[rstest]
#[case("לא מעוניין", Some(Group::NotRelevant))]
#[case("יכול להיות מעניין", Some(Group::HotInterested))]
#[case("אין מענה", Some(Group::NoAnswer))]
#[case("מעוניין, קבענו פגישה", Some(Group::AppointmentSet))]
#[case("לא בטוח, יכול להיות מעניין, תחזור מחר", Some(Group::HotInterested))]
#[case("תחזור מחר", Some(Group::FollowUp))]
#[case("", None)]
#[case(" \n\t\u{200f}", None)]
#[case("לכן סיום הבניין, מעניינים", None)]
fn the_sentences_that_must_hold(#[case] text: &str, #[case] group: Option<Group>) {
    assert_eq!(Classifier::standard().classify(text).group, group);
}

#[rstest]
#[case("Appointment booked for Thursday at six. She is not available before five")]
#[case("The visit is scheduled for Monday at 10, he is unavailable on Sunday")]
#[case("נקבעה פגישה ליום רביעי בשש, היא לא זמינה לפני חמש")]
#[case("קבענו ביקור ביום שני בשעה 10. ביום ראשון הוא לא זמין")]
fn who_is_not_there_at_another_time_keeps_the_appointment(#[case] text: &str) {
    let found = Classifier::standard().classify(text);
    assert_eq!(found.group, Some(Group::AppointmentSet), "{found:?}");
}

#[rstest]
#[case("We had a meeting scheduled for ten, nobody answered")]
#[case("הייתה לנו פגישה מחר בשעה עשר, התקשרנו ואין מענה")]
fn who_misses_an_appointment_was_not_reached(#[case] text: &str) {
    let found = Classifier::standard().classify(text);
    assert_eq!(found.group, Some(Group::NoAnswer), "{found:?}");
}

#[test]
fn evidence_points_into_the_original_text() {
    let text = "שיחה עם דנה: לֹא מְעֻנְיֶנֶת. 👍 Not interested";
    let found = Classifier::standard().classify(text);
    assert_eq!(found.group, Some(Group::NotRelevant));
    assert!(!found.matched.is_empty());
    for place in &found.matched {
        let original: String = text
            .chars()
            .skip(place.start)
            .take(place.end - place.start)
            .collect();
        assert_eq!(original, place.text);
    }
}

#[test]
fn what_is_negated_is_evidence_too() {
    let found = Classifier::standard().classify("לא קבענו פגישה");
    assert_eq!(found.group, None);
    assert!(found.matched.iter().all(|place| place.negated));
    assert!(
        found
            .matched
            .iter()
            .any(|place| place.group == Group::AppointmentSet)
    );
    let by: Vec<_> = found
        .matched
        .iter()
        .map(|place| place.negated_by.as_deref())
        .collect();
    assert!(by.iter().all(|by| *by == Some("לא")), "{by:?}");
}

#[test]
fn more_evidence_is_more_confidence_and_weak_words_stay_below_the_usual_threshold() {
    let confidence = |text: &str| Classifier::standard().classify(text).confidence;
    assert!(confidence("לא מעוניין, תורידו אותי מהרשימה") > confidence("לא מעוניין"));
    assert!(confidence("לא מעוניין") > 0.65);
    assert!(confidence("מחר") < 0.65);
    assert!(confidence("שלום") == 0.0);
}

#[rstest]
#[case("תורידו אותי מהרשימה", Some("תורידו אותי"))]
#[case("Please remove me from your list", Some("remove me"))]
#[case("אל תתקשרו אליי יותר", Some("אל תתקשרו"))]
#[case("לקוח: תפסיקו להתקשר\nנציג: בסדר", Some("תפסיקו להתקשר"))]
#[case("נציג: לא להתקשר אליך?\nלקוח: אפשר להתקשר", None)]
#[case("לא מעוניין", None)]
#[case("stop by tomorrow", None)]
fn a_request_to_be_left_alone_is_found(#[case] text: &str, #[case] words: Option<&str>) {
    let found = Classifier::standard().opt_out(text);
    assert_eq!(found.is_some(), words.is_some(), "{found:?}");
    if let (Some(found), Some(words)) = (found, words) {
        assert!(found.text.starts_with(words), "{found:?}");
    }
}

#[test]
fn a_classification_is_written_as_the_command_line_promises() {
    let json = serde_json::to_value(Classifier::standard().classify("אין מענה")).expect("json");
    assert_eq!(
        json,
        serde_json::json!({
            "group": "NO_ANSWER",
            "confidence": 0.8,
            "matched": [{"text": "אין מענה", "start": 0, "end": 8, "group": "NO_ANSWER", "negated": false}],
        })
    );
}

#[test]
fn a_megabyte_of_text_is_read_like_any_other() {
    let refusals = "הלקוח אמר שלא מעוניין. ".repeat(30_000);
    let found = Classifier::standard().classify(&refusals);
    assert_eq!(found.group, Some(Group::NotRelevant));
    let nothing_but_negations = "לא".repeat(500_000);
    let found = Classifier::standard().classify(&nothing_but_negations);
    assert_eq!(found.group, None);
}

proptest! {
    #[test]
    fn any_text_is_classified_within_bounds(text in "(\\PC|[א-ת ,.\n:]){0,200}") {
        let found = Classifier::standard().classify(&text);
        prop_assert!((0.0..=1.0).contains(&found.confidence));
        let length = text.chars().count();
        for place in found.matched {
            prop_assert!(place.start < place.end && place.end <= length);
        }
    }
}

/// The crate's sayings, and each fifth of them understood by what the others teach.
#[test]
fn what_some_sayings_teach_is_true_of_others() {
    let sources = [
        include_str!("../../lexicon/sayings.he.txt"),
        include_str!("../../lexicon/sayings.en.txt"),
    ];
    let class = |name: &str| {
        let group = |group: Group| Group::ALL.iter().position(|other| *other == group);
        expected(name).map_or(Some(Group::ALL.len()), group)
    };
    let texts: Vec<(&str, &str)> = sources
        .iter()
        .flat_map(|source| source.lines())
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_once(" | "))
        .collect();
    let sayings: Vec<learn::Saying> = sources
        .iter()
        .flat_map(|source| learn::sayings(source, class).expect("sayings"))
        .collect();
    assert_eq!(texts.len(), sayings.len());
    let known = sayings.iter().enumerate().filter(|(at, _)| at % 5 != 0);
    let table = learn::teach(&known.map(|(_, saying)| saying).collect::<Vec<_>>());
    let learned = Learned::new(&table);
    let (mut asked, mut right, mut by_lexicon) = (0, 0, 0);
    for (group, text) in texts.into_iter().step_by(5) {
        let text = text.replace("\\n", "\n");
        let group = expected(group);
        asked += 1;
        right += u32::from(Classifier::standard().read(&text, |_| Some(learned)).group == group);
        by_lexicon += u32::from(Classifier::standard().by_lexicon(&text).group == group);
    }
    let share = |part: u32| f64::from(part) / f64::from(asked);
    println!(
        "of {asked}: {:.3}, by the lexicon alone {:.3}",
        share(right),
        share(by_lexicon)
    );
    assert!(share(right) > 0.80, "{}", share(right));
    assert!(share(right) > share(by_lexicon) + 0.05);
}

#[rstest]
#[case("Agent: the ball is in our court.")]
#[case("נציג: אפשר לקבוע לך פגישה ביום שלישי בעשר, זה ממש כדאי")]
#[case("נציגה: נשמח לשלוח לך הצעת מחיר מסודרת עוד היום")]
fn what_only_our_side_says_comes_to_nothing(#[case] text: &str) {
    let found = Classifier::standard().classify(text);
    assert_eq!(found.group, None, "{found:?}");
}

#[test]
fn texts_held_apart_are_understood() {
    let source = include_str!("../../lexicon/held_out.txt");
    let texts = source.lines().filter(|line| !line.starts_with('#'));
    let mut wrong = Vec::new();
    let mut asked = 0;
    for (groups, text) in texts.filter_map(|line| line.split_once(" | ")) {
        let found = Classifier::standard().classify(&text.replace("\\n", "\n"));
        asked += 1;
        if !groups
            .split('/')
            .any(|group| expected(group) == found.group)
        {
            wrong.push(format!("{groups}, found {:?}: {text}", found.group));
        }
    }
    let share = 1.0 - wrong.len() as f64 / f64::from(asked);
    println!("of {asked} held apart: {share:.3}\n{}", wrong.join("\n"));
    assert!(asked > 150 && share > 0.90, "{share:.3}");
}

#[rstest]
#[case::solved(
    "נציגה: לבוא מחר?\nלקוח: גיסי כבר סידר את זה, תנו את התור למישהו אחר.\nנציגה: מבטלת.",
    Some(Group::NotRelevant)
)]
#[case::on_the_way(
    "נציג: 320 עם חשבונית.\nלקוח: סגרנו, אני מחכה לך למטה.\nנציג: אני כבר ברכב.",
    Some(Group::AppointmentSet)
)]
#[case::another_hour(
    "נציגה: אחת עשרה?\nלקוח: אחת עשרה יש לי משהו, תעשי ארבע.\nנציגה: ארבע, יום שני. רשמתי.\nלקוח: אני אהיה שם.",
    Some(Group::AppointmentSet)
)]
#[case::in_writing(
    "נציגה: גיגה ב-99.\nלקוח: יאללה, תעבירי את התנאים בכתב ואת קישור ההצטרפות.\nנציגה: נשלח לך.",
    Some(Group::HotInterested)
)]
#[case::no_key_yet(
    "נציגה: אז נדבר אז?\nלקוחה: כן, כשיהיה מפתח ביד אני ארים טלפון.",
    Some(Group::FollowUp)
)]
#[case::left_alone(
    "Agent: Hello, this is Dana from Bright Windows about cleaning your windows.\nCustomer: Please take me off your list.",
    Some(Group::NotRelevant)
)]
#[case::not_again(
    "Agent: Hello, this is Dana from Bright Windows about cleaning your windows.\nCustomer: Please don't call me again.",
    Some(Group::NotRelevant)
)]
#[case::tomorrow(
    "Agent: Hello, this is Dana from Bright Windows about cleaning your windows.\nCustomer: Call me tomorrow at ten.",
    Some(Group::FollowUp)
)]
#[case::removed(
    "נציגה: שלום, מדברת דנה מחלונות השרון לגבי ניקוי החלונות.\nלקוח: תורידו אותי מהרשימה.",
    Some(Group::NotRelevant)
)]
fn how_a_call_ends_tells_what_it_comes_to(#[case] text: &str, #[case] group: Option<Group>) {
    let found = Classifier::standard().classify(text);
    assert_eq!(found.group, group, "{found:?}");
}

#[rstest]
#[case(
    "Customer: Hi, you have reached Dana, please leave a message after the tone.",
    true
)]
#[case(
    "לקוח: הגעתם לתא הקולי של דנה, נא להשאיר הודעה.\nנציגה: שלום, ננסה מחר.",
    true
)]
#[case("נציגה: הגענו לתא הקולי קודם.\nלקוח: כן, הייתי באמצע נהיגה.", false)]
#[case("Customer: I left you a voicemail yesterday, call me back.", false)]
fn a_machine_took_the_call(#[case] text: &str, #[case] machine: bool) {
    assert_eq!(Classifier::standard().is_voicemail(text), machine);
}
