//! The few sentences of a conversation that are worth reading again.

use std::collections::HashSet;

use domain::messages::Language;
use domain::text::{Classifier, Group, Speaker, Turn, folded_words};

use super::city::{Places, asks_where};
use super::words::{self, Kind};

/// The customer's words take so many characters, shared among the quotes that tell most.
const SAID_CHARS: usize = 310;
/// Our side's figures take so many.
const TOLD_CHARS: usize = 160;
/// Short sentences that follow each other are one quote up to this length, in characters.
const QUOTE_CHARS: usize = 100;
/// A longer sentence is cut at a word.
const LONGEST_CHARS: usize = 220;

/// A sentence with who said it.
pub(super) struct Sentence<'a> {
    pub text: &'a str,
    pub speaker: Speaker,
    turn: usize,
    words: Vec<String>,
}

impl Sentence<'_> {
    pub fn is_question(&self) -> bool {
        self.text.ends_with('?')
    }

    /// Tells nothing: a greeting, a thank you.
    fn is_filler(&self) -> bool {
        self.words.iter().all(|word| words::is(Kind::Filler, word))
    }

    fn has(&self, kind: Kind) -> bool {
        words::any(kind, &self.words)
    }

    fn has_amount(&self) -> bool {
        self.has(Kind::Number) || self.text.bytes().any(|byte| byte.is_ascii_digit())
    }

    /// A price or a rate.
    pub fn has_price(&self) -> bool {
        self.has_amount()
            && (self.has(Kind::Money) || self.text.contains(['₪', '£', '$', '€', '%']))
    }

    /// A price, or a number of two digits and more.
    pub fn has_figure(&self) -> bool {
        let digits = self.text.bytes().filter(u8::is_ascii_digit).count();
        self.has_price() || digits >= 2 || self.has(Kind::Number) && self.words.len() > SHORT_WORDS
    }

    /// Something that our side is going to do.
    pub fn promises(&self) -> bool {
        let text = self.text.to_lowercase().replace('’', "'");
        self.has(Kind::Promise)
            || [
                "we'll ",
                " will ",
                "on its way",
                "on their way",
                "on the way",
            ]
            .iter()
            .any(|promise| text.contains(promise))
    }

    pub fn is_same(&self, said: &str) -> bool {
        let said = folded_words(said).join(" ");
        said.contains(&self.words.join(" "))
    }
}

/// The sentences of a conversation.
pub(super) fn sentences<'a>(turns: &[Turn<'a>]) -> Vec<Sentence<'a>> {
    turns
        .iter()
        .enumerate()
        .flat_map(|(turn, spoken)| {
            pieces(spoken.text).map(move |text| Sentence {
                text,
                speaker: spoken.speaker,
                turn,
                words: folded_words(text),
            })
        })
        .collect()
}

/// Sentences of a turn; a point between digits ends none.
fn pieces(text: &str) -> impl Iterator<Item = &str> {
    let bytes = text.as_bytes();
    let digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let mut start = 0;
    let mut ends: Vec<usize> = bytes
        .iter()
        .enumerate()
        .filter(|&(at, byte)| {
            matches!(byte, b'!' | b'?')
                || (*byte == b'.' && !(at > 0 && digit(at - 1) && digit(at + 1)))
        })
        .map(|(at, _)| at + 1)
        .collect();
    ends.push(text.len());
    ends.into_iter().filter_map(move |end| {
        let piece = text[start..end].trim();
        start = end;
        piece.chars().any(char::is_alphanumeric).then_some(piece)
    })
}

/// What a sentence of the customer's tells.
#[derive(Default)]
struct Told {
    weight: i32,
    /// It says what the conversation came to.
    outcome: bool,
    /// It says only that.
    only_outcome: bool,
}

/// A sentence of so many words holds little beside its outcome.
const SHORT_WORDS: usize = 4;

