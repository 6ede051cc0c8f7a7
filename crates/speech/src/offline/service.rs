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
}

static SERVICES: LazyLock<Services> =
    LazyLock::new(|| Services::read(include_str!("../../data/services.txt")));

/// A word of the customer's weighs as much as two of the other side's.
const CUSTOMER: u32 = 2;

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
        Self {
            services: lines().filter_map(entry).collect(),
            idioms,
        }
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
            let group = |group: &Vec<String>| -> u32 {
                group.iter().filter_map(|word| said.get(word)).sum()
            };
            let groups: Vec<u32> = way.iter().map(group).collect();
            let all = groups.iter().all(|&weight| weight > 0);
            // A service that takes two kinds of words is more certain than one that takes one.
            all.then(|| {
                groups
                    .iter()
                    .map(|&weight| weight.min(3 * CUSTOMER))
                    .sum::<u32>()
                    + 2 * u32::try_from(groups.len()).unwrap_or(0)
            })
        };
        let mut best: Option<(u32, &Service)> = None;
        for service in &self.services {
            let most = service.ways.iter().filter_map(weight).max();
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
        for turn in turns {
            let weight = if turn.speaker == Speaker::Agent {
                1
            } else {
                CUSTOMER
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
