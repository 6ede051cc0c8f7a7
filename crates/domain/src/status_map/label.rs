use std::collections::HashSet;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use super::Status;
use crate::text::fold::{Folded, words};
use crate::text::lexicon::{expand, sections};

/// How a recommendation was mapped, or why it was not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum How {
    /// It is the label of a status.
    ExactLabel,
    /// It is the name of a status.
    ExactName,
    /// It is a label in another form of the same word (gender, number).
    Inflected,
    /// It holds one whole label or name, or one whole label holds it.
    Partial,
    /// Nothing to map: no letters and no digits.
    Empty,
    /// The summary carries no tag.
    NoTag,
    /// No active status has to do with it.
    Unknown,
    /// Several statuses fit equally well.
    Ambiguous,
    /// Only a status of the opposite meaning, or of another number, has to do with it.
    Opposite,
}

/// The status that a recommendation maps to, and how.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mapping {
    /// The name of one of the business's active statuses.
    pub name: Option<String>,
    /// How, or why not.
    pub how: How,
}

impl Mapping {
    pub(super) const fn none(how: How) -> Self {
        Self { name: None, how }
    }

    fn to(status: &Status, how: How) -> Self {
        Self {
            name: Some(status.name.clone()),
            how,
        }
    }
}

static NEGATIONS: LazyLock<HashSet<String>> = LazyLock::new(|| {
    sections(include_str!("../../lexicon/statuses.txt"))
        .into_iter()
        .filter(|section| section.name == "negation")
        .flat_map(|section| section.patterns)
        .flat_map(expand)
        .flat_map(|word| words(&word))
        .collect()
});

pub(super) fn is_negation(word: &str) -> bool {
    NEGATIONS.contains(word)
        // "and not", "that … not": the particle takes these prefixes.
        || word
            .strip_prefix(['ו', 'ש'])
            .is_some_and(|rest| matches!(rest, "לא" | "אינ" | "אינו" | "אינה" | "ללא" | "בלי"))
}

/// The words of a label, without the number in front that only orders a board ("1. New").
pub(super) fn label_words(label: &str) -> Vec<String> {
    let folded = Folded::new(label).text;
    let rest = folded.trim_start();
    let after = rest.trim_start_matches(|digit: char| digit.is_ascii_digit());
    let ordered =
        after.len() < rest.len() && after.starts_with(['.', ')']) && after[1..].starts_with(' ');
    words(if ordered { &after[1..] } else { rest })
}