/// How many of the words are more than fillers.
fn telling(words: &[String]) -> usize {
    let telling = words.iter().filter(|word| !words::is(Kind::Filler, word));
    telling.count()
}

/// Weighs a sentence: requests, and facts such as numbers, days and places.
fn told(sentence: &Sentence<'_>, before: Option<&Sentence<'_>>, group: Option<Group>) -> Told {
    if sentence.is_filler() {
        return Told::default();
    }
    let classifier = Classifier::standard();
    let found = classifier.classify(sentence.text);
    let turn = Turn {
        speaker: Speaker::Customer,
        text: sentence.text,
    };
    let place = Places::standard().find(&[turn], Language::English);
    let where_asked = before.is_some_and(|question| {
        question.turn + 1 == sentence.turn && question.is_question() && asks_where(&question.words)
    });
    let words = sentence.words.len();
    let fact = sentence.has_amount() || classifier.names_time(sentence.text) || place.is_some();
    let points = [
        (words >= 2, 1),
        (!found.matched.is_empty(), 2),
        (sentence.has_amount(), 3),
        (classifier.names_time(sentence.text), 2),
        (place.is_some() || where_asked, 2),
        (where_asked, 1),
        (sentence.is_question(), 1),
        (sentence.has(Kind::Request), 3),
        (words > SHORT_WORDS, 1),
        (words > 2 * SHORT_WORDS, 1),
    ];
    let outcome = found.group.is_some() && found.group == group;
    let evidence = found.matched.iter();
    let evidence: usize = evidence
        .map(|place| telling(&folded_words(&place.text)))
        .sum();
    let telling = telling(&sentence.words);
    Told {
        weight: points
            .into_iter()
            .filter_map(|(holds, points)| holds.then_some(points))
            .sum(),
        outcome,
        only_outcome: outcome && !fact && words < SHORT_WORDS && telling <= evidence,
    }
}

/// The weight of each sentence; those of our side weigh nothing where the customer is known.
fn weights(sentences: &[Sentence<'_>], group: Option<Group>) -> Vec<i32> {
    let theirs = |sentence: &Sentence<'_>| sentence.speaker != Speaker::Agent;
    let known = sentences.iter().any(|s| theirs(s) && !s.is_filler());
    let mut told: Vec<Told> = sentences
        .iter()
        .enumerate()
        .map(|(at, sentence)| {
            let before = at.checked_sub(1).map(|before| &sentences[before]);
            if known && !theirs(sentence) {
                Told::default()
            } else {
                told(sentence, before, group)
            }
        })
        .collect();
    let outcomes = (0..told.len()).filter(|&at| told[at].outcome);
    if let Some(best) = outcomes.max_by_key(|&at| (told[at].weight, at)) {
        told[best].weight += 4;
        told[best].only_outcome = false;
    }
    // What the customer says first is mostly why.
    let says_much = |sentence: &Sentence<'_>| telling(&sentence.words) >= SHORT_WORDS;
    let first = (0..told.len()).find(|&at| told[at].weight > 0 && says_much(&sentences[at]));
    if let Some(first) = first {
        told[first].weight += 3;
    }
    // The outcome is told once.
    told.into_iter()
        .map(|told| if told.only_outcome { 0 } else { told.weight })
        .collect()
}

/// Why our side calls: the sentence of its first words that tells most, where it tells more than who speaks.
pub(super) fn background<'a>(sentences: &[Sentence<'a>]) -> Option<&'a str> {
    let first = sentences
        .first()
        .filter(|first| first.speaker == Speaker::Agent)?;
    let opening = sentences
        .iter()
        .take_while(|sentence| sentence.turn == first.turn);
    let most = opening
        .filter(|sentence| !introduces(&sentence.words))
        .max_by_key(|sentence| telling(&sentence.words))?;
    (telling(&most.words) > SHORT_WORDS).then_some(most.text)
}

/// Says only who speaks: "this is Grace with …", without coming to the matter.
fn introduces(said: &[String]) -> bool {
    words::any(Kind::Introduction, said) && !words::any(Kind::Matter, said)
}

