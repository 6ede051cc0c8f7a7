//! What the learned part looks at: words, what is left behind their Hebrew prefixes, how they begin, neighbours, and
//! pieces of three and four letters, which are still there when a word is inflected or misspelt. Our side's words are
//! told apart from the customer's.
//!
//! This file is compiled into the crate and into its build script, so that both see a text alike.

use super::fold::is_of_word;
use super::turns::{Part, Speaker, Stretch};

/// How many features are told apart; a power of two.
pub(crate) const BUCKETS: usize = 1 << 17;

/// No word has more letters.
const LONGEST_WORD: usize = 24;
/// How many letters tell how a word begins.
const BEGINNING: usize = 4;
/// A word that begins another way than it goes on has more letters.
const SHORT: usize = 5;

/// Something that a text shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Feature {
    /// Below [`BUCKETS`].
    pub bucket: u32,
    /// The word that shows it: bytes of the folded text.
    pub word: (usize, usize),
}

/// Kinds of features never meet in one bucket but by accident.
#[derive(Clone, Copy)]
enum Kind {
    Word = 1,
    Beginning,
    Piece,
    Neighbours,
    Beginnings,
    Question,
}

/// The features of a byte range of a folded text, and of what stands under headings for the topic and the next step.
pub(crate) fn features(
    text: &str,
    stretches: &[Stretch],
    (from, to): (usize, usize),
) -> Vec<Feature> {
    let mut view = View {
        found: Vec::with_capacity((to - from) * 2),
        side: 0,
        before: None,
    };
    for stretch in stretches {
        let (side, start, end) = match (stretch.part, stretch.speaker) {
            // What it was about and what is planned tell something too.
            (Part::Topic, _) => (2, stretch.start, stretch.end),
            (Part::Next, _) => (3, stretch.start, stretch.end),
            (_, Speaker::Agent) => (1, stretch.start.max(from), stretch.end.min(to)),
            _ => (0, stretch.start.max(from), stretch.end.min(to)),
        };
        if start < end {
            view.side = side;
            view.stretch(text, start, end);
        }
    }
    view.found
}

/// The word before, as what is hashed of it.
#[derive(Clone, Copy)]
struct Seen {
    word: u64,
    beginning: u64,
}

/// Before the first and behind the last word of a clause.
const EDGE: Seen = Seen {
    word: 1,
    beginning: 1,
};

struct View {
    found: Vec<Feature>,
    side: u64,
    before: Option<Seen>,
}

impl View {
    fn stretch(&mut self, text: &str, start: usize, end: usize) {
        let mut letters: Vec<char> = Vec::with_capacity(LONGEST_WORD);
        let mut word_start = start;
        for (at, letter) in text[start..end].char_indices() {
            let at = start + at;
            if is_of_word(letter) {
                if letters.is_empty() {
                    word_start = at;
                }
                if letters.len() <= LONGEST_WORD {
                    letters.push(letter);
                }
                continue;
            }
            self.word(&mut letters, (word_start, at));
            if letter != ' ' {
                self.clause_ends(at);
            }
            if letter == '?' {
                self.add(Kind::Question, 0, (at, at));
            }
        }
        self.word(&mut letters, (word_start, end));
        self.clause_ends(end);
    }

    fn clause_ends(&mut self, at: usize) {
        if let Some(before) = self.before.take() {
            self.neighbours(before, EDGE, (at, at));
        }
    }

    fn word(&mut self, letters: &mut Vec<char>, place: (usize, usize)) {
        // What is longer than any word is none.
        if letters.len() > LONGEST_WORD {
            letters.clear();
        }
        let Some(first) = letters.first() else {
            return;
        };
        if first.is_ascii_digit() {
            // Any number is a number.
            letters.clear();
            letters.push('#');
        }
        let seen = Seen {
            word: hash(letters),
            beginning: hash(&letters[..letters.len().min(BEGINNING)]),
        };
        // "No, no, no" says it once; a thousand times is no more certain.
        if self.before.is_some_and(|before| before.word == seen.word) {
            letters.clear();
            return;
        }
        self.add(Kind::Word, seen.word, place);
        for prefix in 1..=2 {
            let (before, rest) = letters.split_at(prefix.min(letters.len()));
            let prefixed = before
                .iter()
                .all(|letter| matches!(letter, 'ו' | 'ה' | 'ב' | 'כ' | 'ל' | 'מ' | 'ש'));
            if prefixed && rest.len() >= 3 && letters.len() > BEGINNING {
                self.add(Kind::Word, hash(rest), place);
            }
        }
        if letters.len() > SHORT {
            self.add(Kind::Beginning, seen.beginning, place);
        }
        letters.insert(0, '^');
        letters.push('$');
        for length in [3, 4] {
            for piece in letters.windows(length) {
                self.add(Kind::Piece, hash(piece), place);
            }
        }
        letters.clear();
        self.neighbours(self.before.unwrap_or(EDGE), seen, place);
        self.before = Some(seen);
    }

    fn neighbours(&mut self, one: Seen, other: Seen, place: (usize, usize)) {
        let both = |one: u64, other: u64| mix(one.rotate_left(7) ^ other);
        self.add(Kind::Neighbours, both(one.word, other.word), place);
        let beginnings = both(one.beginning, other.beginning);
        self.add(Kind::Beginnings, beginnings, place);
    }

    fn add(&mut self, kind: Kind, value: u64, word: (usize, usize)) {
        let mixed = mix(value ^ ((kind as u64) << 32 | self.side << 40));
        self.found.push(Feature {
            bucket: (mixed >> 32) as u32 & (BUCKETS as u32 - 1),
            word,
        });
    }
}

fn hash(letters: &[char]) -> u64 {
    letters.iter().fold(0x9e37_79b9_7f4a_7c15, |sum, letter| {
        mix(sum ^ u64::from(u32::from(*letter)))
    })
}

#[inline]
const fn mix(value: u64) -> u64 {
    let product = value.wrapping_mul(0xff51_afd7_ed55_8ccd);
    product ^ (product >> 32)
}
