//! What a conversation is about, by what is said in calls about each service.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use domain::messages::Language;
use domain::text::{Speaker, Turn, folded_words};

use super::keys::{Keys, Said};
use super::spoken::{clauses, marks};

/// The services that people call about, in one language, and how much each word speaks for each of them.
///
/// Taught by lines `name: key, key = phrase / phrase / …`. A key is what a service is called: said, it speaks for the
/// service at once (`keys.rs`). The phrases weigh every word, as naive Bayes classifiers do: a mark that is said in a share
/// `p` of a service's phrases and in a share `q` of all others weighs `ln((p / 2 + q) / q)`, less the more services know it
/// (`ln(n / df) / ln n`).
pub struct Services {
    names: Vec<&'static str>,
    /// The finer services of the same kind: those whose names hold the name.
    finer: Vec<Vec<usize>>,
    /// Words that tell nothing.
    empty: HashSet<String>,
    keys: Keys,
    weights: HashMap<String, Vec<(usize, f32)>>,
    /// The least that has to speak for a service; what two or three common words add up to is less. English phrases are
    /// shorter, so that less speaks for a service there.
    least: f32,
}

static HEBREW: LazyLock<Services> =
    LazyLock::new(|| Services::taught_by(include_str!("../../data/services.he.txt"), 28.0));
static ENGLISH: LazyLock<Services> =
    LazyLock::new(|| Services::taught_by(include_str!("../../data/services.en.txt"), 20.0));

