//! What a conversation is about.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use domain::messages::Language;
use domain::text::{Speaker, Turn, folded_words};

/// What has to be said: one word of each group.
type Words = Vec<Vec<String>>;

struct Service {
    hebrew: &'static str,
    english: &'static str,
    ways: Vec<Words>,
}

/// The services that people ask for.
pub struct Services {
    services: Vec<Service>,
    /// Two words that together speak of something else.
    idioms: Vec<Vec<String>>,
    /// How many services a word speaks for.
    spread: HashMap<String, f32>,
}

static SERVICES: LazyLock<Services> =
    LazyLock::new(|| Services::read(include_str!("../../data/services.txt")));

/// A word of the customer's weighs as much as two of the other side's.
const CUSTOMER: u32 = 2;
/// With what our side opens the call is what it does.
const OPENING: u32 = 5;
/// A service that takes two kinds of words is more certain than one that takes one.
const KINDS: f32 = 1.0;
/// More of the same says no more.
const MOST: f32 = 10.0;

impl Services {
    /// The list of the crate.
    #[must_use]
    pub fn standard() -> &'static Self {
        &SERVICES
    }

    fn read(source: &'static str) -> Self {
        let entry = |line: &'static str| {
            let (names, ways) = line.split_once('=')?;
            let (hebrew, english) = names.split_once(';')?;
            let word = |word: &str| folded_words(word).into_iter().next();
            let group = |group: &str| group.split('|').filter_map(word).collect::<Vec<_>>();
            let ways = ways
                .split(',')
                .map(|way| way.split('+').map(group).collect())
                .collect();
            Some(Service {
                hebrew: hebrew.trim(),
                english: english.trim(),
                ways,
            })
        };
        let lines = || source.lines().filter(|line| !line.starts_with('#'));
        let idioms = lines()
            .filter_map(|line| line.strip_prefix('-'))
            .flat_map(|line| line.split(','))
            .map(folded_words)
            .collect();
        let services: Vec<Service> = lines().filter_map(entry).collect();
        let mut spread = HashMap::new();
        for service in &services {
            let words = service.ways.iter().flatten().flatten();
            for word in words.collect::<HashSet<_>>() {
                *spread.entry(word.clone()).or_default() += 1.0;
            }
        }
        Self {
            services,
            idioms,
            spread,
        }
    }

    /// What speaks for many services tells little.
    fn rarity(&self, word: &str) -> f32 {
        self.spread
            .get(word)
            .map_or(1.0, |spread| spread.sqrt().recip())
    }

    /// The service that the most words speak for, in the language asked for; one of them must be in `named`, the words
    /// that were said to be the subject, where there are such.
    #[must_use]
    pub fn find(
        &self,
        turns: &[Turn<'_>],
        language: Language,
        named: Option<&str>,
    ) -> Option<&'static str> {
        let said = self.weights(turns.iter().copied());
        let named = named.map(|text| {
            let speaker = Speaker::Customer;
            self.weights(std::iter::once(Turn { speaker, text }))
        });
        let weight = |way: &Words| {
            let words: HashSet<&String> = way
                .iter()
                .flatten()
                .filter(|word| said.contains_key(*word))
                .collect();
            let of_subject = named
                .as_ref()
                .is_none_or(|named| words.iter().any(|word| named.contains_key(*word)));
            // One word does not tell two things.
            if words.len() < way.len() || !of_subject {
                return None;
            }
            let group = |group: &Vec<String>| -> f32 {
                let words = group.iter();
                words
                    .filter_map(|word| Some(*said.get(word)? as f32 * self.rarity(word)))
                    .sum()
            };
            let groups: Vec<f32> = way.iter().map(group).collect();
            let all = groups.iter().all(|&weight| weight > 0.0);
            all.then(|| {
                let weights = groups.iter().map(|weight| weight.min(MOST));
                weights.sum::<f32>() + KINDS * groups.len() as f32
            })
        };
        let mut best: Option<(f32, &Service)> = None;
        for service in &self.services {
            let most = service
                .ways
                .iter()
                .filter_map(weight)
                .max_by(f32::total_cmp);
            if let Some(most) = most
                && best.is_none_or(|(known, _)| most > known)
            {
                best = Some((most, service));
            }
        }
        best.map(|(_, service)| match language {
            Language::Hebrew => service.hebrew,
            Language::English => service.english,
        })
    }

    /// Each word without its prefix letter, and as it is, with how much it weighs; words that are denied or part of an
    /// idiom weigh nothing.
    fn weights<'a>(&self, turns: impl Iterator<Item = Turn<'a>>) -> HashMap<String, u32> {
        let mut said: HashMap<String, u32> = HashMap::new();
        for (at, turn) in turns.enumerate() {
            let weight = match (turn.speaker, at) {
                (Speaker::Agent, 0) => OPENING,
                (Speaker::Agent, _) => 1,
                _ => CUSTOMER,
            };
            let words = folded_words(turn.text);
            for (at, word) in words.iter().enumerate() {
                let denied =
                    at > 0 && matches!(words[at - 1].as_str(), "לא" | "ולא" | "not" | "no");
                let idiom = at > 0 && self.idioms.iter().any(|idiom| *idiom == words[at - 1..=at]);
                if denied || idiom {
                    continue;
                }
                *said.entry(word.clone()).or_default() += weight;
                let bare = word.strip_prefix(['ה', 'ו', 'ב', 'ל', 'מ', 'ש', 'כ']);
                if let Some(bare) = bare.filter(|bare| bare.chars().count() > 2) {
                    *said.entry(bare.to_owned()).or_default() += weight;
                }
            }
        }
        said
    }
}
