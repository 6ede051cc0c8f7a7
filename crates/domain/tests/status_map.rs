//! Recommendations and groups on boards as businesses really have them.

use domain::messages::Language;
use domain::status_map::{
    How, Status, default_board, map_group, map_label, map_summary, standard_names,
};
use domain::text::Group;
use rstest::rstest;

/// `name=label`, an inactive one with `!` in front.
fn board(text: &str) -> Vec<Status> {
    text.split(';')
        .map(|status| {
            let status = status.trim();
            let (name, label) = status
                .trim_start_matches('!')
                .split_once('=')
                .unwrap_or((status, status));
            Status {
                name: name.into(),
                label: label.into(),
                active: !status.starts_with('!'),
            }
        })
        .collect()
}

#[rstest]
#[case::exact_label("a=מעוניין; b=לא מעוניין", "לא מעוניין", Some("b"), How::ExactLabel)]
#[case::exact_name("hot=לידים; cold=אחרים", "hot", Some("hot"), How::ExactName)]
#[case::label_before_name("x=Paid; paid=Old", "paid", Some("x"), How::ExactLabel)]
#[case::spelling("a=לקוח בחו״ל", " לקוח  בחו\"ל ", Some("a"), How::ExactLabel)]
#[case::points("a=לא ענה", "לֹא עָנָה", Some("a"), How::ExactLabel)]
#[case::dash("follow_up=מעקב", "Follow-Up", Some("follow_up"), How::ExactName)]
#[case::order_number("a=1. חדש; b=2. בטיפול", "חדש", Some("a"), How::ExactLabel)]
#[case::gender("a=מעוניין; b=חדש", "מעוניינת", Some("a"), How::Inflected)]
#[case::label_inside("a=בטיפול; b=חדש", "בטיפול של דנה", Some("a"), How::Partial)]
#[case::inside_label("a=בטיפול אצל דנה; b=חדש", "בטיפול", Some("a"), How::Partial)]
#[case::longest("a=Call; b=Call back", "Call back at five", Some("b"), How::Partial)]
#[case::other_clause("a=רוצה הצעה; b=חדש", "לא בטוח, רוצה הצעה", Some("a"), How::Partial)]
#[case::negation("a=מעוניין; b=חדש", "לא ממש מעוניין", None, How::Opposite)]
#[case::negated_label("a=לא שילם; b=חדש", "שילם", None, How::Opposite)]
#[case::negation_other_language("a=Pas prêt", "prêt", None, How::Opposite)]
#[case::cancelled("a=פגישה בוטלה", "פגישה", None, How::Opposite)]
#[case::inside_a_word("a=call", "recall", None, How::Unknown)]
#[case::other_number("a=אין מענה", "אין מענה 2", None, How::Opposite)]
#[case::number_missing("a=שלב 1; b=חדש", "שלב", None, How::Opposite)]
#[case::ambiguous("a=מעוניין; b=חזרה", "מעוניין או חזרה", None, How::Ambiguous)]
#[case::twins("a=חם; b=חם", "חם", None, How::Ambiguous)]
#[case::inactive("!a=מעוניין; b=חדש", "מעוניין", None, How::Unknown)]
#[case::nothing("a=מעוניין", "?!", None, How::Empty)]
#[case::only_a_negation("a=לא מעוניין", "לא", None, How::Unknown)]
fn a_recommendation_maps_to_one_status_or_to_none(
    #[case] statuses: &str,
    #[case] recommendation: &str,
    #[case] name: Option<&str>,
    #[case] how: How,
) {
    let mapping = map_label(&board(statuses), recommendation);
    assert_eq!((mapping.name.as_deref(), mapping.how), (name, how));
}

#[test]
fn no_statuses_and_huge_recommendations_map_to_nothing() {
    assert_eq!(map_label(&[], "מעוניין").how, How::Unknown);
    let huge = "מילה ".repeat(100_000);
    assert_eq!(map_label(&board("a=מעוניין"), &huge).name, None);
}

#[test]
fn a_summary_is_mapped_by_its_tag_alone() {
    let statuses = board("a=מעוניין; b=חדש");
    let mapping = map_summary(&statuses, "לקוח חדש. [המלצה: מעוניין]");
    assert_eq!(mapping.name.as_deref(), Some("a"));
    assert_eq!(map_summary(&statuses, "לקוח מעוניין").how, How::NoTag);
    assert_eq!(
        serde_json::to_value(mapping).expect("serialises"),
        serde_json::json!({"name": "a", "how": "exact_label"})
    );
}

#[rstest]
#[case::standard("interested=כוכב; b=מעוניין", Group::HotInterested, Some("interested"))]
#[case::by_label("a=ליד חם; b=לא מעוניין", Group::HotInterested, Some("a"))]
#[case::by_name("callback=שונות; b=חדש", Group::FollowUp, Some("callback"))]
#[case::refusal("a=מעוניין; b=לא מעוניין", Group::NotRelevant, Some("b"))]
#[case::only_the_opposite("a=מעוניין", Group::NotRelevant, None)]
#[case::negated("a=לא נקבעה פגישה", Group::AppointmentSet, None)]
#[case::no_need("a=אין צורך בחזרה", Group::FollowUp, None)]
#[case::plainest("a=אין מענה 2; b=אין מענה", Group::NoAnswer, Some("b"))]
#[case::ended_in_no_answer("a=לא ענה לפגישה; b=פגישה נקבעה", Group::AppointmentSet, Some("b"))]
#[case::inactive("!no_answer=אין מענה; b=חדש", Group::NoAnswer, None)]
#[case::inside_a_word("a=Uninterested", Group::HotInterested, None)]
#[case::contradicting_label("interested=לא מעוניין; b=ליד חם", Group::HotInterested, Some("b"))]
#[case::arabic("a=غير مهتم; b=مهتم", Group::HotInterested, Some("b"))]
fn a_group_goes_to_the_status_that_means_it(
    #[case] statuses: &str,
    #[case] group: Group,
    #[case] name: Option<&str>,
) {
    let statuses = board(statuses);
    assert_eq!(
        map_group(&statuses, group).map(|status| status.name.as_str()),
        name
    );
}

#[test]
fn the_default_boards_take_every_group_and_their_own_labels() {
    for language in Language::ALL {
        let statuses: Vec<Status> = default_board(language)
            .into_iter()
            .map(|status| Status {
                name: status.name.into(),
                label: status.label,
                active: true,
            })
            .collect();
        for group in Group::ALL {
            let status = map_group(&statuses, group).expect("a standard name");
            assert_eq!(status.name, standard_names(group)[0]);
        }
        for status in &statuses {
            let mapping = map_label(&statuses, &status.label);
            assert_eq!(mapping.name.as_deref(), Some(status.name.as_str()));
        }
    }
}

#[rstest]
#[case(Language::Hebrew)]
#[case(Language::English)]
fn every_group_has_a_label_to_be_found_by(#[case] language: Language) {
    // With names that say nothing, the labels of the default board must still mean their groups.
    let statuses: Vec<Status> = (0..)
        .zip(default_board(language))
        .map(|(number, status)| Status {
            name: format!("s{number}"),
            label: status.label,
            active: true,
        })
        .collect();
    for group in Group::ALL {
        let found = map_group(&statuses, group).expect("by its label");
        let board = default_board(language);
        let number: usize = found.name[1..].parse().expect("as built");
        assert_eq!(board[number].name, standard_names(group)[0], "{group}");
    }
}
