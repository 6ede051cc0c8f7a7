//! What a conversation is about, by what is said in calls about each service.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use domain::messages::Language;
use domain::text::{Speaker, Turn, folded_words};

/// The services that people call about, in one language, and how much each word speaks for each of them.
///
/// Taught by phrases (`name = phrase / phrase / …`), as naive Bayes classifiers are: a mark that is said in a share `p` of a
/// service's phrases and in a share `q` of all others weighs `ln((p / 2 + q) / q)`, less the more services know it
/// (`ln(n / df) / ln n`).
pub struct Services {
    names: Vec<&'static str>,
    /// Words that tell nothing.
    empty: HashSet<String>,
    weights: HashMap<String, Vec<(usize, f32)>>,
    /// The least that has to speak for a service; what two or three common words add up to is less. English phrases are
    /// shorter, so that less speaks for a service there.
    least: f32,
}

static HEBREW: LazyLock<Services> =
    LazyLock::new(|| Services::taught_by(include_str!("../../data/services.he.txt"), 18.0));
static ENGLISH: LazyLock<Services> =
    LazyLock::new(|| Services::taught_by(include_str!("../../data/services.en.txt"), 12.0));

/// With what the customer comes, what they say then, and what our side says.
const WISH: f32 = 1.4;
const WISH_TURNS: usize = 2;
const CUSTOMER: f32 = 1.0;
const OURS: f32 = 0.6;
/// With what our side opens the call is what it does.
const OPENING: f32 = 1.6;
/// More of the same says no more.
const MOST: f32 = 2.0;
/// The name itself is said so often as two phrases.
const NAME: usize = 2;

impl Services {
    /// The list of the crate for a language.
    #[must_use]
    pub fn standard(language: Language) -> &'static Self {
        match language {
            Language::Hebrew => &HEBREW,
            Language::English => &ENGLISH,
        }
    }

    fn taught_by(source: &'static str, least: f32) -> Self {
        let empty = source.lines().filter_map(|line| line.strip_prefix('-'));
        let empty: HashSet<String> = empty.flat_map(folded_words).collect();
        let mut names = Vec::new();
        let mut said: HashMap<String, HashMap<usize, f32>> = HashMap::new();
        let mut phrases = Vec::new();
        let lines = source.lines().filter(|line| !line.starts_with(['#', '-']));
        for (name, taught) in lines.filter_map(|line| line.split_once('=')) {
            let name = name.trim();
            let taught = taught
                .split('/')
                .map(str::trim)
                .filter(|phrase| !phrase.is_empty());
            let taught: Vec<&str> = taught.chain(std::iter::repeat_n(name, NAME)).collect();
            for phrase in &taught {
                for mark in marks(phrase, &empty) {
                    *said
                        .entry(mark)
                        .or_default()
                        .entry(names.len())
                        .or_default() += 1.0;
                }
            }
            phrases.push(taught.len() as f32);
            names.push(name);
        }
        let services = names.len() as f32;
        let all: f32 = phrases.iter().sum();
        let weights = said
            .into_iter()
            .map(|(mark, known)| {
                let everywhere: f32 = known.values().sum();
                let rarity = (services / known.len() as f32).ln() / services.ln();
                let weight = |(service, count): (usize, f32)| {
                    let here = count / phrases[service];
                    let elsewhere = (everywhere - count + 1.0) / all;
                    (
                        service,
                        ((here / 2.0 + elsewhere) / elsewhere).ln() * rarity,
                    )
                };
                (mark, known.into_iter().map(weight).collect())
            })
            .collect();
        Self {
            names,
            empty,
            weights,
            least,
        }
    }

    /// The service that the most speaks for; something that is said in `named`, the words that were said to be the
    /// subject, must speak for it, where there are such. None where too little speaks for any.
    #[must_use]
    pub fn find(&self, turns: &[Turn<'_>], named: Option<&str>) -> Option<&'static str> {
        let of_subject: Option<HashSet<usize>> = named.map(|named| {
            let known = marks(named, &self.empty)
                .into_iter()
                .filter_map(|mark| self.weights.get(&mark));
            known.flatten().map(|(service, _)| *service).collect()
        });
        let mut points = vec![0.0_f32; self.names.len()];
        for (mark, said) in heard(turns, &self.empty) {
            for (service, weight) in self.weights.get(&mark).into_iter().flatten() {
                points[*service] += said.min(MOST) * weight;
            }
        }
        let best = points
            .iter()
            .enumerate()
            .filter(|(service, _)| of_subject.as_ref().is_none_or(|of| of.contains(service)))
            .max_by(|(_, one), (_, other)| one.total_cmp(other));
        best.filter(|(_, points)| **points >= self.least)
            .map(|(service, _)| self.names[service])
    }
}

const DENIALS: [&str; 4] = ["לא", "ולא", "not", "no"];

/// How much each mark is said, by whom.
fn heard(turns: &[Turn<'_>], empty: &HashSet<String>) -> HashMap<String, f32> {
    let mut heard = HashMap::new();
    let mut theirs = 0;
    for (at, turn) in turns.iter().enumerate() {
        theirs += usize::from(turn.speaker != Speaker::Agent);
        let weight = match (turn.speaker, at) {
            (Speaker::Agent, 0) => OPENING,
            (Speaker::Agent, _) => OURS,
            _ if theirs <= WISH_TURNS => WISH,
            _ => CUSTOMER,
        };
        for mark in marks(turn.text, empty) {
            *heard.entry(mark).or_default() += weight;
        }
    }
    heard
}

/// What a text is told by: its words without their endings, as they are and without the letters that Hebrew puts before
/// a word, and each two that follow one another. What is denied is not among them, nor what tells nothing.
fn marks(text: &str, empty: &HashSet<String>) -> HashSet<String> {
    let mut marks = HashSet::new();
    let mut before: Option<String> = None;
    let mut denied = false;
    for word in folded_words(text) {
        let is_denied = std::mem::replace(&mut denied, DENIALS.contains(&word.as_str()));
        if is_denied || empty.contains(&word) {
            before = None;
            continue;
        }
        let bare = without_prefixes(&word);
        for form in [word.as_str(), bare.0, bare.1] {
            marks.insert(stem(form).to_owned());
        }
        let last = stem(bare.1).to_owned();
        if let Some(before) = before.replace(last.clone()) {
            marks.insert(format!("{before} {last}"));
        }
    }
    marks
}

/// A Hebrew word without one and without two of the letters that may stand before it.
fn without_prefixes(word: &str) -> (&str, &str) {
    let strip = |word: &str| -> usize {
        let long = word.chars().count() > 3;
        let prefix = word.starts_with(['ו', 'ה', 'ב', 'ל', 'מ', 'ש', 'כ']);
        if long && prefix { 'ו'.len_utf8() } else { 0 }
    };
    let one = &word[strip(word)..];
    (one, &one[strip(one)..])
}

/// A word without its ending.
fn stem(word: &str) -> &str {
    let (shortest, endings): (usize, &[&str]) = if word.is_ascii() {
        (5, &["ing", "ers", "ion", "ed", "es", "er", "s"])
    } else {
        (4, &["ימ", "ות", "ית", "יה", "נו", "ה", "י", "ת"])
    };
    if word.chars().count() < shortest {
        return word;
    }
    let stem = endings.iter().find_map(|ending| word.strip_suffix(ending));
    stem.unwrap_or(word)
}
