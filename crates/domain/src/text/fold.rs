//! One form for many spellings: points and bidi marks gone, final letters as their plain ones, quotes inside a word
//! gone, dashes inside a word a space, white space one space, letters small. Every byte of the folded text knows where in
//! the original it came from.

use unicode_normalization::char::{decompose_compatible, is_combining_mark};

/// A folded text with its way back.
#[derive(Debug, Clone, Default)]
pub(crate) struct Folded {
    /// The folded text.
    pub text: String,
    /// Where it stops to run along with the original: bytes here and there, in order. Between two of them it does, so
    /// that a place behind one is as far behind it there.
    shifts: Vec<(u32, u32)>,
}

impl Folded {
    /// Folds a text.
    pub fn new(original: &str) -> Self {
        let mut folding = Folding {
            text: String::with_capacity(original.len() + 8),
            shifts: Vec::new(),
        };
        let bytes = original.as_bytes();
        // What is its own folded form is taken over in one piece.
        let (mut at, mut piece) = (0, 0);
        while let Some(&byte) = bytes.get(at) {
            let (length, is_plain) = match byte {
                0xd7 => {
                    let second = bytes.get(at + 1).copied().unwrap_or_default();
                    (
                        2,
                        matches!(second, 0x90..=0xaa) && plain_form(second).is_none(),
                    )
                }
                b'a'..=b'z' | b'0'..=b'9' | b'.' | b',' | b':' | b';' | b'!' | b'?' | b'\n' => {
                    (1, true)
                }
                b' ' => (1, at > piece && !matches!(bytes[at - 1], b' ' | b'\n')),
                _ => (1, false),
            };
            if is_plain {
                at += length;
                continue;
            }
            folding.text.push_str(&original[piece..at]);
            // A final form is as long as its plain letter: nothing shifts.
            if byte == 0xd7
                && let Some(plain) = plain_form(bytes.get(at + 1).copied().unwrap_or_default())
            {
                folding.text.push(plain);
                at += length;
                piece = at;
                continue;
            }
            let mut letters = original[at..].chars();
            let Some(letter) = letters.next() else { break };
            folding.letter(letter, letters.next(), at);
            at += letter.len_utf8();
            piece = at;
            folding.at(at);
        }
        folding.text.push_str(&original[piece..]);
        Self {
            text: folding.text,
            shifts: folding.shifts,
        }
    }

    /// The byte range in the original of a byte range here; marks that were dropped stay with their letter.
    pub fn original(&self, start: usize, end: usize) -> (usize, usize) {
        let at = |byte: usize| {
            let behind = self
                .shifts
                .partition_point(|(here, _)| *here as usize <= byte);
            match self.shifts[..behind].last() {
                Some((here, there)) => *there as usize + byte - *here as usize,
                None => byte,
            }
        };
        (at(start), at(end))
    }
}

/// A text while it is folded.
struct Folding {
    text: String,
    shifts: Vec<(u32, u32)>,
}

impl Folding {
    /// So much of the original is read.
    #[inline]
    fn at(&mut self, there: usize) {
        let here = self.text.len();
        let last = self.shifts.last().copied().unwrap_or((0, 0));
        if here + last.1 as usize == there + last.0 as usize {
            return;
        }
        let shift = (here as u32, there as u32);
        match self.shifts.last_mut() {
            // Marks behind a letter: what comes next starts behind the last of them.
            Some(last) if last.0 == shift.0 => *last = shift,
            _ => self.shifts.push(shift),
        }
    }

    #[inline]
    fn push(&mut self, letter: char) {
        self.text.push(letter);
    }

    #[inline]
    fn space(&mut self) {
        if !matches!(self.text.as_bytes().last(), None | Some(b' ' | b'\n')) {
            self.push(' ');
        }
    }

    fn letter(&mut self, letter: char, next: Option<char>, there: usize) {
        let inside = || self.in_word() && next.is_some_and(is_of_word);
        match class(letter) {
            Class::Dropped => {}
            Class::Letter(plain) => self.push(plain),
            Class::Space => self.space(),
            Class::Break => self.push('\n'),
            Class::Quote if inside() => {}
            Class::Quote => self.push('"'),
            Class::Dash if inside() => self.space(),
            Class::Dash => self.push('-'),
            Class::Other => self.decompose(letter, there),
        }
    }

    fn in_word(&self) -> bool {
        self.text.chars().next_back().is_some_and(is_of_word)
    }

    /// One letter may become several; each of them stands where the one stood.
    fn decompose(&mut self, letter: char, there: usize) {
        decompose_compatible(letter, |part| {
            if is_combining_mark(part) {
                return;
            }
            self.at(there);
            match class(part) {
                Class::Letter(plain) => self.push(plain),
                Class::Space => self.space(),
                _ => part.to_lowercase().for_each(|small| {
                    self.at(there);
                    self.push(small);
                }),
            }
        });
    }
}

