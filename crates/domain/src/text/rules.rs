//! The lexicon compiled: words as numbers, and every pattern as states that lead from word to word.

use super::Group;
use super::compile::{Compiler, Grouped};
use super::explain::without_explained;
use super::fold::is_of_word;
use super::meaning::Meaning;
use super::numbers::numbers;
use super::vocabulary::{Row, UNKNOWN, Vocabulary, WordId};

/// A part of a rule: a set of texts, any of which will do.
pub(super) type Atom = u32;

/// A date in digits ("3.4").
pub(super) const DATE: Atom = 0;
/// An hour in digits ("16:00", "at 8").
pub(super) const CLOCK: Atom = 1;

/// A rule has at most so many parts.
pub(super) const MOST_PARTS: usize = 4;

pub(super) struct Rule {
    pub meaning: Meaning,
    /// The atoms that each part may be.
    pub parts: Vec<Vec<Atom>>,
}

/// A rule that an atom begins.
pub(super) struct Lead {
    pub rule: u32,
    /// A text without any of these does not have the second part; the first part's own where they are more.
    pub needs: [Atom; 4],
}

impl Lead {
    pub fn new(rule: u32, first: Atom, parts: &[Vec<Atom>]) -> Self {
        let mut needs = [first; 4];
        if let Some(second) = parts.get(1)
            && let (Some(&one), true) = (second.first(), second.len() <= needs.len())
        {
            needs = [one; 4];
            needs[..second.len()].copy_from_slice(second);
        }
        Self { rule, needs }
    }
}

/// Where a pattern's words lead next.
pub(super) struct State {
    /// Its place among the accepts.
    pub accepts: (usize, usize),
    /// Its place among the edges, which are in order of the word.
    pub edges: (usize, usize),
    /// The words of its edges, as bits: a word whose bit is missing leads nowhere.
    pub next_words: u64,
}

/// A pattern may end here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Accept {
    pub atom: Atom,
    /// Nothing may follow in its clause.
    pub closes: bool,
}

/// What a first word of patterns leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Opening {
    /// No Hebrew prefixes (and, the, in, that …) before it.
    pub exact: bool,
    /// Nothing before it in its clause.
    pub opens: bool,
    pub state: u32,
}

/// The compiled lexicon.
pub(crate) struct Rules {
    pub(super) vocabulary: Vocabulary,
    pub(super) states: Vec<State>,
    pub(super) accepts: Vec<Accept>,
    pub(super) edges: Vec<(WordId, u32)>,
    /// By their word.
    pub(super) openings: Grouped<Opening>,
    pub(super) rules: Vec<Rule>,
    /// How many atoms there are.
    pub(super) atoms: Atom,
    /// Rules by the atoms of their first part.
    pub(super) by_first: Grouped<Lead>,
}

/// A place where a rule matches: byte ranges of its parts in the folded text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Hit {
    pub meaning: Meaning,
    pub start: usize,
    pub end: usize,
    /// The parts, where they are not one piece, and how many.
    parts: [(u32, u32); MOST_PARTS],
    count: u32,
}

impl Hit {
    #[inline]
    pub(super) fn parts(&self) -> &[(u32, u32)] {
        &self.parts[..self.count as usize]
    }

    #[inline]
    pub(super) fn covered(&self) -> u32 {
        self.parts().iter().map(|(start, end)| end - start).sum()
    }

    #[inline]
    pub(super) fn covers(&self, start: u32, end: u32) -> bool {
        self.parts()
            .iter()
            .any(|&(from, to)| from <= start && end <= to)
    }
}

/// Start, end and atom of a place where a pattern matches.
type Place = (usize, usize, Atom);

/// At most so many words may stand between two parts of a rule.
const GAP_WORDS: usize = 4;
/// Longer than any four words; bounds the search.
const GAP_BYTES: usize = 200;

/// The hits that start in a byte range; hits are in order of start.
pub(crate) fn starting(hits: &[Hit], from: usize, to: usize) -> &[Hit] {
    let first = hits.partition_point(|hit| hit.start < from);
    let last = hits.partition_point(|hit| hit.start < to);
    &hits[first..last.max(first)]
}

impl Rules {
    /// Compiles lexicon files and words of a business's own.
    ///
    /// # Panics
    /// Never on the crate's own files, which tests compile; a section that no meaning has is a mistake in them.
    pub fn compile(sources: &[&str], own: &[(Group, String)]) -> Self {
        Compiler::compile(sources, own)
    }

    /// The bit of a word among [`State::next_words`].
    pub(super) const fn bit(word: WordId) -> u64 {
        match word {
            UNKNOWN => 0,
            _ => 1 << (word % 64),
        }
    }

