//! One sentence: its times, and what its words say of them.

use super::tokens::Token;
use super::vocabulary::Sense;
use super::when::{Bound, When, read};
use crate::text::Speaker;

/// A sentence of one speaker.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sentence<'a> {
    pub speaker: Speaker,
    pub turn: usize,
    pub tokens: &'a [Token],
}

/// What a time in a sentence is the time of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Of {
    /// A promise to be in touch.
    Contact,
    /// Anything else that is named beside it.
    Other,
    /// The clause does not say.
    Open {
        /// The promise stands elsewhere in the sentence.
        promised: bool,
        /// So many words that mean nothing here.
        unknown: usize,
        /// It is said to be a good time.
        better: bool,
    },
    /// Not then.
    Negated,
    /// The past, or what was promised before.
    Past,
}

/// A negation reaches over so many words that mean something.
const NEGATION_WORDS: usize = 2;

impl<'a> Sentence<'a> {
    pub fn has(&self, sense: Sense) -> bool {
        self.tokens.iter().any(|token| token.sense == sense)
    }

    pub fn asks(&self) -> bool {
        self.has(Sense::Stop(true))
    }

    /// Its times, in order of place.
    pub fn times(&self) -> impl Iterator<Item = When> + use<'a> {
        let tokens = self.tokens;
        let mut at = 0;
        std::iter::from_fn(move || {
            while at < tokens.len() {
                let is_glue = matches!(tokens[at].sense, Sense::Filler | Sense::Coming);
                let found = read(tokens, at).filter(|_| !is_glue);
                at = found.map_or(at + 1, |when| when.behind);
                if found.is_some() {
                    return found;
                }
            }
            None
        })
    }

    /// Whether it promises to be in touch, at whatever time.
    pub fn promises(&self) -> bool {
        !self.has(Sense::Told)
            && (0..self.tokens.len())
                .any(|at| self.tokens[at].sense == Sense::Promise && !self.is_negated(at))
    }

    /// Whether it declines what was offered just before.
    pub fn refuses(&self) -> bool {
        let mut unknown = 0;
        for token in self.tokens {
            match token.sense {
                Sense::Negation => return true,
                Sense::Busy => return self.times().next().is_none(),
                Sense::Filler | Sense::Pause | Sense::Better | Sense::At => {}
                Sense::Unknown if unknown == 0 => unknown += 1,
                _ => return false,
            }
        }
        false
    }

    /// Whether it takes back whatever was promised.
    pub fn calls_off(&self) -> bool {
        let negated = |at: usize| self.tokens[at].sense == Sense::Promise && self.is_negated(at);
        (self.has(Sense::CalledOff) || (0..self.tokens.len()).any(negated))
            && self.times().next().is_none()
            && !self.promises()
    }

    /// Whether a time is offered besides the one before it.
    pub fn is_alternative(&self, when: &When) -> bool {
        let before = self.tokens[..=when.first].iter().rev();
        before.take(2).any(|token| token.sense == Sense::Or)
    }

    /// The clause around some tokens.
    fn clause(&self, first: usize, behind: usize) -> (usize, usize) {
        let is_end =
            |token: &Token| matches!(token.sense, Sense::Pause | Sense::Clause | Sense::Stop(_));
        let from = self.tokens[..first].iter().rposition(is_end);
        let to = self.tokens[behind..].iter().position(is_end);
        (
            from.map_or(0, |at| at + 1),
            to.map_or(self.tokens.len(), |at| behind + at),
        )
    }

    /// Whether something before a token turns it.
    fn is_negated(&self, at: usize) -> bool {
        let (from, _) = self.clause(at, at + 1);
        self.negation_before(from, at).is_some()
    }

    fn negation_before(&self, from: usize, at: usize) -> Option<usize> {
        let mut meant = 0;
        for before in (from..at).rev() {
            match self.tokens[before].sense {
                Sense::Negation | Sense::Busy => return Some(before),
                Sense::Filler | Sense::At | Sense::Better => {}
                Sense::Unknown if meant + 1 < NEGATION_WORDS => meant += 1,
                _ => return None,
            }
        }
        None
    }

    /// What a time of this sentence is the time of. "Not before five" is turned into five.
    pub fn of(&self, when: &mut When) -> Of {
        let (from, to) = self.clause(when.first, when.behind);
        if self.is_past(when, to) {
            return Of::Past;
        }
        let bound = bound(when);
        let limits = matches!(bound, Bound::Before | Bound::Until);
        let called_off = self.tokens[from..when.first]
            .iter()
            .any(|token| token.sense == Sense::CalledOff);
        let promise = self.nearest(when, from, to, Sense::Promise);
        let is_refused = called_off || promise.is_some_and(|(_, at)| self.is_negated(at));
        if limits && (is_refused || self.negation_before(from, when.first).is_some()) {
            unbind(when);
            if is_refused {
                return Of::Contact;
            }
        } else if is_refused || self.is_negated_time(when, from, to, promise) {
            return Of::Negated;
        }
        let other = self.nearest(when, from, to, Sense::Other);
        match (promise, other) {
            (Some((promise, _)), Some((other, _))) if promise > other => Of::Other,
            (Some(_), _) => Of::Contact,
            (None, Some(_)) => Of::Other,
            // Until five, without a word of calling, is how long somebody is away.
            (None, None) if bound == Bound::Until => Of::Other,
            (None, None) => self.open(from, to),
        }
    }

    fn open(&self, from: usize, to: usize) -> Of {
        let clause = &self.tokens[from..to];
        let count = |sense| clause.iter().filter(|token| token.sense == sense).count();
        Of::Open {
            promised: self.promises(),
            unknown: count(Sense::Unknown),
            better: count(Sense::Better) > 0,
        }
    }

    fn is_past(&self, when: &When, to: usize) -> bool {
        let before = &self.tokens[..when.first];
        let last = |wanted: Sense| before.iter().rposition(|token| token.sense == wanted);
        let clause = last(Sense::Clause);
        let told = last(Sense::Told).is_some_and(|at| Some(at) > clause);
        let past = last(Sense::Past)
            .is_some_and(|at| Some(at) > clause && Some(at) > last(Sense::Promise));
        let behind = &self.tokens[when.behind..to];
        let told_behind = behind.iter().any(|token| token.sense == Sense::Told);
        let past_behind = behind
            .first()
            .is_some_and(|token| token.sense == Sense::Past);
        told || past || told_behind || past_behind
    }

    /// How far the nearest such word of the clause is, and where; of two as near, what stands before the time.
    fn nearest(&self, when: &When, from: usize, to: usize, sense: Sense) -> Option<(usize, usize)> {
        let distance = |at: usize| {
            if at < when.first {
                2 * (when.first - at)
            } else {
                2 * (at + 1 - when.behind) + 1
            }
        };
        (from..to)
            .filter(|&at| self.tokens[at].sense == sense)
            .filter(|at| !(when.first..when.behind).contains(at))
            .map(|at| (distance(at), at))
            .min()
    }

    /// "Not Monday", "Monday does not suit me"; not where "no" answers and the time is the better one.
    fn is_negated_time(
        &self,
        when: &When,
        from: usize,
        to: usize,
        promise: Option<(usize, usize)>,
    ) -> bool {
        let is_better = self
            .tokens
            .get(when.behind..to)
            .is_some_and(|behind| behind.iter().any(|token| token.sense == Sense::Better));
        if let Some(at) = self.negation_before(from, when.first) {
            return !(at == 0 && is_better);
        }
        if promise.is_some_and(|(_, at)| at < when.first) {
            return false;
        }
        let mut meant = 0;
        for at in when.behind..to {
            match self.tokens[at].sense {
                Sense::Negation | Sense::Busy => return read(self.tokens, at + 1).is_none(),
                Sense::Filler | Sense::At | Sense::Better => {}
                Sense::Unknown if meant + 1 < NEGATION_WORDS => meant += 1,
                _ => return false,
            }
        }
        false
    }
}

fn bound(when: &When) -> Bound {
    let hour = when.hour.map(|(_, bound)| bound);
    hour.or(when.day.map(|(_, bound)| bound))
        .unwrap_or(Bound::At)
}

fn unbind(when: &mut When) {
    if let Some((_, bound)) = &mut when.hour {
        *bound = Bound::At;
    }
    if let Some((_, bound)) = &mut when.day {
        *bound = Bound::At;
    }
}
