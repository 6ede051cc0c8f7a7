use std::collections::HashMap;
use std::sync::LazyLock;

use chrono_tz::Tz;

/// By the country's ISO 3166 alpha-2 code.
static ZONES: LazyLock<HashMap<&str, Tz>> = LazyLock::new(|| {
    include_str!("../../zones/countries.txt")
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| {
            let (country, zone) = line.split_once(' ')?;
            Some((country, zone.parse().ok()?))
        })
        .collect()
});

/// The time zone in which a number rings, as far as its country tells: `None` for countries of several zones, and for what
/// is no number (E.164). A phone may of course be on a journey.
#[must_use]
pub fn zone_of(e164: &str) -> Option<Tz> {
    let number = phonenumber::parse(None, e164).ok()?;
    ZONES.get(number.country().id()?.as_ref()).copied()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::israel("+972521234567", Some(Tz::Asia__Jerusalem))]
    #[case::palestine("+970599123456", Some(Tz::Asia__Hebron))]
    #[case::britain("+447400123456", Some(Tz::Europe__London))]
    #[case::jersey("+447797712345", Some(Tz::Europe__Jersey))]
    #[case::germany("+4915112345678", Some(Tz::Europe__Berlin))]
    #[case::france("+33612345678", Some(Tz::Europe__Paris))]
    #[case::spain("+34612345678", Some(Tz::Europe__Madrid))]
    #[case::italy("+393123456789", Some(Tz::Europe__Rome))]
    #[case::india("+918123456789", Some(Tz::Asia__Kolkata))]
    #[case::japan("+819012345678", Some(Tz::Asia__Tokyo))]
    #[case::emirates("+971501234567", Some(Tz::Asia__Dubai))]
    #[case::south_africa("+27711234567", Some(Tz::Africa__Johannesburg))]
    #[case::jamaica_in_the_plan_of_america("+18762101234", Some(Tz::America__Jamaica))]
    #[case::new_york("+12125550123", None)]
    #[case::toronto("+14165550123", None)]
    #[case::russia("+79123456789", None)]
    #[case::australia("+61412345678", None)]
    #[case::brazil("+5511961234567", None)]
    #[case::mexico("+522221234567", None)]
    #[case::freephone_of_no_country("+80012345678", None)]
    #[case::no_number("9725", None)]
    fn a_number_tells_its_zone_where_its_country_has_one(
        #[case] number: &str,
        #[case] zone: Option<Tz>,
    ) {
        assert_eq!(zone_of(number), zone);
    }

    #[test]
    fn every_line_of_the_table_is_read() {
        let lines = include_str!("../../zones/countries.txt")
            .lines()
            .filter(|line| !line.starts_with('#'));
        assert_eq!(ZONES.len(), lines.count());
    }
}
