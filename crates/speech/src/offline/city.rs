//! Which place a conversation is about.

use std::collections::HashMap;
use std::sync::LazyLock;

use domain::messages::Language;
use domain::text::{Speaker, Turn, folded_words};

struct Place {
    hebrew: &'static str,
    english: &'static str,
}

/// The gazetteer, by the first word of each spelling.
pub struct Places {
    places: Vec<Place>,
    by_first: HashMap<String, Vec<(Vec<String>, usize)>>,
}

static PLACES: LazyLock<Places> =
    LazyLock::new(|| Places::read(include_str!("../../data/cities.txt")));

/// Prefixes that a place's name takes, and what they say: in, to, from, and the rest.
const PREFIXES: [&str; 9] = ["וב", "שב", "ומ", "ול", "ב", "ל", "מ", "ו", "ש"];
/// Words before a place that say that it is theirs.
const HOME: [&str; 22] = [
    "גר",
    "גרה",
    "גרימ",
    "גרות",
    "הדירה",
    "הבית",
    "דירה",
    "בית",
    "נמצא",
    "נמצאת",
    "אני",
    "אנחנו",
    "העסק",
    "הכתובת",
    "live",
    "lives",
    "located",
    "apartment",
    "house",
    "home",
    "office",
    "address",
];
/// Words before a place that say that it is the other side's.
const THEIRS: [&str; 8] = [
    "אתמ",
    "אצלכמ",
    "הסניפ",
    "הסניפימ",
    "המפעל",
    "המשרד",
    "your",
    "branch",
];
const MOVING: [&str; 9] = [
    "הובלה",
    "הובלת",
    "מובילימ",
    "עובר",
    "עוברת",
    "עוברימ",
    "מעבר",
    "moving",
    "movers",
];
const REACH_WORDS: usize = 3;

impl Places {
    /// The gazetteer of the crate.
    #[must_use]
    pub fn standard() -> &'static Self {
        &PLACES
    }

    fn read(source: &'static str) -> Self {
        let mut places = Vec::new();
        let mut by_first: HashMap<String, Vec<(Vec<String>, usize)>> = HashMap::new();
        for line in source.lines().filter(|line| !line.starts_with('#')) {
            let Some((hebrew, english)) = line.split_once(';') else {
                continue;
            };
            let names = |half: &'static str| {
                let (name, others) = half.split_once('=').unwrap_or((half, ""));
                (
                    name.trim(),
                    others
                        .split(',')
                        .map(str::trim)
                        .filter(|other| !other.is_empty()),
                )
            };
            let ((hebrew, more_hebrew), (english, more_english)) = (names(hebrew), names(english));
            let number = places.len();
            places.push(Place { hebrew, english });
            for spelling in more_hebrew.chain(more_english).chain([hebrew, english]) {
                let words = folded_words(spelling);
                if let Some(first) = words.first() {
                    by_first
                        .entry(first.clone())
                        .or_default()
                        .push((words, number));
                }
            }
        }
        for spellings in by_first.values_mut() {
            spellings.sort_by_key(|(words, _)| std::cmp::Reverse(words.len()));
        }
        Self { places, by_first }
    }

    /// The place that the customer speaks of: where they are or where the work is to be done; for a move, where it
    /// starts. In the language asked for.
    #[must_use]
    pub fn find(&self, turns: &[Turn<'_>], language: Language) -> Option<&'static str> {
        let spoken: Vec<Vec<String>> = turns
            .iter()
            .filter(|turn| matches!(turn.speaker, Speaker::Customer | Speaker::Narrator))
            .map(|turn| folded_words(turn.text))
            .collect();
        let moving = turns
            .iter()
            .flat_map(|turn| folded_words(turn.text))
            .any(|word| MOVING.contains(&word.as_str()));
        let mut best: Option<(i32, usize)> = None;
        for words in &spoken {
            let mut at = 0;
            while at < words.len() {
                let Some((length, place, prefix)) = self.at(&words[at..]) else {
                    at += 1;
                    continue;
                };
                let points = points(words, at, prefix, moving);
                if points > 0 && best.is_none_or(|(most, _)| points > most) {
                    best = Some((points, place));
                }
                at += length;
            }
        }
        let place = &self.places[best?.1];
        Some(match language {
            Language::Hebrew => place.hebrew,
            Language::English => place.english,
        })
    }

    /// A place at the start of these words: how many words, which, and behind which prefix.
    fn at(&self, words: &[String]) -> Option<(usize, usize, &'static str)> {
        let first = words.first()?;
        let forms = std::iter::once(("", first.as_str())).chain(
            PREFIXES
                .into_iter()
                .filter_map(|prefix| Some((prefix, first.strip_prefix(prefix)?))),
        );
        for (prefix, form) in forms {
            for (spelling, place) in self.by_first.get(form).into_iter().flatten() {
                // One short word behind a prefix is more often another word.
                let certain = prefix.is_empty() || spelling.len() > 1 || form.chars().count() > 2;
                if certain
                    && words.len() >= spelling.len()
                    && words[1..spelling.len()] == spelling[1..]
                {
                    return Some((spelling.len(), *place, prefix));
                }
            }
        }
        None
    }
}

fn points(words: &[String], at: usize, prefix: &str, moving: bool) -> i32 {
    let before = &words[at.saturating_sub(REACH_WORDS)..at];
    let says = |known: &[&str]| before.iter().any(|word| known.contains(&word.as_str()));
    let word_before = before.last().map_or("", String::as_str);
    let from = prefix.ends_with('מ') || word_before == "from";
    let place = prefix.ends_with('ב') || matches!(word_before, "in" | "at" | "near");
    let mut points = 2;
    if place {
        points += 2;
    }
    if from {
        points += if moving { 4 } else { -1 };
    }
    if says(&HOME) {
        points += 3;
    }
    if says(&THEIRS) {
        points -= 6;
    }
    points
}
