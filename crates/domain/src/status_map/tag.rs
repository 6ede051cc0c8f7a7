use std::ops::Range;

/// Words that may stand before the colon of a tag.
const KEYWORDS: [&str; 2] = ["המלצה", "recommendation"];

/// A label that long is no label: the bracket was never meant to close the tag.
const LONGEST_LABEL_BYTES: usize = 400;

/// Nor is there a tag where more than that stands between the brackets.
const LONGEST_TAG_BYTES: usize = 600;

/// The recommendation in a summary: what stands in `[המלצה: …]` or `[Recommendation: …]`, trimmed. The last tag
/// counts, since a summary carries it at its end. A tag that is empty or never closes is no tag.
#[must_use]
pub fn tag_in_summary(text: &str) -> Option<&str> {
    last_tag(text).map(|(_, label)| label)
}

/// The text without its tags, trimmed: for text of others, into which only a checked tag may go.
#[must_use]
pub fn without_tags(text: &str) -> String {
    let mut clean = text.to_owned();
    while let Some(place) = last_tag(&clean).map(|(place, _)| place) {
        clean.replace_range(place, "");
    }
    clean.trim().to_owned()
}

/// Where the last tag stands, its brackets included, and its label. Each byte is looked at once, and the inside of a bracket only
/// when it is short enough: people may say nothing but brackets.
fn last_tag(text: &str) -> Option<(Range<usize>, &str)> {
    let mut close = None;
    for (open, bracket) in text.rmatch_indices(['[', ']']) {
        if bracket == "]" {
            close = Some(open);
            continue;
        }
        let inside = close.map(|close| &text[open + 1..close]);
        if let Some(label) = inside.and_then(label_in) {
            return Some((open..close? + 1, label));
        }
    }
    None
}

/// The label of a tag with this between its brackets.
fn label_in(inside: &str) -> Option<&str> {
    if inside.len() > LONGEST_TAG_BYTES {
        return None;
    }
    let (keyword, label) = inside.split_once(':')?;
    let keyword = keyword.trim_matches(|letter: char| !letter.is_alphabetic());
    let label = label.trim();
    let known = KEYWORDS
        .iter()
        .any(|known| keyword.to_lowercase() == *known);
    (known && !label.is_empty() && label.len() <= LONGEST_LABEL_BYTES).then_some(label)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    proptest! {
        #[test]
        fn nothing_is_left_of_a_tag_whatever_it_is_made_of(
            text in "(\\[|\\]|:|Recommendation|המלצה|\u{200f}| |x){0,30}"
        ) {
            let clean = without_tags(&text);
            prop_assert_eq!(tag_in_summary(&clean), None);
            prop_assert!(clean.len() <= text.len());
        }
    }

    #[rstest]
    #[case("[")]
    #[case("]")]
    #[case("[:")]
    #[case("[]")]
    fn a_megabyte_of_brackets_is_read_in_one_go(#[case] brackets: &str) {
        let text = brackets.repeat(1_000_000 / brackets.len());
        assert_eq!(tag_in_summary(&text), None);
        let closed = format!("[Recommendation: won]{text}]");
        assert_eq!(tag_in_summary(&closed), Some("won"));
    }

    #[rstest]
    #[case("דיברנו. [המלצה: לא מעוניין]", Some("לא מעוניין"))]
    #[case("Talked. [Recommendation: Follow up]", Some("Follow up"))]
    #[case("Talked. [ RECOMMENDATION : Follow up ] bye", Some("Follow up"))]
    #[case("[המלצה: חדש] ואז [המלצה: מעוניין]", Some("מעוניין"))]
    #[case("[המלצה: מעוניין] ואז [המלצה: ]", Some("מעוניין"))]
    #[case("סיכום [\u{200f}המלצה: מעוניין]", Some("מעוניין"))]
    #[case("סיכום. [המלצה: ]", None)]
    #[case("סיכום. [המלצה: מעוניין", None)]
    #[case("סיכום. [הערה: מעוניין]", None)]
    #[case("המלצה: מעוניין", None)]
    #[case("", None)]
    #[case("]][[", None)]
    fn the_last_closed_tag_counts(#[case] summary: &str, #[case] tag: Option<&str>) {
        assert_eq!(tag_in_summary(summary), tag);
    }

    #[test]
    fn text_of_others_loses_its_tags() {
        let text = "a [המלצה: won] b [Recommendation: x] c [note: y]";
        assert_eq!(without_tags(text), "a  b  c [note: y]");
        assert_eq!(tag_in_summary(&without_tags(text)), None);
    }
}
