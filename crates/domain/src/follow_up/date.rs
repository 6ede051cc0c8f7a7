//! Dates as they are said.

use super::digits::Digits;
use super::vocabulary::Sense;
use super::when::{Bound, Day, Reader, is_plain};

impl Reader<'_> {
    /// The 14th, the 3rd of December, 3.12, ה-15 לחודש.
    pub fn date(&mut self, at: usize, bound: Bound) -> Option<usize> {
        let date = |day, month| Day::Date {
            day,
            month,
            year: None,
        };
        match self.sense(at)? {
            Sense::Digits(Digits::Date { day, month, year }) => {
                let month = Some(month);
                self.set_day(Day::Date { day, month, year }, bound, at + 1)
            }
            Sense::Digits(Digits::Dotted { first, second })
                if self.when.day.is_none() && !self.at_an_hour(at) =>
            {
                self.set_day(date(first, Some(second)), bound, at + 1)
            }
            Sense::Month(month) => {
                let number = self.skip(at + 1, &[Sense::At, Sense::Filler]);
                match self.day_number(number) {
                    Some(day) => self.set_day(date(day, Some(month)), bound, number + 1),
                    None => {
                        let of = at.checked_sub(1).and_then(|at| self.sense(at));
                        let is_named = self.prefix(at) == Some('ב') || of == Some(Sense::In);
                        let day = is_named.then(|| date(1, Some(month)))?;
                        self.set_day(day, bound, at + 1)
                    }
                }
            }
            Sense::In => match self.sense(at + 1)? {
                Sense::Month(month) => self.set_day(date(1, Some(month)), bound, at + 2),
                _ => None,
            },
            _ => {
                let day = self.day_number(at)?;
                let month = self.skip(at + 1, &[Sense::Filler, Sense::At]);
                match self.sense(month) {
                    Some(Sense::Month(name)) => {
                        self.set_day(date(day, Some(name)), bound, month + 1)
                    }
                    Some(Sense::OfMonth) => self.set_day(date(day, None), bound, month + 1),
                    _ if self.is_ordinal(at) => self.set_day(date(day, None), bound, at + 1),
                    _ => None,
                }
            }
        }
    }

    fn day_number(&self, at: usize) -> Option<u32> {
        let number = match self.sense(at)? {
            Sense::Digits(Digits::Bare(number) | Digits::Ordinal(number))
            | Sense::Number(number)
            | Sense::Ordinal(number) => number,
            _ => return None,
        };
        (1..=31).contains(&number).then_some(number)
    }

    /// "15th", and in words behind "the" where nothing is counted by it.
    fn is_ordinal(&self, at: usize) -> bool {
        match self.sense(at) {
            Some(Sense::Digits(Digits::Ordinal(_))) => true,
            Some(Sense::Ordinal(number)) => {
                let before = at.checked_sub(1).and_then(|at| self.sense(at));
                number > 2 && before == Some(Sense::At) && !is_plain(self.sense(at + 1))
            }
            _ => false,
        }
    }

    /// Whether "at" or its like stands before an hour in digits that may also be a date.
    fn at_an_hour(&self, at: usize) -> bool {
        let before = at.checked_sub(1).map(|at| &self.tokens[at]);
        before
            .is_some_and(|token| matches!(token.sense, Sense::About | Sense::After | Sense::Until))
    }
}
