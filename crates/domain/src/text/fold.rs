//! One form for many spellings: points and bidi marks gone, final letters as their plain ones, quotes inside a word
//! gone, dashes inside a word a space, white space one space, letters small. Every byte of the folded text knows where in
//! the original it came from.

use unicode_normalization::char::{decompose_compatible, is_combining_mark};

/// A folded text with its way back.
#[derive(Debug, Clone, Default)]
pub(crate) struct Folded {
    /// The folded text.
    pub text: String,
    /// Per byte of `text`, the byte of the original where the character starts that it came from.
    origin: Vec<u32>,
    /// How much of the original is read, in bytes.
    read: u32,
}

impl Folded {
    /// Folds a text.
    pub fn new(original: &str) -> Self {
        let mut folding = Folding {
            text: Vec::with_capacity(original.len()),
            origin: Vec::with_capacity(original.len()),
            read: 0,
        };
        let bytes = original.as_bytes();
        let mut at = 0;
        while let Some(&byte) = bytes.get(at) {
            folding.read = at as u32;
            // Nearly every letter is one of these.
            if let (0xd7, Some(&second @ 0x90..=0xaa)) = (byte, bytes.get(at + 1)) {
                folding.byte(byte);
                folding.byte(without_final_form(second));
                at += 2;
                continue;
            }
            match byte {
                b'a'..=b'z' | b'0'..=b'9' | b'.' | b',' => folding.byte(byte),
                b'A'..=b'Z' => folding.byte(byte.to_ascii_lowercase()),
                b' ' => folding.space(),
                _ => {
                    let mut letters = original[at..].chars();
                    let Some(letter) = letters.next() else { break };
                    folding.letter(letter, letters.next());
                    at += letter.len_utf8();
                    continue;
                }
            }
            at += 1;
        }
        Self {
            text: String::from_utf8(folding.text).expect("whole letters were folded"),
            origin: folding.origin,
            read: original.len() as u32,
        }
    }

    /// The byte range in the original of a byte range here; marks that were dropped stay with their letter.
    pub fn original(&self, start: usize, end: usize) -> (usize, usize) {
        let at = |byte: usize| self.origin.get(byte).copied().unwrap_or(self.read) as usize;
        (at(start), at(end))
    }
}

/// A text while it is folded.
struct Folding {
    text: Vec<u8>,
    origin: Vec<u32>,
    /// Where the letter starts that is read.
    read: u32,
}

impl Folding {
    #[inline]
    fn byte(&mut self, byte: u8) {
        self.text.push(byte);
        self.origin.push(self.read);
    }

    fn push(&mut self, letter: char) {
        let mut bytes = [0; 4];
        for byte in letter.encode_utf8(&mut bytes).bytes() {
            self.byte(byte);
        }
    }

    #[inline]
    fn space(&mut self) {
        if !matches!(self.text.last(), None | Some(b' ' | b'\n')) {
            self.byte(b' ');
        }
    }

    fn letter(&mut self, letter: char, next: Option<char>) {
        let inside = || self.in_word() && next.is_some_and(is_of_word);
        match class(letter) {
            Class::Dropped => {}
            Class::Letter(plain) => self.push(plain),
            Class::Space => self.space(),
            Class::Break => self.byte(b'\n'),
            Class::Quote if inside() => {}
            Class::Quote => self.byte(b'"'),
            Class::Dash if inside() => self.space(),
            Class::Dash => self.byte(b'-'),
            Class::Other => self.decompose(letter),
        }
    }

    fn in_word(&self) -> bool {
        let from = self.text.len().saturating_sub(4);
        let last = self.text[from..].utf8_chunks().last();
        let last = last.and_then(|chunk| chunk.valid().chars().next_back());
        last.is_some_and(is_of_word)
    }

    fn decompose(&mut self, letter: char) {
        decompose_compatible(letter, |part| {
            if is_combining_mark(part) {
                return;
            }
            match class(part) {
                Class::Letter(plain) => self.push(plain),
                Class::Space => self.space(),
                _ => part.to_lowercase().for_each(|small| self.push(small)),
            }
        });
    }
}

/// The second byte of a Hebrew letter; a final form is the letter before its plain one.
#[inline]
const fn without_final_form(second: u8) -> u8 {
    match second {
        0x9a | 0x9d | 0x9f | 0xa3 | 0xa5 => second + 1,
        _ => second,
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
pub(super) fn is_of_word(letter: char) -> bool {
    match letter {
        'א'..='ת' => true,
        '\0'..='\x7f' => letter.is_ascii_alphanumeric(),
        _ => letter.is_alphanumeric(),
    }
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
