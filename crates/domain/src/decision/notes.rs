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
    let existing: Vec<&str> = if notes.is_empty() {
        Vec::new()
    } else {
        notes.split('\n').collect()
    };
    // Each newer conversation accounts for one line, the first from the top that is not taken yet: the same words may
    // have been said twice.
    let mut taken = vec![false; existing.len()];
    let mut below = 0;
    for newer_line in newer {
        let found = (0..existing.len()).find(|&at| !taken[at] && existing[at] == newer_line);
        if let Some(at) = found {
            taken[at] = true;
            below = below.max(at + 1);
        }
    }
    let mut lines = existing;
    lines.insert(below, line);
    lines.join("\n")
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
