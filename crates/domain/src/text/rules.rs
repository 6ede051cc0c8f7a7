//! The lexicon compiled: every pattern of every section in one automaton.

use std::collections::HashMap;

use aho_corasick::{AhoCorasick, MatchKind};

use super::Group;
use super::fold::Folded;
use super::lexicon::{expand, sections};
use super::meaning::Meaning;
use super::numbers::numbers;

/// A part of a rule: a set of texts, any of which will do.
type Atom = u32;

struct Rule {
    meaning: Meaning,
    atoms: Vec<Atom>,
}

/// A text of the automaton and the atoms that it belongs to.
struct Entry {
    atoms: Vec<Atom>,
    /// Hebrew prefixes (and, the, in, that …) may stand before it.
    prefixes: bool,
}

/// The compiled lexicon.
pub(crate) struct Rules {
    automaton: AhoCorasick,
    entries: Vec<Entry>,
    rules: Vec<Rule>,
    /// Rules by their first atom.
    by_first: HashMap<Atom, Vec<u32>>,
    /// Atoms that a date in digits ("3.4") fills.
    dates: Vec<Atom>,
    /// Atoms that an hour in digits ("16:00", "at 8") fills.
    clocks: Vec<Atom>,
}

/// A place where a rule matches: byte ranges of its parts in the folded text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Hit {
    pub meaning: Meaning,
    pub start: usize,
    pub end: usize,
    /// The parts, where they are not one piece.
    pub parts: Vec<(usize, usize)>,
}

impl Hit {
    fn covered(&self) -> usize {
        self.parts.iter().map(|(start, end)| end - start).sum()
    }

    fn covers(&self, start: usize, end: usize) -> bool {
        self.parts
            .iter()
            .any(|&(from, to)| from <= start && end <= to)
    }
}

/// At most so many words may stand between two parts of a rule.
const GAP_WORDS: usize = 4;
/// Longer than any four words; bounds the search.
const GAP_BYTES: usize = 200;
/// Longer than any match; bounds the search for what explains another.
const SPAN_BYTES: usize = 600;

/// The hits that start in a byte range; hits are in order of start.
pub(crate) fn starting(hits: &[Hit], from: usize, to: usize) -> &[Hit] {
    let first = hits.partition_point(|hit| hit.start < from);
    let last = hits.partition_point(|hit| hit.start < to);
    &hits[first..last.max(first)]
}

impl Rules {
    /// Compiles lexicon files and words of a business's own.
    ///
    /// # Panics
    /// Never on the crate's own files, which tests compile; a section that no meaning has is a mistake in them.
    pub fn compile(sources: &[&str], own: &[(Group, String)]) -> Self {
        let mut compiler = Compiler::default();
        let all = || sources.iter().flat_map(|source| sections(source));
        for class in all().filter(|section| section.name.starts_with('{')) {
            let patterns = compiler.classes.entry(class.name.to_owned()).or_default();
            patterns.extend(class.patterns.into_iter().map(str::to_owned));
        }
        for section in all().filter(|section| !section.name.starts_with('{')) {
            let meaning = Meaning::of_section(section.name);
            debug_assert!(meaning.is_some(), "no meaning is called {}", section.name);
            let Some(meaning) = meaning else { continue };
            for pattern in section.patterns {
                compiler.rule(meaning, pattern);
            }
        }
        for (group, pattern) in own {
            compiler.rule(Meaning::Strong(*group), pattern);
        }
        compiler.finish()
    }

