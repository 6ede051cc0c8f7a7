//! Who says it, and in which part of a headed summary.

use super::fold::{Folded, is_in_number, is_of_word};

/// Who a stretch of text comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Speaker {
    /// A summary or a note: tells of both sides.
    Narrator,
    /// The customer's own words.
    Customer,
    /// Our side's words.
    Agent,
    /// A machine, such as a voicemail.
    System,
}

/// Which part of a headed summary a stretch belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// No headings, or the part that tells the conversation.
    Said,
    /// "Topic:".
    Topic,
    /// "Outcome:": what the conversation came to.
    Outcome,
    /// "Next step:": what our side plans.
    Next,
}

/// A stretch of one speaker in one part; a byte range of the folded text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stretch {
    pub start: usize,
    pub end: usize,
    pub speaker: Speaker,
    pub part: Part,
    /// It ends with a question.
    pub asks: bool,
}

const AGENTS: [&str; 22] = [
    "נציג",
    "נציגה",
    "הנציג",
    "הנציגה",
    "סוכנ",
    "סוכנת",
    "הסוכנ",
    "הסוכנת",
    "מוכר",
    "מוכרת",
    "מוקד",
    "מוקדנ",
    "מוקדנית",
    "agent",
    "rep",
    "representative",
    "sales",
    "salesperson",
    "operator",
    "assistant",
    "bot",
    "בוט",
];
const CUSTOMERS: [&str; 12] = [
    "לקוח",
    "לקוחה",
    "הלקוח",
    "הלקוחה",
    "מתקשר",
    "מתקשרת",
    "customer",
    "client",
    "caller",
    "lead",
    "prospect",
    "user",
];
const SYSTEMS: [&str; 6] = [
    "מערכת",
    "המערכת",
    "system",
    "voicemail",
    "תא קולי",
    "recording",
];
const TOPICS: [&str; 4] = ["נושא", "נושא השיחה", "topic", "subject"];
const SAIDS: [&str; 7] = [
    "מה נדונ",
    "מה נאמר",
    "תוכנ",
    "discussed",
    "discussion",
    "said",
    "details",
];
const OUTCOMES: [&str; 7] = [
    "תוצאה",
    "סיכומ",
    "תוצאת השיחה",
    "outcome",
    "result",
    "conclusion",
    "summary",
];
const NEXTS: [&str; 8] = [
    "המשכ",
    "המשכ טיפול",
    "צעד הבא",
    "הצעד הבא",
    "next step",
    "next steps",
    "next",
    "follow up actions",
];

/// What a line's label says, in its folded form.
fn role(name: &str) -> Option<(Speaker, Part)> {
    let roles: [(&[&str], Speaker, Part); 7] = [
        (&AGENTS, Speaker::Agent, Part::Said),
        (&CUSTOMERS, Speaker::Customer, Part::Said),
        (&SYSTEMS, Speaker::System, Part::Said),
        (&TOPICS, Speaker::Narrator, Part::Topic),
        (&SAIDS, Speaker::Narrator, Part::Said),
        (&OUTCOMES, Speaker::Narrator, Part::Outcome),
        (&NEXTS, Speaker::Narrator, Part::Next),
    ];
    roles
        .into_iter()
        .find(|(names, _, _)| names.contains(&name))
        .map(|(_, speaker, part)| (speaker, part))
}

/// One speaker's line of a transcript.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Turn<'a> {
    /// Who speaks.
    pub speaker: Speaker,
    /// What is said, without the label.
    pub text: &'a str,
}

/// The lines of a transcript, each with its speaker. Lines without a label go on with the speaker before them; a text
/// without any label is the narrator's.
#[must_use]
pub fn turns(transcript: &str) -> Vec<Turn<'_>> {
    let mut speaker = Speaker::Narrator;
    let mut found = Vec::new();
    for line in transcript.lines() {
        let mut text = line;
        if let Some((label, rest)) = line.split_once(':')
            && label.len() <= LONGEST_LABEL_BYTES
            && let Some((labelled, _)) = role(Folded::new(label).text.trim())
        {
            speaker = labelled;
            text = rest;
        }
        let text = text.trim();
        if !text.is_empty() {
            found.push(Turn { speaker, text });
        }
    }
    found
}

