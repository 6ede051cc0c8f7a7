//! Which place a conversation is about.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use domain::messages::Language;
use domain::text::{Speaker, Turn, folded_words};

use super::words::{self, Kind};

struct Place {
    hebrew: &'static str,
    english: &'static str,
    /// Whether its name is a common word or a first name too.
    ambiguous: bool,
}

/// The gazetteer, by the first word of each spelling.
pub struct Places {
    places: Vec<Place>,
    by_first: HashMap<String, Vec<(Vec<String>, usize)>>,
}

static PLACES: LazyLock<Places> =
    LazyLock::new(|| Places::read(include_str!("../../data/cities.txt")));

/// Words near a place that tell whose it is, by what they tell.
static CUES: LazyLock<HashMap<&str, HashSet<String>>> = LazyLock::new(|| {
    words::sections(include_str!("../../data/place_cues.txt"))
        .map(|(name, lines)| (name, lines.flat_map(folded_words).collect()))
        .collect()
});

/// Whether one of the words is such a cue.
fn any(words: &[String], cue: &str) -> bool {
    words.iter().any(|word| is_cue(word, cue))
}

fn is_cue(word: &str, cue: &str) -> bool {
    CUES.get(cue).is_some_and(|known| known.contains(word))
}

/// Prefixes that a place's name takes, and what they say: in, to, from, and the rest.
const PREFIXES: [&str; 9] = ["וב", "שב", "ומ", "ול", "ב", "ל", "מ", "ו", "ש"];
const REACH_WORDS: usize = 3;
/// A contrast reaches further.
const BUT_WORDS: usize = 8;

/// Whether a sentence asks for a place.
pub(super) fn asks_where(words: &[String]) -> bool {
    any(words, "where")
}

