//! A time as it is said: which day, which hour.

use chrono::{NaiveTime, Timelike as _, Weekday};

use super::digits::Digits;
use super::tokens::Token;
use super::vocabulary::{Anchor, Half, Part, Sense, Span, Unit};

/// Which day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Day {
    /// So many days on.
    On(u32),
    /// The day of the week; of the week so many on, or the next one there is.
    Weekday(Weekday, Option<u32>),
    /// The week so many on.
    Week(u32),
    /// So many weeks or months on.
    Later(Span),
    Anchor(Anchor),
    Date {
        day: u32,
        month: Option<u32>,
        year: Option<i32>,
    },
}

/// Which hour, as it is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Hour {
    pub hour: u32,
    pub minute: u32,
    /// Minutes to the hour: a quarter to ten.
    pub minutes_to: u32,
    pub half: Option<Half>,
    /// Nothing is left open: 16:00, noon.
    pub exact: bool,
}

/// How a day or an hour limits the time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bound {
    At,
    After,
    Before,
    Until,
}

/// A time with its place: tokens of a sentence.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct When {
    pub day: Option<(Day, Bound)>,
    pub hour: Option<(Hour, Bound)>,
    pub part: Option<Part>,
    /// From the moment of the conversation on, in minutes.
    pub minutes: Option<u32>,
    pub first: usize,
    /// Behind the last token.
    pub behind: usize,
}

impl When {
    pub const fn has_clock(&self) -> bool {
        self.hour.is_some() || self.part.is_some() || self.minutes.is_some()
    }
}

/// Reads a time that begins at a token, if one does.
pub(super) fn read(tokens: &[Token], first: usize) -> Option<When> {
    let mut reader = Reader {
        tokens,
        when: When {
            day: None,
            hour: None,
            part: None,
            minutes: None,
            first,
            behind: first,
        },
    };
    let mut at = first;
    while let Some(behind) = reader.piece(at) {
        reader.when.behind = behind;
        at = reader.skip_joints(behind);
    }
    (reader.when.behind > first).then_some(reader.when)
}

/// "In ten" is minutes; "in two" may be anything.
const FEWEST_BARE_MINUTES: u32 = 5;

/// A time while it is read.
pub(super) struct Reader<'a> {
    pub tokens: &'a [Token],
    pub when: When,
}

