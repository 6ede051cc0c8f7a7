//! Cells of CSV files, between what a lead has and what a spreadsheet makes of it.

use std::borrow::Cow;

/// What makes a spreadsheet compute a cell instead of showing it (OWASP, "CSV Injection"), full-width forms included.
const FORMULA_STARTS: [char; 11] = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];

/// A text for a cell of an exported CSV file that no spreadsheet takes for a formula. Reading the file back gives the text
/// again. Not for E.164 numbers, which are harmless and stay as they are.
#[must_use]
pub fn formula_safe(text: &str) -> Cow<'_, str> {
    if is_computed(text) {
        format!("'{text}").into()
    } else {
        text.into()
    }
}

/// The text that [`formula_safe`] made a cell of.
pub(super) fn unquoted(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(text) if is_computed(text) => text,
        _ => cell,
    }
}

/// Behind apostrophes too, so that one that stood there before is not mistaken for ours.
fn is_computed(text: &str) -> bool {
    text.trim_start_matches('\'').starts_with(FORMULA_STARTS)
}

/// Tags as one cell. A tag that has a delimiter in it is quoted.
#[must_use]
pub fn tags_cell(tags: &[String]) -> String {
    let quoted = |tag: &String| {
        if tag.contains([',', ';']) || tag.starts_with('"') {
            format!("\"{}\"", tag.replace('"', "\"\""))
        } else {
            tag.clone()
        }
    };
    tags.iter().map(quoted).collect::<Vec<_>>().join("; ")
}

/// The tags of a cell: between commas or semicolons, or in quotes.
pub(super) fn tags_of(cell: &str) -> Vec<String> {
    let mut tags = vec![String::new()];
    let mut letters = cell.chars().peekable();
    let mut is_quoted = false;
    while let Some(letter) = letters.next() {
        let tag = tags.last_mut().expect("there is always one");
        match letter {
            '"' if is_quoted && letters.peek() == Some(&'"') => {
                letters.next();
                tag.push('"');
            }
            '"' if is_quoted => is_quoted = false,
            '"' if tag.trim().is_empty() => {
                tag.clear();
                is_quoted = true;
            }
            ',' | ';' if !is_quoted => tags.push(String::new()),
            _ => tag.push(letter),
        }
    }
    let trimmed = tags.iter().map(|tag| tag.trim().to_owned());
    trimmed.filter(|tag| !tag.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("=1+1", "'=1+1")]
    #[case("-3", "'-3")]
    #[case("@me", "'@me")]
    #[case("\t=1", "'\t=1")]
    #[case("＝1", "'＝1")]
    #[case("'=1", "''=1")]
    #[case("Dana", "Dana")]
    #[case("'quoted'", "'quoted'")]
    fn what_a_spreadsheet_would_compute_is_quoted(#[case] text: &str, #[case] safe: &str) {
        assert_eq!(formula_safe(text), safe);
    }

    proptest! {
        #[test]
        fn every_text_comes_back(text in "['=+@\t א-ת-]{0,6}") {
            let safe = formula_safe(&text);
            prop_assert!(!safe.starts_with(FORMULA_STARTS));
            prop_assert_eq!(unquoted(&safe), &text);
        }

        #[test]
        fn every_tag_comes_back(tags in prop::collection::vec("[a-c\"א;,' -]{0,5}[a-z]", 0..5)) {
            let tags: Vec<String> = tags.iter().map(|tag| tag.trim().to_owned()).collect();
            prop_assert_eq!(tags_of(&tags_cell(&tags)), tags);
        }
    }
}