impl Places {
    /// The gazetteer of the crate.
    #[must_use]
    pub fn standard() -> &'static Self {
        &PLACES
    }

    fn read(source: &'static str) -> Self {
        let mut places = Vec::new();
        let mut by_first: HashMap<String, Vec<(Vec<String>, usize)>> = HashMap::new();
        for line in source.lines().filter(|line| !line.starts_with('#')) {
            let (ambiguous, line) = match line.strip_prefix('~') {
                Some(line) => (true, line),
                None => (false, line),
            };
            let Some((hebrew, english)) = line.split_once(';') else {
                continue;
            };
            let names = |half: &'static str| {
                let (name, others) = half.split_once('=').unwrap_or((half, ""));
                (
                    name.trim(),
                    others
                        .split(',')
                        .map(str::trim)
                        .filter(|other| !other.is_empty()),
                )
            };
            let ((hebrew, more_hebrew), (english, more_english)) = (names(hebrew), names(english));
            let number = places.len();
            places.push(Place {
                hebrew,
                english,
                ambiguous,
            });
            for spelling in more_hebrew.chain(more_english).chain([hebrew, english]) {
                let words = place_words(spelling);
                for words in [lean(&words), Some(words)].into_iter().flatten() {
                    if let Some(first) = words.first() {
                        by_first
                            .entry(sound(first))
                            .or_default()
                            .push((words.iter().map(|word| sound(word)).collect(), number));
                    }
                }
            }
        }
        for spellings in by_first.values_mut() {
            spellings.sort_by_key(|(words, _)| std::cmp::Reverse(words.len()));
        }
        Self { places, by_first }
    }

    /// The place that the customer speaks of: where they are or where the work is to be done; for a move, where it
    /// starts. In the language asked for.
    #[must_use]
    pub fn find(&self, turns: &[Turn<'_>], language: Language) -> Option<&'static str> {
        let moves = |word: String| {
            let bare = word.strip_prefix(['מ', 'ב', 'ה', 'ל']).unwrap_or(&word);
            is_cue(&word, "moving") || is_cue(bare, "moving")
        };
        let mut words = turns.iter().flat_map(|turn| folded_words(turn.text));
        let moving = words.any(moves);
        let mut best: Option<(i32, usize)> = None;
        // Who names no place of their own comes to ours.
        let mut ours_first: Option<usize> = None;
        let mut asked = false;
        let mut named_before: Vec<usize> = Vec::new();
        for (number, turn) in turns.iter().enumerate() {
            let ours = turn.speaker == Speaker::Agent;
            let words = place_words(turn.text);
            let mut named_here = Vec::new();
            let mut at = 0;
            while at < words.len() {
                let Some(named) = self.at(&words[at..]) else {
                    at += 1;
                    continue;
                };
                let context = Context {
                    // The answer comes first.
                    asked: asked && named_here.is_empty(),
                    repeated: named_before.contains(&named.place),
                    opening: number == 0,
                    moving,
                    ours,
                };
                let points = self.points(&words, at, &named, context);
                if points > 0 && best.is_none_or(|(most, _)| points > most) {
                    best = Some((points, named.place));
                }
                let of_street = words[..at]
                    .last()
                    .is_some_and(|word| is_cue(word, "street"));
                if !of_street && !self.is_ambiguous(&words, at, &named) {
                    ours_first = ours_first.or(Some(named.place));
                }
                at += named.words;
                named_here.push(named.place);
            }
            asked = ours && turn.text.contains('?') && asks_where(&words);
            named_before = if ours { named_here } else { Vec::new() };
        }
        let place = &self.places[best.map(|(_, place)| place).or(ours_first)?];
        Some(match language {
            Language::Hebrew => place.hebrew,
            Language::English => place.english,
        })
    }

    /// A place at the start of these words.
    fn at(&self, words: &[String]) -> Option<Named> {
        let first = words.first()?;
        let forms = std::iter::once(("", first.as_str())).chain(
            PREFIXES
                .into_iter()
                .filter_map(|prefix| Some((prefix, first.strip_prefix(prefix)?))),
        );
        for (prefix, form) in forms {
            for (spelling, place) in self.by_first.get(&sound(form)).into_iter().flatten() {
                // One short word behind a prefix is more often another word.
                let certain = prefix.is_empty() || spelling.len() > 1 || form.chars().count() > 2;
                if certain
                    && words.len() >= spelling.len()
                    && words[1..spelling.len()]
                        .iter()
                        .zip(&spelling[1..])
                        .all(|(word, spelt)| sound(word) == *spelt)
                {
                    return Some(Named {
                        words: spelling.len(),
                        place: *place,
                        prefix,
                    });
                }
            }
        }
        None
    }

    /// Whether what is named here may as well be a common word or a first name.
    fn is_ambiguous(&self, words: &[String], at: usize, named: &Named) -> bool {
        let word_before = before(words, at, 1).last().map_or("", String::as_str);
        let kind = is_cue(word_before, "kind") || is_cue(bare(word_before), "kind");
        // In Latin letters the common words are others.
        let latin = words[at].is_ascii();
        self.places[named.place].ambiguous && named.words == 1 && !kind && !latin
    }

    /// How much speaks for it that the place named at these words is where the work is to be done.
    fn points(&self, words: &[String], at: usize, named: &Named, context: Context) -> i32 {
        let sentence = before(words, at, words.len());
        let near = before(words, at, REACH_WORDS);
        let far = before(words, at, BUT_WORDS);
        let behind = &words[at + named.words..];
        let behind = &behind[..behind.len().min(2)];
        let word_before = near.last().map_or("", String::as_str);
        let bare = bare(word_before);
        let ambiguous = self.is_ambiguous(words, at, named);
        let from = named.prefix.ends_with('מ') || word_before == "from";
        let to = named.prefix.ends_with('ל') || word_before == "to";
        let place = named.prefix.ends_with('ב') || matches!(word_before, "in" | "at");
        // "Do you come to Haifa?" asks for the customer's own place.
        let theirs = !context.ours && !to && (any(near, "theirs") || any(near, "second"));
        let points = [
            (true, if ambiguous { -3 } else { 2 }),
            (place && !ambiguous, 2),
            (from && context.moving, 4),
            (from && !context.moving && !context.ours, -2),
            (to && !context.moving && any(near, "going"), 3),
            (any(near, "person"), 2),
            (context.ours && any(near, "second"), 2),
            (any(near, "site"), 3),
            (any(behind, "site") && !any(near, "site"), 2),
            (any(far, "but"), 3),
            (
                behind.first().is_some_and(|next| is_cue(next, "for now")),
                -2,
            ),
            (context.asked, 3),
            (context.repeated && !ambiguous, 4),
            (is_cue(word_before, "street"), -6),
            (context.ours && any(far, "yours"), 6),
            (theirs, -6),
            // It only tells where another place is, or where somebody is at times.
            (is_cue(word_before, "beside") || is_cue(bare, "beside"), -4),
            (!context.ours && any(near, "elsewhere"), -4),
            // What our side names is more often its own place.
            (context.ours, -1),
            (context.ours && any(far, "ours"), -6),
            (
                context.ours && context.opening && !words::any(Kind::Matter, sentence),
                -4,
            ),
        ];
        let speaking = points.into_iter().filter(|(holds, _)| *holds);
        speaking.map(|(_, points)| points).sum()
    }
}

/// A word without the prefix letter that may be on it.
fn bare(word: &str) -> &str {
    word.strip_prefix(['ב', 'ה', 'מ', 'ל']).unwrap_or(word)
}

/// A place that was named.
struct Named {
    words: usize,
    place: usize,
    prefix: &'static str,
}

/// What is known of the conversation where a place is named.
#[derive(Clone, Copy)]
struct Context {
    /// The other side has just asked for a place.
    asked: bool,
    /// Our side has just named it.
    repeated: bool,
    /// Nothing was said before.
    opening: bool,
    /// The conversation is about moving from one place to another.
    moving: bool,
    /// Our side speaks.
    ours: bool,
}

/// Where a sentence ends, among [`place_words`]: no word is spelled so.
const END: &str = "צצצ";

/// The words of the same sentence before a place, at most so many.
fn before(words: &[String], at: usize, most: usize) -> &[String] {
    let words = &words[at.saturating_sub(most)..at];
    let end = words.iter().rposition(|word| word == END);
    &words[end.map_or(0, |end| end + 1)..]
}

/// The shortest name that is heard rather than read, in letters.
const SHORTEST_SOUND: usize = 5;

/// Letters that are written in several ways for one sound.
const SOUNDS: [(&str, &str); 16] = [
    ("tz", "z"),
    ("ts", "z"),
    ("kh", "h"),
    ("ch", "h"),
    ("ck", "k"),
    ("ph", "f"),
    ("th", "t"),
    ("q", "k"),
    ("c", "k"),
    ("w", "v"),
    ("oo", "u"),
    ("ou", "u"),
    ("ay", "e"),
    ("ai", "e"),
    ("ei", "e"),
    ("y", "i"),
];

/// A name as its letters sound, where it is spelt in Latin letters, which differ: Zikhron, Zichron; Karmiel, Carmiel;
/// Pardesiya, Pardesia. Hebrew stays as it is.
fn sound(word: &str) -> String {
    // Short ones sound like other words: "Nov", "now".
    if !word.is_ascii() || word.len() < SHORTEST_SOUND {
        return word.to_owned();
    }
    let mut heard = SOUNDS
        .iter()
        .fold(word.to_owned(), |heard, (spelt, sound)| {
            heard.replace(spelt, sound)
        });
    let mut before = None;
    heard.retain(|letter| before.replace(letter) != Some(letter));
    if heard.ends_with("ah") || heard.ends_with("eh") {
        heard.pop();
    }
    heard
}

/// Folded words in which an abbreviation (תל אביב as ת"א) stays different from a word of the same letters (תא).
fn place_words(text: &str) -> Vec<String> {
    let mut marked = String::with_capacity(text.len());
    let mut letters = text.chars().peekable();
    let mut before = ' ';
    while let Some(letter) = letters.next() {
        let next = letters.peek().copied().unwrap_or(' ');
        match letter {
            '"' | '״' | '”' if before.is_alphabetic() && next.is_alphabetic() => {
                marked.push_str("צצ")
            }
            '.' if before.is_ascii_digit() && next.is_ascii_digit() => marked.push(letter),
            '.' | '?' | '!' => {
                marked.push(' ');
                marked.push_str(END);
                marked.push(' ');
            }
            _ => marked.push(letter),
        }
        before = letter;
    }
    folded_words(&marked)
}

/// The other usual spelling of a name that begins with "Kiryat" or "Neve".
fn lean(words: &[String]) -> Option<Vec<String>> {
    let first = match words.first()?.as_str() {
        "קריית" => "קרית",
        "קרית" => "קריית",
        "נווה" => "נוה",
        "נוה" => "נווה",
        _ => return None,
    };
    let mut lean = words.to_vec();
    first.clone_into(&mut lean[0]);
    Some(lean)
}
