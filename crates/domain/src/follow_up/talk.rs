//! What two people agree on, sentence by sentence: a time is offered, refused, bettered, taken back.

use chrono::{DateTime, Utc};

use super::Precision;
use super::calendar::Moment;
use super::sentence::{Of, Sentence};
use super::vocabulary::Sense;
use super::when::{Day, Hour, When};
use crate::text::Speaker;

/// A time without a word of calling belongs to a promise that is no further back than so many sentences.
const LONGEST_THREAD: usize = 3;
/// A clause with more words that mean nothing here is about something else.
const MOST_UNKNOWN: usize = 4;

/// So many, where the time is said to be a good one.
const BETTER_UNKNOWN: usize = 2;

/// A time to be in touch that stands as long as nobody refuses it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Agreed {
    pub at: DateTime<Utc>,
    pub precision: Precision,
    /// Bytes of the folded text.
    pub place: (usize, usize),
    when: When,
    sentence: usize,
}

/// Where a conversation stands.
pub(super) struct Talk {
    moment: Moment,
    /// The newest time that was not refused, and what stood before it.
    agreed: Option<Agreed>,
    before: Option<Agreed>,
    /// The newest time that was named, refused or not: what another one leaves out is taken from it.
    named: Option<Agreed>,
    refused: bool,
    /// Sentences since somebody spoke of calling; none where something else has come up.
    thread: Option<usize>,
    /// Calling was spoken of, and no time for it since.
    asked: bool,
    /// A time of nothing in particular, which a promise may follow.
    pending: Option<(usize, When)>,
    /// Where something else than calling was last spoken of.
    other: Option<usize>,
}

impl Talk {
    pub const fn new(moment: Moment) -> Self {
        Self {
            moment,
            agreed: None,
            before: None,
            named: None,
            refused: false,
            thread: None,
            asked: false,
            pending: None,
            other: None,
        }
    }

