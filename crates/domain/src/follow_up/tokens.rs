//! A folded text as what its words mean.

use super::digits::digits;
use super::vocabulary::{Sense, Vocabulary};
use crate::text::fold::{is_in_number, is_of_word};

/// A phrase or a mark; bytes of the folded text.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Token {
    pub sense: Sense,
    pub start: usize,
    pub end: usize,
    /// The last Hebrew prefix that was taken off it.
    pub prefix: Option<char>,
}

/// Prefixes that stand before a word, at most two of them.
const PREFIXES: [char; 7] = ['ו', 'ה', 'ב', 'כ', 'ל', 'מ', 'ש'];
const MOST_PREFIXES: usize = 2;

/// The phrases and marks of a stretch of a folded text, the longest phrase first.
pub(super) fn tokens(text: &str, from: usize, to: usize, vocabulary: &Vocabulary) -> Vec<Token> {
    let pieces = pieces(text, from, to);
    let mut found = Vec::with_capacity(pieces.len());
    let mut at = 0;
    while let Some(piece) = pieces.get(at) {
        let (token, taken) = match *piece {
            Piece::Mark(start, end, sense) => (
                Token {
                    sense,
                    start,
                    end,
                    prefix: None,
                },
                1,
            ),
            Piece::Word(..) => phrase(text, &pieces[at..], vocabulary),
        };
        found.push(token);
        at += taken;
    }
    found
}

#[derive(Debug, Clone, Copy)]
enum Piece {
    Word(usize, usize),
    Mark(usize, usize, Sense),
}

fn pieces(text: &str, from: usize, to: usize) -> Vec<Piece> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let mut word = None;
    let end_word = |word: &mut Option<usize>, end: usize, found: &mut Vec<Piece>| {
        if let Some(start) = word.take() {
            found.push(Piece::Word(start, end));
        }
    };
    for (offset, letter) in text[from..to].char_indices() {
        let at = from + offset;
        let inside = matches!(letter, '.' | ':' | '/' | ',') && is_in_number(bytes, at);
        // The point inside "p.m." ends nothing.
        let half_of_day = letter == '.' && is_half_of_day(text, at);
        if is_of_word(letter) || inside {
            if letter.is_ascii_digit() && word.is_some_and(|start| is_prefix(&text[start..at])) {
                end_word(&mut word, at, &mut found);
            }
            word.get_or_insert(at);
            continue;
        }
        if half_of_day {
            continue;
        }
        end_word(&mut word, at, &mut found);
        let sense = match letter {
            '.' | '!' | ';' | '\n' => Sense::Stop(false),
            '?' => Sense::Stop(true),
            ',' | ':' | '-' | '(' | ')' | '[' | ']' | '/' => Sense::Pause,
            _ => continue,
        };
        found.push(Piece::Mark(at, at + letter.len_utf8(), sense));
    }
    end_word(&mut word, to, &mut found);
    found
}

/// Whether a word is nothing but Hebrew prefixes, as before a number: ב16:00.
fn is_prefix(word: &str) -> bool {
    !word.is_empty() && word.chars().all(|letter| PREFIXES.contains(&letter))
}

/// Whether a point stands inside "a.m" or "p.m".
fn is_half_of_day(text: &str, at: usize) -> bool {
    let (before, behind) = (&text[..at], &text[at + 1..]);
    let Some(rest) = before.strip_suffix(['a', 'p']) else {
        return false;
    };
    let opens = !rest.ends_with(char::is_alphabetic);
    opens
        && behind
            .strip_prefix('m')
            .is_some_and(|rest| !rest.starts_with(is_of_word))
}

/// The longest phrase that the pieces begin with, and how many of them it takes.
fn phrase(text: &str, pieces: &[Piece], vocabulary: &Vocabulary) -> (Token, usize) {
    let words: Vec<(usize, usize)> = pieces
        .iter()
        .take(vocabulary.longest)
        .map_while(|piece| match *piece {
            Piece::Word(start, end) => Some((start, end)),
            Piece::Mark(..) => None,
        })
        .collect();
    let (start, first_end) = words[0];
    let token = |sense, end, prefix| Token {
        sense,
        start,
        end,
        prefix,
    };
    let first = match &text[start..first_end] {
        "a.m" => "am",
        "p.m" => "pm",
        word => word,
    };
    if first.starts_with(|letter: char| letter.is_ascii_digit()) {
        return (token(Sense::Digits(digits(first)), first_end, None), 1);
    }
    let mut best =
        longest(text, &words, first, vocabulary).map(|(sense, taken)| (sense, taken, None));
    let mut bare = first;
    for _ in 0..MOST_PREFIXES {
        let Some(prefix) = bare
            .chars()
            .next()
            .filter(|letter| PREFIXES.contains(letter))
        else {
            break;
        };
        bare = &bare[prefix.len_utf8()..];
        if let Some((sense, taken)) = longest(text, &words, bare, vocabulary)
            && !bare.is_empty()
            && best.is_none_or(|(_, most, _)| taken > most)
        {
            best = Some((sense, taken, Some(prefix)));
        }
    }
    match best {
        Some((sense, taken, prefix)) => (token(sense, words[taken - 1].1, prefix), taken),
        None => (token(Sense::Unknown, first_end, None), 1),
    }
}

/// The longest phrase of the vocabulary that begins with `first` in place of the first word.
fn longest(
    text: &str,
    words: &[(usize, usize)],
    first: &str,
    vocabulary: &Vocabulary,
) -> Option<(Sense, usize)> {
    let mut phrase = String::from(first);
    let mut found = vocabulary.find(&phrase).map(|sense| (sense, 1));
    for (at, (start, end)) in words.iter().enumerate().skip(1) {
        phrase.push(' ');
        phrase.push_str(&text[*start..*end]);
        if let Some(sense) = vocabulary.find(&phrase) {
            found = Some((sense, at + 1));
        }
    }
    found
}
