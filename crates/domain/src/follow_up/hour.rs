//! Hours as they are said: at ten, ten thirty, half past four, a quarter to ten, שמונה וחצי, רבע לעשר, between four and six.

use super::digits::Digits;
use super::tokens::Token;
use super::vocabulary::{Half, Sense};
use super::when::{Hour, is_plain};

/// Reads one hour.
pub(super) struct Reader<'a> {
    pub tokens: &'a [Token],
    /// A day or a part of the day has been named just before: a bare number is its hour.
    pub behind_day: bool,
}

/// What minutes are counted in before "to" and "past".
const MINUTES_TO: [u32; 5] = [5, 10, 15, 20, 25];

impl Reader<'_> {
    fn sense(&self, at: usize) -> Option<Sense> {
        self.tokens.get(at).map(|token| token.sense)
    }

    fn prefix(&self, at: usize) -> Option<char> {
        self.tokens.get(at).and_then(|token| token.prefix)
    }

    /// The hour whose number stands at `at`, with what stands before it from `said` on; and what is behind it.
    pub fn read(&self, said: usize, at: usize) -> Option<(Hour, usize)> {
        let is_said = self.is_said(said, at);
        let (mut hour, mut behind) = self
            .turned(at)
            .or_else(|| self.exact(at))
            .or_else(|| self.bare(said, at, is_said))?;
        if is_said && let Some(end) = self.range(said, behind) {
            behind = end;
        }
        loop {
            match self.sense(behind) {
                Some(Sense::OClock) => {}
                Some(Sense::Am) => hour.half = Some(Half::Morning),
                Some(Sense::Pm) => hour.half = Some(Half::Afternoon),
                _ => break,
            }
            behind += 1;
        }
        Some((hour, behind))
    }

    /// Something before the number says that it is an hour.
    fn is_said(&self, said: usize, at: usize) -> bool {
        said < at
            || self
                .prefix(at)
                .is_some_and(|prefix| matches!(prefix, 'ב' | 'ל' | 'מ'))
    }

    /// 16:00, noon; also 10.10 behind "at".
    fn exact(&self, at: usize) -> Option<(Hour, usize)> {
        let hour = match self.sense(at)? {
            Sense::Clock(time) => Hour::exact(time),
            Sense::Digits(Digits::Clock {
                hour,
                minute,
                half,
                exact,
            }) => Hour {
                hour,
                minute,
                minutes_to: 0,
                half: half.map(|pm| if pm { Half::Afternoon } else { Half::Morning }),
                exact,
            },
            Sense::Digits(Digits::Dotted { first, second }) if first < 24 => plain(first, second),
            _ => return None,
        };
        Some((hour, at + 1))
    }

    /// Half past four, half four, a quarter to ten, twenty past eight, רבע לעשר, עשרה לשמונה.
    fn turned(&self, at: usize) -> Option<(Hour, usize)> {
        let minutes = match self.sense(at)? {
            Sense::HalfHour => 30,
            Sense::Quarter => 15,
            Sense::Number(number) if MINUTES_TO.contains(&number) => number,
            _ => return None,
        };
        let (to, hour_at) = match self.sense(at + 1)? {
            Sense::To => (true, at + 2),
            Sense::PastHour | Sense::After => (false, at + 2),
            Sense::Number(_) if self.prefix(at + 1) == Some('ל') => (true, at + 1),
            Sense::At if self.prefix(at).is_none() && self.is_digit(at + 2) => (true, at + 2),
            Sense::Number(_) if minutes == 30 => (false, at + 1),
            _ => return None,
        };
        let hour = self.hour_number(hour_at)?;
        let (minute, minutes_to) = if to { (0, minutes) } else { (minutes, 0) };
        let hour = Hour {
            minutes_to,
            ..plain(hour, minute)
        };
        Some((hour, hour_at + 1))
    }

    fn is_digit(&self, at: usize) -> bool {
        matches!(self.sense(at), Some(Sense::Digits(Digits::Bare(_))))
    }

    fn hour_number(&self, at: usize) -> Option<u32> {
        match self.sense(at)? {
            Sense::Number(number) if number <= 12 => Some(number),
            Sense::Digits(Digits::Bare(number)) if number < 24 => Some(number),
            _ => None,
        }
    }

    fn bare(&self, said: usize, at: usize, is_said: bool) -> Option<(Hour, usize)> {
        let number = self.hour_number(at)?;
        let (minute, behind) = self.minutes(at + 1);
        let next = self.sense(behind);
        let is_half_named = matches!(
            next,
            Some(Sense::OClock | Sense::Am | Sense::Pm | Sense::Part(_))
        );
        let mut after = behind;
        while self.sense(after) == Some(Sense::Filler) {
            after += 1;
        }
        let is_suggested = self.sense(after) == Some(Sense::Better);
        // "Around 5 windows" counts, and so does what stands before a unit; digits go on as a phone number does.
        let before = said.checked_sub(1).and_then(|before| self.sense(before));
        let is_bettered = before == Some(Sense::Better);
        let is_weak = !is_said || self.sense(said) == Some(Sense::About);
        let counts = match next {
            Some(Sense::Unknown) => is_weak,
            Some(Sense::OfMonth | Sense::Month(_)) => true,
            Some(Sense::Digits(_)) => !self.is_digit(behind),
            next => is_plain(next),
        };
        let is_hour = is_half_named
            || minute > 0
            || is_said
            || is_bettered
            || is_suggested
            || self.behind_day;
        (is_hour && !counts && number > 0).then_some((plain(number, minute), behind))
    }

    /// "Thirty" behind ten, "וחצי" behind שמונה.
    fn minutes(&self, at: usize) -> (u32, usize) {
        let joined = self.prefix(at) == Some('ו');
        let minute = match self.sense(at) {
            Some(Sense::HalfHour) if joined => 30,
            Some(Sense::Quarter) if joined => 15,
            Some(Sense::Number(number)) if joined && number % 5 == 0 => number,
            Some(Sense::Number(number)) if self.prefix(at).is_none() && number >= 15 => number,
            Some(Sense::Digits(Digits::Bare(number)))
                if self.is_digit(at - 1) && number >= 15 && number % 5 == 0 && number < 60 =>
            {
                number
            }
            _ => return (0, at),
        };
        (minute, at + 1)
    }

    /// The end of "between four and six", "9 to 11", בין ארבע לחמש: passed over.
    fn range(&self, said: usize, behind: usize) -> Option<usize> {
        let at = match self.sense(behind)? {
            Sense::To | Sense::Until | Sense::At | Sense::Or => behind + 1,
            Sense::Filler if self.sense(said) == Some(Sense::Between) => behind + 1,
            Sense::Number(_) if self.prefix(behind) == Some('ל') => behind,
            Sense::Digits(Digits::Bare(_)) if self.is_digit(behind - 1) => behind,
            _ => return None,
        };
        self.hour_number(at)?;
        let (_, end) = self.minutes(at + 1);
        (!is_plain(self.sense(end))).then_some(end)
    }
}

const fn plain(hour: u32, minute: u32) -> Hour {
    Hour {
        hour,
        minute,
        minutes_to: 0,
        half: None,
        exact: false,
    }
}
