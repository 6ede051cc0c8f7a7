//! The lexicon files: sections of patterns, one per line, that a person can read and extend.
//!
//! ```text
//! # A comment.
//! [SECTION]
//! מעוניי(ן|נת|נים)          alternatives; an empty one makes a part optional: (very |)good
//! example: GROUP | a text   a test: the text is of this group (`none` for no group)
//! ```

use std::borrow::Cow;

use super::meaning::Meaning;
use super::rules::MOST_PARTS;

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
        let line = content(line);
        if line.is_empty() {
            continue;
        }
        if let Some(name) = section_name(line) {
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

/// Lexicon files: the crate's own, or others in their place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lexicon {
    he: Cow<'static, str>,
    en: Cow<'static, str>,
}

impl Default for Lexicon {
    fn default() -> Self {
        Self {
            he: include_str!("../../lexicon/he.txt").into(),
            en: include_str!("../../lexicon/en.txt").into(),
        }
    }
}

/// A line of a lexicon file that cannot be compiled.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}, line {line}: {mistake}")]
pub struct WrongLine {
    /// Which of the files.
    pub file: &'static str,
    /// From 1.
    pub line: usize,
    /// What is wrong with it.
    pub mistake: LexiconMistake,
}

/// What can be wrong with a line of a lexicon file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LexiconMistake {
    /// It stands before the first section.
    #[error("a pattern must stand in a section, such as [FOLLOW_UP]")]
    NoSection,
    /// No meaning is called so.
    #[error("there is no section [{0}]")]
    UnknownSection(String),
    /// A bracket is not closed, or closed and not opened.
    #[error("every ( must have its )")]
    Brackets,
    /// No section defines the class.
    #[error("no section [{{{0}}}] defines the class {{{0}}}")]
    UnknownClass(String),
    /// More than a rule can have.
    #[error("at most {MOST_PARTS} parts may follow one another with ..")]
    TooManyParts,
}

impl Lexicon {
    /// The crate's own files, with others in the place of those that are given.
    ///
    /// # Errors
    /// Every line that cannot be compiled.
    pub fn with(he: Option<String>, en: Option<String>) -> Result<Self, Vec<WrongLine>> {
        let own = Self::default();
        let lexicon = Self {
            he: he.map_or(own.he, Cow::Owned),
            en: en.map_or(own.en, Cow::Owned),
        };
        let classes: Vec<&str> = lexicon
            .sources()
            .into_iter()
            .flat_map(sections)
            .filter_map(|section| class_name(section.name))
            .chain(NUMBERS)
            .collect();
        let mut wrong = Vec::new();
        for (file, source) in [("he.txt", &lexicon.he), ("en.txt", &lexicon.en)] {
            let mut in_section = false;
            for (line, text) in (1..).zip(source.lines()) {
                let found = check(text, &mut in_section, &classes);
                wrong.extend(found.err().map(|mistake| WrongLine {
                    file,
                    line,
                    mistake,
                }));
            }
        }
        if wrong.is_empty() {
            Ok(lexicon)
        } else {
            Err(wrong)
        }
    }

    pub(super) fn sources(&self) -> [&str; 2] {
        [&self.he, &self.en]
    }
}

/// Classes that no section defines: a date and an hour in digits.
const NUMBERS: [&str; 2] = ["date", "clock"];

fn class_name(section: &str) -> Option<&str> {
    section.strip_prefix('{')?.strip_suffix('}')
}

fn check(line: &str, in_section: &mut bool, classes: &[&str]) -> Result<(), LexiconMistake> {
    let line = content(line);
    if line.is_empty() {
        return Ok(());
    }
    if let Some(name) = section_name(line) {
        *in_section = true;
        let is_known = class_name(name).is_some() || Meaning::of_section(name).is_some();
        return is_known
            .then_some(())
            .ok_or_else(|| LexiconMistake::UnknownSection(name.to_owned()));
    }
    if !*in_section {
        return Err(LexiconMistake::NoSection);
    }
    let depth = line.chars().try_fold(0_u32, |depth, letter| match letter {
        '(' => Some(depth + 1),
        ')' => depth.checked_sub(1),
        _ => Some(depth),
    });
    if depth != Some(0) {
        return Err(LexiconMistake::Brackets);
    }
    if line.split(" .. ").count() > MOST_PARTS {
        return Err(LexiconMistake::TooManyParts);
    }
    let mut used = line.split('{').skip(1);
    let unknown = used.find_map(|rest| {
        let name = rest.split_once('}').map_or(rest, |(name, _)| name);
        (!classes.contains(&name)).then(|| name.to_owned())
    });
    match unknown {
        Some(name) => Err(LexiconMistake::UnknownClass(name)),
        None => Ok(()),
    }
}

/// A line without its comment; nothing of a comment or an example.
fn content(line: &str) -> &str {
    let line = line.split('#').next().unwrap_or_default().trim();
    if line.starts_with("example:") {
        ""
    } else {
        line
    }
}

fn section_name(line: &str) -> Option<&str> {
    line.strip_prefix('[')?.strip_suffix(']')
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
    fn a_lexicon_that_cannot_be_compiled_is_told_line_by_line() {
        let en = "one\n[FOLLOW_UP]\nx(y # why\n[nonsense]\n{nobody} .. a\na .. b .. c .. d .. e\n[{mine}]\nm)\nexample: x\n{mine}|{date}";
        let wrong = Lexicon::with(None, Some(en.to_owned())).expect_err("wrong");
        let told: Vec<String> = wrong.iter().map(ToString::to_string).collect();
        let expected = [
            "en.txt, line 1: a pattern must stand in a section, such as [FOLLOW_UP]",
            "en.txt, line 3: every ( must have its )",
            "en.txt, line 4: there is no section [nonsense]",
            "en.txt, line 5: no section [{nobody}] defines the class {nobody}",
            "en.txt, line 6: at most 4 parts may follow one another with ..",
            "en.txt, line 8: every ( must have its )",
        ];
        assert_eq!(told[told.len() - 6..], expected, "{told:?}");
    }

    #[test]
    fn the_crate_s_own_lexicon_is_in_order() {
        assert_eq!(Lexicon::with(None, None), Ok(Lexicon::default()));
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
