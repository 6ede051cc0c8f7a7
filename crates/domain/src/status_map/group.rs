use std::cmp::Reverse;
use std::sync::LazyLock;

use super::Status;
use super::label::{is_negation, label_words, stem};
use crate::text::fold::words;
use crate::text::lexicon::{expand, sections};
use crate::text::{Classifier, Group};

/// The names that a board made by Callboard uses for a group, best first.
#[must_use]
pub const fn standard_names(group: Group) -> &'static [&'static str] {
    match group {
        Group::AppointmentSet => &["qualified"],
        Group::HotInterested => &["interested"],
        Group::FollowUp => &["follow_up"],
        Group::NotRelevant => &["not_relevant"],
        Group::NoAnswer => &["no_answer"],
    }
}

/// A label that no phrase of statuses explains is taken at what it reads like from this confidence on.
const SURE: f64 = 0.65;

struct Phrase {
    words: Vec<String>,
    group: Group,
    /// Says the group only where no other status of the board says it plainly.
    is_second: bool,
}

static PHRASES: LazyLock<Vec<Phrase>> = LazyLock::new(|| {
    sections(include_str!("../../lexicon/statuses.txt"))
        .into_iter()
        .filter_map(|section| {
            let plain = section.name.strip_suffix(" also");
            let group = plain.unwrap_or(section.name).parse::<Group>().ok()?;
            Some((group, plain.is_some(), section.patterns))
        })
        .flat_map(|(group, is_second, patterns)| {
            patterns
                .into_iter()
                .flat_map(expand)
                .map(move |text| Phrase {
                    words: words(&text),
                    group,
                    is_second,
                })
        })
        .collect()
});

/// What a label or a name says: its group and how fully it says it (words of the phrase, words besides it).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Meaning {
    group: Group,
    is_second: bool,
    phrase: usize,
    besides: usize,
}

/// In a label that holds phrases of several groups, the one that says how it ended: "no answer to the meeting".
const fn weight(group: Group) -> u8 {
    match group {
        Group::NoAnswer => 5,
        Group::NotRelevant => 4,
        Group::FollowUp => 3,
        Group::AppointmentSet => 2,
        Group::HotInterested => 1,
    }
}

fn meaning(text: &[String]) -> Option<Meaning> {
    let mut best: Option<Meaning> = None;
    for phrase in PHRASES.iter() {
        for start in 0..(text.len() + 1).saturating_sub(phrase.words.len()) {
            let end = start + phrase.words.len();
            let fits = text[start..end]
                .iter()
                .zip(&phrase.words)
                .all(|(word, known)| same_word(word, known));
            if !fits {
                continue;
            }
            let around = || text[..start].iter().chain(&text[end..]);
            let Some(group) = negated(phrase.group, around().any(|word| is_negation(word))) else {
                continue;
            };
            let found = Meaning {
                group,
                is_second: phrase.is_second,
                phrase: phrase.words.len(),
                besides: around().count(),
            };
            let rank = |meaning: &Meaning| (meaning.phrase, weight(meaning.group));
            if best.as_ref().is_none_or(|best| rank(&found) > rank(best)) {
                best = Some(found);
            }
        }
    }
    best
}

/// What a label says when it is read like a note about a conversation.
fn read(label: &str) -> Option<Meaning> {
    let found = Classifier::standard().by_lexicon(label);
    let group = found.group.filter(|_| found.confidence >= SURE)?;
    Some(Meaning {
        group,
        is_second: true,
        phrase: 0,
        besides: label_words(label).len(),
    })
}

/// A negation outside the phrase turns interest into a refusal and takes everything else away.
const fn negated(group: Group, negated: bool) -> Option<Group> {
    match (group, negated) {
        (group, false) => Some(group),
        (Group::HotInterested, true) => Some(Group::NotRelevant),
        // A refusal's or a miss's own phrase holds its negation; a second one is emphasis or another matter.
        (Group::NotRelevant | Group::NoAnswer, true) => Some(group),
        (Group::AppointmentSet | Group::FollowUp, true) => None,
    }
}

fn same_word(word: &str, known: &str) -> bool {
    if word == known {
        return true;
    }
    let bare = word.strip_prefix(['ה', 'ו', 'ב', 'ל', 'ש']);
    let long = |text: &str| text.chars().count() >= 3;
    long(known)
        && (stem(word) == stem(known) || bare.is_some_and(|bare| long(bare) && bare == known))
}

/// The active status of a business that means a group: a standard name first, else by what label and name say, the
/// plainest first ("no answer" before "no answer 2"), in board order. None where no status means it.
#[must_use]
pub fn map_group(statuses: &[Status], group: Group) -> Option<&Status> {
    let active = || statuses.iter().filter(|status| status.active);
    let standard = standard_names(group).iter().find_map(|name| {
        active()
            .find(|status| status.name.eq_ignore_ascii_case(name) && !contradicts(status, group))
    });
    standard.or_else(|| {
        active()
            .filter_map(|status| {
                let label = label_words(&status.label);
                let found = meaning(&label)
                    .or_else(|| {
                        // A name speaks where the label says nothing at all, not where it says the opposite.
                        let silent = !label.iter().any(|word| is_negation(word));
                        silent.then(|| meaning(&words(&status.name))).flatten()
                    })
                    .or_else(|| read(&status.label))?;
                let numbered = label
                    .iter()
                    .any(|word| word.chars().any(|d| d.is_ascii_digit()));
                (found.group == group).then_some((
                    status,
                    (
                        found.is_second,
                        numbered,
                        found.besides,
                        Reverse(found.phrase),
                    ),
                ))
            })
            .min_by_key(|(_, order)| *order)
            .map(|(status, _)| status)
    })
}

/// True when a status with a standard name carries a label of the opposite meaning.
fn contradicts(status: &Status, group: Group) -> bool {
    let positive = |group| matches!(group, Group::AppointmentSet | Group::HotInterested);
    meaning(&label_words(&status.label)).is_some_and(|says| {
        (positive(group) && says.group == Group::NotRelevant)
            || (group == Group::NotRelevant && positive(says.group))
    })
}