/// No role is called by a longer name.
const LONGEST_LABEL_BYTES: usize = 60;

/// Splits a folded text into stretches at its labels. What stands before the next label, also on later lines, goes on
/// with the one before it.
pub(crate) fn stretches(folded: &Folded) -> Vec<Stretch> {
    let text = folded.text.as_str();
    let mut found: Vec<Stretch> = Vec::new();
    let (mut speaker, mut part) = (Speaker::Narrator, Part::Said);
    let mut start = 0;
    for (colon, _) in text.match_indices(':') {
        let label = label_before(&text[start..colon]);
        let Some(labelled) = role(label.trim_start()) else {
            continue;
        };
        let end = colon - label.len();
        found.push(Stretch {
            start,
            end,
            speaker,
            part,
            asks: text[start..end].trim_end().ends_with('?'),
        });
        (speaker, part) = labelled;
        start = colon + 1;
    }
    found.push(Stretch {
        start,
        end: text.len(),
        speaker,
        part,
        asks: text[start..].trim_end().ends_with('?'),
    });
    found.retain(|stretch| !text[stretch.start..stretch.end].trim().is_empty());
    found
}

/// What stands between the end of the sentence before a colon and the colon: its label, if it has one.
fn label_before(text: &str) -> &str {
    let mut floor = text.len().saturating_sub(LONGEST_LABEL_BYTES);
    while !text.is_char_boundary(floor) {
        floor += 1;
    }
    let tail = &text[floor..];
    tail.rfind(['.', '!', '?', ';', '\n'])
        .map_or(tail, |stop| &tail[stop + 1..])
}

/// A text of so many words is told from its conclusion.
const LONG_WORDS: usize = 30;

/// The part of a folded text that tells what the conversation came to: the last part under a heading for the outcome; in
/// a long text of one narrator without such a heading the last two sentences of what was said; else all of it.
pub(crate) fn conclusion(text: &str, stretches: &[Stretch]) -> (usize, usize) {
    let last = |wanted: Part| stretches.iter().rfind(|stretch| stretch.part == wanted);
    if let Some(outcome) = last(Part::Outcome) {
        return (outcome.start, outcome.end);
    }
    let told = |stretch: &Stretch| stretch.speaker == Speaker::Narrator;
    let (true, Some(said)) = (stretches.iter().all(told), last(Part::Said)) else {
        return (0, text.len());
    };
    let is_long = text[said.start..said.end].split_whitespace().count() > LONG_WORDS;
    let from = if is_long {
        last_sentences(&text[said.start..said.end])
    } else {
        0
    };
    (said.start + from, said.end)
}

/// In so many turns it is said what a call comes to.
const CLOSING_TURNS: usize = 6;

/// Whether two sides speak.
pub(crate) fn is_dialogue(stretches: &[Stretch]) -> bool {
    let speaks = |speaker| stretches.iter().any(|stretch| stretch.speaker == speaker);
    speaks(Speaker::Customer) && speaks(Speaker::Agent)
}

/// Where two sides speak the last turns of a part of a text, else the whole part.
pub(crate) fn closing(stretches: &[Stretch], (from, to): (usize, usize)) -> (usize, usize) {
    if !is_dialogue(stretches) {
        return (from, to);
    }
    let first = stretches.len().saturating_sub(CLOSING_TURNS);
    let start = stretches.get(first).map_or(from, |stretch| stretch.start);
    (start.clamp(from, to), to)
}

/// Where the last two sentences of a text begin.
fn last_sentences(text: &str) -> usize {
    let bytes = text.as_bytes();
    let ends = bytes.iter().enumerate().rev().filter(|(at, byte)| {
        matches!(byte, b'!' | b'?' | b'\n') || **byte == b'.' && !is_in_number(bytes, *at)
    });
    let (mut sentences, mut behind) = (0, text.len());
    for (at, _) in ends {
        // Nothing but marks is no sentence of its own.
        if text[at..behind].contains(is_of_word) {
            sentences += 1;
            if sentences == 2 {
                return at + 1;
            }
            behind = at;
        }
    }
    0
}
