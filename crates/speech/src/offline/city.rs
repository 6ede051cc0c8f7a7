//! Which place a conversation is about.

use std::collections::HashMap;
use std::sync::LazyLock;

use domain::messages::Language;
use domain::text::{Speaker, Turn, folded_words};

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

/// Prefixes that a place's name takes, and what they say: in, to, from, and the rest.
const PREFIXES: [&str; 9] = ["וב", "שב", "ומ", "ול", "ב", "ל", "מ", "ו", "ש"];
/// Words before a place that say that the customer is there.
const PERSON: [&str; 14] = [
    "גר",
    "גרה",
    "גרימ",
    "גרות",
    "אני",
    "אנחנו",
    "את",
    "אתה",
    "live",
    "lives",
    "im",
    "were",
    "you",
    "youre",
];
/// Words before a place that say that the work is to be done there.
const SITE: [&str; 44] = [
    "הדירה",
    "הבית",
    "דירה",
    "דירת",
    "לדירה",
    "בדירה",
    "מהדירה",
    "בית",
    "בבית",
    "לבית",
    "נמצא",
    "נמצאת",
    "העסק",
    "החנות",
    "חנות",
    "לחנות",
    "המשרד",
    "למשרד",
    "משרד",
    "הכתובת",
    "לכתובת",
    "כתובת",
    "האירוע",
    "אירוע",
    "החתונה",
    "הברית",
    "האולמ",
    "באולמ",
    "למסעדה",
    "מסעדה",
    "הסטודיו",
    "בסטודיו",
    "סטודיו",
    "להורימ",
    "הרכב",
    "הנכס",
    "located",
    "apartment",
    "house",
    "flat",
    "home",
    "office",
    "address",
    "venue",
];
/// Words before a place that say that it is the other side's.
const THEIRS: [&str; 14] = [
    "אתמ",
    "אצלכמ",
    "הסניפ",
    "הסניפימ",
    "בסניפ",
    "סניפ",
    "המפעל",
    "המחסנ",
    "המרפאה",
    "הקליניקה",
    "אולמ",
    "your",
    "branch",
    "showroom",
];
/// Words before a place by which our side speaks of itself.
const OURS: [&str; 12] = [
    "אנחנו",
    "אנו",
    "אצלנו",
    "שלנו",
    "לנו",
    "אני",
    "יושבימ",
    "נמצאימ",
    "we",
    "were",
    "our",
    "im",
];
/// What a conversation about moving from one place to another speaks of.
const MOVING: [&str; 9] = [
    "הובלה",
    "הובלת",
    "הובלות",
    "מובילימ",
    "מוביל",
    "המובילימ",
    "movers",
    "removals",
    "moving",
];
/// Words before a place that say that it is where somebody goes.
const GOING: [&str; 8] = [
    "עובר",
    "עוברת",
    "עוברימ",
    "עברתי",
    "עברנו",
    "מעבר",
    "moving",
    "moved",
];
/// A word behind a place that says that it is not for long, or not any more.
const FOR_NOW: [&str; 8] = [
    "כרגע",
    "בינתיימ",
    "היומ",
    "לשעבר",
    "currently",
    "now",
    "today",
    "formerly",
];
const BUT: [&str; 3] = ["אבל", "אכ", "but"];
/// Words before a name that say that it is a place's.
const KINDS: [&str; 12] = [
    "מושב",
    "קיבוצ",
    "קבוצ",
    "ישוב",
    "יישוב",
    "כפר",
    "עיר",
    "העיר",
    "לישוב",
    "town",
    "village",
    "city",
];
/// Words of a question for the place.
const WHERE: [&str; 14] = [
    "where",
    "whereabouts",
    "town",
    "city",
    "area",
    "based",
    "איפה",
    "היכנ",
    "מאיפה",
    "לאנ",
    "עיר",
    "אזור",
    "באזור",
    "כתובת",
];
const REACH_WORDS: usize = 3;
/// A contrast reaches further.
const BUT_WORDS: usize = 8;

