//! Sayings and the moments that they promise (`tests/follow_up/sayings.txt`), and what holds of any text.

use chrono::{DateTime, Duration, NaiveDateTime, TimeZone as _, Utc};
use chrono_tz::Tz;
use proptest::prelude::*;
use rstest::rstest;

use super::{FollowUp, Precision, follow_up};

struct Saying<'a> {
    at: DateTime<Utc>,
    zone: Tz,
    expected: &'a str,
    text: String,
}

fn moment(local: &str, zone: Tz) -> DateTime<Utc> {
    let local = NaiveDateTime::parse_from_str(local, "%Y-%m-%d %H:%M").expect("a local time");
    let at = zone.from_local_datetime(&local).earliest();
    at.expect("it exists").with_timezone(&Utc)
}

fn sayings() -> Vec<Saying<'static>> {
    let mut header = None;
    let mut found = Vec::new();
    for line in include_str!("../../tests/follow_up/sayings.txt").lines() {
        if let Some(named) = line
            .strip_prefix('[')
            .and_then(|line| line.strip_suffix(']'))
        {
            let (local, zone) = named.rsplit_once(' ').expect("a time and a zone");
            let zone: Tz = zone.parse().expect("a zone");
            header = Some((moment(local, zone), zone));
        } else if let Some((expected, text)) = line.split_once(" | ")
            && !line.starts_with('#')
        {
            let (at, zone) = header.expect("a header before the first saying");
            found.push(Saying {
                at,
                zone,
                expected,
                text: text.replace(" / ", "\n"),
            });
        }
    }
    found
}

fn shown(found: Option<&FollowUp>, zone: Tz) -> String {
    let Some(found) = found else {
        return "none".to_owned();
    };
    let precision = match found.precision {
        Precision::Day => "day",
        Precision::PartOfDay => "part",
        Precision::Time => "time",
    };
    let local = found.at.with_timezone(&zone).format("%Y-%m-%d %H:%M");
    format!("{local} {precision}")
}

#[test]
fn sayings_promise_what_people_mean() {
    let sayings = sayings();
    let wrong: Vec<String> = sayings
        .iter()
        .filter_map(|saying| {
            let found = follow_up(&saying.text, saying.at, saying.zone);
            let shown = shown(found.as_ref(), saying.zone);
            let text = &saying.text;
            (shown != saying.expected).then(|| format!("{} but {shown} | {text}", saying.expected))
        })
        .collect();
    assert!(
        wrong.is_empty(),
        "{} of {}:\n{}",
        wrong.len(),
        sayings.len(),
        wrong.join("\n")
    );
}

#[test]
fn the_words_are_shown_where_they_stand() {
    let zone = Tz::Asia__Jerusalem;
    let at = moment("2026-11-24 14:00", zone);
    let said = "לקוח: מְחָר לא טוב.\nתחזרו אליי בְּיוֹם חמישי, ב-10:30!";
    let found = follow_up(said, at, zone).expect("promised");
    assert_eq!(found.text, "בְּיוֹם חמישי, ב-10:30");
    assert_eq!(said[found.start..found.end], found.text);
}

#[rstest]
#[case::skipped_in_spring("2026-03-26 12:00", "call me tomorrow at 02:30", "2026-03-27 03:30")]
#[case::twice_in_autumn("2026-10-24 12:00", "call me tomorrow at 01:30", "2026-10-25 01:30")]
#[case::a_day_of_23_hours("2026-03-26 12:00", "call me tomorrow at noon", "2026-03-27 12:00")]
fn the_clocks_change(#[case] at: &str, #[case] text: &str, #[case] expected: &str) {
    let zone = Tz::Asia__Jerusalem;
    let found = follow_up(text, moment(at, zone), zone).expect("promised");
    let local = found.at.with_timezone(&zone).format("%Y-%m-%d %H:%M");
    assert_eq!(local.to_string(), expected);
}

/// Bits of what is said about times, to be thrown together.
const BITS: &str = "call me|תתקשרו|נציג:|Customer:|Agent:|tomorrow|מחר|monday|ביום שני|שני|next|הבא|at|ב|ה|10|10:30|3.12|31/2|29.2|\
    ten|בעשר|half past|רבע ל|quarter to|after|אחרי|before|לפני|until|in|בעוד|two|שעתיים|weeks|months|year|the 31st|of february|\
    לחודש|evening|בערב|tonight|noon|no|לא|dont|not before|or|או|but|?|.|,|\n|-|99|0|23:59|00:00|12am|12pm|end of the month|\
    next week|שבוע הבא|a year|forget it|12|months";

proptest! {
    #[test]
    fn any_text_has_a_future_moment_within_reach_or_none(
        text in prop_oneof![
            "\\PC{0,80}",
            prop::collection::vec(prop::sample::select(BITS.split('|').collect::<Vec<_>>()), 0..14)
                .prop_map(|bits| bits.join(" ")),
        ],
        seconds in 1_700_000_000_i64..2_000_000_000,
        zone in prop::sample::select(chrono_tz::TZ_VARIANTS.to_vec()),
    ) {
        let at = DateTime::from_timestamp(seconds, 0).expect("a moment");
        if let Some(found) = follow_up(&text, at, zone) {
            prop_assert!(found.at > at && found.at - at <= Duration::days(400));
            prop_assert_eq!(&text[found.start..found.end], found.text);
        }
    }
}