/// A run of sentences of one turn.
struct Quote<'a> {
    texts: Vec<&'a str>,
    turn: usize,
    last: usize,
    weight: i32,
}

/// The customer's words that tell most, in the order they were said; everybody's where no customer is known.
pub(super) fn said(sentences: &[Sentence<'_>], group: Option<Group>) -> String {
    let mut seen = HashSet::new();
    let mut quotes: Vec<Quote<'_>> = Vec::new();
    let weights = weights(sentences, group);
    for (at, (sentence, weight)) in sentences.iter().zip(weights).enumerate() {
        if weight == 0 || !seen.insert(sentence.words.join(" ")) {
            continue;
        }
        let length = sentence.text.chars().count();
        match quotes.last_mut() {
            Some(quote)
                if quote.turn == sentence.turn
                    && quote.last + 1 == at
                    && chars(&quote.texts) + length <= QUOTE_CHARS =>
            {
                quote.texts.push(sentence.text);
                quote.last = at;
                quote.weight = quote.weight.max(weight) + 1;
            }
            _ => quotes.push(Quote {
                texts: vec![sentence.text],
                turn: sentence.turn,
                last: at,
                weight,
            }),
        }
    }
    let mut order: Vec<usize> = (0..quotes.len()).collect();
    order.sort_by_key(|&at| (-quotes[at].weight, at));
    let mut left = SAID_CHARS;
    order.retain(|&at| {
        let length = chars(&quotes[at].texts).min(LONGEST_CHARS);
        let fits = length <= left;
        left = if fits { left - length } else { left };
        fits
    });
    order.sort_unstable();
    let texts = order.into_iter().flat_map(|at| quotes[at].texts.iter());
    join(texts.copied())
}

/// What our side told in figures, as far as there is room: prices before other numbers, in the order they were told.
pub(super) fn told_figures<'a>(ours: impl Iterator<Item = &'a Sentence<'a>>) -> Option<String> {
    let mut told: Vec<(usize, &Sentence<'_>)> =
        ours.filter(|said| said.has_figure()).enumerate().collect();
    told.sort_by_key(|(at, said)| (!said.has_price(), *at));
    let mut left = TOLD_CHARS;
    told.retain(|(_, said)| {
        let length = said.text.chars().count().min(LONGEST_CHARS);
        let fits = length <= left;
        left = if fits { left - length } else { left };
        fits
    });
    told.sort_by_key(|(at, _)| *at);
    let told = join(told.iter().map(|(_, said)| said.text));
    (!told.is_empty()).then_some(told)
}

fn chars(texts: &[&str]) -> usize {
    texts.iter().map(|text| text.chars().count() + 1).sum()
}

fn join<'a>(texts: impl Iterator<Item = &'a str>) -> String {
    let mut said = String::new();
    for text in texts {
        if !said.is_empty() {
            said.push(' ');
        }
        said.push_str(&cut(without_preface(text)));
        if !said.ends_with(['.', '!', '?', ',', '…']) {
            said.push('.');
        }
    }
    said
}

/// A sentence without the clauses at its start that tell nothing ("Yes, well, …").
fn without_preface(text: &str) -> &str {
    let Some((clause, rest)) = text.split_once(',') else {
        return text;
    };
    let tells_nothing = folded_words(clause)
        .iter()
        .all(|word| words::is(Kind::Filler, word));
    if tells_nothing && !rest.trim().is_empty() {
        without_preface(rest.trim_start())
    } else {
        text
    }
}

/// A text that is too long, up to its last whole word.
fn cut(text: &str) -> String {
    let Some((end, _)) = text.char_indices().nth(LONGEST_CHARS) else {
        return text.to_owned();
    };
    let end = text[..end].rfind(char::is_whitespace).unwrap_or(end);
    format!("{}…", text[..end].trim_end_matches([',', ' ']))
}