/// Whether a sentence asks for a place.
pub(super) fn asks_where(words: &[String]) -> bool {
    words.iter().any(|word| WHERE.contains(&word.as_str()))
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
                            .entry(first.clone())
                            .or_default()
                            .push((words, number));
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
        let moving = turns
            .iter()
            .flat_map(|turn| folded_words(turn.text))
            .any(|word| {
                let bare = word.strip_prefix(['מ', 'ב', 'ה', 'ל']).unwrap_or(&word);
                MOVING.contains(&word.as_str()) || MOVING.contains(&bare)
            });
        let mut best: Option<(i32, usize)> = None;
        let mut asked = false;
        for turn in turns {
            let ours = turn.speaker == Speaker::Agent;
            let words = place_words(turn.text);
            let context = Context {
                asked,
                moving,
                ours,
            };
            let mut at = 0;
            while at < words.len() {
                let Some(named) = self.at(&words[at..]) else {
                    at += 1;
                    continue;
                };
                let points = self.points(&words, at, &named, context);
                if points > 0 && best.is_none_or(|(most, _)| points > most) {
                    best = Some((points, named.place));
                }
                at += named.words;
            }
            asked = ours && turn.text.contains('?') && asks_where(&words);
        }
        let place = &self.places[best?.1];
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
            for (spelling, place) in self.by_first.get(form).into_iter().flatten() {
                // One short word behind a prefix is more often another word.
                let certain = prefix.is_empty() || spelling.len() > 1 || form.chars().count() > 2;
                if certain
                    && words.len() >= spelling.len()
                    && words[1..spelling.len()] == spelling[1..]
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

    /// How much speaks for it that the place named at these words is where the work is to be done.
    fn points(&self, words: &[String], at: usize, named: &Named, context: Context) -> i32 {
        let near = &words[at.saturating_sub(REACH_WORDS)..at];
        let far = &words[at.saturating_sub(BUT_WORDS)..at];
        let behind = words.get(at + named.words).map_or("", String::as_str);
        let any = |among: &[String], known: &[&str]| {
            among.iter().any(|word| known.contains(&word.as_str()))
        };
        let word_before = near.last().map_or("", String::as_str);
        let bare = word_before.strip_prefix(['ב', 'ה', 'מ', 'ל']);
        let kind = KINDS.contains(&word_before) || bare.is_some_and(|bare| KINDS.contains(&bare));
        let ambiguous = self.places[named.place].ambiguous && named.words == 1 && !kind;
        let from = named.prefix.ends_with('מ') || word_before == "from";
        let to = named.prefix.ends_with('ל') || word_before == "to";
        let place = named.prefix.ends_with('ב') || matches!(word_before, "in" | "at" | "near");
        let points = [
            (true, if ambiguous { -3 } else { 2 }),
            (place && !ambiguous, 2),
            (from && context.moving, 4),
            (from && !context.moving, -1),
            (to && !context.moving && any(near, &GOING), 3),
            (any(near, &PERSON), 2),
            (any(near, &SITE), 3),
            (any(far, &BUT), 3),
            (FOR_NOW.contains(&behind), -2),
            (context.asked, 3),
            (any(near, &THEIRS) && !context.ours, -6),
            // What our side names is more often its own place.
            (context.ours, -1),
            (context.ours && any(far, &OURS), -6),
        ];
        let speaking = points.into_iter().filter(|(holds, _)| *holds);
        speaking.map(|(_, points)| points).sum()
    }
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
    /// The conversation is about moving from one place to another.
    moving: bool,
    /// Our side speaks.
    ours: bool,
}

/// Folded words in which an abbreviation (תל אביב as ת"א) stays different from a word of the same letters (תא).
fn place_words(text: &str) -> Vec<String> {
    let mut marked = String::with_capacity(text.len());
    let mut letters = text.chars().peekable();
    let mut before = ' ';
    while let Some(letter) = letters.next() {
        let inside =
            before.is_alphabetic() && letters.peek().is_some_and(|next| next.is_alphabetic());
        if inside && matches!(letter, '"' | '״' | '”') {
            marked.push_str("צצ");
        } else {
            marked.push(letter);
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