    /// Every place in a byte range of the text where a rule matches, in order of start; a match inside a longer one's part
    /// is left out.
    pub fn find(&self, text: &str, part: (usize, usize)) -> Vec<Hit> {
        let row = self.vocabulary.read(text, part);
        let places = self.places(text, part, &row);
        let mut present = vec![0_u64; self.atoms as usize / 64 + 1];
        for (_, _, atom) in &places {
            present[*atom as usize / 64] |= 1 << (atom % 64);
        }
        let is_there = |atom: &Atom| present[*atom as usize / 64] & (1 << (atom % 64)) != 0;
        let mut hits = Vec::with_capacity(places.len());
        for (index, &(start, end, atom)) in places.iter().enumerate() {
            for lead in self.by_first.of(atom) {
                if !lead.needs.iter().any(is_there) {
                    continue;
                }
                let rule = &self.rules[lead.rule as usize];
                let later = &rule.parts[1..];
                let mut hit = Hit {
                    meaning: rule.meaning,
                    start,
                    end,
                    parts: [(start as u32, end as u32), (0, 0), (0, 0), (0, 0)],
                    count: 1,
                };
                if complete(text, &places[index + 1..], later, &mut hit) {
                    hits.push(hit);
                }
            }
        }
        without_explained(hits)
    }

    /// Every place where a pattern matches, in order.
    fn places(&self, text: &str, (from, to): (usize, usize), row: &Row) -> Vec<Place> {
        let mut walk = Walk {
            rules: self,
            text,
            row,
            start: 0,
            places: Vec::with_capacity(row.tokens.len() * 3),
        };
        let mut bare = row.bare.iter().peekable();
        for (at, token) in row.tokens.iter().enumerate() {
            walk.start = token.start;
            if token.word != UNKNOWN {
                walk.open(at, token.word, false);
            }
            while let Some((_, word)) = bare.next_if(|(owner, _)| *owner == at) {
                walk.open(at, *word, true);
            }
        }
        let mut places = walk.places;
        if row.digits {
            places.extend(numbers(&text[from..to]).map(|number| {
                let atom = if number.is_clock { CLOCK } else { DATE };
                (from + number.start, from + number.end, atom)
            }));
        }
        places.sort_unstable();
        places.dedup();
        places
    }
}

/// The way through the patterns from one word on.
struct Walk<'a> {
    rules: &'a Rules,
    text: &'a str,
    row: &'a Row,
    /// Where the first word starts, its prefixes included.
    start: usize,
    places: Vec<Place>,
}

impl Walk<'_> {
    /// Begins every pattern that has the word as its first.
    fn open(&mut self, at: usize, word: WordId, prefixed: bool) {
        for opening in self.rules.openings.of(word) {
            if prefixed && opening.exact {
                continue;
            }
            let before = || self.text[..self.start].chars().rev();
            if opening.opens && !is_edge(before()) {
                continue;
            }
            self.arrive(opening.state, at);
        }
    }

    /// A state is reached with the token at `at`.
    fn arrive(&mut self, state: u32, at: usize) {
        let rules = self.rules;
        let state = &rules.states[state as usize];
        let end = self.row.tokens[at].end;
        for accept in &rules.accepts[state.accepts.0..state.accepts.1] {
            if !accept.closes || is_edge(self.text[end..].chars()) {
                self.places.push((self.start, end, accept.atom));
            }
        }
        let next = self.row.tokens.get(at + 1);
        let word = next.map_or(UNKNOWN, |token| token.word);
        if state.next_words & Rules::bit(word) == 0 {
            return;
        }
        let edges = &rules.edges[state.edges.0..state.edges.1];
        let first = edges.partition_point(|(other, _)| *other < word);
        for (_, target) in edges[first..]
            .iter()
            .take_while(|(other, _)| *other == word)
        {
            self.arrive(*target, at + 1);
        }
    }
}

/// Completes a rule's later parts, each within the gap and the sentence, the nearest place first.
fn complete(text: &str, places: &[Place], parts: &[Vec<Atom>], hit: &mut Hit) -> bool {
    for wanted in parts {
        let after = hit.end;
        let next = places
            .iter()
            .take_while(|(start, _, _)| *start <= after + GAP_BYTES)
            .find(|(start, _, atom)| *start >= after && wanted.contains(atom))
            .filter(|&&(start, _, _)| near(&text[after..start]));
        let Some(&(start, end, _)) = next else {
            return false;
        };
        hit.parts[hit.count as usize] = (start as u32, end as u32);
        hit.count += 1;
        hit.end = end;
    }
    true
}

/// No end of a sentence and not too many words; white space is folded to single spaces.
fn near(between: &str) -> bool {
    let (mut words, mut last) = (0, b' ');
    for byte in between.bytes() {
        if matches!(byte, b'.' | b'!' | b'?' | b';' | b'\n') {
            return false;
        }
        words += usize::from(last == b' ' && byte != b' ');
        last = byte;
    }
    words <= GAP_WORDS
}

/// Whether the clause ends here, read away from a word.
fn is_edge(mut letters: impl Iterator<Item = char>) -> bool {
    let next = letters.find(|letter| !matches!(letter, ' ' | '"'));
    next.is_none_or(|letter| !is_of_word(letter))
}
