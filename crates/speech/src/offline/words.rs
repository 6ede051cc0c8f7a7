//! Small words that tell a fact, a price, a promise or nothing.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use domain::text::folded_words;

/// A list of `data/words.txt`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Number,
    Money,
    Filler,
    Promise,
    Request,
    Introduction,
    Matter,
    WrongNumber,
}

impl Kind {
    const fn section(self) -> &'static str {
        match self {
            Self::Number => "number",
            Self::Money => "money",
            Self::Filler => "filler",
            Self::Promise => "promise",
            Self::Request => "request",
            Self::Introduction => "introduction",
            Self::Matter => "matter",
            Self::WrongNumber => "wrong number",
        }
    }
}

static WORDS: LazyLock<HashMap<&str, HashSet<String>>> = LazyLock::new(|| {
    sections(include_str!("../../data/words.txt"))
        .map(|(name, lines)| (name, lines.flat_map(folded_words).collect()))
        .collect()
});

/// The sections of a data file: each name with its lines; comments are left out.
pub(super) fn sections(source: &str) -> impl Iterator<Item = (&str, impl Iterator<Item = &str>)> {
    source.split("\n[").skip(1).filter_map(|section| {
        let (name, body) = section.split_once("]\n")?;
        Some((name, body.lines().filter(|line| !line.starts_with('#'))))
    })
}

/// Whether a line of a list is said in a text.
pub(super) fn says(kind: Kind, text: &str) -> bool {
    let text = format!(" {} ", folded_words(text).join(" "));
    let mut lists = sections(include_str!("../../data/words.txt"));
    let lines = lists.find(|(name, _)| *name == kind.section());
    lines.is_some_and(|(_, mut lines)| {
        lines.any(|line| text.contains(&format!(" {} ", folded_words(line).join(" "))))
    })
}

/// Whether one of some folded words is on a list.
pub(super) fn any(kind: Kind, words: &[String]) -> bool {
    words.iter().any(|word| is(kind, word))
}

/// Whether a folded word is on a list; behind a Hebrew prefix letter too where it is an amount or money.
pub(super) fn is(kind: Kind, word: &str) -> bool {
    let Some(list) = WORDS.get(kind.section()) else {
        return false;
    };
    let prefixed = matches!(kind, Kind::Number | Kind::Money);
    list.contains(word)
        || (prefixed
            && word
                .strip_prefix(['ב', 'ו', 'ל', 'מ', 'כ', 'ה'])
                .is_some_and(|bare| list.contains(bare)))
}
