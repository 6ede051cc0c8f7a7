//! What stands around a match: the clause it is in, what turns it, whose words they are.

use super::Group;
use super::fold::{Folded, is_in_number};
use super::meaning::Meaning;
use super::rules::{Hit, starting};
use super::turns::{Part, Speaker, Stretch};

/// A negation reaches over at most so many words.
const NEGATION_WORDS: usize = 3;
/// A mark of the past takes away what stands within so many words.
const PAST_WORDS: usize = 4;
/// Longer than any four words; bounds the search for what stands beside a place.
const BESIDE_BYTES: usize = 240;
/// Longer than any sentence; bounds the search for who says it.
const SENTENCE_BYTES: usize = 4000;

/// A match that speaks for a group, weighed by its surroundings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Signal {
    pub start: usize,
    pub end: usize,
    /// What the words say by themselves.
    pub says: Group,
    /// What they come to here; none where they only serve as evidence that something was negated.
    pub means: Option<Group>,
    pub strong: bool,
    /// The words that negate it.
    pub negated: Option<(usize, usize)>,
    /// A day and an hour: agreed as soon as the other side does not object.
    pub slot: bool,
    /// It stands in a question.
    pub asked: bool,
    pub speaker: Speaker,
    pub part: Part,
}

/// Which of the meanings that weigh on others a text has.
#[derive(Debug, Clone, Copy, Default)]
struct Any {
    negation: bool,
    not_theirs: bool,
    past: bool,
}

impl Any {
    fn of(hits: &[Hit]) -> Self {
        let mut any = Self::default();
        for hit in hits {
            any.negation |= hit.meaning.negates();
            any.not_theirs |= matches!(hit.meaning, Meaning::Agent | Meaning::Unreal);
            any.past |= hit.meaning == Meaning::Past;
        }
        any
    }
}

/// The structure of one text.
pub(crate) struct Scope<'a> {
    text: &'a str,
    pub stretches: Vec<Stretch>,
    /// Ends of sentences.
    hard: Vec<usize>,
    /// Ends of clauses: those of sentences, commas, words of contrast.
    soft: Vec<usize>,
    /// Where the last appointment is taken back.
    cancelled: Option<usize>,
    /// Whether anything is negated, our side's or unreal, or past at all.
    any: Any,
}

impl<'a> Scope<'a> {
    /// Of a text in stretches, the byte range `part` of which is looked at.
    pub fn new(
        folded: &'a Folded,
        stretches: Vec<Stretch>,
        part: (usize, usize),
        hits: &[Hit],
    ) -> Self {
        let text = folded.text.as_str();
        let bytes = text.as_bytes();
        let mut hard = Vec::new();
        let mut soft = Vec::new();
        for (at, byte) in bytes.iter().enumerate().take(part.1).skip(part.0) {
            // Spaces and letters are none of these.
            if *byte == b' ' || *byte > b'[' && *byte != b']' {
                continue;
            }
            match byte {
                b'.' | b':' | b',' if is_in_number(bytes, at) => {}
                b'.' | b'!' | b'?' | b';' | b'\n' => {
                    hard.push(at);
                    soft.push(at);
                }
                b',' | b':' | b'-' | b'(' | b')' | b'[' | b']' => soft.push(at),
                _ => {}
            }
        }
        soft.extend(
            hits.iter()
                .filter(|hit| hit.meaning == Meaning::Contrast)
                .map(|hit| hit.start),
        );
        soft.sort_unstable();
        let mut scope = Self {
            text,
            stretches,
            hard,
            soft,
            cancelled: None,
            any: Any::of(hits),
        };
        scope.cancelled = hits
            .iter()
            .filter(|hit| hit.meaning == Meaning::Cancel)
            .rfind(|hit| scope.negation(hits, (hit.start, hit.end), false).is_none())
            .map(|hit| hit.start);
        scope
    }

    fn around(breaks: &[usize], at: usize, end: usize) -> (usize, usize) {
        let next = breaks.partition_point(|&stop| stop < at);
        let from = next.checked_sub(1).map_or(0, |last| breaks[last]);
        let to = next + breaks[next..].partition_point(|&stop| stop < end);
        (from, breaks.get(to).copied().unwrap_or(usize::MAX))
    }

    /// The sentence around a place.
    pub fn sentence(&self, hit: (usize, usize)) -> (usize, usize) {
        Self::around(&self.hard, hit.0, hit.1)
    }