    /// Every place where a rule matches, in order of start; a match inside a longer one's part is left out.
    pub fn find(&self, text: &str) -> Vec<Hit> {
        let mut places: Vec<(usize, usize, Atom)> = Vec::new();
        for found in self.automaton.find_overlapping_iter(text) {
            let entry = &self.entries[found.pattern().as_usize()];
            if let Some(start) = whole_word(text, found.start(), found.end(), entry.prefixes) {
                places.extend(entry.atoms.iter().map(|&atom| (start, found.end(), atom)));
            }
        }
        for number in numbers(text) {
            let atoms = if number.is_clock {
                &self.clocks
            } else {
                &self.dates
            };
            places.extend(atoms.iter().map(|&atom| (number.start, number.end, atom)));
        }
        places.sort_unstable();
        let mut hits = Vec::new();
        for (index, &(start, end, atom)) in places.iter().enumerate() {
            for &rule in self.by_first.get(&atom).into_iter().flatten() {
                let rule = &self.rules[rule as usize];
                let mut parts = vec![(start, end)];
                if complete(text, &places[index + 1..], &rule.atoms[1..], &mut parts) {
                    hits.push(Hit {
                        meaning: rule.meaning,
                        start,
                        end: parts.last().map_or(end, |part| part.1),
                        parts,
                    });
                }
            }
        }
        without_contained(hits)
    }
}

/// Completes a rule's later parts, each within the gap and the sentence, the nearest place first.
fn complete(
    text: &str,
    places: &[(usize, usize, Atom)],
    atoms: &[Atom],
    parts: &mut Vec<(usize, usize)>,
) -> bool {
    for wanted in atoms {
        let Some(&(_, after)) = parts.last() else {
            return false;
        };
        let next = places
            .iter()
            .take_while(|(start, _, _)| *start <= after + GAP_BYTES)
            .filter(|(start, _, atom)| *start >= after && atom == wanted)
            .map(|&(start, end, _)| (start, end))
            .next()
            .filter(|&(start, _)| near(&text[after..start]));
        match next {
            Some(part) => parts.push(part),
            None => return false,
        }
    }
    true
}

fn near(between: &str) -> bool {
    !between.contains(['.', '!', '?', ';', '\n']) && between.split_whitespace().count() <= GAP_WORDS
}

/// Leaves out what another, longer match explains: a word inside a phrase, a wish inside a refusal.
fn without_contained(mut hits: Vec<Hit>) -> Vec<Hit> {
    hits.sort_by_key(|hit| (hit.start, hit.end));
    let mut left: Vec<Hit> = hits
        .iter()
        .filter(|hit| {
            let around = starting(&hits, hit.start.saturating_sub(SPAN_BYTES), hit.end);
            !around.iter().any(|other| explains(other, hit))
        })
        .cloned()
        .collect();
    left.dedup();
    left
}

fn explains(other: &Hit, hit: &Hit) -> bool {
    use Meaning::{
        Call, Customer, Day, Hour, Idiom, Offer, OptOut, Says, Strong, Visit, Voicemail, Weak, Yes,
    };
    let apart = match (hit.meaning, other.meaning) {
        // A day is a day also inside a call-back or a booking; who asks is told also where the wish is a rule.
        (Day | Hour | Customer | Says | Call | Visit, Strong(_) | Weak(_)) => true,
        (OptOut, _) => other.meaning != OptOut,
        (_, OptOut) => !matches!(hit.meaning, Strong(_) | Weak(_)),
        (_, Customer | Says | Yes | Offer | Call | Visit) => true,
        _ => false,
    };
    if apart || other == hit {
        return false;
    }
    let longer = other.covered() > hit.covered();
    let whole = hit
        .parts
        .iter()
        .all(|&(start, end)| other.covers(start, end));
    let head = hit.parts.len() > 1
        && hit.meaning != other.meaning
        && other.parts.iter().any(|&(start, end)| {
            let (from, to) = hit.parts[0];
            start <= from && to <= end && end - start > to - from
        });
    let refusal = matches!(
        other.meaning,
        Strong(Group::NotRelevant | Group::NoAnswer) | OptOut | Idiom | Voicemail
    );
    let begun = refusal
        && matches!(hit.meaning, Strong(_) | Weak(_))
        && other.meaning != hit.meaning
        && other.start < hit.start
        && hit.start < other.end;
    // "Asked to delete the details" holds no wish for details.
    let taken = refusal
        && hit.parts.len() > 1
        && hit
            .parts
            .iter()
            .any(|&(start, end)| other.covers(start, end) && other.covered() > end - start);
    (longer && whole) || head || begun || (taken && other.meaning != hit.meaning)
}

