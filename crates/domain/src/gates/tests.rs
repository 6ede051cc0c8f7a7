mod rest;
mod sentences;

use chrono::TimeZone as _;
use rstest::rstest;
use serde_json::{Value, json};

use super::*;
use crate::ids::RunId;

const ZONE: Tz = Tz::Asia__Jerusalem;

fn utc(text: &str) -> DateTime<Utc> {
    text.parse().expect("a time")
}

fn local(text: &str) -> DateTime<Utc> {
    let naive = chrono::NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M").expect("a time");
    ZONE.from_local_datetime(&naive)
        .earliest()
        .expect("it exists")
        .to_utc()
}

fn windows(value: Value) -> CallingWindows {
    serde_json::from_value(value).expect("windows")
}

/// Sunday to Thursday nine to seven, Friday until one, never on Saturday nor on the holiday of 2026-09-13 (a Sunday).
fn week() -> CallingWindows {
    let weekday = json!([["09:00", "19:00"]]);
    windows(json!({
        "days": { "sun": weekday, "mon": weekday, "tue": weekday, "wed": weekday,
                  "thu": [["09:00", "13:00"], ["16:00", "19:00"]], "fri": [["09:00", "13:00"]] },
        "closed_dates": ["2026-09-13"],
    }))
}

#[rstest]
#[case::within("2026-11-22 09:00", true, "2026-11-22 09:01")]
#[case::last_minute("2026-11-22 18:59", true, "2026-11-23 09:00")]
#[case::closing("2026-11-22 19:00", false, "2026-11-23 09:00")]
#[case::before("2026-11-22 08:59", false, "2026-11-22 09:00")]
#[case::noon_break("2026-11-26 14:00", false, "2026-11-26 16:00")]
#[case::over_shabbat("2026-11-27 13:00", false, "2026-11-29 09:00")]
#[case::over_shabbat_and_a_holiday("2026-09-11 15:00", false, "2026-09-14 09:00")]
#[case::over_the_change_to_summer("2026-03-26 19:30", false, "2026-03-27 09:00")]
#[case::over_the_change_to_winter("2026-10-24 20:00", false, "2026-10-25 09:00")]
fn hours_are_kept_on_the_business_s_clock(
    #[case] at: &str,
    #[case] open: bool,
    #[case] next: &str,
) {
    let (now, week) = (local(at), week());
    assert_eq!(week.is_open(now, ZONE), open);
    assert_eq!(week.next_opening(now, ZONE), Some(local(next)));
}

/// Summer begins on 2026-03-27 at 02:00 (UTC+2), which is 03:00 (UTC+3); it ends on 2026-10-25 at 02:00, which is 01:00.
#[rstest]
#[case::begins_in_the_hour_that_is_not(
    "02:30",
    "05:00",
    "2026-03-26T23:00:00Z",
    "2026-03-27T00:00:00Z"
)]
#[case::lies_in_the_hour_that_is_not(
    "02:15",
    "02:45",
    "2026-03-26T23:00:00Z",
    "2026-03-27T23:15:00Z"
)]
#[case::first_of_the_hours_that_are_twice(
    "01:30",
    "03:00",
    "2026-10-24T22:00:00Z",
    "2026-10-24T22:30:00Z"
)]
#[case::second_of_the_hours_that_are_twice(
    "00:30",
    "01:30",
    "2026-10-24T22:30:00Z",
    "2026-10-24T23:00:00Z"
)]
#[case::right_after_midnight_of_a_short_day(
    "00:00",
    "00:30",
    "2026-03-26T22:30:00Z",
    "2026-03-27T21:00:00Z"
)]
fn an_opening_is_found_across_a_clock_change(
    #[case] from: &str,
    #[case] to: &str,
    #[case] now: &str,
    #[case] opens: &str,
) {
    let every_day: serde_json::Map<String, Value> =
        ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]
            .iter()
            .map(|day| ((*day).to_owned(), json!([[from, to]])))
            .collect();
    let windows = windows(json!({ "days": every_day }));
    assert!(!windows.is_open(utc(now), ZONE));
    assert_eq!(windows.next_opening(utc(now), ZONE), Some(utc(opens)));
}

