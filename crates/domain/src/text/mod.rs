//! Understanding what a text about a conversation says: which of five groups the lead moves to, and on what evidence.
//!
//! The lexicon (`lexicon/he.txt`, `lexicon/en.txt`) is compiled once into states over the words of the folded text.
//! What it finds is weighed by its surroundings: a negation turns it, our side's offers do not count, a question or the past
//! takes it away, and the outcome of a headed summary speaks before the rest. Of what is left the first group by
//! priority stands.

mod compile;
mod decide;
mod explain;
mod features;
pub(crate) mod fold;
mod group;
#[cfg(test)]
mod learn;
mod learned;
pub(crate) mod lexicon;
mod meaning;
mod numbers;
mod pattern;
mod rules;
mod scope;
mod second;
#[cfg(test)]
mod shuffle;
mod table;
mod turns;
mod vocabulary;
mod words;

#[cfg(test)]
mod tests;

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use fold::Folded;
pub use group::{Group, UnknownGroup};
use learned::Learned;
pub use lexicon::{Lexicon, LexiconMistake, WrongLine};
use rules::Rules;
use scope::Scope;
use turns::{Part, Stretch, conclusion, stretches};
pub use turns::{Speaker, Turn, turns};
pub use words::{
    AllWrong, LONGEST_PHRASE, MOST_PHRASES, Words, WordsDraft, WordsFault, WrongWords,
};

/// A place in the text that speaks for a group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Match {
    /// The words, as they stand in the text.
    pub text: String,
    /// Offset of the first character, in characters (Unicode scalars) of the text that was given.
    pub start: usize,
    /// Offset behind the last character.
    pub end: usize,
    /// What the words say by themselves.
    pub group: Group,
    /// True where a negation turns them.
    pub negated: bool,
    /// The words that negate them, as they stand in the text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub negated_by: Option<String>,
}

/// What a text says, with its evidence.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Classification {
    /// The group; none where nothing in the text justifies a change.
    pub group: Option<Group>,
    /// 0 to 1: see [`Classifier::classify`].
    pub confidence: f64,
    /// The evidence, in order of place; also what speaks for other groups and what is negated.
    pub matched: Vec<Match>,
    /// True where the lexicon was silent or outweighed, and the group is what the sayings teach.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub learned: bool,
}

/// The compiled lexicon. Compile once, use from everywhere.
pub struct Classifier {
    rules: Rules,
    /// The business's own words alone, where it has any: what the sayings teach never outweighs them.
    own: Option<Rules>,
}

/// Longer texts are read up to here: a conversation's summary is a thousandth of it.
const LONGEST_TEXT_BYTES: usize = 256 * 1024;

static STANDARD: LazyLock<Classifier> = LazyLock::new(|| Classifier::with_words(&Words::default()));