/// With what the customer comes, what they say then, and what our side says.
const WISH: f32 = 1.4;
const WISH_TURNS: usize = 2;
const CUSTOMER: f32 = 1.0;
const OURS: f32 = 0.6;
/// With what our side opens the call is what it does.
const OPENING: f32 = 1.6;
/// What was said to be the subject.
const SUBJECT: f32 = 2.0;
/// Where the subject is said to be one, less has to speak for what it is.
const SURE: f32 = 0.6;
/// A key says as much as several words, and each further one of the same service something more.
const KEY: f32 = 20.0;
const FURTHER_KEY: f32 = 0.3;
/// A finer service that is named stands before its kind if it has this share of what speaks for the kind.
const FINER: f32 = 0.5;
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
        let lines = source.lines().filter(|line| !line.starts_with(['#', '-']));
        let (mut names, mut phrases, mut keys) = (Vec::new(), Vec::new(), Keys::default());
        for (called, taught) in lines.filter_map(|line| line.split_once('=')) {
            let (name, also) = called.split_once(':').unwrap_or((called, ""));
            let name = name.trim();
            for key in also.split(',').chain([name]) {
                keys.teach(key, names.len());
            }
            let taught = taught.split('/').map(str::trim);
            phrases.push(taught.filter(|phrase| !phrase.is_empty()).collect());
            names.push(name);
        }
        keys.weigh(&phrases, &empty);
        Self {
            finer: finer(&names),
            weights: weights(&names, &phrases, &empty),
            names,
            empty,
            keys,
            least,
        }
    }

    /// The service that the most speaks for; something that is said in `named`, the words that were said to be the
    /// subject, must speak for it, where there are such. None where too little speaks for any.
    #[must_use]
    pub fn find(&self, turns: &[Turn<'_>], named: Option<&str>) -> Option<&'static str> {
        let mut heard = Heard::default();
        let mut theirs = 0;
        for (at, turn) in turns.iter().enumerate() {
            let by_customer = turn.speaker != Speaker::Agent;
            theirs += usize::from(by_customer);
            let weight = match (by_customer, at) {
                (false, 0) => OPENING,
                (false, _) => OURS,
                _ if theirs <= WISH_TURNS => WISH,
                _ => CUSTOMER,
            };
            heard.hear(self, turn.text, weight, by_customer);
        }
        let of_subject = named.map(|named| {
            heard.hear(self, named, SUBJECT, false);
            let mut subject = Heard::default();
            subject.hear(self, named, SUBJECT, false);
            self.points(&subject).0
        });
        let (points, keyed) = self.points(&heard);
        let most = |among: &mut dyn Iterator<Item = usize>| {
            let of_it = |service: &usize| of_subject.as_ref().is_none_or(|of| of[*service] > 0.0);
            among
                .filter(of_it)
                .max_by(|one, other| points[*one].total_cmp(&points[*other]))
        };
        let best = most(&mut (0..points.len()))?;
        let finer = most(&mut self.finer[best].iter().copied().filter(|service| {
            keyed.contains_key(service) && points[*service] >= FINER * points[best]
        }));
        let best = finer.unwrap_or(best);
        let least = self.least * if named.is_some() { SURE } else { 1.0 };
        (points[best] >= least).then(|| self.names[best])
    }

    /// How much of what is heard speaks for each service, and for which of them a key does.
    fn points(&self, heard: &Heard) -> (Vec<f32>, HashMap<usize, (f32, f32)>) {
        let mut points = vec![0.0_f32; self.names.len()];
        for (mark, said) in &heard.marks {
            for (service, weight) in self.weights.get(mark).into_iter().flatten() {
                points[*service] += said.min(MOST) * weight;
            }
        }
        let mut keyed: HashMap<usize, (f32, f32)> = HashMap::new();
        for (service, weight) in self.keys.spoken_for(&heard.said) {
            let (best, all) = keyed.entry(service).or_default();
            *best = best.max(weight);
            *all += weight;
        }
        for (service, (best, all)) in &keyed {
            points[*service] += KEY * (best + (all - best) * FURTHER_KEY);
        }
        (points, keyed)
    }
}

/// What is said, and how much, by whom.
#[derive(Default)]
struct Heard {
    marks: HashMap<String, f32>,
    said: Said,
}

impl Heard {
    fn hear(&mut self, services: &Services, text: &str, weight: f32, by_customer: bool) {
        let clauses = clauses(text, &services.empty);
        for mark in marks(&clauses) {
            *self.marks.entry(mark).or_default() += weight;
        }
        services
            .keys
            .hear(&clauses, weight, by_customer, &mut self.said);
    }
}

fn finer(names: &[&str]) -> Vec<Vec<usize>> {
    let names: Vec<Vec<String>> = names.iter().map(|name| folded_words(name)).collect();
    let holds = |finer: &[String], kind: &[String]| {
        finer.len() > kind.len() && finer.windows(kind.len()).any(|part| part == kind)
    };
    let finer_than = |kind: &Vec<String>| {
        (0..names.len())
            .filter(|at| holds(&names[*at], kind))
            .collect()
    };
    names.iter().map(finer_than).collect()
}

/// How much each mark speaks for each service.
fn weights(
    names: &[&'static str],
    phrases: &[Vec<&'static str>],
    empty: &HashSet<String>,
) -> HashMap<String, Vec<(usize, f32)>> {
    let mut said: HashMap<String, HashMap<usize, f32>> = HashMap::new();
    for (service, phrases) in phrases.iter().enumerate() {
        for phrase in phrases.iter().chain([&names[service]; NAME]) {
            for mark in marks(&clauses(phrase, empty)) {
                *said.entry(mark).or_default().entry(service).or_default() += 1.0;
            }
        }
    }
    let services = names.len() as f32;
    let taught: Vec<f32> = phrases.iter().map(|it| (it.len() + NAME) as f32).collect();
    let all: f32 = taught.iter().sum();
    let weigh = |(mark, known): (String, HashMap<usize, f32>)| {
        let everywhere: f32 = known.values().sum();
        let rarity = (services / known.len() as f32).ln() / services.ln();
        let weight = |(service, count): (usize, f32)| {
            let here = count / taught[service];
            let elsewhere = (everywhere - count + 1.0) / all;
            (
                service,
                ((here / 2.0 + elsewhere) / elsewhere).ln() * rarity,
            )
        };
        (mark, known.into_iter().map(weight).collect())
    };
    said.into_iter().map(weigh).collect()
}
