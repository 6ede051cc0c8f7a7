/// Words that may stand before the colon of a tag.
const KEYWORDS: [&str; 2] = ["המלצה", "recommendation"];

/// A label that long is no label: the bracket was never meant to close the tag.
const LONGEST_LABEL_BYTES: usize = 400;

/// The recommendation in a summary: what stands in `[המלצה: …]` or `[Recommendation: …]`, trimmed. The last tag
/// counts, since a summary carries it at its end. A tag that is empty or never closes is no tag.
#[must_use]
pub fn tag_in_summary(text: &str) -> Option<&str> {
    text.rmatch_indices('[').find_map(|(open, _)| {
        let inside = &text[open + 1..];
        let inside = &inside[..inside.find(']')?];
        let (keyword, label) = inside.split_once(':')?;
        let keyword = keyword.trim_matches(|letter: char| !letter.is_alphabetic());
        let label = label.trim();
        let known = KEYWORDS
            .iter()
            .any(|known| keyword.to_lowercase() == *known);
        (known && !label.is_empty() && label.len() <= LONGEST_LABEL_BYTES).then_some(label)
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
}
