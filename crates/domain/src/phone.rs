//! Phone numbers as people type them, made into E.164.

mod zones;

use std::fmt;

use phonenumber::metadata::DATABASE;
use phonenumber::{Mode, country};

pub use zones::zone_of;

/// A phone number in E.164 (ITU-T E.164: `+`, country code, subscriber number; at most 15 digits).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PhoneNumber(String);

/// Why a text is not a phone number that can be called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PhoneError {
    /// Nothing but white space.
    #[error("there is no phone number")]
    Missing,
    /// A spreadsheet turned it into a rounded number such as `9.72521E+11`: the digits are lost.
    #[error("the spreadsheet has rounded the number; format the column as text")]
    Rounded,
    /// Holds letters, or too few digits to be a number.
    #[error("this is not a phone number")]
    NotANumber,
    /// Digits that no numbering plan has: too long, too short, or an area that does not exist.
    #[error("no such phone number can exist")]
    Impossible,
}

impl PhoneError {
    /// A stable name for APIs and messages.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Missing => "phone_missing",
            Self::Rounded => "phone_rounded",
            Self::NotANumber => "phone_not_a_number",
            Self::Impossible => "phone_impossible",
        }
    }
}

/// Not an ISO 3166 alpha-2 code of a country with a numbering plan.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a country with a numbering plan (ISO 3166 alpha-2, for example IL)")]
pub struct UnknownCountry(pub String);

/// The country as of which local numbers are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Country(country::Id);

impl Country {
    /// Reads an ISO 3166 alpha-2 code in capitals, for example `IL`.
    ///
    /// # Errors
    /// [`UnknownCountry`] for anything else.
    pub fn parse(code: &str) -> Result<Self, UnknownCountry> {
        code.parse()
            .map(Self)
            .map_err(|_| UnknownCountry(code.to_owned()))
    }
}

impl PhoneNumber {
    /// Reads a number as people and spreadsheets write it: local (`052-123 4567`), international (`+972…`, `00972…`,
    /// `972…`), with Unicode digits, marks of direction, non-breaking spaces and a spreadsheet's apostrophe.
    ///
    /// # Errors
    /// [`PhoneError`], when it cannot be called.
    pub fn parse(text: &str, country: Country) -> Result<Self, PhoneError> {
        let tidy = tidy(text);
        if tidy.is_empty() {
            return Err(PhoneError::Missing);
        }
        if is_rounded(&tidy) {
            return Err(PhoneError::Rounded);
        }
        if tidy.chars().any(char::is_alphabetic)
            || tidy.chars().filter(char::is_ascii_digit).count() < 3
        {
            return Err(PhoneError::NotANumber);
        }
        let number =
            phonenumber::parse(Some(country.0), &tidy).map_err(|_| PhoneError::NotANumber)?;
        if has_the_shape_of_its_plan(&number) {
            return Ok(Self(number.format().mode(Mode::E164).to_string()));
        }
        // `972521234567`: international, with the plus lost on the way through a spreadsheet.
        let with_plus = phonenumber::parse(None, format!("+{tidy}")).ok();
        match with_plus.filter(has_the_shape_of_its_plan) {
            Some(number) if !tidy.starts_with(['+', '0']) => {
                Ok(Self(number.format().mode(Mode::E164).to_string()))
            }
            _ => Err(PhoneError::Impossible),
        }
    }