    /// Hears a whole conversation; what was agreed at its end.
    pub fn hear(mut self, sentences: &[Sentence<'_>]) -> Option<Agreed> {
        for at in 0..sentences.len() {
            self.sentence(sentences, at);
        }
        self.agreed
    }

    fn sentence(&mut self, sentences: &[Sentence<'_>], at: usize) {
        let sentence = &sentences[at];
        let is_near = |since: &usize| *since <= LONGEST_THREAD;
        self.thread = self.thread.map(|since| since + 1).filter(is_near);
        self.other = self.other.filter(|other| is_near(&(at - other)));
        if self.is_answer(sentences, at) && sentence.refuses() {
            self.refuse();
        }
        if sentence.calls_off() {
            (self.agreed, self.before, self.pending) = (None, None, None);
        }
        let times: Vec<When> = sentence.times().collect();
        let promises = sentence.promises();
        if promises {
            self.promise(sentences, at, times.is_empty());
        } else if times.is_empty() {
            self.subject(sentence, at);
        }
        let mut chosen = false;
        for mut when in times {
            let mut is_loose = false;
            let is_contact = match sentence.of(&mut when) {
                Of::Contact => true,
                Of::Other => {
                    self.something_else(at, promises);
                    false
                }
                Of::Past => false,
                Of::Negated => {
                    self.not_then(&when);
                    false
                }
                Of::Open {
                    promised,
                    unknown,
                    better,
                } => {
                    is_loose = unknown > 0;
                    self.is_of_thread(at, &when, promised, unknown, better)
                }
            };
            // Of two that are offered, the first.
            if is_contact && !(chosen && sentence.is_alternative(&when)) {
                chosen |= self.name(sentence, at, when, is_loose);
            }
        }
    }

    /// Somebody speaks of calling; a time that was named just before may be the one: "Tuesday at ten? Yes, call me then."
    fn promise(&mut self, sentences: &[Sentence<'_>], at: usize, without_time: bool) {
        let settled = self.agreed.is_some() && self.thread.is_some();
        self.asked = !settled || sentences[at].asks();
        (self.thread, self.other) = (Some(0), None);
        if let Some((from, when)) = self.pending
            && without_time
            && !settled
            && at - from <= LONGEST_THREAD
        {
            self.name(&sentences[from], from, when, false);
        }
    }

    /// A sentence without a time and without a promise: what it is about.
    fn subject(&mut self, sentence: &Sentence<'_>, at: usize) {
        if sentence.has(Sense::Other) {
            self.something_else(at, false);
        } else if sentence.asks() && sentence.has(Sense::Better) {
            // "When would suit you?"
            self.other = None;
        }
    }

    fn something_else(&mut self, at: usize, promises: bool) {
        self.thread = self.thread.filter(|_| promises || self.asked);
        (self.other, self.pending) = (Some(at), None);
    }

    /// Whether a time without a word of calling beside it is one to call at; otherwise it is kept in mind.
    fn is_of_thread(
        &mut self,
        at: usize,
        when: &When,
        promised: bool,
        unknown: usize,
        better: bool,
    ) -> bool {
        if !promised && self.thread.is_none() {
            if self.other.is_none() && unknown <= MOST_UNKNOWN {
                let mut when = *when;
                if let Some((_, before)) = &self.pending {
                    complete(&mut when, before, false);
                }
                self.pending = Some((at, when));
            }
            return false;
        }
        let completes = self.named.is_some_and(|named| {
            named.sentence == at && !named.when.has_clock() && when.day.is_none()
        });
        if self.asked || completes {
            unknown <= MOST_UNKNOWN
        } else {
            unknown == 0 || better && unknown <= BETTER_UNKNOWN || self.refused
        }
    }

    /// Whether a sentence answers one in which a time was named.
    fn is_answer(&self, sentences: &[Sentence<'_>], at: usize) -> bool {
        let (Some(named), Some(before)) = (&self.named, at.checked_sub(1)) else {
            return false;
        };
        let (this, last) = (&sentences[at], &sentences[before]);
        let is_reply = if this.speaker == Speaker::Narrator {
            last.asks() && named.sentence == before
        } else {
            this.turn == last.turn + 1 && sentences[named.sentence].turn == last.turn
        };
        is_reply && !last.has(Sense::Closing) && !self.refused
    }

    fn refuse(&mut self) {
        (self.agreed, self.pending) = (self.before.take(), None);
        self.refused = true;
        self.thread = Some(0);
    }

    /// A time is ruled out: where it is the one that was named, it is refused.
    fn not_then(&mut self, when: &When) {
        let day = |when: &When| when.day.map(|(day, _)| day);
        let Some(agreed) = &self.agreed else { return };
        let is_same = match day(when) {
            Some(day) => Some(day) == agreed.when.day.map(|(day, _)| day),
            None => when.hour == agreed.when.hour && when.part == agreed.when.part,
        };
        if is_same && !self.refused {
            self.refuse();
        }
    }

    /// Takes a time as agreed, with what it leaves out from the one that was named before. False when it is no date to keep.
    fn name(&mut self, sentence: &Sentence<'_>, at: usize, mut when: When, is_loose: bool) -> bool {
        let tokens = &sentence.tokens[when.first..when.behind];
        let (Some(first), Some(last)) = (tokens.first(), tokens.last()) else {
            return false;
        };
        let mut place = (first.start, last.end);
        let lends_no_hour = is_loose && when.has_clock();
        let named = self
            .named
            .filter(|named| at - named.sentence <= LONGEST_THREAD);
        let pending = self.pending.filter(|(from, _)| at - from <= LONGEST_THREAD);
        match (named, pending) {
            (Some(named), _) => {
                let filled = complete(&mut when, &named.when, self.refused);
                if filled && named.sentence == at {
                    place.0 = place.0.min(named.place.0);
                }
            }
            (None, Some((_, pending))) if when.day.is_none() => {
                complete(&mut when, &pending, false);
            }
            (None, _) => {}
        }
        let Some((moment, precision)) = self.moment.resolve(&when) else {
            return false;
        };
        let new = Agreed {
            at: moment,
            precision,
            place,
            when,
            sentence: at,
        };
        if self.named.is_none_or(|named| named.sentence != at) {
            self.before = self.agreed;
        }
        // What is said of something else too lends its hour to nothing.
        if lends_no_hour {
            (when.hour, when.part) = (None, None);
        }
        (self.agreed, self.named) = (Some(new), Some(Agreed { when, ..new }));
        (self.refused, self.asked, self.thread) = (false, false, Some(0));
        true
    }
}

/// Fills what a time leaves out from the one before it. True when something was filled.
fn complete(when: &mut When, named: &When, refused: bool) -> bool {
    if when.minutes.is_some() || named.minutes.is_some() {
        return false;
    }
    let as_it_was = *when;
    if when.day.is_none() {
        when.day = named.day;
        if let (Some((hour, _)), Some(part), None) = (&mut when.hour, named.part, when.part) {
            hour.half = hour.half.or(Some(part.half));
        }
        if let (None, Some(part), Some((hour, bound)), false) =
            (when.hour, when.part, named.hour, refused)
        {
            let half = hour.half.or(Some(part.half));
            when.hour = Some((Hour { half, ..hour }, bound));
        }
    } else if !when.has_clock() && !is_other_day_at_all(when, named) {
        (when.hour, when.part) = (named.hour, named.part);
    }
    *when != as_it_was
}

/// "Next week" after "tomorrow at ten" leaves the hour open again.
fn is_other_day_at_all(when: &When, named: &When) -> bool {
    let is_long = |when: &When| {
        matches!(
            when.day,
            Some((Day::Week(_) | Day::Later(_) | Day::Anchor(_), _))
        )
    };
    is_long(when) && named.day.is_some()
}
