//! Shabbat and the holidays of rest.

use proptest::prelude::*;
use rstest::rstest;

use super::*;

/// Every day from `from` to `to`, but for what is `closed`.
fn daily(from: &str, to: &str, closed: &Value) -> CallingWindows {
    let days: serde_json::Map<String, Value> = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]
        .iter()
        .map(|day| ((*day).to_owned(), json!([[from, to]])))
        .collect();
    windows(json!({ "days": days, "closed": closed }))
}

fn always_but(closed: Value) -> CallingWindows {
    daily("00:00", "24:00", &closed)
}

/// Each from the first minute that is closed to the first that is open again.
#[rstest]
#[case::rosh_hashana_2026("2026-09-11 15:00", "2026-09-13 21:00")]
#[case::yom_kippur_2026("2026-09-20 15:00", "2026-09-21 21:00")]
#[case::sukkot_2026("2026-09-25 15:00", "2026-09-26 21:00")]
#[case::simchat_torah_2026("2026-10-02 15:00", "2026-10-03 21:00")]
#[case::pesach_2027("2027-04-21 15:00", "2027-04-22 21:00")]
#[case::seventh_of_pesach_2027("2027-04-27 15:00", "2027-04-28 21:00")]
#[case::shavuot_2027("2027-06-10 15:00", "2027-06-11 21:00")]
#[case::pesach_of_a_year_without_leap_month("2026-04-01 15:00", "2026-04-02 21:00")]
fn a_holiday_is_closed_from_its_eve_on(#[case] begins: &str, #[case] ends: &str) {
    let (begins, ends) = (local(begins), local(ends));
    let (windows, minute) = (always_but(json!(["jewish_holidays"])), Duration::minutes(1));
    assert!(windows.is_open(begins - minute, ZONE));
    assert!(!windows.is_open(begins, ZONE));
    assert!(!windows.is_open(ends - minute, ZONE));
    assert!(windows.is_open(ends, ZONE));
    assert_eq!(windows.next_opening(begins - minute, ZONE), Some(ends));
    assert!(always_but(json!([])).is_open(begins, ZONE));
}

#[rstest]
#[case("2026-11-27 14:59", true)]
#[case("2026-11-27 15:00", false)]
#[case("2026-11-28 20:59", false)]
#[case("2026-11-28 21:00", true)]
#[case("2026-11-26 16:00", true)]
fn shabbat_is_closed_from_friday_afternoon_to_saturday_night(#[case] at: &str, #[case] open: bool) {
    let windows = always_but(json!(["shabbat"]));
    assert_eq!(windows.is_open(local(at), ZONE), open);
    assert!(always_but(json!(["jewish_holidays"])).is_open(local(at), ZONE));
}

#[rstest]
#[case::chol_hamoed_pesach("2027-04-25 12:00")]
#[case::chol_hamoed_sukkot("2026-09-30 18:00")]
#[case::hanukka("2026-12-06 18:00")]
#[case::second_day_of_shavuot_abroad("2027-06-13 12:00")]
fn other_days_of_the_calendar_are_as_any(#[case] at: &str) {
    assert!(always_but(json!(["shabbat", "jewish_holidays"])).is_open(local(at), ZONE));
}

/// Shavuot of 2027 is a Friday: it goes over into Shabbat without an hour between.
#[test]
fn a_holiday_before_shabbat_is_one_rest() {
    let windows = always_but(json!(["jewish_holidays", "shabbat"]));
    let eve = local("2027-06-10 14:59");
    assert_eq!(
        windows.next_opening(eve, ZONE),
        Some(local("2027-06-12 21:00"))
    );
}

#[test]
fn hours_in_which_there_is_always_rest_never_come() {
    let saturdays = json!({ "days": { "sat": [["09:00", "20:00"]] }, "closed": ["shabbat"] });
    let windows = windows(saturdays);
    assert_eq!(windows.next_opening(local("2026-11-22 12:00"), ZONE), None);
}

/// 15:00 of a Friday in Jerusalem is 08:00 in New York, where Shabbat is far.
#[test]
fn rest_is_kept_on_the_clock_that_is_asked_for() {
    let (windows, now) = (always_but(json!(["shabbat"])), local("2026-11-27 15:00"));
    assert!(!windows.is_open(now, ZONE));
    assert!(windows.is_open(now, Tz::America__New_York));
}

#[rstest]
#[case(
    "2026-11-27T13:00:00Z",
    "Closed for Shabbat; the business's calling hours begin tomorrow at 21:00",
    "העסק סגור לכבוד שבת; שעות החיוג יתחילו מחר בשעה 21:00"
)]
#[case(
    "2026-09-21T09:00:00Z",
    "Closed for a Jewish holiday; the business's calling hours begin today at 21:00",
    "העסק סגור לרגל החג; שעות החיוג יתחילו היום בשעה 21:00"
)]
#[case(
    "2026-11-22T06:00:00Z",
    "Outside the business's calling hours; they begin today at 09:00",
    "מחוץ לשעות החיוג של העסק; הן יתחילו היום בשעה 09:00"
)]
fn why_says_that_it_is_shabbat_or_a_holiday(
    #[case] now: &str,
    #[case] english: &str,
    #[case] hebrew: &str,
) {
    let closed = json!(["shabbat", "jewish_holidays"]);
    let facts = Facts {
        windows: Some(daily("09:00", "23:00", &closed)),
        ..free()
    };
    for (language, says) in [(Language::English, english), (Language::Hebrew, hebrew)] {
        let mut gates = judge(&facts, utc(now), language).gates.into_iter();
        let window = gates.find(|verdict| verdict.gate == Gate::CallingWindow);
        assert_eq!(window.expect("the gate").detail, says);
    }
}

proptest! {
    /// What is next is open, and nothing between is: minute by minute, whatever is kept and on whichever clock.
    #[test]
    fn the_next_opening_is_the_first_open_minute(
        minute in 0_i64..2 * 366 * 24 * 60,
        from in 0_u32..23,
        hours in 1_u32..12,
        closed in prop::sample::subsequence(vec!["shabbat", "jewish_holidays"], 0..=2),
        zone in prop::sample::select(vec![ZONE, Tz::America__New_York, Tz::Africa__Cairo]),
    ) {
        let to = (from + hours).min(24);
        let windows = daily(&format!("{from:02}:00"), &format!("{to:02}:00"), &json!(closed));
        let now = utc("2026-03-01T00:00:00Z") + Duration::minutes(minute);
        let next = windows.next_opening(now, zone).expect("it opens");
        prop_assert!(windows.is_open(next, zone));
        let mut at = now + Duration::minutes(1);
        while at < next {
            prop_assert!(!windows.is_open(at, zone), "{at} is open");
            at += Duration::minutes(1);
        }
    }
}