#[test]
fn hours_that_never_come_are_found_out() {
    let closed: Vec<String> = (0..430)
        .map(|day| {
            (utc("2026-11-20T00:00:00Z") + Duration::days(day))
                .format("%Y-%m-%d")
                .to_string()
        })
        .collect();
    let windows =
        windows(json!({ "days": { "mon": [["00:00", "24:00"]] }, "closed_dates": closed }));
    assert_eq!(windows.next_opening(local("2026-11-22 12:00"), ZONE), None);
}

#[rstest]
#[case::no_hours(json!({ "days": {} }), "null means always open")]
#[case::overlap(json!({ "days": { "sun": [["09:00", "12:00"], ["11:00", "13:00"]] } }), "must not overlap")]
#[case::backwards(json!({ "days": { "sun": [["19:00", "09:00"]] } }), "the first before the second")]
#[case::no_time(json!({ "days": { "sun": [["9", "19:00"]] } }), "must be two times as HH:MM")]
#[case::past_midnight(json!({ "days": { "sun": [["09:00", "24:01"]] } }), "24:00 at the latest")]
#[case::no_day(json!({ "days": { "sunday": [["09:00", "19:00"]] } }), "unknown variant `sunday`")]
#[case::no_date(json!({ "days": { "sun": [["09:00", "19:00"]] }, "closed_dates": ["soon"] }), "input")]
#[case::no_rest(
    json!({ "days": { "sun": [["09:00", "19:00"]] }, "closed": ["purim"] }),
    "unknown variant `purim`, expected `shabbat` or `jewish_holidays`"
)]
#[case::unknown(json!({ "days": { "sun": [["09:00", "19:00"]] }, "zone": "UTC" }), "unknown field `zone`")]
fn what_is_wrong_with_hours_is_said(#[case] value: Value, #[case] says: &str) {
    let error = serde_json::from_value::<CallingWindows>(value).expect_err("refused");
    assert!(error.to_string().contains(says), "{error}");
}

#[test]
fn hours_are_written_as_they_were_read() {
    let mut value = json!({ "days": { "sun": [["00:00", "09:05"], ["16:00", "24:00"]] }, "closed_dates": ["2026-09-12"] });
    let written = |value: &Value| serde_json::to_value(windows(value.clone())).expect("written");
    assert_eq!(written(&value), value);
    value["closed"] = json!(["shabbat", "jewish_holidays"]);
    assert_eq!(written(&value), value);
}

#[test]
fn a_day_begins_at_midnight_or_when_the_clocks_say() {
    let noon = utc("2026-03-27T10:00:00Z");
    assert_eq!(day_start(noon, ZONE), utc("2026-03-26T22:00:00Z"));
    assert_eq!(next_day_start(noon, ZONE), utc("2026-03-27T21:00:00Z"));
    // In Cairo 2026-04-24 began at 01:00.
    assert_eq!(
        day_start(utc("2026-04-24T10:00:00Z"), Tz::Africa__Cairo),
        utc("2026-04-23T22:00:00Z")
    );
}

const NOW: &str = "2026-11-22T10:00:00Z";

/// A lead that is dialled at [`NOW`].
fn free() -> Facts {
    Facts {
        is_deleted: false,
        suspended_since: None,
        has_number: true,
        suppressed_since: None,
        job: Some(job()),
        time_zone: ZONE,
        person_zone: None,
        windows: Some(week()),
        spacing: Spacing {
            min_gap_minutes: Some(60),
            max_calls_per_day: Some(3),
        },
        calls: CallsToNumber {
            in_the_air: false,
            last_at: Some(utc("2026-11-22T09:00:00Z")),
            today: 2,
        },
        outbound_lines: Lines { open: 3, taken: 2 },
        total_lines: Lines { open: 5, taken: 4 },
        has_caller_number: true,
        has_public_host: Some(true),
        carrier_wait: Some(Duration::zero()),
    }
}

