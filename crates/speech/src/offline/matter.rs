//! What a call is about, in the words that name it at its start: "calling about your roof", "בקשר לאיטום הגג".

use std::collections::HashSet;
use std::sync::LazyLock;

use domain::text::{Classifier, Speaker, Turn, folded_words};

use super::words::{self, Kind};

/// How a matter was named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Matter<'a> {
    /// The name, as it was said, without articles and Hebrew prefixes.
    pub name: &'a str,
    /// Said to be what the call is about; else somebody's wish, which may be another one.
    pub certain: bool,
}

/// What stands before a matter.
struct Marker {
    words: Vec<String>,
    /// The prefix letter that the matter's first word begins with.
    prefix: Option<char>,
    certain: bool,
}

#[derive(Default)]
struct Openers {
    /// The longest first.
    markers: Vec<Marker>,
    empty: HashSet<String>,
    end: HashSet<String>,
    articles: HashSet<String>,
}

static OPENERS: LazyLock<Openers> = LazyLock::new(|| {
    let mut openers = Openers::default();
    for (name, lines) in words::sections(include_str!("../../data/openers.txt")) {
        match name {
            "before" | "wish" => openers
                .markers
                .extend(lines.map(|line| Marker::read(line, name == "before"))),
            "empty" => openers.empty.extend(lines.flat_map(folded_words)),
            "end" => openers.end.extend(lines.flat_map(folded_words)),
            _ => openers.articles.extend(lines.flat_map(folded_words)),
        }
    }
    openers
        .markers
        .sort_by_key(|marker| std::cmp::Reverse(marker.words.len()));
    openers
});

/// A matter is named in the first turns of either side.
const OPENING_TURNS: usize = 2;
/// A longer name is a story.
const NAME_WORDS: usize = 5;

impl Marker {
    fn read(line: &str, certain: bool) -> Self {
        let (before, prefix) = line.split_once('+').unwrap_or((line, ""));
        Self {
            words: folded_words(before),
            prefix: prefix.chars().next(),
            certain,
        }
    }

    /// How many tokens it takes at the start of these.
    fn at(&self, tokens: &[Token<'_>]) -> Option<usize> {
        let mut wanted = self.words.iter();
        let first = wanted.next()?;
        let begins = tokens.first().is_some_and(|token| {
            token.word == *first
                || token.word.strip_prefix(['ש', 'ו', 'ל', 'ב', 'ה']) == Some(first.as_str())
        });
        let length = self.words.len();
        let rest = begins
            && tokens.len() > length
            && tokens[1..length]
                .iter()
                .zip(wanted)
                .all(|(token, word)| token.word == *word)
            && !tokens[..length].iter().any(|token| token.ends_clause);
        let prefixed = self
            .prefix
            .is_none_or(|prefix| rest && tokens[length].word.starts_with(prefix));
        (rest && prefixed).then_some(length)
    }
}

/// A word of a text with its place.
struct Token<'a> {
    text: &'a str,
    start: usize,
    word: String,
    ends_clause: bool,
}

fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut at = 0;
    text.split_whitespace()
        .filter_map(|piece| {
            let start = at + text[at..].find(piece)?;
            at = start + piece.len();
            let bare = piece.trim_matches(|letter: char| !letter.is_alphanumeric());
            let start = start + piece.find(bare)?;
            let behind = &text[start + bare.len()..at];
            Some(Token {
                text: bare,
                start,
                word: folded_words(bare).join(" "),
                ends_clause: behind.contains(['.', ',', ';', '!', '?', ':', ')']),
            })
        })
        .collect()
}

/// The matter that the opening of a conversation names: what is said to be its subject before what somebody wishes.
pub(super) fn matter<'a>(turns: &[Turn<'a>]) -> Option<Matter<'a>> {
    let (mut ours, mut theirs) = (0, 0);
    let opening = turns.iter().filter(|turn| {
        let count = match turn.speaker {
            Speaker::Agent => &mut ours,
            _ => &mut theirs,
        };
        *count += 1;
        *count <= OPENING_TURNS
    });
    let named: Vec<Matter<'a>> = opening
        .flat_map(|turn| {
            // What a customer talks "about" may be anything.
            let ours = turn.speaker == Speaker::Agent;
            named(turn.text).into_iter().map(move |matter| Matter {
                certain: matter.certain && ours,
                ..matter
            })
        })
        .collect();
    let certain = named.iter().position(|matter| matter.certain);
    named.into_iter().nth(certain.unwrap_or(0))
}

fn named(text: &str) -> Vec<Matter<'_>> {
    let tokens = tokens(text);
    let mut found = Vec::new();
    let mut at = 0;
    let marker_at = |at: usize| {
        let marker = |marker: &'static Marker| Some((marker, marker.at(&tokens[at..])?));
        OPENERS.markers.iter().find_map(marker)
    };
    while at < tokens.len() {
        let Some((marker, length)) = marker_at(at) else {
            at += 1;
            continue;
        };
        at += length;
        // "Details about": the second says it.
        if marker_at(at).is_some() {
            continue;
        }
        if let Some(name) = name(text, &tokens[at..], marker.prefix) {
            found.push(Matter {
                name,
                certain: marker.certain,
            });
        }
    }
    found
}

/// The name that these words begin with.
fn name<'a>(text: &'a str, tokens: &[Token<'a>], prefix: Option<char>) -> Option<&'a str> {
    let open = &*OPENERS;
    let articles = tokens
        .iter()
        .take_while(|token| open.articles.contains(&token.word) && !token.ends_clause)
        .count();
    let tokens = &tokens[articles..];
    let first = tokens.first()?;
    let bare = prefix.map_or(first.text, |prefix| {
        first.text.strip_prefix(prefix).unwrap_or(first.text)
    });
    // The definite article before a letter He of the word's own is heard twice.
    let bare = if bare.starts_with("הה") {
        &bare['ה'.len_utf8()..]
    } else {
        bare
    };
    let amount = |word: &str| {
        word.starts_with(|letter: char| letter.is_ascii_digit()) || words::is(Kind::Number, word)
    };
    let nothing = |word: &str| {
        open.empty.contains(word) || amount(word) || Classifier::standard().names_time(word)
    };
    let bare_word = folded_words(bare).join(" ");
    if nothing(&first.word) || nothing(&bare_word) || bare.chars().count() < 2 {
        return None;
    }
    let mut end = first;
    for token in tokens.iter().skip(1).take(NAME_WORDS - 1) {
        if end.ends_clause || open.end.contains(&token.word) {
            break;
        }
        end = token;
    }
    let start = first.start + first.text.len() - bare.len();
    let name = &text[start..end.start + end.text.len()];
    let dangling = [
        " for", " to", " and", " on", " your", " the", " of", " our", " my", " enquiry",
        " inquiry", " request",
    ];
    Some(
        dangling
            .iter()
            .find_map(|word| name.strip_suffix(word))
            .unwrap_or(name),
    )
}
