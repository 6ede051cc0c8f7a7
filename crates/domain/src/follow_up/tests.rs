//! Sayings and the moments that they promise (`tests/follow_up/sayings.txt`), and what holds of any text.

use chrono::{DateTime, NaiveDateTime, TimeZone as _, Utc};
use chrono_tz::Tz;

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