    fn clause(&self, hit: (usize, usize)) -> (usize, usize) {
        Self::around(&self.soft, hit.0, hit.1)
    }

    fn words_between(&self, from: usize, to: usize) -> usize {
        // White space is folded to single spaces and new lines.
        let mut last = b' ';
        let bytes = self.text.as_bytes()[from..to.max(from)].iter();
        let begins = bytes.filter(|byte| {
            let before = std::mem::replace(&mut last, **byte);
            matches!(before, b' ' | b'\n') && !matches!(**byte, b' ' | b'\n')
        });
        begins.count()
    }

    fn is_question(&self, hit: (usize, usize)) -> bool {
        let (_, end) = self.sentence(hit);
        self.text.as_bytes().get(end) == Some(&b'?')
    }

    pub fn stretch(&self, at: usize) -> Stretch {
        let behind = self
            .stretches
            .partition_point(|stretch| stretch.start <= at);
        let found = self.stretches[..behind].last();
        found.copied().unwrap_or(Stretch {
            start: 0,
            end: self.text.len(),
            speaker: Speaker::Narrator,
            part: Part::Said,
            asks: false,
        })
    }

    /// What negates a place, if anything does.
    fn negation<'h>(&self, hits: &'h [Hit], place: (usize, usize), after: bool) -> Option<&'h Hit> {
        if !self.any.negation {
            return None;
        }
        let (from, to) = self.clause(place);
        let from = from.max(place.0.saturating_sub(BESIDE_BYTES));
        let before = starting(hits, from, place.0).iter().filter(|hit| {
            hit.meaning.negates()
                && hit.end <= place.0
                && self.words_between(hit.end, place.0) <= NEGATION_WORDS
        });
        let next = if after { place.1 + 2 } else { place.1 };
        let behind = starting(hits, place.1, next).iter().filter(|hit| {
            hit.meaning.negates() && hit.end <= to && self.words_between(place.1, hit.start) == 0
        });
        let (mut count, mut last, mut not_yet) = (0, None, None);
        for hit in before.chain(behind) {
            count += 1;
            last = Some(hit);
            if hit.meaning == Meaning::NotYet {
                not_yet = last;
            }
        }
        // Two negations in one clause are none.
        not_yet.or(last.filter(|_| count % 2 == 1))
    }

    /// True when the words before a place in its sentence say that they are our side's doing, asked or supposed.
    fn not_the_customers(&self, hits: &[Hit], place: (usize, usize), group: Group) -> bool {
        if !self.any.not_theirs {
            return false;
        }
        let (from, _) = self.sentence(place);
        let from = from.max(place.0.saturating_sub(SENTENCE_BYTES));
        let before = starting(hits, from, place.0 + 1);
        let last = |wanted: Meaning| {
            let found = before.iter().rfind(|hit| hit.meaning == wanted);
            found.map(|hit| hit.start)
        };
        let says = last(Meaning::Says);
        let customer = last(Meaning::Customer).max(says);
        let ours = last(Meaning::Agent).is_some_and(|agent| Some(agent) > customer);
        if ours && group <= Group::FollowUp {
            return true;
        }
        let reopened = says.max(last(Meaning::Contrast));
        last(Meaning::Unreal).is_some_and(|unreal| Some(unreal) >= reopened)
    }

    fn is_past(&self, hits: &[Hit], place: (usize, usize)) -> bool {
        if !self.any.past {
            return false;
        }
        let (from, to) = self.clause(place);
        let from = from.max(place.0.saturating_sub(BESIDE_BYTES));
        let to = to.min(place.1.saturating_add(BESIDE_BYTES));
        starting(hits, from, to).iter().any(|hit| {
            hit.meaning == Meaning::Past
                && (self.words_between(hit.end, place.0.max(hit.end)) <= PAST_WORDS)
                && (self.words_between(place.1, hit.start.max(place.1)) <= PAST_WORDS)
        })
    }

    /// Taken back after it, or in the same clause just before it ("cancelled the meeting").
    fn is_cancelled(&self, hits: &[Hit], place: (usize, usize)) -> bool {
        let (from, _) = self.clause(place);
        let from = from.max(place.0.saturating_sub(BESIDE_BYTES));
        self.cancelled.is_some_and(|at| at >= place.0)
            || starting(hits, from, place.0).iter().any(|hit| {
                hit.meaning == Meaning::Cancel
                    && self.negation(hits, (hit.start, hit.end), false).is_none()
            })
    }

    fn weigh(
        &self,
        hits: &[Hit],
        place: (usize, usize),
        says: Group,
        strong: bool,
    ) -> Option<Signal> {
        let stretch = self.stretch(place.0);
        let asked = self.is_question(place);
        let mut signal = Signal {
            start: place.0,
            end: place.1,
            says,
            means: Some(says),
            strong,
            negated: None,
            slot: false,
            asked,
            speaker: stretch.speaker,
            part: stretch.part,
        };
        let noun_behind = says == Group::AppointmentSet;
        if let Some(how) = self.negation(hits, place, noun_behind) {
            signal.negated = Some((how.start, how.end));
            let refusal = says == Group::HotInterested && how.meaning == Meaning::Negation;
            signal.means = refusal.then_some(Group::NotRelevant);
            return Some(signal);
        }
        let appointment = says == Group::AppointmentSet;
        if self.not_the_customers(hits, place, says)
            || (says <= Group::HotInterested && self.is_past(hits, place))
            || (appointment && self.is_cancelled(hits, place))
            || (appointment && asked && stretch.speaker == Speaker::Narrator)
        {
            return None;
        }
        Some(signal)
    }

    /// Everything that speaks for a group, in order of place.
    pub fn signals(&self, hits: &[Hit]) -> Vec<Signal> {
        let mut signals: Vec<Signal> = hits
            .iter()
            .filter_map(|hit| match hit.meaning {
                Meaning::OptOut => self.weigh(hits, (hit.start, hit.end), Group::NotRelevant, true),
                Meaning::Strong(group) => self.weigh(hits, (hit.start, hit.end), group, true),
                Meaning::Weak(group) => self.weigh(hits, (hit.start, hit.end), group, false),
                _ => None,
            })
            .collect();
        let slots = self.slots(hits, &signals);
        signals.extend(slots);
        signals.sort_by_key(|signal| (signal.start, signal.end));
        signals.dedup_by_key(|signal| (signal.start, signal.end, signal.says));
        signals
    }

    /// A day with an hour, or one of them with somebody coming, in one sentence that does not ask to be called then.
    fn slots(&self, hits: &[Hit], signals: &[Signal]) -> Vec<Signal> {
        let mut slots: Vec<Signal> = Vec::new();
        let halves = hits
            .iter()
            .filter(|hit| matches!(hit.meaning, Meaning::Day | Meaning::Hour | Meaning::Arrival));
        let mut sentences: Vec<((usize, usize), Vec<&Hit>)> = Vec::new();
        for hit in halves {
            let sentence = self.sentence((hit.start, hit.end));
            match sentences.last_mut() {
                Some((last, members)) if *last == sentence => members.push(hit),
                _ => sentences.push((sentence, vec![hit])),
            }
        }
        for ((from, to), members) in sentences {
            let has = |meaning| members.iter().any(|hit| hit.meaning == meaning);
            let complete = usize::from(has(Meaning::Day))
                + usize::from(has(Meaning::Hour))
                + usize::from(has(Meaning::Arrival));
            let begin = signals.partition_point(|signal| signal.start < from);
            let here = signals[begin..]
                .iter()
                .take_while(|signal| signal.start < to);
            let deferred = here.into_iter().any(|signal| {
                signal.says == Group::FollowUp
                    && signal.strong
                    && from <= signal.start
                    && signal.end <= to
            });
            let (Some(first), Some(last)) = (members.first(), members.last()) else {
                continue;
            };
            if complete < 2 || deferred {
                continue;
            }
            let place = (first.start, last.end);
            if let Some(mut signal) = self.weigh(hits, place, Group::AppointmentSet, false) {
                signal.slot = true;
                slots.push(signal);
            }
        }
        slots
    }

    /// The first request to be left alone that the customer makes.
    pub fn opt_out<'h>(&self, hits: &'h [Hit]) -> Option<&'h Hit> {
        hits.iter().find(|hit| {
            let place = (hit.start, hit.end);
            hit.meaning == Meaning::OptOut
                && self.stretch(hit.start).speaker != Speaker::Agent
                && self.negation(hits, place, false).is_none()
                && !self.is_question(place)
        })
    }
}
