//! The words of the lexicon as numbers, and a folded text as a row of them.

use super::fold::is_of_word;

/// A word of the lexicon.
pub(super) type WordId = u32;

/// A word that the lexicon does not have.
pub(super) const UNKNOWN: WordId = 0;

/// A word or a mark of a text; bytes of the folded text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Token {
    pub start: usize,
    pub end: usize,
    pub word: WordId,
}

/// A text in words.
#[derive(Debug, Default)]
pub(super) struct Row {
    pub tokens: Vec<Token>,
    /// Which word a token also is when its Hebrew prefixes are taken off; in order of the tokens.
    pub bare: Vec<(usize, WordId)>,
    /// Whether any of its words starts with a digit.
    pub digits: bool,
}

/// Every word of the lexicon, numbered from one.
pub(super) struct Vocabulary {
    words: Vec<(u64, Box<str>)>,
    /// Numbers of words, each with a half of its hash, at the place that the other half says or behind it; a power of two
    /// long, at most half full.
    table: Vec<(u32, WordId)>,
}

/// A place of the table that no word has taken.
const FREE: (u32, WordId) = (0, UNKNOWN);

/// The half of a hash that does not tell the place.
#[inline]
const fn half(hash: u64) -> u32 {
    (hash & 0xffff_ffff) as u32
}

/// Longest legal stack of prefixes: four letters of two bytes each.
const PREFIX_BYTES: usize = 8;

impl Vocabulary {
    pub fn new() -> Self {
        Self {
            words: vec![(0, "".into())],
            table: vec![FREE; 1 << 14],
        }
    }

    pub fn len(&self) -> usize {
        self.words.len()
    }

    /// The number of a word, a new one if need be.
    pub fn add(&mut self, word: &str) -> WordId {
        let hash = hash(word.as_bytes());
        let found = self.find(word);
        if found != UNKNOWN {
            return found;
        }
        let id = WordId::try_from(self.words.len()).unwrap_or(UNKNOWN);
        self.words.push((hash, word.into()));
        if self.words.len() * 2 > self.table.len() {
            self.table = vec![FREE; self.table.len() * 2];
            for id in (1..).take(self.words.len() - 1) {
                self.place(id);
            }
        } else {
            self.place(id);
        }
        id
    }

    fn place(&mut self, id: WordId) {
        let hash = self.words[id as usize].0;
        let mut at = self.slot(hash);
        while self.table[at] != FREE {
            at = (at + 1) & (self.table.len() - 1);
        }
        self.table[at] = (half(hash), id);
    }

    /// The upper bits of the product are the ones that are mixed.
    #[inline]
    fn slot(&self, hash: u64) -> usize {
        let bits = self.table.len().trailing_zeros();
        usize::try_from(hash >> (64 - bits)).unwrap_or(0)
    }

    #[inline]
    fn find(&self, word: &str) -> WordId {
        let hash = hash(word.as_bytes());
        let mut at = self.slot(hash);
        loop {
            let (its_half, id) = self.table[at];
            if id == UNKNOWN {
                return UNKNOWN;
            }
            if its_half == half(hash) && *self.words[id as usize].1 == *word {
                return id;
            }
            at = (at + 1) & (self.table.len() - 1);
        }
    }

    /// Cuts a byte range of a folded text into words and marks.
    pub fn read(&self, text: &str, (from, to): (usize, usize)) -> Row {
        let mut row = Row {
            tokens: Vec::with_capacity((to - from) / 5),
            bare: Vec::with_capacity((to - from) / 20),
            digits: false,
        };
        let text = &text[..to];
        let bytes = text.as_bytes();
        let (mut at, mut start) = (from, from);
        while let Some(&byte) = bytes.get(at) {
            let (length, is_word) = match byte {
                0xd7 if matches!(bytes.get(at + 1), Some(0x90..=0xaa)) => (2, true),
                0..=0x7f => (1, byte.is_ascii_alphanumeric()),
                _ => {
                    let letter = text[at..].chars().next().unwrap_or(' ');
                    (letter.len_utf8(), is_of_word(letter))
                }
            };
            let end = at + length;
            if !is_word {
                if start < at {
                    self.word(&mut row, text, start, at);
                }
                if byte != b' ' {
                    let word = self.find(&text[at..end]);
                    row.tokens.push(Token {
                        start: at,
                        end,
                        word,
                    });
                }
                start = end;
            }
            at = end;
        }
        if start < at {
            self.word(&mut row, text, start, at);
        }
        row
    }

