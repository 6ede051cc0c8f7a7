use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use rstest::rstest;
use serde_json::json;

use super::period::{day_ends, hour_ends};
use super::*;
use crate::events::ChangeSource;
use crate::gates::Rest;
use crate::messages::Language;

const JERUSALEM: Tz = Tz::Asia__Jerusalem;

fn at(text: &str) -> DateTime<Utc> {
    text.parse().expect("a time")
}

fn quiet(from: &str, to: &str) -> Preferences {
    let hours = serde_json::from_value(json!({ "from": from, "to": to })).expect("reads");
    Preferences {
        quiet_hours: Some(hours),
        ..Preferences::default()
    }
}

// In 2026 the clocks of Jerusalem go on from 02:00 to 03:00 on 27 March, and back from 02:00 to 01:00 on 25 October.
#[rstest]
#[case::before("2026-01-15T18:59:30Z", "2026-01-15T18:59:30Z")]
#[case::in_the_evening("2026-01-15T19:00:00Z", "2026-01-16T05:30:00Z")]
#[case::after_midnight("2026-01-15T23:10:20Z", "2026-01-16T05:30:00Z")]
#[case::the_last_minute("2026-01-16T05:29:59Z", "2026-01-16T05:30:00Z")]
#[case::the_first_minute_after("2026-01-16T05:30:00Z", "2026-01-16T05:30:00Z")]
#[case::a_night_an_hour_shorter("2026-03-26T19:00:00Z", "2026-03-27T04:30:00Z")]
#[case::a_night_an_hour_longer("2026-10-24T18:00:00Z", "2026-10-25T05:30:00Z")]
fn what_comes_up_in_quiet_hours_is_held_until_their_end(#[case] now: &str, #[case] due: &str) {
    let preferences = quiet("21:00", "07:30");
    assert_eq!(preferences.push_due(at(now), JERUSALEM), Some(at(due)));
}

/// 02:30 does not exist on the day on which the clocks go on, and an hour comes twice when they go back.
#[rstest]
#[case::an_end_that_is_skipped("2026-03-26T23:30:00Z", "01:00", "02:30", "2026-03-27T00:00:00Z")]
#[case::an_hour_that_comes_twice("2026-10-24T22:30:00Z", "01:00", "02:00", "2026-10-25T00:00:00Z")]
fn quiet_hours_end_once_whatever_the_clocks_do(
    #[case] now: &str,
    #[case] from: &str,
    #[case] to: &str,
    #[case] due: &str,
) {
    let preferences = quiet(from, to);
    assert_eq!(preferences.audible_from(at(now), JERUSALEM), at(due));
}

#[test]
fn who_has_made_all_hours_quiet_is_told_in_the_end() {
    let mut preferences = quiet("00:00", "23:59");
    preferences.quiet_days.insert(Rest::Shabbat);
    let now = at("2026-01-15T10:00:30Z");
    assert_eq!(
        preferences.audible_from(now, JERUSALEM),
        at("2026-01-15T21:59:00Z")
    );
    preferences.quiet_hours =
        serde_json::from_value(json!({ "from": "00:00", "to": "24:00" })).ok();
    assert_eq!(
        preferences.quiet_hours, None,
        "a whole day cannot be written"
    );
}

// 16 January 2026 is a Friday; Rosh Hashana of 2026 begins on the eve of Saturday 12 September and ends on Sunday.
#[rstest]
#[case::before_its_eve("2026-01-16T12:59:00Z", "2026-01-16T12:59:00Z")]
#[case::on_its_eve("2026-01-16T13:00:00Z", "2026-01-17T19:00:00Z")]
#[case::a_shabbat_that_is_a_holiday_too("2026-09-11T12:00:00Z", "2026-09-13T18:00:00Z")]
fn days_of_rest_hold_until_they_are_out(#[case] now: &str, #[case] due: &str) {
    let preferences = Preferences {
        quiet_days: [Rest::Shabbat, Rest::JewishHolidays].into(),
        ..Preferences::default()
    };
    assert_eq!(preferences.audible_from(at(now), JERUSALEM), at(due));
}

#[rstest]
#[case::before_the_hour("2026-01-15T05:59:59Z", "daily 2026-01-15", "2026-01-15T06:00:00Z")]
#[case::at_the_hour("2026-01-15T06:00:00Z", "daily 2026-01-16", "2026-01-16T06:00:00Z")]
#[case::a_short_day("2026-03-26T07:00:00Z", "daily 2026-03-27", "2026-03-27T05:00:00Z")]
#[case::a_long_day("2026-10-24T07:00:00Z", "daily 2026-10-25", "2026-10-25T06:00:00Z")]
fn a_day_ends_at_an_hour_of_the_clock(#[case] now: &str, #[case] key: &str, #[case] ends: &str) {
    let period = day_ends(at(now), 8, JERUSALEM);
    assert_eq!((period.key.as_str(), period.ends_at), (key, at(ends)));
}