    /// The number, as `+972521234567`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The beginning that an E.164 number shares with the numbers of its country: the country code, and in the plan that many
/// countries share (+1) the area code too, since an area belongs to one country. The number itself when it has no plan.
#[must_use]
pub fn destination_prefix(e164: &str) -> String {
    /// `+1` and three digits.
    const SHARED_PLAN: usize = 5;
    let Ok(number) = phonenumber::parse(None, e164) else {
        return e164.to_owned();
    };
    match number.code().value() {
        1 => e164.chars().take(SHARED_PLAN).collect(),
        code => format!("+{code}"),
    }
}

/// An E.164 number as it is written in `country`: a number of that country with its own zero and hyphens, another one as
/// international with spaces. No spreadsheet takes either for an amount. Empty for what is no number.
#[must_use]
pub fn spoken(e164: &str, country: Country) -> String {
    let Ok(number) = phonenumber::parse(None, e164) else {
        return String::new();
    };
    let is_at_home = number.country().id() == Some(country.0);
    let mode = if is_at_home {
        Mode::National
    } else {
        Mode::International
    };
    number.format().mode(mode).to_string()
}

impl fmt::Display for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<PhoneNumber> for String {
    fn from(number: PhoneNumber) -> Self {
        number.0
    }
}

/// Whether a country with this code has numbers of this length that start so. Not whether the range is assigned: ranges
/// open faster than the metadata of any library follows, and a person who is lost costs more than a call that fails.
fn has_the_shape_of_its_plan(number: &phonenumber::PhoneNumber) -> bool {
    let national = number.national().to_string();
    let whole = |region: &&phonenumber::Metadata| {
        let plan = region.descriptors().general().national_number();
        plan.find(&national)
            .is_some_and(|found| found.range() == (0..national.len()))
    };
    number.is_valid()
        || DATABASE
            .by_code(&number.code().value())
            .is_some_and(|regions| regions.iter().any(whole))
}

/// Folds what people cannot see or do not mean, and leaves the rest to the parser.
fn tidy(text: &str) -> String {
    let mut tidy = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            // Marks of direction, zero-width joiners, the soft hyphen, a byte-order mark.
            '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{2069}'
            | '\u{ad}'
            | '\u{feff}' => {}
            // Hyphens and dashes of every kind, the Hebrew maqaf among them.
            '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{5be}' => tidy.push('-'),
            '\u{ff0b}' => tidy.push('+'),
            _ if letter.is_whitespace() => tidy.push(' '),
            _ => match digit(letter) {
                Some(digit) => tidy.push(digit),
                None => tidy.push(letter),
            },
        }
    }
    let tidy = tidy.trim();
    // `="0521234567"` and `'0521234567` are how spreadsheets keep a leading zero.
    let tidy = tidy
        .strip_prefix("=\"")
        .and_then(|rest| rest.strip_suffix('"'))
        .unwrap_or(tidy);
    let tidy = tidy.trim_start_matches('\'').trim();
    match tidy.strip_suffix(".0") {
        Some(whole) if whole.chars().all(|letter| letter.is_ascii_digit()) => whole.to_owned(),
        _ => tidy.to_owned(),
    }
}

/// The ASCII digit of an Arabic-Indic or full-width one.
fn digit(letter: char) -> Option<char> {
    let zero = match letter {
        '\u{660}'..='\u{669}' => 0x660,
        '\u{6f0}'..='\u{6f9}' => 0x6f0,
        '\u{ff10}'..='\u{ff19}' => 0xff10,
        _ => return None,
    };
    char::from_digit(u32::from(letter) - zero, 10)
}

