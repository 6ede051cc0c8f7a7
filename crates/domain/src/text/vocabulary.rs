//! The words of the lexicon as numbers, and a folded text as a row of them.

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
    /// Whether any of it is a digit.
    pub digits: bool,
}

/// Every word of the lexicon, numbered from one.
pub(super) struct Vocabulary {
    words: Vec<(u64, Box<str>)>,
    /// Numbers of words, at the place that their hash says or behind it; a power of two long, at most half full.
    table: Vec<WordId>,
}

/// Longest legal stack of prefixes: four letters of two bytes each.
const PREFIX_BYTES: usize = 8;

impl Vocabulary {
    pub fn new() -> Self {
        Self {
            words: vec![(0, "".into())],
            table: vec![UNKNOWN; 1 << 14],
        }
    }

    pub fn len(&self) -> usize {
        self.words.len()
    }

    /// The number of a word, a new one if need be.
    pub fn add(&mut self, word: &str) -> WordId {
        let hash = hash(word.as_bytes());
        let found = self.find(hash, word);
        if found != UNKNOWN {
            return found;
        }
        let id = WordId::try_from(self.words.len()).unwrap_or(UNKNOWN);
        self.words.push((hash, word.into()));
        if self.words.len() * 2 > self.table.len() {
            self.table = vec![UNKNOWN; self.table.len() * 2];
            for id in (1..).take(self.words.len() - 1) {
                self.place(id);
            }
        } else {
            self.place(id);
        }
        id
    }

    fn place(&mut self, id: WordId) {
        let mut at = self.slot(self.words[id as usize].0);
        while self.table[at] != UNKNOWN {
            at = (at + 1) & (self.table.len() - 1);
        }
        self.table[at] = id;
    }

    /// The upper bits of the product are the ones that are mixed.
    fn slot(&self, hash: u64) -> usize {
        let bits = self.table.len().trailing_zeros();
        usize::try_from(hash >> (64 - bits)).unwrap_or(0)
    }

    fn find(&self, hash: u64, word: &str) -> WordId {
        let mut at = self.slot(hash);
        loop {
            let id = self.table[at];
            if id == UNKNOWN {
                return UNKNOWN;
            }
            let (its_hash, its_word) = &self.words[id as usize];
            if *its_hash == hash && **its_word == *word {
                return id;
            }
            at = (at + 1) & (self.table.len() - 1);
        }
    }

    /// Cuts a folded text into words and marks.
    pub fn read(&self, text: &str) -> Row {
        let mut row = Row {
            tokens: Vec::with_capacity(text.len() / 6),
            bare: Vec::with_capacity(text.len() / 24),
            digits: false,
        };
        let mut start = None;
        for (at, letter) in text.char_indices() {
            if letter.is_alphanumeric() {
                row.digits |= letter.is_ascii_digit();
                start.get_or_insert(at);
                continue;
            }
            if let Some(start) = start.take() {
                self.word(&mut row, text, start, at);
            }
            if letter != ' ' {
                let end = at + letter.len_utf8();
                let mark = &text[at..end];
                row.tokens.push(Token {
                    start: at,
                    end,
                    word: self.find(hash(mark.as_bytes()), mark),
                });
            }
        }
        if let Some(start) = start {
            self.word(&mut row, text, start, text.len());
        }
        row
    }

    fn word(&self, row: &mut Row, text: &str, start: usize, end: usize) {
        let word = &text[start..end];
        let (mut hashes, mut hash) = ([0; PREFIX_BYTES + 1], SEED);
        for (at, byte) in word.bytes().enumerate().rev() {
            hash = mix(hash, byte);
            if at <= PREFIX_BYTES {
                hashes[at] = hash;
            }
        }
        for (at, letter) in word.char_indices() {
            if !matches!(letter, 'ו' | 'ה' | 'ב' | 'כ' | 'ל' | 'מ' | 'ש') {
                break;
            }
            let behind = at + letter.len_utf8();
            if behind > PREFIX_BYTES || behind >= word.len() {
                break;
            }
            let id = self.find(hashes[behind], &word[behind..]);
            if id != UNKNOWN && is_prefix(&word[..behind]) {
                row.bare.push((row.tokens.len(), id));
            }
        }
        let word = self.find(hashes[0], word);
        row.tokens.push(Token { start, end, word });
    }
}

const SEED: u64 = 0x9e37_79b9_7f4a_7c15;

fn mix(hash: u64, byte: u8) -> u64 {
    (hash.rotate_left(5) ^ u64::from(byte)).wrapping_mul(0x517c_c1b7_2722_0a95)
}

/// From the end to the start, so that the hash of what is left behind a prefix comes along.
fn hash(word: &[u8]) -> u64 {
    word.iter().rev().fold(SEED, |hash, byte| mix(hash, *byte))
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
        let row = vocabulary.read("וכשאמר, חדש");
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