/// Maps a recommendation to one of the active statuses: exact label, exact name, a label in another form, then partly
/// on whole words. Never across a negation, never with another number, and nothing where several fit equally well.
#[must_use]
pub fn map_label(statuses: &[Status], recommendation: &str) -> Mapping {
    let wanted = words(recommendation);
    if wanted.is_empty() {
        return Mapping::none(How::Empty);
    }
    let active: Vec<Candidate<'_>> = statuses
        .iter()
        .filter(|status| status.active)
        .map(Candidate::new)
        .collect();

    let stages: [(How, Fits<'_>); 4] = [
        (How::ExactLabel, &|candidate| {
            words(&candidate.status.label) == wanted
        }),
        (How::ExactLabel, &|candidate| candidate.label == wanted),
        (How::ExactName, &|candidate| candidate.name == wanted),
        (How::Inflected, &|candidate| {
            same_stems(&candidate.label, &wanted)
        }),
    ];
    for (how, fits) in stages {
        let mut fitting = active.iter().filter(|candidate| fits(candidate));
        match (fitting.next(), fitting.next()) {
            (Some(one), None) => return Mapping::to(one.status, how),
            (Some(_), Some(_)) => return Mapping::none(How::Ambiguous),
            (None, _) => {}
        }
    }
    partial(&active, &clauses(recommendation), &wanted)
}

/// Whether a candidate is what one stage looks for.
type Fits<'a> = &'a dyn Fn(&Candidate<'_>) -> bool;

struct Candidate<'a> {
    status: &'a Status,
    label: Vec<String>,
    name: Vec<String>,
}

impl<'a> Candidate<'a> {
    fn new(status: &'a Status) -> Self {
        Self {
            status,
            label: label_words(&status.label),
            name: words(&status.name),
        }
    }
}

/// The recommendation's clauses as words: a negation reaches to the end of its clause.
fn clauses(recommendation: &str) -> Vec<Vec<String>> {
    Folded::new(recommendation)
        .text
        .split([',', '.', ';', '\n', '!', '?'])
        .map(words)
        .filter(|clause| !clause.is_empty())
        .collect()
}

fn partial(active: &[Candidate<'_>], clauses: &[Vec<String>], wanted: &[String]) -> Mapping {
    let mut opposite = false;
    let mut search = |needle: for<'c> fn(&'c Candidate<'_>) -> &'c [String]| {
        let mut hits: Vec<Hit<'_>> = Vec::new();
        for candidate in active {
            for (number, clause) in clauses.iter().enumerate() {
                match find(clause, needle(candidate)) {
                    Found::Yes(start) => hits.push(Hit {
                        status: candidate.status,
                        clause: number,
                        start,
                        end: start + needle(candidate).len(),
                    }),
                    Found::Opposite => opposite = true,
                    Found::No => {}
                }
            }
        }
        hits
    };
    let mut hits = search(|candidate| &candidate.label);
    if hits.is_empty() {
        // A name of one or two letters says nothing.
        hits = search(|candidate| match candidate.name.as_slice() {
            [short] if short.chars().count() < 3 => &[],
            name => name,
        });
    }
    if !hits.is_empty() {
        return most_specific(&hits);
    }

    let mut holding = active
        .iter()
        .filter(|candidate| match find(&candidate.label, wanted) {
            Found::Yes(_) => !has_other_number(&candidate.label, wanted),
            Found::Opposite => {
                opposite = true;
                false
            }
            Found::No => false,
        });
    match (holding.next(), holding.next()) {
        (Some(one), None) => Mapping::to(one.status, How::Partial),
        (Some(_), Some(_)) => Mapping::none(How::Ambiguous),
        (None, _) if opposite => Mapping::none(How::Opposite),
        (None, _) => Mapping::none(How::Unknown),
    }
}

struct Hit<'a> {
    status: &'a Status,
    clause: usize,
    start: usize,
    end: usize,
}

/// The one hit that contains all others, if there is one.
fn most_specific(hits: &[Hit<'_>]) -> Mapping {
    let contains = |big: &Hit<'_>, small: &Hit<'_>| {
        big.status.name == small.status.name
            || (big.clause == small.clause
                && big.start <= small.start
                && small.end <= big.end
                && big.end - big.start > small.end - small.start)
    };
    hits.iter()
        .find(|big| hits.iter().all(|small| contains(big, small)))
        .map_or_else(
            || Mapping::none(How::Ambiguous),
            |hit| Mapping::to(hit.status, How::Partial),
        )
}

pub(super) enum Found {
    Yes(usize),
    Opposite,
    No,
}

/// Finds whole words inside whole words, with the same negations and without another number beside it.
pub(super) fn find(haystack: &[String], needle: &[String]) -> Found {
    if needle.is_empty() || needle.iter().all(|word| is_negation(word)) {
        return Found::No;
    }
    let mut found = Found::No;
    for start in 0..(haystack.len() + 1).saturating_sub(needle.len()) {
        let end = start + needle.len();
        if haystack[start..end] != *needle {
            continue;
        }
        let negated = haystack[..start]
            .iter()
            .chain(&haystack[end..])
            .any(|word| is_negation(word));
        let is_number = |word: Option<&String>| {
            word.is_some_and(|word| word.chars().all(|digit| digit.is_ascii_digit()))
        };
        if negated || is_number(haystack.get(end)) {
            found = Found::Opposite;
        } else {
            return Found::Yes(start);
        }
    }
    found
}

fn has_other_number(label: &[String], wanted: &[String]) -> bool {
    label
        .iter()
        .any(|word| word.chars().any(|digit| digit.is_ascii_digit()) && !wanted.contains(word))
}

fn same_stems(label: &[String], wanted: &[String]) -> bool {
    label.len() == wanted.len()
        && label
            .iter()
            .zip(wanted)
            .all(|(one, other)| stem(one) == stem(other))
}

/// A Hebrew word without its ending of gender and number, and with single yod and vav; other words as they are.
pub(super) fn stem(word: &str) -> String {
    if !word.starts_with(|letter| ('א'..='ת').contains(&letter)) || is_negation(word) {
        return word.to_owned();
    }
    let single = word.replace("יי", "י").replace("וו", "ו");
    for ending in ["ימ", "ות", "ית", "ת", "ה", "ו"] {
        if let Some(rest) = single.strip_suffix(ending)
            && rest.chars().count() >= 3
        {
            return rest.to_owned();
        }
    }
    single
}