fn job() -> JobFacts {
    JobFacts {
        run: RunId(7),
        status: "queued".to_owned(),
        due_at: None,
        deferred_by: None,
        run_status: "running".to_owned(),
        cancel_requested: false,
        pause_requested: false,
        last_error: None,
        start_at: None,
        lines: Lines { open: 2, taken: 1 },
    }
}

fn with_job(change: impl FnOnce(&mut JobFacts)) -> Facts {
    let mut job = job();
    change(&mut job);
    Facts {
        job: Some(job),
        ..free()
    }
}

#[test]
fn a_lead_that_nothing_stops_is_dialled() {
    let judgement = judge(&free(), utc(NOW), Language::English);
    assert!(judgement.dialable, "{judgement:?}");
    let order: Vec<Gate> = judgement.gates.iter().map(|verdict| verdict.gate).collect();
    assert_eq!(order, Gate::ALL);
    assert!(order.is_sorted());
}

#[rstest]
#[case(Facts { is_deleted: true, ..free() }, Gate::Deleted, None)]
#[case(Facts { has_number: false, ..free() }, Gate::NoPhoneNumber, None)]
#[case(Facts { suppressed_since: Some(utc(NOW)), ..free() }, Gate::Suppressed, None)]
#[case(Facts { suspended_since: Some(utc(NOW)), ..free() }, Gate::BusinessSuspended, None)]
#[case(Facts { job: None, ..free() }, Gate::Run, None)]
#[case(with_job(|job| job.status = "failed".to_owned()), Gate::Run, None)]
#[case(with_job(|job| job.run_status = "cancelled".to_owned()), Gate::Run, None)]
#[case(with_job(|job| job.cancel_requested = true), Gate::Run, None)]
#[case(with_job(|job| job.pause_requested = true), Gate::Run, None)]
#[case(with_job(|job| job.run_status = "pending".to_owned()), Gate::Run, None)]
#[case(with_job(|job| job.start_at = Some(utc("2026-11-22T11:00:00Z"))), Gate::Run, Some("2026-11-22T11:00:00Z"))]
#[case(with_job(|job| job.due_at = Some(utc("2026-11-22T10:05:00Z"))), Gate::Due, Some("2026-11-22T10:05:00Z"))]
#[case(
    Facts { windows: Some(windows(json!({ "days": { "mon": [["09:00", "10:00"]] } }))), ..free() },
    Gate::CallingWindow, Some("2026-11-23T07:00:00Z")
)]
// 05:00 in New York.
#[case(
    Facts { person_zone: Some(Tz::America__New_York), ..free() }, Gate::CallingWindow, Some("2026-11-22T14:00:00Z")
)]
// 19:00 in Tokyo; at 09:00 there it is night in Jerusalem.
#[case(
    Facts { person_zone: Some(Tz::Asia__Tokyo), ..free() }, Gate::CallingWindow, Some("2026-11-23T07:00:00Z")
)]
// Midnight in Honolulu, where it is open when it is closed in Jerusalem.
#[case(Facts { person_zone: Some(Tz::Pacific__Honolulu), ..free() }, Gate::CallingWindow, None)]
#[case(Facts { calls: CallsToNumber { in_the_air: true, ..free().calls }, ..free() }, Gate::InACall, None)]
#[case(
    Facts { calls: CallsToNumber { last_at: Some(utc("2026-11-22T09:00:01Z")), ..free().calls }, ..free() },
    Gate::Gap, Some("2026-11-22T10:00:01Z")
)]
#[case(
    Facts { calls: CallsToNumber { today: 3, ..free().calls }, ..free() }, Gate::DailyCap, Some("2026-11-22T22:00:00Z")
)]
#[case(Facts { outbound_lines: Lines { open: 3, taken: 3 }, ..free() }, Gate::Lines, None)]
#[case(Facts { total_lines: Lines { open: 5, taken: 6 }, ..free() }, Gate::Lines, None)]
#[case(with_job(|job| job.lines.taken = 2), Gate::RunConcurrency, None)]
#[case(Facts { has_caller_number: false, ..free() }, Gate::CallerNumber, None)]
#[case(Facts { has_public_host: Some(false), ..free() }, Gate::PublicHost, None)]
#[case(
    Facts { carrier_wait: Some(Duration::milliseconds(1500)), ..free() },
    Gate::CarrierPace, Some("2026-11-22T10:00:01.5Z")
)]
fn each_gate_stops_what_it_is_for_and_nothing_else(
    #[case] facts: Facts,
    #[case] gate: Gate,
    #[case] until: Option<&str>,
) {
    let judgement = judge(&facts, utc(NOW), Language::English);
    assert!(!judgement.dialable);
    let stopped: Vec<_> = judgement
        .gates
        .iter()
        .filter(|verdict| !verdict.passed)
        .map(|verdict| (verdict.gate, verdict.until))
        .collect();
    assert_eq!(stopped, [(gate, until.map(utc))]);
}

