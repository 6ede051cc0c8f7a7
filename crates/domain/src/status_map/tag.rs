use std::ops::Range;

/// Words that may stand before the colon of a tag.
const KEYWORDS: [&str; 2] = ["המלצה", "recommendation"];

/// A label that long is no label: the bracket was never meant to close the tag.
const LONGEST_LABEL_BYTES: usize = 400;

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

/// Where the last tag stands, its brackets included, and its label.
fn last_tag(text: &str) -> Option<(Range<usize>, &str)> {
    text.rmatch_indices('[').find_map(|(open, _)| {
        let inside = &text[open + 1..];
        let inside = &inside[..inside.find(']')?];
        let (keyword, label) = inside.split_once(':')?;
        let keyword = keyword.trim_matches(|letter: char| !letter.is_alphabetic());
        let label = label.trim();
        let known = KEYWORDS
            .iter()
            .any(|known| keyword.to_lowercase() == *known);
        let tag = open..open + inside.len() + 2;
        (known && !label.is_empty() && label.len() <= LONGEST_LABEL_BYTES).then_some((tag, label))
    })
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

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