#[test]
fn an_hour_that_the_clocks_leave_out_is_the_next_one() {
    let period = day_ends(at("2026-03-26T12:00:00Z"), 2, JERUSALEM);
    assert_eq!(period.ends_at, at("2026-03-27T00:00:00Z"));
    assert_eq!(period.key, "daily 2026-03-27");
}

#[rstest]
#[case(JERUSALEM, "2026-01-15T05:00:00Z", "2026-01-15T06:00:00Z")]
#[case(JERUSALEM, "2026-01-15T05:59:59Z", "2026-01-15T06:00:00Z")]
#[case::half_an_hour_off(Tz::Asia__Kolkata, "2026-01-15T05:00:00Z", "2026-01-15T05:30:00Z")]
fn an_hour_is_one_of_the_business_s_clock(#[case] zone: Tz, #[case] now: &str, #[case] ends: &str) {
    assert_eq!(hour_ends(at(now), zone).ends_at, at(ends));
}

#[test]
fn the_hour_that_comes_twice_is_two_periods() {
    let first = hour_ends(at("2026-10-24T22:10:00Z"), JERUSALEM);
    let second = hour_ends(at("2026-10-24T23:10:00Z"), JERUSALEM);
    assert_ne!(first.key, second.key);
}

#[test]
fn gathered_and_mailed_is_what_waits_for_the_end_of_the_period_and_of_quiet_hours() {
    let preferences = Preferences {
        push: Push::Hourly,
        email: Email::Daily,
        digest_hour: 6,
        ..quiet("21:00", "07:30")
    };
    let now = at("2026-01-15T18:20:00Z");
    // The hour ends at 21:00, which is quiet; so is the end of the day at six.
    let morning = at("2026-01-16T05:30:00Z");
    assert_eq!(preferences.push_due(now, JERUSALEM), Some(morning));
    let (period, due) = preferences.mail_due(now, JERUSALEM).expect("mailed");
    assert_eq!((period.key.as_str(), due), ("daily 2026-01-16", morning));
    let silent = Preferences {
        push: Push::Off,
        email: Email::Off,
        ..preferences
    };
    assert_eq!(silent.push_due(now, JERUSALEM), None);
    assert_eq!(silent.mail_due(now, JERUSALEM), None);
}

#[test]
fn a_user_hears_of_what_they_want_to_hear_of() {
    let all = Preferences::default();
    assert!(all.want("won", ChangeSource::AutoWhatsapp));
    assert!(!all.want("won", ChangeSource::Manual));
    let some = Preferences {
        statuses: Some(["won".to_owned()].into()),
        sources: [ChangeSource::Manual].into(),
        ..Preferences::default()
    };
    assert!(some.want("won", ChangeSource::Manual));
    assert!(!some.want("lost", ChangeSource::Manual));
    assert!(!some.want("won", ChangeSource::AutoInbound));
}

#[test]
fn choices_are_read_back_from_their_words() {
    for word in ["off", "at_once", "hourly", "daily"] {
        assert_eq!(word.parse::<Push>().map(Push::as_str), Ok(word));
        assert_eq!(word.parse::<Email>().is_ok(), word != "at_once");
    }
}

#[test]
fn a_change_is_told_in_both_languages() {
    let moved = Moved {
        lead: String::new(),
        from: None,
        to: "Won".to_owned(),
        source: ChangeSource::AutoInbound,
        confidence: Some(0.876),
    };
    let english = moved.text(Language::English);
    assert_eq!(english.title, "Unnamed lead: Won");
    assert!(english.body.ends_with("incoming call, confidence 88%"));
    let hebrew = moved.text(Language::Hebrew);
    assert_eq!(hebrew.title, "ליד ללא שם: Won");
    assert!(hebrew.body.ends_with("ביטחון 88%"), "{}", hebrew.body);
}

#[test]
fn many_changes_are_told_by_their_number_and_the_first_few() {
    let titles: Vec<String> = (1..=5).map(|n| format!("Lead {n}: Won")).collect();
    let text = gathered(Language::English, &titles);
    assert_eq!(text.title, "5 leads have moved");
    assert_eq!(
        text.body,
        "Lead 1: Won\nLead 2: Won\nLead 3: Won\nand 2 more"
    );
    let two = gathered(Language::Hebrew, &titles[..2]);
    assert_eq!(two.title, "2 לידים עברו סטטוס");
    assert_eq!(two.body, "Lead 1: Won\nLead 2: Won");
}