#[test]
fn the_clock_that_is_closed_is_named() {
    let said = |facts: Facts, now: &str| {
        let gates = judge(&facts, utc(now), Language::English).gates.into_iter();
        let window = gates.filter(|verdict| verdict.gate == Gate::CallingWindow);
        window.map(|verdict| verdict.detail).collect::<String>()
    };
    let person = Facts {
        person_zone: Some(Tz::America__New_York),
        ..free()
    };
    assert_eq!(
        said(person.clone(), NOW),
        "Outside the business's calling hours where the person lives (America/New_York); \
         they may be called today at 16:00 by the business's clock"
    );
    // 20:00 in Jerusalem, 13:00 in New York.
    assert_eq!(
        said(person.clone(), "2026-11-22T18:00:00Z"),
        "Outside the business's calling hours; they begin tomorrow at 16:00"
    );
    assert_eq!(
        said(person, "2026-11-22T15:00:00Z"),
        "Within the business's calling hours"
    );
    let near = Facts {
        person_zone: Some(Tz::Europe__Athens),
        ..free()
    };
    assert!(
        judge(&near, utc(NOW), Language::English).dialable,
        "Athens keeps the same time"
    );
}

#[test]
fn a_job_that_was_put_aside_is_explained_by_the_gate_as_long_as_that_is_closed() {
    let put_aside = Facts {
        calls: CallsToNumber {
            last_at: Some(utc("2026-11-22T09:59:00Z")),
            ..free().calls
        },
        ..with_job(|job| {
            job.due_at = Some(utc("2026-11-22T10:59:00Z"));
            job.deferred_by = Some("gap".to_owned());
        })
    };
    let stopped = |facts: &Facts| -> Vec<Gate> {
        let gates = judge(facts, utc(NOW), Language::English).gates.into_iter();
        gates
            .filter(|verdict| !verdict.passed)
            .map(|verdict| verdict.gate)
            .collect()
    };
    assert_eq!(stopped(&put_aside), [Gate::Gap]);
    let no_gap_any_more = Facts {
        spacing: Spacing::default(),
        ..put_aside
    };
    assert_eq!(stopped(&no_gap_any_more), [Gate::Due]);
}

#[test]
fn what_is_not_set_stops_nothing() {
    let facts = Facts {
        windows: None,
        spacing: Spacing::default(),
        calls: CallsToNumber {
            in_the_air: false,
            last_at: Some(utc(NOW)),
            today: 100,
        },
        has_public_host: None,
        carrier_wait: None,
        ..free()
    };
    assert!(judge(&facts, utc(NOW), Language::English).dialable);
}

#[test]
fn the_code_is_the_word_that_is_written() {
    for gate in Gate::ALL {
        assert_eq!(serde_json::to_value(gate).expect("written"), gate.code());
    }
}