    fn word(&self, row: &mut Row, text: &str, start: usize, end: usize) {
        let word = &text[start..end];
        row.digits |= word.as_bytes()[0].is_ascii_digit();
        for (at, letter) in word.char_indices() {
            let behind = at + letter.len_utf8();
            let more = matches!(letter, 'ו' | 'ה' | 'ב' | 'כ' | 'ל' | 'מ' | 'ש');
            if !more || behind > PREFIX_BYTES || behind >= word.len() {
                break;
            }
            let id = self.find(&word[behind..]);
            if id != UNKNOWN && is_prefix(&word[..behind]) {
                row.bare.push((row.tokens.len(), id));
            }
        }
        let word = self.find(word);
        row.tokens.push(Token { start, end, word });
    }
}

/// Of the length and of up to eight bytes at either end: whole for nearly every word.
#[inline]
fn hash(word: &[u8]) -> u64 {
    let (first, last) = match word {
        [one] => (u64::from(*one), 0),
        _ if word.len() >= 8 => (
            word.first_chunk()
                .map_or(0, |some| u64::from_le_bytes(*some)),
            word.last_chunk()
                .map_or(0, |some| u64::from_le_bytes(*some)),
        ),
        _ if word.len() >= 4 => {
            let four = |some: &[u8; 4]| u64::from(u32::from_le_bytes(*some));
            (
                word.first_chunk().map_or(0, four),
                word.last_chunk().map_or(0, four),
            )
        }
        _ => {
            let two = |some: &[u8; 2]| u64::from(u16::from_le_bytes(*some));
            (
                word.first_chunk().map_or(0, two),
                word.last_chunk().map_or(0, two),
            )
        }
    };
    let mixed =
        first.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ last.rotate_left(23) ^ word.len() as u64;
    (mixed ^ (mixed >> 31)).wrapping_mul(0x517c_c1b7_2722_0a95)
}

/// Legal stacks of one-letter Hebrew prefixes, as in ושהוא or לכשיחזור.
fn is_prefix(letters: &str) -> bool {
    let rest = letters.strip_prefix('ו').unwrap_or(letters);
    matches!(
        rest,
        "" | "ה"
            | "ב"
            | "כ"
            | "ל"
            | "מ"
            | "ש"
            | "כש"
            | "לכש"
            | "מש"
            | "שה"
            | "שב"
            | "של"
            | "שמ"
            | "שכ"
            | "כשה"
            | "בה"
            | "מה"
            | "שכש"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_its_words_and_marks_and_what_is_left_behind_prefixes() {
        let mut vocabulary = Vocabulary::new();
        let told = vocabulary.add("אמר");
        let comma = vocabulary.add(",");
        let row = vocabulary.read("וכשאמר, חדש", (0, 20));
        let words: Vec<WordId> = row.tokens.iter().map(|token| token.word).collect();
        assert_eq!(words, [UNKNOWN, comma, UNKNOWN]);
        assert_eq!(row.bare, [(0, told)]);
        assert_eq!((row.tokens[1].start, row.tokens[1].end), (12, 13));
    }

    #[test]
    fn a_word_keeps_its_number_however_many_follow() {
        let mut vocabulary = Vocabulary::new();
        let numbers: Vec<WordId> = (0..20_000)
            .map(|n| vocabulary.add(&format!("w{n}")))
            .collect();
        assert_eq!(vocabulary.len(), 20_001);
        for (n, number) in numbers.iter().enumerate().step_by(777) {
            assert_eq!(vocabulary.add(&format!("w{n}")), *number);
        }
    }
}