/// Where the word starts that a match belongs to: at the match itself, or at legal Hebrew prefixes before it. None
/// when the match is a piece of another word.
fn whole_word(text: &str, start: usize, end: usize, prefixes: bool) -> Option<usize> {
    if text[end..]
        .chars()
        .next()
        .is_some_and(char::is_alphanumeric)
    {
        return None;
    }
    let before = &text[..start];
    let word_start = before
        .char_indices()
        .rev()
        .take_while(|(_, letter)| letter.is_alphanumeric())
        .last()
        .map_or(start, |(at, _)| at);
    let attached = &before[word_start..];
    if attached.is_empty() || (prefixes && is_prefix(attached)) {
        Some(word_start)
    } else {
        None
    }
}

/// The alternatives of a part that stand outside brackets.
fn top_level(part: &str) -> impl Iterator<Item = &str> {
    let mut depth = 0_u32;
    part.split(move |letter| {
        match letter {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0 && letter == '|'
    })
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

#[derive(Default)]
struct Compiler {
    /// The patterns of each class, by its name with the braces.
    classes: HashMap<String, Vec<String>>,
    atoms: Atom,
    /// Text, and whether prefixes may stand before it → its place among the entries.
    texts: HashMap<(String, bool), usize>,
    patterns: Vec<String>,
    entries: Vec<Entry>,
    rules: Vec<Rule>,
    dates: Vec<Atom>,
    clocks: Vec<Atom>,
}

impl Compiler {
    fn rule(&mut self, meaning: Meaning, pattern: &str) {
        let parts = pattern.split(" .. ");
        let atoms = parts
            .map(|part| {
                self.atoms += 1;
                let atom = self.atoms;
                self.fill(atom, part);
                atom
            })
            .collect();
        self.rules.push(Rule { meaning, atoms });
    }

    /// Adds everything that a part of a rule stands for to its atom.
    fn fill(&mut self, atom: Atom, part: &str) {
        for alternative in top_level(part) {
            match alternative.trim() {
                "{date}" => self.dates.push(atom),
                "{clock}" => self.clocks.push(atom),
                class if class.starts_with('{') => {
                    let patterns = self.classes.get(class).cloned();
                    debug_assert!(patterns.is_some(), "no section defines the class {class}");
                    for pattern in patterns.unwrap_or_default() {
                        self.fill(atom, &pattern);
                    }
                }
                exact if exact.starts_with('=') => self.texts(atom, &exact[1..], false),
                loose => self.texts(atom, loose, true),
            }
        }
    }

    fn texts(&mut self, atom: Atom, pattern: &str, prefixes: bool) {
        for text in expand(pattern) {
            let text = Folded::new(text.trim()).text;
            let hebrew = text.starts_with(|letter| ('א'..='ת').contains(&letter));
            let prefixes = prefixes && hebrew;
            let place = *self
                .texts
                .entry((text.clone(), prefixes))
                .or_insert_with(|| {
                    self.patterns.push(text);
                    self.entries.push(Entry {
                        atoms: Vec::new(),
                        prefixes,
                    });
                    self.entries.len() - 1
                });
            if !self.entries[place].atoms.contains(&atom) {
                self.entries[place].atoms.push(atom);
            }
        }
    }

    fn finish(self) -> Rules {
        let mut by_first: HashMap<Atom, Vec<u32>> = HashMap::new();
        for (number, rule) in (0..).zip(&self.rules) {
            by_first.entry(rule.atoms[0]).or_default().push(number);
        }
        let automaton = AhoCorasick::builder()
            .match_kind(MatchKind::Standard)
            .build(&self.patterns)
            .expect("a lexicon of a few thousand short texts fits an automaton");
        Rules {
            automaton,
            entries: self.entries,
            rules: self.rules,
            by_first,
            dates: self.dates,
            clocks: self.clocks,
        }
    }
}
