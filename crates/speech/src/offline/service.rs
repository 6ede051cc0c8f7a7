//! What a conversation is about, by what is said in calls about each service.

use std::collections::HashSet;
use std::sync::LazyLock;

use domain::messages::Language;
use domain::text::{Speaker, Turn, folded_words};

use super::features::Features;
use super::spoken::{forms, standing_alone, words};
use super::table::{Scores, Table};
use super::taught::services;

/// The services that people call about, in one language, and what was learned from conversations about each.
pub(super) struct Services {
    names: Vec<&'static str>,
    /// The finer services of the same kind: those whose names hold the name.
    finer: Vec<Vec<usize>>,
    /// Single words that services are called by.
    keys: HashSet<String>,
    table: Table<'static>,
}

static HEBREW: LazyLock<Services> = LazyLock::new(|| {
    Services::new(
        include_str!("../../data/services.he.txt"),
        include_bytes!(concat!(env!("OUT_DIR"), "/services.he.bin")),
    )
});
static ENGLISH: LazyLock<Services> = LazyLock::new(|| {
    Services::new(
        include_str!("../../data/services.en.txt"),
        include_bytes!(concat!(env!("OUT_DIR"), "/services.en.bin")),
    )
});

/// With what our side opens the call is what it does, and with what the customer comes is what it is about.
const OPENING: f32 = 1.5;
const WISH_TURNS: usize = 2;
/// A word that a service is called by says so much more than another.
const NAMING: f32 = 1.5;
/// The least that speaks for a service, and what chance may add up to besides: the more, the less is said.
const LEAST: f32 = 0.08;
const CHANCE: f32 = 15.0;
/// By so much more may speak for no service where one unit is known: the longer a call, the more is said in it that is said in
/// every call.
const SMALL_TALK: f32 = 0.008;
/// The least that the words which were said to be the subject speak for a service.
const LEAST_OF_SUBJECT: f32 = 0.4;

impl Services {
    /// Those of the crate for a language.
    pub fn standard(language: Language) -> &'static Self {
        match language {
            Language::Hebrew => &HEBREW,
            Language::English => &ENGLISH,
        }
    }

    fn new(list: &'static str, table: &'static [u8]) -> Self {
        let names: Vec<&str> = services(list).map(|(name, ..)| name).collect();
        Self {
            finer: finer(&names),
            keys: keys(list),
            names,
            table: Table::new(table),
        }
    }

    /// The service that the most speaks for; `named`, the words that were said to be the subject, must speak for it too, where
    /// there are such. None where too little speaks for any.
    pub fn find(&self, turns: &[Turn<'_>], named: Option<&str>) -> Option<&'static str> {
        let heard = Heard::new(&self.keys, turns);
        let Scores { mut scores, known } = self.scores(&heard.features);
        let none = scores.pop().unwrap_or_default();
        let least = LEAST + CHANCE / known;
        let least = least.max(none - SMALL_TALK * known);
        let mut is_open: Vec<bool> = scores.iter().map(|score| *score >= least).collect();
        if let Some(named) = named {
            let of_subject = self.scores(&Heard::of(&self.keys, named).features).scores;
            for ((is_open, score), of_subject) in
                is_open.iter_mut().zip(&mut scores).zip(of_subject)
            {
                *score += of_subject;
                *is_open = of_subject >= LEAST_OF_SUBJECT;
            }
        }
        let most = |among: &mut dyn Iterator<Item = usize>| {
            among.max_by(|one, other| scores[*one].total_cmp(&scores[*other]))
        };
        let best = most(&mut (0..scores.len()).filter(|service| is_open[*service]))?;
        let finer = self.finer[best].iter().copied();
        let finer = most(&mut finer.filter(|service| heard.says(self.names[*service])));
        Some(self.names[finer.unwrap_or(best)])
    }

    /// Behind those of the services stands how much speaks for none.
    fn scores(&self, features: &Features) -> Scores {
        self.table.scores(features.values(), self.names.len() + 1)
    }
}

/// What is said.
#[derive(Default)]
struct Heard {
    features: Features,
    /// What the words may be forms of.
    forms: HashSet<String>,
}

impl Heard {
    fn new(keys: &HashSet<String>, turns: &[Turn<'_>]) -> Self {
        let by_customer = |turn: &&Turn<'_>| turn.speaker != Speaker::Agent;
        let theirs = turns.iter().filter(by_customer);
        let denied = theirs.flat_map(|turn| words(turn.text).filter(|(_, denied)| *denied));
        let denied: HashSet<String> = denied.flat_map(|(word, _)| forms(&word)).collect();
        let mut heard = Self::default();
        let mut theirs = 0;
        for (at, turn) in turns.iter().enumerate() {
            theirs += usize::from(by_customer(&turn));
            let opens = if by_customer(&turn) {
                theirs <= WISH_TURNS
            } else {
                at == 0
            };
            heard.hear(keys, turn.text, if opens { OPENING } else { 1.0 }, &denied);
        }
        heard
    }

    fn of(keys: &HashSet<String>, text: &str) -> Self {
        let mut heard = Self::default();
        heard.hear(keys, text, 1.0, &HashSet::new());
        heard
    }

    /// What is denied where it is said counts for nothing, and what the customer denies nowhere.
    fn hear(&mut self, keys: &HashSet<String>, text: &str, times: f32, denied: &HashSet<String>) {
        for (word, _) in words(text).filter(|(_, denied)| !denied) {
            let forms = forms(&word);
            if forms.iter().all(|form| !denied.contains(form)) {
                let names = forms.iter().any(|form| keys.contains(form));
                let times = if names { times * NAMING } else { times };
                self.features.add(&word, times);
                self.forms.extend(forms);
            }
        }
    }

    /// Whether each word of a name is said, anywhere: "insurance … only the car".
    fn says(&self, name: &str) -> bool {
        let words = folded_words(name);
        words
            .iter()
            .all(|word| self.forms.contains(&standing_alone(word)))
    }
}

/// The keys and names of one word.
fn keys(list: &str) -> HashSet<String> {
    let keys = services(list).flat_map(|(name, keys, _)| keys.split(',').chain([name]));
    let words = keys.map(folded_words).filter(|words| words.len() == 1);
    words.flatten().map(|word| standing_alone(&word)).collect()
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