fn is_rounded(text: &str) -> bool {
    let Some((mantissa, exponent)) = text.split_once(['E', 'e']) else {
        return false;
    };
    let digits =
        |part: &str| !part.is_empty() && part.chars().all(|letter| letter.is_ascii_digit());
    mantissa.split(['.', ',']).all(digits) && digits(exponent.trim_start_matches('+'))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    fn israel() -> Country {
        Country::parse("IL").expect("a country")
    }

    #[rstest]
    #[case::local("052-123 4567")]
    #[case::compact("0521234567")]
    #[case::international("+972 52 123 4567")]
    #[case::double_zero("00972521234567")]
    #[case::plus_lost("972521234567")]
    #[case::leading_zero_lost("521234567")]
    #[case::with_both("+972-(0)52-1234567")]
    #[case::apostrophe("'0521234567")]
    #[case::formula("=\"0521234567\"")]
    #[case::right_to_left_marks("\u{200f}052\u{2011}1234567\u{200e}")]
    #[case::non_breaking_space("052\u{a0}1234567")]
    #[case::float("521234567.0")]
    #[case::arabic_digits("٠٥٢١٢٣٤٥٦٧")]
    #[case::full_width("０５２１２３４５６７")]
    fn every_way_to_write_a_number_is_one_number(#[case] text: &str) {
        assert_eq!(
            PhoneNumber::parse(text, israel())
                .map(String::from)
                .as_deref(),
            Ok("+972521234567")
        );
    }

    #[rstest]
    #[case::landline("03-612 3456", "IL", "+97236123456")]
    #[case::american("(415) 555-2671", "US", "+14155552671")]
    #[case::foreign_with_plus("+44 20 7946 0958", "IL", "+442079460958")]
    #[case::british("020 7946 0958", "GB", "+442079460958")]
    fn a_local_number_is_read_as_of_the_country(
        #[case] text: &str,
        #[case] country: &str,
        #[case] expected: &str,
    ) {
        let country = Country::parse(country).expect("a country");
        assert_eq!(
            PhoneNumber::parse(text, country)
                .map(String::from)
                .as_deref(),
            Ok(expected)
        );
    }

    #[rstest]
    #[case::mobile("+972521234567", "IL", "052-123-4567")]
    #[case::landline("+97236123456", "IL", "03-612-3456")]
    #[case::abroad("+442079460958", "IL", "+44 20 7946 0958")]
    #[case::american("+14155552671", "US", "(415) 555-2671")]
    #[case::no_number("", "IL", "")]
    fn a_number_is_written_as_it_is_spoken_at_home(
        #[case] e164: &str,
        #[case] country: &str,
        #[case] expected: &str,
    ) {
        let country = Country::parse(country).expect("a country");
        assert_eq!(spoken(e164, country), expected);
        if !e164.is_empty() {
            assert_eq!(
                PhoneNumber::parse(expected, country)
                    .map(String::from)
                    .as_deref(),
                Ok(e164)
            );
        }
    }

    #[rstest]
    #[case::empty("", PhoneError::Missing)]
    #[case::only_marks(" \u{200f}' ", PhoneError::Missing)]
    #[case::words("אין", PhoneError::NotANumber)]
    #[case::dash("-", PhoneError::NotANumber)]
    #[case::rounded("9.72521E+11", PhoneError::Rounded)]
    #[case::too_short("0521", PhoneError::Impossible)]
    #[case::too_long("05212345678901234", PhoneError::Impossible)]
    #[case::no_such_area("0112345678", PhoneError::Impossible)]
    fn what_cannot_be_called_is_refused(#[case] text: &str, #[case] expected: PhoneError) {
        assert_eq!(PhoneNumber::parse(text, israel()), Err(expected));
    }

    #[test]
    fn an_unknown_country_is_named() {
        assert_eq!(Country::parse("ישראל"), Err(UnknownCountry("ישראל".into())));
    }

    proptest! {
        #[test]
        fn no_text_brings_it_down_and_every_answer_can_be_stored(text in "\\PC{0,40}") {
            if let Ok(number) = PhoneNumber::parse(&text, israel()) {
                let digits = number.as_str().strip_prefix('+').unwrap_or_default();
                prop_assert!((7..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit()), "{number}");
                prop_assert_eq!(PhoneNumber::parse(number.as_str(), israel()), Ok(number));
            }
        }
    }

    #[rstest]
    #[case::israel("+972521234567", "+972")]
    #[case::britain("+447911123456", "+44")]
    #[case::new_york("+12125550123", "+1212")]
    #[case::jamaica("+18765550123", "+1876")]
    #[case::no_plan("+999", "+999")]
    fn a_destination_is_what_a_country_shares(#[case] number: &str, #[case] prefix: &str) {
        assert_eq!(destination_prefix(number), prefix);
    }
}