impl Classifier {
    /// The classifier of the crate's own lexicon, compiled on first use.
    #[must_use]
    pub fn standard() -> &'static Self {
        &STANDARD
    }

    /// The crate's lexicon and a business's own words. Compiling takes milliseconds: keep it.
    #[must_use]
    pub fn with_words(words: &Words) -> Self {
        Self::compile(&Lexicon::default(), words)
    }

    /// Another lexicon, and a business's own words.
    #[must_use]
    pub fn compile(lexicon: &Lexicon, words: &Words) -> Self {
        let own = words.patterns();
        Self {
            rules: Rules::compile(&lexicon.sources(), &own),
            own: (!own.is_empty()).then(|| Rules::compile(&[], &own)),
        }
    }

    /// Tells what a summary, a note or a transcript (lines that start with a speaker's role and a colon) comes to.
    ///
    /// Confidence of the lexicon's word: 0.60 where only weak words speak, 0.80 for one strong expression, 0.90 for a
    /// voicemail's own words; 0.05 more for each further expression of the same group, 0.10 less where another group is
    /// also present; within 0.05 and 0.97. Where the lexicon is silent or outweighed (below 0.85) and the sayings speak:
    /// 0.80 times the learned probability, and for one or two words at most 0.50. Without a group it is 0.
    #[must_use]
    pub fn classify(&self, text: &str) -> Classification {
        self.read(text, |stretches| Some(Learned::of(stretches)))
    }

    /// The same by the lexicon alone: for what is no text of a conversation, such as the label of a status.
    #[must_use]
    pub(crate) fn by_lexicon(&self, text: &str) -> Classification {
        self.read(text, |_| None)
    }

    /// `learned` tells whose second opinion a text of these stretches gets.
    fn read<'a>(
        &self,
        text: &str,
        learned: impl Fn(&[Stretch]) -> Option<Learned<'a>>,
    ) -> Classification {
        let text = clip(text);
        let folded = Folded::new(text);
        let stretches = stretches(&folded);
        let part = conclusion(&folded.text, &stretches);
        // Under a heading for the outcome the rest tells nothing more; without one, a machine's greeting may stand anywhere.
        let is_headed = stretches
            .iter()
            .any(|stretch| stretch.part == Part::Outcome);
        let looked_at = if is_headed {
            part
        } else {
            (0, folded.text.len())
        };
        let hits = self.rules.find(&folded.text, looked_at);
        let scope = Scope::new(&folded, stretches, looked_at, &hits);
        let mut verdict = decide::decide(&scope, &hits, part);
        if let Some(learned) = learned(&scope.stretches)
            && !self.is_of_own_words(&folded, verdict.group)
        {
            second::opinion(&learned, &folded, &scope, &hits, part, &mut verdict);
        }
        let mut original = Original::new(text, &folded);
        let places = verdict
            .evidence
            .iter()
            .map(|signal| original.place((signal.start, signal.end), signal.says, signal.negated));
        // A letter that stands for several, as ½ does, may hold a whole word of the folded text and more.
        let matched = places.filter(|place| place.start < place.end).collect();
        Classification {
            group: verdict.group,
            confidence: verdict.confidence,
            matched,
            learned: verdict.learned,
        }
    }

    fn is_of_own_words(&self, folded: &Folded, group: Option<Group>) -> bool {
        let (Some(own), Some(group)) = (&self.own, group) else {
            return false;
        };
        let hits = own.find(&folded.text, (0, folded.text.len()));
        hits.iter()
            .any(|hit| hit.meaning == meaning::Meaning::Strong(group))
    }

    /// Whether a text names a day or an hour.
    #[must_use]
    pub fn names_time(&self, text: &str) -> bool {
        let folded = Folded::new(clip(text));
        let hits = self.rules.find(&folded.text, (0, folded.text.len()));
        hits.iter()
            .any(|hit| matches!(hit.meaning, meaning::Meaning::Day | meaning::Meaning::Hour))
    }

    /// Whether a machine took the call: a voicemail's own words are in the text, and nobody is heard behind them.
    #[must_use]
    pub fn is_voicemail(&self, text: &str) -> bool {
        let folded = Folded::new(clip(text));
        let all = (0, folded.text.len());
        let hits = self.rules.find(&folded.text, all);
        let scope = Scope::new(&folded, stretches(&folded), all, &hits);
        decide::greeting(&scope, &hits).is_some()
    }

    /// The customer's request to be left alone, if the text holds one that is neither negated nor our side's words.
    #[must_use]
    pub fn opt_out(&self, text: &str) -> Option<Match> {
        let text = clip(text);
        let folded = Folded::new(text);
        let all = (0, folded.text.len());
        let hits = self.rules.find(&folded.text, all);
        let hit = Scope::new(&folded, stretches(&folded), all, &hits).opt_out(&hits)?;
        let mut original = Original::new(text, &folded);
        Some(original.place((hit.start, hit.end), Group::NotRelevant, None))
    }
}

/// The part of a text that is read.
pub(crate) fn clip(text: &str) -> &str {
    let mut end = text.len().min(LONGEST_TEXT_BYTES);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// A text as it was given, with how far its characters are counted.
struct Original<'a> {
    text: &'a str,
    folded: &'a Folded,
    bytes: usize,
    characters: usize,
}

impl<'a> Original<'a> {
    const fn new(text: &'a str, folded: &'a Folded) -> Self {
        Self {
            text,
            folded,
            bytes: 0,
            characters: 0,
        }
    }

    /// A byte range of the folded text as it stands in the text; places are asked for in order.
    fn place(
        &mut self,
        (start, end): (usize, usize),
        group: Group,
        negated: Option<(usize, usize)>,
    ) -> Match {
        let (from, to) = self.folded.original(start, end);
        if from < self.bytes {
            (self.bytes, self.characters) = (0, 0);
        }
        self.characters += self.text[self.bytes..from].chars().count();
        self.bytes = from;
        let words = &self.text[from..to];
        Match {
            text: words.to_owned(),
            start: self.characters,
            end: self.characters + words.chars().count(),
            group,
            negated: negated.is_some(),
            negated_by: negated.map(|(start, end)| {
                let (from, to) = self.folded.original(start, end);
                self.text[from..to].to_owned()
            }),
        }
    }
}

/// Who says which bytes of a folded text, in order; machines are left out.
pub(crate) fn spoken(folded: &Folded) -> impl Iterator<Item = (Speaker, usize, usize)> {
    let spoken = stretches(folded).into_iter();
    spoken
        .filter(|stretch| stretch.speaker != Speaker::System)
        .map(|stretch| (stretch.speaker, stretch.start, stretch.end))
}

/// The words of a text in one form: small letters, no points, no quotes, final letters as plain ones.
#[must_use]
pub fn folded_words(text: &str) -> Vec<String> {
    fold::words(text)
}
