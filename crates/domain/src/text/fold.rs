//! One form for many spellings: points and bidi marks gone, final letters as their plain ones, quotes inside a word
//! gone, dashes inside a word a space, white space one space, letters small. Every byte of the folded text knows which
//! character of the original it came from.

use std::iter::Peekable;
use std::str::Chars;

use unicode_normalization::char::{decompose_compatible, is_combining_mark};

/// A folded text with its way back.
#[derive(Debug, Clone, Default)]
pub(crate) struct Folded {
    /// The folded text.
    pub text: String,
    /// Per byte of `text`, the index of the original character (Unicode scalar) that it came from.
    origin: Vec<u32>,
    /// Number of characters of the original.
    length: u32,
}

impl Folded {
    /// Folds a text.
    pub fn new(original: &str) -> Self {
        let mut folded = Self {
            text: String::with_capacity(original.len()),
            origin: Vec::with_capacity(original.len()),
            length: 0,
        };
        let mut letters = original.chars().peekable();
        while let Some(letter) = letters.next() {
            match class(letter) {
                Class::Dropped => {}
                Class::Letter(plain) => folded.push(plain),
                Class::Space => folded.space(),
                Class::Break => folded.push('\n'),
                Class::Quote if folded.in_word() && next_is_word(&mut letters) => {}
                Class::Quote => folded.push('"'),
                Class::Dash if folded.in_word() && next_is_word(&mut letters) => folded.space(),
                Class::Dash => folded.push('-'),
                Class::Other => folded.decompose(letter),
            }
            folded.length += 1;
        }
        folded
    }

    fn push(&mut self, letter: char) {
        self.text.push(letter);
        self.origin.resize(self.text.len(), self.length);
    }

    fn space(&mut self) {
        if !matches!(self.text.as_bytes().last(), None | Some(b' ' | b'\n')) {
            self.push(' ');
        }
    }

    fn in_word(&self) -> bool {
        self.text
            .chars()
            .next_back()
            .is_some_and(char::is_alphanumeric)
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

    /// The character range in the original of a byte range here; marks that were dropped stay with their letter.
    pub fn original(&self, start: usize, end: usize) -> (usize, usize) {
        let at = |byte: usize| self.origin.get(byte).copied().unwrap_or(self.length) as usize;
        (at(start), at(end))
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

/// Whether the next character belongs to a word.
fn next_is_word(letters: &mut Peekable<Chars<'_>>) -> bool {
    letters
        .peek()
        .is_some_and(|letter| letter.is_alphanumeric())
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
        let found: String = original.chars().skip(from).take(to - from).collect();
        assert_eq!(found, "לֹא מְעֻנְיֶנֶת");
    }
}