/// The plain letter of a final form, by the second byte of the latter.
#[inline]
const fn plain_form(second: u8) -> Option<char> {
    match second {
        0x9a => Some('כ'),
        0x9d => Some('מ'),
        0x9f => Some('נ'),
        0xa3 => Some('פ'),
        0xa5 => Some('צ'),
        _ => None,
    }
}

enum Class {
    Dropped,
    Letter(char),
    Space,
    Break,
    Quote,
    Dash,
    Other,
}

#[inline]
fn class(letter: char) -> Class {
    match letter {
        'ך' => Class::Letter('כ'),
        'ם' => Class::Letter('מ'),
        'ן' => Class::Letter('נ'),
        'ף' => Class::Letter('פ'),
        'ץ' => Class::Letter('צ'),
        'a'..='z' | '0'..='9' | 'א'..='ת' => Class::Letter(letter),
        'A'..='Z' => Class::Letter(letter.to_ascii_lowercase()),
        '.' | ',' | ';' | ':' | '!' | '?' | '(' | ')' | '[' | ']' => Class::Letter(letter),
        '\n' | '\u{2028}' | '\u{2029}' | '\u{85}' => Class::Break,
        '_' => Class::Space,
        '"' | '\'' | '`' | '´' | '״' | '׳' | '‘'..='‟' | '«' | '»' | '‹' | '›' | '＂' | '＇' => {
            Class::Quote
        }
        '-' | '־' | '‐'..='―' | '−' => Class::Dash,
        // Hebrew points and accents, bidi marks, zero-width characters, variation selectors.
        '\u{591}'..='\u{5bd}'
        | '\u{5bf}'
        | '\u{5c1}'
        | '\u{5c2}'
        | '\u{5c4}'
        | '\u{5c5}'
        | '\u{5c7}'
        | '\u{ad}'
        | '\u{61c}'
        | '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{2069}'
        | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}' => Class::Dropped,
        _ if letter.is_whitespace() || letter.is_control() => Class::Space,
        _ => Class::Other,
    }
}

/// Whether a character belongs to a word: a letter or a digit, told at once where it is Hebrew or ASCII.
#[inline]
pub(crate) fn is_of_word(letter: char) -> bool {
    match letter {
        'א'..='ת' => true,
        '\0'..='\x7f' => letter.is_ascii_alphanumeric(),
        _ => letter.is_alphanumeric(),
    }
}

/// Whether a mark stands between two digits, as in 3.4 or 16:00.
#[inline]
pub(crate) fn is_in_number(bytes: &[u8], at: usize) -> bool {
    let digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    at > 0 && digit(at - 1) && digit(at + 1)
}

/// The words of a text in their folded form: runs of letters and digits.
pub(crate) fn words(text: &str) -> Vec<String> {
    Folded::new(text)
        .text
        .split(|letter: char| !letter.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("לֹא  מְעֻנְיָן", "לא מענינ")]
    #[case("\u{2067}לא ענה\u{2069}", "לא ענה")]
    #[case("לא-מעוניין", "לא מעוניינ")]
    #[case("ב־16:00", "ב 16:00")]
    #[case("ש״ח, ש\"ח", "שח, שח")]
    #[case("DON’T Call", "dont call")]
    #[case("„כן“", "\"כנ\"")]
    #[case("Intéressé", "interesse")]
    #[case("אין\u{a0}\t מענה", "אינ מענה")]
    #[case("a - b", "a - b")]
    fn spellings_fold_to_one_form(#[case] original: &str, #[case] folded: &str) {
        assert_eq!(Folded::new(original).text, folded);
    }

    #[rstest]
    #[case("\u{bd} שעה", "שעה")]
    #[case("ﬁne. ŉ, נִבְדֹּק מחר", "מחר")]
    #[case("  a  b\u{200f}  c", "c")]
    #[case("©®Ǆ x", "x")]
    fn offsets_are_those_of_whole_letters(#[case] original: &str, #[case] word: &str) {
        let folded = Folded::new(original);
        for (at, letter) in folded.text.char_indices() {
            let (from, to) = folded.original(at, at + letter.len_utf8());
            assert!(original.is_char_boundary(from) && original.is_char_boundary(to));
            assert!(from <= to && to <= original.len());
        }
        let plain = Folded::new(word).text;
        let start = folded.text.find(&plain).expect("folded");
        let (from, to) = folded.original(start, start + plain.len());
        assert_eq!(&original[from..to], word);
    }

    #[test]
    fn offsets_lead_back_to_the_original_with_its_points() {
        let original = "היא אמרה לֹא מְעֻנְיֶנֶת, תודה";
        let folded = Folded::new(original);
        let start = folded.text.find("לא").expect("folded");
        let end = folded.text.find(',').expect("kept");
        let (from, to) = folded.original(start, end);
        assert_eq!(&original[from..to], "לֹא מְעֻנְיֶנֶת");
    }
}
