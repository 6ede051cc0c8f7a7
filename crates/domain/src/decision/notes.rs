//! The notes of a lead: newest conversation first, between whatever people write there.

/// A summary as one line: inner line breaks and runs of white space become one space.
#[must_use]
pub fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// `notes` with the line of a conversation added at the top, or, when lines of newer conversations stand there already,
/// right below the lowest of those. Conversations that are handled in any order so end in the same notes; what people
/// wrote stays as it is.
#[must_use]
pub fn with_line(notes: &str, line: &str, newer: &[String]) -> String {
    let mut lines = lines(notes);
    let taken = taken(&lines, newer);
    let below = taken.iter().rposition(|&taken| taken);
    lines.insert(below.map_or(0, |lowest| lowest + 1), line);
    lines.join("\n")
}

/// `notes` with the line of a conversation replaced where it stands. Where it is gone, because a person has changed or deleted
/// it, the notes stay as they are.
#[must_use]
pub fn with_line_replaced(notes: &str, before: &str, line: &str, newer: &[String]) -> String {
    let mut lines = lines(notes);
    let taken = taken(&lines, newer);
    if let Some(at) = (0..lines.len()).find(|&at| !taken[at] && lines[at] == before) {
        lines[at] = line;
    }
    lines.join("\n")
}

fn lines(notes: &str) -> Vec<&str> {
    if notes.is_empty() {
        Vec::new()
    } else {
        notes.split('\n').collect()
    }
}

/// Which lines are those of newer conversations. Each accounts for one line, the first from the top that is not taken yet: the
/// same words may have been said twice.
fn taken(lines: &[&str], newer: &[String]) -> Vec<bool> {
    let mut taken = vec![false; lines.len()];
    for newer_line in newer {
        let found = (0..lines.len()).find(|&at| !taken[at] && lines[at] == newer_line);
        if let Some(at) = found {
            taken[at] = true;
        }
    }
    taken
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_newest_line_is_on_top_and_a_person_s_words_stay() {
        let notes = with_line("call back\r\nafter lunch", "Summary: b", &[]);
        assert_eq!(notes, "Summary: b\ncall back\r\nafter lunch");
        assert_eq!(with_line("", "Summary: a", &[]), "Summary: a");
    }

    #[test]
    fn a_late_line_goes_below_the_newer_ones() {
        let notes = with_line(
            "typed by hand\nSummary: c\nolder words",
            "Summary: b",
            &["Summary: c".into()],
        );
        assert_eq!(notes, "typed by hand\nSummary: c\nSummary: b\nolder words");
    }

    #[test]
    fn a_newer_line_that_a_person_deleted_is_no_obstacle() {
        assert_eq!(
            with_line("words", "Summary: a", &["Summary: gone".into()]),
            "Summary: a\nwords"
        );
    }

    #[test]
    fn a_line_is_replaced_where_it_stands_and_only_there() {
        let notes = "typed by hand\nSummary: a\nSummary: a\nolder words";
        let newer = ["Summary: a".into()];
        assert_eq!(
            with_line_replaced(notes, "Summary: a", "Summary: b", &newer),
            "typed by hand\nSummary: a\nSummary: b\nolder words"
        );
        for gone in ["", "words", "Summary: a, they say"] {
            let notes = with_line_replaced(gone, "Summary: a", "Summary: b", &[]);
            assert_eq!(notes, gone);
        }
    }

    #[test]
    fn a_summary_is_one_line() {
        assert_eq!(one_line(" wants\r\n a  roof\tfixed "), "wants a roof fixed");
    }

    proptest! {
        #[test]
        fn any_order_ends_in_the_same_notes(
            texts in prop::collection::vec("[ab]{1,2}", 1..6),
            order in Just((0..6).collect::<Vec<usize>>()).prop_shuffle(),
        ) {
            let order: Vec<usize> = order.into_iter().filter(|&at| at < texts.len()).collect();
            let mut done: Vec<usize> = Vec::new();
            let mut notes = String::new();
            for at in order {
                let mut newer: Vec<usize> = done.iter().copied().filter(|&other| other > at).collect();
                newer.sort_unstable_by(|a, b| b.cmp(a));
                let newer: Vec<String> = newer.into_iter().map(|other| texts[other].clone()).collect();
                notes = with_line(&notes, &texts[at], &newer);
                done.push(at);
            }
            let expected: Vec<&str> = texts.iter().rev().map(String::as_str).collect();
            prop_assert_eq!(notes, expected.join("\n"));
        }
    }
}
