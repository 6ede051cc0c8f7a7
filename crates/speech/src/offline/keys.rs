//! The words that name a service: whoever says them speaks of it.

use std::collections::{BTreeSet, HashMap, HashSet};

use domain::text::folded_words;

use super::spoken::{Word, clauses, is_denial, standing_alone, stem, without_prefix};

/// Some words one after the other, and the services that they name.
struct Key {
    words: Vec<String>,
    /// "No power" is no denial of power.
    denies: bool,
    services: BTreeSet<usize>,
    /// How much of what is said with it is about these services, from 0 to 1.
    worth: f32,
}

/// The keys of all services.
#[derive(Default)]
pub(super) struct Keys {
    all: Vec<Key>,
    by_first: HashMap<String, Vec<usize>>,
}

/// A key of several words, these said in different places, says less than in one.
const APART: f32 = 0.7;
/// So much is left of a key that the customer denied.
const DENIED: f32 = 0.3;
/// More words say it more surely.
const LONG: f32 = 1.5;

/// What was said, and how much, by whom.
#[derive(Default)]
pub(super) struct Said {
    keys: HashMap<usize, f32>,
    words: HashMap<String, f32>,
    /// Stems that the customer denied.
    denied: HashSet<String>,
}

impl Said {
    fn denies(&self, word: &str) -> bool {
        let denied = |word: &str| self.denied.contains(stem(word));
        denied(word) || denied(without_prefix(word))
    }
}

impl Keys {
    pub fn teach(&mut self, key: &str, service: usize) {
        let spoken = folded_words(key);
        let words: Vec<String> = spoken.iter().map(|word| standing_alone(word)).collect();
        let Some(first) = words.first() else { return };
        let alike = self.by_first.entry(first.clone()).or_default();
        let known = alike.iter().find(|key| self.all[**key].words == words);
        if let Some(known) = known {
            self.all[*known].services.insert(service);
            return;
        }
        alike.push(self.all.len());
        self.all.push(Key {
            denies: spoken.iter().any(|word| is_denial(word)),
            words,
            services: BTreeSet::from([service]),
            worth: 1.0,
        });
    }

    /// Works out what each key is worth from the phrases of the services. What is said about a finer service ("home
    /// insurance") speaks for the key of its kind ("insurance") too.
    pub fn weigh(&mut self, phrases: &[Vec<&str>], empty: &HashSet<String>) {
        let mut heard: Vec<HashMap<usize, f32>> = vec![HashMap::new(); self.all.len()];
        for (service, phrases) in phrases.iter().enumerate() {
            let clauses = phrases.iter().flat_map(|phrase| clauses(phrase, empty));
            for key in clauses.flat_map(|words| self.in_clause(&words)) {
                *heard[key].entry(service).or_default() += 1.0;
            }
        }
        let kin = self.kin();
        for ((key, heard), kin) in self.all.iter_mut().zip(heard).zip(kin) {
            let own: f32 = kin.iter().filter_map(|service| heard.get(service)).sum();
            let all: f32 = heard.values().sum();
            key.worth = ((own + 1.0) / (all + 1.0)).sqrt();
        }
    }

    /// The services of each key and of the longer ones that hold it.
    fn kin(&self) -> Vec<BTreeSet<usize>> {
        let numbers = self.all.iter().enumerate();
        let numbers: HashMap<&[String], usize> =
            numbers.map(|(at, key)| (&key.words[..], at)).collect();
        let mut kin = vec![BTreeSet::new(); self.all.len()];
        for key in &self.all {
            for length in 1..=key.words.len() {
                let parts = key.words.windows(length);
                for part in parts.filter_map(|part| numbers.get(part)) {
                    kin[*part].extend(&key.services);
                }
            }
        }
        kin
    }

    /// The keys that are said in a clause; within a longer one none.
    fn in_clause(&self, words: &[Word]) -> Vec<usize> {
        let mut said = Vec::new();
        let mut at = 0;
        while at < words.len() {
            let begun = words[at].forms.iter().rev();
            let longest = begun
                .filter_map(|form| self.by_first.get(form))
                .flatten()
                .filter(|key| self.all[**key].is_at(&words[at..]))
                .max_by_key(|key| self.all[**key].words.len());
            at += longest.map_or(1, |key| self.all[*key].words.len());
            said.extend(longest);
        }
        said
    }

    pub fn hear(&self, clauses: &[Vec<Word>], weight: f32, by_customer: bool, said: &mut Said) {
        for word in clauses.iter().flatten() {
            if word.denied && by_customer {
                said.denied.extend(word.stems.iter().cloned());
            }
            if !word.denied {
                for form in &word.forms {
                    let most = said.words.entry(form.clone()).or_default();
                    *most = most.max(weight);
                }
            }
        }
        for key in clauses.iter().flat_map(|words| self.in_clause(words)) {
            let most = said.keys.entry(key).or_default();
            *most = most.max(weight);
        }
    }

    /// How much each key that was said speaks for each of its services.
    pub fn spoken_for<'a>(&'a self, said: &'a Said) -> impl Iterator<Item = (usize, f32)> + 'a {
        self.all.iter().enumerate().flat_map(move |(at, key)| {
            let weight = said.keys.get(&at).copied();
            let weight = weight.or_else(|| self.said_apart(key, said)).unwrap_or(0.0);
            let denied = key.words.iter().any(|word| said.denies(word));
            let weight = weight
                * key.worth
                * if denied { DENIED } else { 1.0 }
                * if key.words.len() > 1 { LONG } else { 1.0 }
                / (key.services.len() as f32).sqrt();
            let services = key.services.iter().filter(move |_| weight > 0.0);
            services.map(move |service| (*service, weight))
        })
    }

    /// Where the kind is named and, elsewhere, which: "insurance … only for the car".
    fn said_apart(&self, key: &Key, said: &Said) -> Option<f32> {
        let names_kind = |word: &String| {
            let begun = self.by_first.get(word).into_iter().flatten();
            begun.into_iter().any(|key| self.all[*key].words.len() == 1)
        };
        let mut sum = 0.0;
        for word in &key.words {
            sum += said.words.get(word)?;
        }
        (key.words.len() > 1 && key.words.iter().any(names_kind))
            .then_some(APART * sum / key.words.len() as f32)
    }
}

impl Key {
    fn is_at(&self, words: &[Word]) -> bool {
        let said = |(key, word): (&String, &Word)| {
            word.forms.contains(key) && (self.denies || !word.denied)
        };
        self.words.len() <= words.len() && self.words.iter().zip(words).all(said)
    }
}