impl Reader<'_> {
    pub fn sense(&self, at: usize) -> Option<Sense> {
        self.tokens.get(at).map(|token| token.sense)
    }

    pub fn prefix(&self, at: usize) -> Option<char> {
        self.tokens.get(at).and_then(|token| token.prefix)
    }

    /// Behind a comma and what else may stand between a day and its hour.
    fn skip_joints(&self, mut at: usize) -> usize {
        let mut paused = false;
        loop {
            match self.sense(at) {
                Some(Sense::Filler | Sense::Coming) => at += 1,
                Some(Sense::Pause) if !paused => {
                    paused = true;
                    at += 1;
                }
                _ => return at,
            }
        }
    }

    pub fn skip(&self, mut at: usize, skipped: &[Sense]) -> usize {
        while self.sense(at).is_some_and(|sense| skipped.contains(&sense)) {
            at += 1;
        }
        at
    }

    /// Takes the next piece; where it ends.
    fn piece(&mut self, at: usize) -> Option<usize> {
        if let Some(behind) = self.span(at) {
            return Some(behind);
        }
        let mut bound = match self.sense(at)? {
            Sense::After => Bound::After,
            Sense::Before => Bound::Before,
            Sense::Until => Bound::Until,
            _ => Bound::At,
        };
        let said = matches!(
            self.sense(at)?,
            Sense::At | Sense::About | Sense::After | Sense::Before | Sense::Until | Sense::Between
        );
        let glue = [
            Sense::At,
            Sense::About,
            Sense::Filler,
            Sense::Coming,
            Sense::Between,
        ];
        let from = self.skip(if said { at + 1 } else { at }, &glue);
        if bound == Bound::At && self.prefix(from) == Some('מ') {
            bound = Bound::After;
        }
        self.day(from, bound)
            .or_else(|| self.part(from, bound))
            .or_else(|| self.hour(at, from, bound))
    }

    /// "In two hours", "two days from now".
    fn span(&mut self, at: usize) -> Option<usize> {
        let is_in = matches!(self.sense(at)?, Sense::In | Sense::After);
        let from = if is_in {
            self.skip(at + 1, &[Sense::About, Sense::Filler, Sense::At])
        } else {
            at
        };
        let (span, behind) = self.length(from)?;
        let from_now = self.sense(behind) == Some(Sense::FromNow);
        if !is_in && !from_now {
            return None;
        }
        let behind = if from_now { behind + 1 } else { behind };
        match span.unit {
            Unit::Minutes if self.when.has_clock() || self.when.day.is_some() => None,
            Unit::Minutes => {
                self.when.minutes = Some(span.count);
                Some(behind)
            }
            Unit::Days => self.set_day(Day::On(span.count), Bound::At, behind),
            Unit::Weeks | Unit::Months => self.set_day(Day::Later(span), Bound::At, behind),
        }
    }

    fn length(&self, at: usize) -> Option<(Span, usize)> {
        if let Sense::Span(span) = self.sense(at)? {
            return Some((span, at + 1));
        }
        let count = self.number(at)?;
        let Some(next) = self.sense(at + 1) else {
            return self.bare_minutes(at, count);
        };
        match next {
            Sense::Unit(unit, each) if count > 0 => {
                let count = count * each;
                Some((Span { count, unit }, at + 2))
            }
            Sense::Stop(_) | Sense::Pause => self.bare_minutes(at, count),
            _ => None,
        }
    }

    /// "Ring me in ten."
    fn bare_minutes(&self, at: usize, count: u32) -> Option<(Span, usize)> {
        let is_in = at.checked_sub(1).and_then(|at| self.sense(at)) == Some(Sense::In);
        let unit = Unit::Minutes;
        (is_in && count >= FEWEST_BARE_MINUTES).then_some((Span { count, unit }, at + 1))
    }

    fn number(&self, at: usize) -> Option<u32> {
        match self.sense(at)? {
            Sense::Number(number) | Sense::Digits(Digits::Bare(number)) => Some(number),
            _ => None,
        }
    }

    pub fn set_day(&mut self, day: Day, bound: Bound, behind: usize) -> Option<usize> {
        if self.when.minutes.is_some() {
            return None;
        }
        let merged = match (self.when.day, day) {
            (None, day) => (day, bound),
            (Some((Day::Weekday(weekday, None), bound)), Day::Week(week))
            | (Some((Day::Week(week), bound)), Day::Weekday(weekday, None)) => {
                (Day::Weekday(weekday, Some(week)), bound)
            }
            (Some((Day::Later(span), _)), Day::Weekday(weekday, None))
            | (Some((Day::Weekday(weekday, None), _)), Day::Later(span))
                if span.unit == Unit::Weeks =>
            {
                (Day::Weekday(weekday, Some(span.count)), bound)
            }
            (Some((Day::Weekday(..), bound)), Day::Date { .. }) => (day, bound),
            (Some((Day::Date { .. }, _)), Day::Weekday(..)) => return Some(behind),
            _ => return None,
        };
        self.when.day = Some(merged);
        Some(behind)
    }

    fn day(&mut self, at: usize, bound: Bound) -> Option<usize> {
        match self.sense(at)? {
            Sense::Day(days) => self.set_day(Day::On(days), bound, at + 1),
            Sense::Week(weeks) => self.set_day(Day::Week(weeks), bound, at + 1),
            Sense::Anchor(anchor) => self.set_day(Day::Anchor(anchor), Bound::At, at + 1),
            Sense::Next => match self.sense(at + 1)? {
                Sense::Weekday(day) => self.set_day(Day::Weekday(day, Some(1)), bound, at + 2),
                _ => None,
            },
            Sense::Weekday(day) => self.weekday(day, at, bound),
            Sense::MaybeWeekday(day) if self.is_weekday(at) => self.weekday(day, at, bound),
            Sense::Today(part) => {
                let behind = self.set_day(Day::On(0), Bound::At, at + 1)?;
                self.part_of_day(part);
                Some(behind)
            }
            _ => self.date(at, bound),
        }
    }

    fn weekday(&mut self, day: Weekday, at: usize, bound: Bound) -> Option<usize> {
        match self.sense(at + 1) {
            Some(Sense::Next) => self.set_day(Day::Weekday(day, Some(1)), bound, at + 2),
            _ => self.set_day(Day::Weekday(day, None), bound, at + 1),
        }
    }

    /// An ordinal number is a day beside a time, behind a prefix, or nearly alone in its clause.
    fn is_weekday(&self, at: usize) -> bool {
        let is_end = |sense: Option<Sense>| {
            let end = [Sense::Pause, Sense::Stop(true), Sense::Stop(false)];
            sense.is_none_or(|sense| end.contains(&sense))
        };
        let beside = match self.sense(at + 1) {
            Some(
                Sense::Next
                | Sense::Coming
                | Sense::Part(_)
                | Sense::Better
                | Sense::Or
                | Sense::At
                | Sense::About
                | Sense::After
                | Sense::Before
                | Sense::Between,
            ) => true,
            Some(Sense::Number(_) | Sense::Quarter) => {
                self.prefix(at + 1) == Some('ב')
                    || matches!(self.sense(at + 2), Some(Sense::Part(_)))
            }
            next => is_end(next) && at.checked_sub(1).is_none_or(|at| !is_plain(self.sense(at))),
        };
        let before = at.checked_sub(1).and_then(|at| self.sense(at));
        beside
            || matches!(self.prefix(at), Some('ב' | 'ל'))
            || matches!(before, Some(Sense::Or | Sense::Until | Sense::Week(_)))
    }

    fn part(&mut self, at: usize, bound: Bound) -> Option<usize> {
        let Sense::Part(part) = self.sense(at)? else {
            return None;
        };
        if self.when.minutes.is_some() || self.when.part.is_some() {
            return None;
        }
        let mut part = part;
        if bound == Bound::After {
            part.from = part.until;
            part.until = part
                .until
                .with_hour(part.until.hour() + 3)
                .unwrap_or(part.until);
        }
        self.part_of_day(part);
        Some(at + 1)
    }

    fn part_of_day(&mut self, part: Part) {
        if let Some((hour, _)) = &mut self.when.hour {
            hour.half = hour.half.or(Some(part.half));
        }
        self.when.part = self.when.part.or(Some(part));
    }

    /// Behind `said`, which may be "at"; the number stands at `at`.
    fn hour(&mut self, said: usize, at: usize, bound: Bound) -> Option<usize> {
        if self.when.hour.is_some() || self.when.minutes.is_some() {
            return None;
        }
        let reader = super::hour::Reader {
            tokens: self.tokens,
            behind_day: self.when.day.is_some() || self.when.part.is_some(),
        };
        let (mut hour, behind) = reader.read(said, at)?;
        if let Some(part) = self.when.part {
            hour.half = hour.half.or(Some(part.half));
        }
        self.when.hour = Some((hour, bound));
        Some(behind)
    }
}

/// Whether a token is a word that means nothing here: what a number before it may count.
pub(super) fn is_plain(sense: Option<Sense>) -> bool {
    matches!(
        sense,
        Some(Sense::Unknown | Sense::Amount | Sense::Unit(..) | Sense::Span(_))
    )
}

impl Hour {
    pub fn exact(time: NaiveTime) -> Self {
        Self {
            hour: time.hour(),
            minute: time.minute(),
            minutes_to: 0,
            half: None,
            exact: true,
        }
    }
}
