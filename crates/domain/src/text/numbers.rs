//! Hours and dates that are written in digits.

/// An hour or a date in digits; a byte range of the folded text.
pub(super) struct Number {
    pub start: usize,
    pub end: usize,
    /// An hour, else a date.
    pub is_clock: bool,
}

/// What makes a bare number after "at" an amount and not an hour.
const UNITS: [&str; 16] = [
    "אלפ",
    "שקל",
    "שקלימ",
    "שח",
    "אחוז",
    "אחוזימ",
    "ימימ",
    "חודשימ",
    "שנימ",
    "דקות",
    "מטר",
    "percent",
    "dollars",
    "days",
    "months",
    "each",
];

/// Hours and dates in digits: 16:00, 3.4, 28/7/2026, and a bare 8 to 23 after "at" or the Hebrew prefix.
pub(super) fn numbers(text: &str) -> impl Iterator<Item = Number> {
    let digits = |letter: char| letter.is_ascii_digit() || matches!(letter, ':' | '.' | '/');
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            let start = at + text[at..].find(|letter: char| letter.is_ascii_digit())?;
            let length = text[start..]
                .find(|letter| !digits(letter))
                .unwrap_or(text.len() - start);
            at = start + length;
            let token = text[start..at].trim_end_matches([':', '.', '/']);
            let end = start + token.len();
            if text[end..].starts_with(char::is_alphabetic) && !is_half_of_day(&text[end..]) {
                continue;
            }
            let is_clock = match token.split_once(':') {
                Some((hour, minute)) => minute.len() == 2 && below(hour, 24) && below(minute, 60),
                None => {
                    let after_at = text[..start].ends_with("ב ") || text[..start].ends_with("at ");
                    let next = text[end..].split_whitespace().next().unwrap_or_default();
                    let next = next.trim_matches(|letter: char| !letter.is_alphanumeric());
                    below(token, 24)
                        && ((after_at && !UNITS.contains(&next)) || is_half_of_day(next))
                }
            };
            let mut date = token.split(['.', '/']);
            let is_date = matches!((date.next(), date.next()), (Some(day), Some(month)) if below(day, 32) && below(month, 13));
            if is_clock || is_date {
                return Some(Number {
                    start,
                    end,
                    is_clock,
                });
            }
        }
    })
}

fn is_half_of_day(text: &str) -> bool {
    ["am", "pm"].iter().any(|half| {
        text.strip_prefix(half)
            .is_some_and(|rest| !rest.starts_with(char::is_alphanumeric))
    })
}

fn below(digits: &str, limit: u8) -> bool {
    digits.parse::<u8>().is_ok_and(|number| number < limit)
}
