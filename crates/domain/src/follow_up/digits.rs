//! Times that are written in digits: 10:30, 16.00, 5pm, 3.12, 14/12/2026, 15th, and bare numbers.

/// A word that begins with a digit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Digits {
    /// 10:30, 16.00, 5pm.
    Clock {
        hour: u32,
        minute: u32,
        half: Option<bool>,
        /// 07:30 and 16:00 leave no half of the day open.
        exact: bool,
    },
    /// 10.11: a date, or after "at" an hour.
    Dotted { first: u32, second: u32 },
    /// 3/12, 3.12.2026.
    Date {
        day: u32,
        month: u32,
        year: Option<i32>,
    },
    /// 15th.
    Ordinal(u32),
    /// A number of one or two digits.
    Bare(u32),
    /// Part of a phone number, a price, a year.
    Other,
}

pub(super) fn digits(word: &str) -> Digits {
    read(word).unwrap_or(Digits::Other)
}

fn read(word: &str) -> Option<Digits> {
    let letters = word.find(char::is_alphabetic).unwrap_or(word.len());
    let (number, suffix) = word.split_at(letters);
    let half = match suffix {
        "" => None,
        "am" => Some(false),
        "pm" => Some(true),
        "st" | "nd" | "rd" | "th" => return small(number).map(Digits::Ordinal),
        "ish" => return clock(number, "00", None),
        _ => return None,
    };
    if let Some((hour, minute)) = number.split_once(':') {
        return clock(hour, minute, half);
    }
    if number.contains('/') {
        return date(number.split('/'));
    }
    if let Some((first, second)) = number.split_once('.') {
        if second.contains('.') {
            return date(number.split('.'));
        }
        if half.is_some() || second.len() == 2 && small(second)? == 0 || small(second)? > 12 {
            return clock(first, second, half);
        }
        let (first, second) = (small(first)?, small(second)?);
        return Some(Digits::Dotted { first, second });
    }
    match half {
        Some(_) => clock(number, "00", half),
        None => small(number).map(Digits::Bare),
    }
}

/// A number of at most two digits.
fn small(digits: &str) -> Option<u32> {
    (digits.len() <= 2).then(|| digits.parse().ok()).flatten()
}

fn clock(hour: &str, minute: &str, half: Option<bool>) -> Option<Digits> {
    let exact = half.is_none() && (hour.starts_with('0') || small(hour)? > 12);
    let (hour, minute) = (small(hour)?, small(minute).filter(|_| minute.len() == 2)?);
    let fits = if half.is_some() {
        (1..=12).contains(&hour)
    } else {
        hour < 24
    };
    (fits && minute < 60).then_some(Digits::Clock {
        hour,
        minute,
        half,
        exact,
    })
}

/// Day before month, unless only the other order makes a date.
fn date<'a>(mut parts: impl Iterator<Item = &'a str>) -> Option<Digits> {
    let (first, second) = (small(parts.next()?)?, small(parts.next()?)?);
    let year = match parts.next() {
        None => None,
        Some(year) if year.len() == 4 => Some(year.parse().ok()?),
        Some(year) => Some(2000 + i32::try_from(small(year)?).ok()?),
    };
    let (day, month) = if second > 12 {
        (second, first)
    } else {
        (first, second)
    };
    let fits = (1..=31).contains(&day) && (1..=12).contains(&month) && parts.next().is_none();
    fits.then_some(Digits::Date { day, month, year })
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("10:30", Some((10, 30, None, false)))]
    #[case("16:00", Some((16, 0, None, true)))]
    #[case("07:30", Some((7, 30, None, true)))]
    #[case("10.30", Some((10, 30, None, false)))]
    #[case("2ish", Some((2, 0, None, false)))]
    #[case("16.00", Some((16, 0, None, true)))]
    #[case("5pm", Some((5, 0, Some(true), false)))]
    #[case("11:15am", Some((11, 15, Some(false), false)))]
    #[case("13pm", None)]
    #[case("25:00", None)]
    #[case("10:60", None)]
    #[case("1,200", None)]
    fn hours(#[case] word: &str, #[case] expected: Option<(u32, u32, Option<bool>, bool)>) {
        let found = match digits(word) {
            Digits::Clock {
                hour,
                minute,
                half,
                exact,
            } => Some((hour, minute, half, exact)),
            _ => None,
        };
        assert_eq!(found, expected);
    }

    #[rstest]
    #[case("3/12", Some((3, 12, None)))]
    #[case("12/25", Some((25, 12, None)))]
    #[case("3.12.2026", Some((3, 12, Some(2026))))]
    #[case("3.12.26", Some((3, 12, Some(2026))))]
    #[case("32/12", None)]
    #[case("1/2/3/4", None)]
    #[case("3.4.5.6", None)]
    fn dates(#[case] word: &str, #[case] expected: Option<(u32, u32, Option<i32>)>) {
        let found = match digits(word) {
            Digits::Date { day, month, year } => Some((day, month, year)),
            _ => None,
        };
        assert_eq!(found, expected);
    }

    #[rstest]
    #[case("3.12", Digits::Dotted { first: 3, second: 12 })]
    #[case("15th", Digits::Ordinal(15))]
    #[case("7", Digits::Bare(7))]
    #[case("052", Digits::Other)]
    #[case("5kg", Digits::Other)]
    fn other_words(#[case] word: &str, #[case] expected: Digits) {
        assert_eq!(digits(word), expected);
    }
}
