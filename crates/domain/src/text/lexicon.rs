//! The lexicon files: sections of patterns, one per line, that a person can read and extend.
//!
//! ```text
//! # A comment.
//! [SECTION]
//! מעוניי(ן|נת|נים)          alternatives; an empty one makes a part optional: (very |)good
//! example: GROUP | a text   a test: the text is of this group (`none` for no group)
//! ```

/// One section of a lexicon file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Section<'a> {
    /// What stands between the brackets.
    pub name: &'a str,
    /// The patterns, as written.
    pub patterns: Vec<&'a str>,
}

/// Splits a lexicon file into its sections. Lines before the first header, comments and examples are left out.
pub(crate) fn sections(source: &str) -> Vec<Section<'_>> {
    let mut found: Vec<Section<'_>> = Vec::new();
    for line in source.lines() {
        let line = line.split('#').next().unwrap_or_default().trim();
        if line.is_empty() || line.starts_with("example:") {
            continue;
        }
        if let Some(name) = line
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'))
        {
            found.push(Section {
                name,
                patterns: Vec::new(),
            });
        } else if let Some(section) = found.last_mut() {
            section.patterns.push(line);
        }
    }
    found
}

/// The examples of a lexicon file: what is expected, and the text.
#[cfg(test)]
pub(crate) fn examples(source: &str) -> Vec<(&str, &str)> {
    source
        .lines()
        .filter_map(|line| line.trim().strip_prefix("example:"))
        .map(|example| {
            let (expected, text) = example.split_once('|').expect("example: GROUP | text");
            (expected.trim(), text.trim())
        })
        .collect()
}

/// Every text that a pattern stands for. `(a|b|)` are alternatives and may be nested.
pub(crate) fn expand(pattern: &str) -> Vec<String> {
    let (expanded, rest) = alternatives(pattern);
    debug_assert!(
        rest.is_empty(),
        "{pattern:?} closes a bracket that it does not open"
    );
    expanded
}

/// Reads alternatives up to a closing bracket or the end; returns them and what is left, the bracket included.
fn alternatives(pattern: &str) -> (Vec<String>, &str) {
    let mut done: Vec<String> = Vec::new();
    let mut open = vec![String::new()];
    let mut rest = pattern;
    while let Some(letter) = rest.chars().next() {
        match letter {
            ')' => break,
            '|' => {
                done.append(&mut open);
                open.push(String::new());
                rest = &rest[1..];
            }
            '(' => {
                let (inner, after) = alternatives(&rest[1..]);
                rest = after.strip_prefix(')').unwrap_or(after);
                open = open
                    .iter()
                    .flat_map(|start| inner.iter().map(move |end| format!("{start}{end}")))
                    .collect();
            }
            _ => {
                open.iter_mut().for_each(|text| text.push(letter));
                rest = &rest[letter.len_utf8()..];
            }
        }
    }
    done.append(&mut open);
    (done, rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alternatives_expand_nested_and_empty() {
        assert_eq!(expand("a(b|c(d|)|)e"), ["abe", "acde", "ace", "ae"]);
        assert_eq!(expand("מעוניי(ן|נת)"), ["מעוניין", "מעוניינת"]);
        assert_eq!(expand("x|y z"), ["x", "y z"]);
    }

    #[test]
    fn a_file_is_sections_of_lines() {
        let source = "# c\n[A]\none # why\nexample: A | one\n\n[B]\ntwo\n";
        let found = sections(source);
        assert_eq!(found.len(), 2);
        assert_eq!((found[0].name, &found[0].patterns[..]), ("A", &["one"][..]));
        assert_eq!(examples(source), [("A", "one")]);
    }
}
